"""Which alarms light up, which sound, and what silences them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.alarms import Safety
from core.profiles import Profile
from core.rules import AlarmEvent
from core.signalling import Signals
from core.signals import ANSWERS, BURSTS
from core.standing import ActiveAlarm
from core.zone_limits import limits_for
from tests.core.support import small_layout

if TYPE_CHECKING:
    from core.wire import AlarmState, Priority

S = 1_000_000
MS = 1_000


LIMITS = limits_for(small_layout(), Profile())
RULES = Safety(LIMITS, small_layout().is_right)


def alarm(priority: Priority, rule: str = "limit", zone: int | None = 0) -> ActiveAlarm:
    event = AlarmEvent(0, zone, rule, "alarm", priority, "raised", None, None)
    return ActiveAlarm(event, "raised", RULES)


class Bench:
    """Signals, and the alarms that stand."""

    def __init__(self, *quiet: Priority) -> None:
        self.signals = Signals(quiet)
        self.active: list[ActiveAlarm] = []
        self.t_us = 0

    def go(self, to_us: int, *, healthy: bool = True) -> tuple[str, int | None]:
        self.t_us = to_us
        self.signals.update(self.active, to_us, healthy=healthy)
        signal = self.signals.at(to_us)
        return signal.colour, signal.tone_hz

    def heard(self, seconds: float) -> set[int | None]:
        """Tones over some time from now on."""
        until_us = self.t_us + round(seconds * S)
        return {self.go(t_us)[1] for t_us in range(self.t_us, until_us, 12_500)}

    def unseen(self) -> bool:
        return self.signals.unseen

    def acknowledge(self, state: AlarmState = "acknowledged") -> None:
        for each in self.active:
            each.state = state


def test_health_is_shown_only_while_nothing_stands() -> None:
    bench = Bench()
    at_us = 2 * S + 400 * MS
    assert bench.go(at_us) == ("white", None)
    assert bench.go(at_us, healthy=False) == ("dark", None)
    bench.active = [alarm("low", "stale")]
    assert bench.go(at_us) == ("cyan", 400)


def test_a_new_alarm_sounds_at_once_and_the_gravest_is_heard() -> None:
    bench = Bench()
    bench.go(0)
    bench.active = [alarm("medium")]
    assert bench.go(123 * MS)[1] == 550
    bench.active.append(alarm("high", zone=1))
    assert bench.go(456 * MS)[1] == 750
    assert bench.heard(10) == {750, None}
    bench.active.pop()
    assert bench.go(bench.t_us)[1] == 550


def test_another_one_of_the_same_priority_begins_a_burst_but_cuts_none() -> None:
    bench = Bench()
    bench.active = [alarm("medium")]
    bench.go(0)
    bench.active.append(alarm("medium", zone=1))
    # In the first gap of the burst: the gap stays, or beeps would run into one another.
    assert bench.go(300 * MS)[1] is None
    bench.active.append(alarm("medium", zone=2))
    assert bench.go(3 * S)[1] == 550
    assert bench.go(3 * S + 300 * MS)[1] is None


def test_acknowledged_beside_the_mat_keeps_the_light_and_loses_the_sound() -> None:
    bench = Bench()
    bench.active = [alarm("high")]
    bench.go(0)
    assert bench.unseen()
    bench.acknowledge()
    bench.signals.silence()
    assert bench.go(0) == ("red", None)
    assert not bench.unseen()
    assert bench.heard(60) == {None}
    # The engine raises it again after 120 s.
    bench.acknowledge("raised")
    assert bench.go(120 * S)[1] == 750
    assert bench.unseen()


def test_acknowledged_from_afar_goes_on_sounding_until_somebody_is_there() -> None:
    bench = Bench()
    bench.active = [alarm("high")]
    bench.go(0)
    bench.acknowledge()
    assert bench.heard(60) == {750, None}
    assert bench.signals.unseen
    bench.signals.silence()
    assert bench.heard(60) == {None}


@pytest.mark.parametrize(
    ("zone", "rule", "left"),
    [(0, None, {550, None}), (1, None, {750, None}), (None, "warning", {750, None})],
)
def test_one_of_several_is_silenced(
    zone: int | None, rule: str | None, left: set[int | None]
) -> None:
    bench = Bench()
    bench.active = [alarm("high"), alarm("medium", "warning", 1)]
    bench.go(0)
    bench.acknowledge()
    bench.signals.silence(zone, rule)
    assert bench.heard(20) == left


def test_one_that_cleared_and_comes_again_sounds_again() -> None:
    bench = Bench()
    bench.active = [alarm("high")]
    bench.go(0)
    bench.acknowledge()
    bench.signals.silence()
    bench.go(0)
    bench.active = []
    bench.go(S)
    bench.active = [alarm("high")]
    assert bench.go(2 * S)[1] == 750


def test_one_that_became_graver_sounds_as_what_it_is() -> None:
    bench = Bench()
    bench.active = [alarm("low", "stale")]
    bench.go(0)
    bench.acknowledge()
    bench.signals.silence()
    bench.go(0)
    bench.active = [alarm("medium", "stale")]
    assert bench.go(S)[1] == 550


@pytest.mark.parametrize(
    ("quiet", "heard"),
    [((), {400, 550, 750}), (("low",), {550, 750}), (("low", "medium", "high"), {750})],
)
def test_high_cannot_be_made_quiet(quiet: tuple[Priority, ...], heard: set[int]) -> None:
    tones: set[int | None] = set()
    for priority in BURSTS:
        bench = Bench(*quiet)
        bench.active = [alarm(priority)]
        tones.add(bench.go(0)[1])
        assert bench.signals.unseen
    assert tones - {None} == heard


def test_a_sequence_is_played_once() -> None:
    bench = Bench()
    bench.go(0)
    bench.signals.play(ANSWERS["done"], S)
    assert bench.go(S)[1] == 400
    assert bench.go(S + 300 * MS)[1] == 600
    assert bench.heard(20) == {600, None}
    assert bench.heard(20) == {None}


def test_light_and_sound_are_free_while_no_alarm_has_them() -> None:
    bench = Bench("low")
    bench.go(0)
    assert bench.signals.free == (True, True)
    bench.active = [alarm("low")]
    bench.go(1)
    assert bench.signals.free == (False, True)
    bench.active = [alarm("high")]
    bench.go(2)
    assert bench.signals.free == (False, False)
