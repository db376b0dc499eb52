"""From the simulated mat to the pins, on a virtual clock: what a person beside the mat sees."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import MatError
from core.signals import ANSWERS
from drivers.indicators import RETRY_S, Indicators
from drivers.parts import Wiring
from drivers.scenario import CALM, EMPTY, Scenario
from pi.panel import Panel, is_healthy
from pi.presses import Presses
from tests.drivers.gpio import BLUE, BUTTON, BUZZER, GREEN, RED, Board
from tests.pi.test_daemon import LAYOUT, Rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.profiles import People
    from core.signals import Answer, Signal
    from core.update import Update
    from pi.handover import Message

Shown = tuple[float, tuple[float, float, float], float | None]
"""Time, red green blue, tone."""

WHITE = {(level, level, level) for level in (0.25, 0.5, 0.75, 1.0)}
RED_LIGHT = (1.0, 0.0, 0.0)
AMBER, CYAN, DARK = (1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (0.0, 0.0, 0.0)


class PanelRig(Rig):
    """A simulated mat with indicators, and what they showed in each pass."""

    def __init__(
        self,
        tare: Callable[[], Answer | None] = lambda: "done",
        rate_hz: float = 80.0,
        person: Scenario = CALM,
        people: People | None = None,
    ) -> None:
        super().__init__(rate_hz=rate_hz, person=person, people=people)
        self.board = Board()
        wiring = Wiring(RED, GREEN, BLUE, BUZZER, BUTTON)
        self.indicators = Indicators(wiring, self.board.factory)
        asks = Presses(self.guide, tare).asks()
        self.panel = Panel(self.sampler._engine, self.indicators, (), asks)
        self.sampler.attach(self.panel)

    def watch(self, seconds: float, each: Callable[[], object] | None = None) -> list[Shown]:
        shown = []
        end_s = self.clock.now_s() + seconds
        while self.clock.now_s() < end_s:
            if each:
                each()
            self.sampler.run_pass()
            shown.append((self.clock.now_s(), self.board.rgb(), self.board.tone_hz()))
        return shown

    def press_button(self, for_s: float = 0.3) -> list[Shown]:
        self.board.press(down=True)
        shown = self.watch(for_s)
        self.board.press(down=False)
        return shown + self.watch(0.3)

    def press_mat(self) -> None:
        self.ask("sim.press", zone="l_heel_med", seconds=2)

    def overpress(self, seconds: float = 6.0) -> None:
        """Press a zone of the mat, long enough for its warning and its limit."""
        for _ in range(round(seconds * 2)):
            self.press_mat()
            self.watch(0.5)
        assert RED_LIGHT in colours(self.watch(0.5))

    def states(self, rule: str) -> list[str]:
        return [e["state"] for e in self.mail.take_json("event") if e["rule"] == rule]


@pytest.fixture
def rig() -> Iterator[PanelRig]:
    rig = PanelRig()
    yield rig
    rig.panel.close()
    rig.board.close()


def rises_s(shown: list[Shown], is_on: Callable[[Any], bool]) -> list[float]:
    return [now[0] for before, now in pairwise(shown) if is_on(now[1]) and not is_on(before[1])]


def colours(shown: list[Shown]) -> set[tuple[float, float, float]]:
    return {rgb for _, rgb, _ in shown}


def tones(shown: list[Shown]) -> set[float | None]:
    return {tone for _, _, tone in shown}


def test_the_daemon_begins_with_a_self_test(rig: PanelRig) -> None:
    shown = rig.watch(1.8)
    assert list(dict.fromkeys(rgb for _, rgb, _ in shown))[:4] == [
        RED_LIGHT,
        (0.0, 1.0, 0.0),
        (0.0, 0.0, 1.0),
        DARK,
    ]
    assert tones(shown) == {None, 500.0}


@pytest.mark.parametrize("rate_hz", [10.0, 80.0])
def test_a_healthy_mat_pulses_white_every_two_seconds_in_silence(rate_hz: float) -> None:
    rig = PanelRig(rate_hz=rate_hz)
    rig.watch(3.0)
    shown = rig.watch(20.0)
    rises = rises_s(shown, lambda rgb: rgb != DARK)
    assert len(rises) == 10
    assert all(abs(b - a - 2.0) < 1.5 / rate_hz for a, b in pairwise(rises))
    assert colours(shown) <= WHITE | {DARK}
    assert (1.0, 1.0, 1.0) in colours(shown)
    assert tones(shown) == {None}
    rig.board.close()


@pytest.mark.parametrize("rate_hz", [10.0, 80.0])
def test_overpressure_makes_red_toggle_at_two_hertz_and_the_buzzer_sound(rate_hz: float) -> None:
    rig = PanelRig(rate_hz=rate_hz)
    rig.watch(5.3)
    rig.overpress()
    shown = rig.watch(10.0)
    assert colours(shown) == {RED_LIGHT, DARK}
    rises = rises_s(shown, lambda rgb: rgb != DARK)
    assert abs(len(rises) - 20) <= 1
    assert all(abs(b - a - 0.5) < 2.5 / rate_hz for a, b in pairwise(rises))
    heard = tones(shown) - {None}
    assert heard
    assert all(300 <= tone <= 800 for tone in heard if tone)
    rig.board.close()


def test_the_light_changes_in_the_pass_that_raises_and_before_anything_is_sent(
    rig: PanelRig,
) -> None:
    rig.watch(5.3)
    rig.mail.sent.clear()
    order: list[str] = []
    show, send = rig.indicators.show, rig.mail.send

    def note_show(signal: Signal, t_s: float) -> None:
        order.append(signal.colour)
        show(signal, t_s)

    def note_send(message: Message) -> None:
        order.append(message.topic)
        send(message)

    rig.indicators.show = note_show  # type: ignore[method-assign]
    rig.mail.send = note_send  # type: ignore[method-assign]
    rig.overpress()
    at = order.index("event")
    assert order[at - 1] == "cyan"


def test_a_bank_that_is_lost_ends_the_white_pulse(rig: PanelRig) -> None:
    rig.watch(6.0)
    rig.broken = True
    bank = rig.source.bank
    assert bank is not None
    bank.close()
    lost_s = rig.clock.now_s()
    shown = rig.watch(30.0)
    assert not [t_s for t_s, rgb, _ in shown if rgb in WHITE and t_s > lost_s + 0.6]
    # Somebody stands on it: medium.
    assert colours(shown[-200:]) == {AMBER, DARK}
    assert 550.0 in tones(shown)
    rig.press_button()
    shown = rig.watch(60.0)
    assert colours(shown) == {AMBER, DARK}
    assert tones(shown) == {None}
    rig.broken = False
    rig.watch(20.0)
    assert WHITE & colours(rig.watch(2.0))


def test_the_button_acknowledges_and_silences_but_the_light_stays() -> None:
    rig = PanelRig(rate_hz=10.0)
    rig.watch(5.3)
    rig.overpress()
    rig.mail.take("event")
    rig.press_button()
    assert "acknowledged" in rig.states("limit")
    assert rig.kept[-1].latched == ()
    shown = rig.watch(1.0)
    assert RED_LIGHT in colours(shown)
    assert tones(shown) == {None}
    # The person goes on pressing: raised again after 120 s.
    shown = rig.watch(125.0, rig.press_mat)
    assert 750.0 in tones(shown)
    rig.board.close()


@pytest.mark.parametrize(("beside", "heard"), [(False, {750.0, None}), (True, {None})])
def test_a_viewer_silences_the_mat_only_from_beside_it(
    rig: PanelRig, beside: bool, heard: set[float | None]
) -> None:
    rig.watch(5.3)
    rig.overpress()
    assert rig.ask("alarm.ack", **({"beside": True} if beside else {}))["ok"]
    shown = rig.watch(10.0, rig.press_mat)
    assert tones(shown) == heard
    assert RED_LIGHT in colours(shown)


@pytest.mark.parametrize("answer", ["done", "refused", "later"])
def test_a_hold_on_an_empty_mat_asks_for_the_tare_once(answer: str) -> None:
    asked: list[int] = []

    def tare() -> Answer | None:
        asked.append(1)
        if answer == "refused":
            raise MatError("somebody stands on the mat")
        return "done" if answer == "done" else None

    rig = PanelRig(tare, rate_hz=10.0, person=EMPTY)
    rig.watch(5.0)
    rig.board.press(down=True)
    assert tones(rig.watch(2.9)) == {None}
    shown = rig.watch(3.0)
    rig.board.press(down=False)
    shown += rig.watch(1.0)
    assert asked == [1]
    if answer == "later":
        assert tones(shown) == {None}
        rig.panel.answer("done", rig.clock.now_s())
        shown = rig.watch(1.0)
    steps = ANSWERS["refused" if answer == "refused" else "done"]
    assert tones(shown) == {None, *(step.tone_hz for step in steps)}
    rig.board.close()


def test_a_missing_part_is_a_fault_of_the_whole_mat_and_the_rest_goes_on(rig: PanelRig) -> None:
    other = rig.board.occupy(BUZZER)
    rig.sampler.run_pass()
    rig.sampler.run_pass()
    (event,) = rig.mail.take_json("event")
    found = (event["rule"], event["zone"], event["kind"], event["state"], event["priority"])
    assert found == ("indicator", None, "fault", "raised", "low")
    assert CYAN in colours(rig.watch(0.1))
    (alarm,) = rig.mail.take_json("state")[-1]["alarms"]
    assert (alarm["rule"], alarm["over"]) == ("indicator", True)
    assert "Check the light" in alarm["instruction"]
    # Somebody steps on.
    assert AMBER in colours(rig.watch(8.0))
    assert [e["priority"] for e in rig.mail.take_json("event")] == ["medium"]
    other.close()
    shown = rig.watch(RETRY_S + 3.0)
    assert rig.states("indicator") == ["cleared"]
    assert WHITE & colours(shown[-160:])


def test_a_button_that_is_stuck_is_a_fault_and_acknowledges_nothing(rig: PanelRig) -> None:
    rig.board.press(down=True)
    rig.indicators.is_down(0.0)
    rig.board.press(down=True)
    rig.watch(29.0)
    assert rig.states("indicator") == []
    rig.watch(2.0)
    assert rig.states("indicator") == ["raised"]


def test_the_parts_are_taken_before_the_first_frame(rig: PanelRig) -> None:
    before = set(rig.board.factory.pins)
    rig.panel.start(rig.clock.now_s())
    assert len(set(rig.board.factory.pins) - before) == 5
    assert (rig.board.rgb(), rig.board.tone_hz()) == (DARK, None)


def test_closing_leaves_it_dark_and_silent(rig: PanelRig) -> None:
    rig.watch(5.3)
    rig.overpress()
    rig.panel.close()
    assert (rig.board.rgb(), rig.board.tone_hz()) == (DARK, None)
    assert rig.board.pin(RED).function == "input"


def test_health_is_known_zones_in_frames_of_now(rig: PanelRig) -> None:
    engine, source = rig.sampler._engine, rig.source
    first = engine.feed(source.read(0.1))
    newest_us = int(first.frames.t_us[-1])
    assert is_healthy(first, newest_us + 500_000)
    assert not is_healthy(first, newest_us + 500_001)
    rig.broken = True
    assert source.bank
    source.bank.close()
    # Not one zone has been silent for long enough to be a fault, when the first becomes unknown.
    while is_healthy(update := engine.feed(source.read(0.05)), rig_us := newest(update)):
        assert rig_us - newest_us < 600_000
    assert newest(update) - newest_us > 500_000


def newest(update: Update) -> int:
    return int(update.frames.t_us[-1])


def test_a_mat_whose_frames_were_never_valid_is_dark(rig: PanelRig) -> None:
    rig.broken = True
    assert rig.source.bank is None
    shown = rig.watch(0.5)
    assert not WHITE & colours(shown)
    assert not WHITE & colours(rig.watch(10.0))
    assert (
        json.loads(rig.mail.take("state")[-1][1].payload)["zones"]["l_toes"]["level"] == "unknown"
    )
    assert len(LAYOUT.zone_ids) == 16


def test_a_press_means_what_there_was_when_the_finger_went_down(rig: PanelRig) -> None:
    """The left heel is over, the button goes down, the right heel comes, the button goes up."""
    rig.watch(5.3)
    rig.overpress()
    rig.mail.take_json("event")

    def press_right(until: Callable[[], bool]) -> None:
        while not until():
            rig.ask("sim.press", zone="r_heel_med", seconds=1)
            rig.watch(0.05)

    begin_s = rig.clock.now_s()
    press_right(lambda: rig.clock.now_s() > begin_s + 1.0)
    early = [e for e in rig.mail.take_json("event") if e["zone"] == "r_heel_med"]
    assert {e["rule"] for e in early} <= {"advisory"}
    rig.board.press(down=True)
    rig.watch(0.1)
    press_right(lambda: any(map(is_right_limit, rig.mail.take_json("event"))))
    rig.board.press(down=False)
    shown = rig.watch(0.8)
    acknowledged = [e for e in rig.mail.take_json("event") if e["state"] == "acknowledged"]
    assert {e["zone"] for e in acknowledged if e["rule"] != "advisory"} == {"l_heel_med"}
    assert 750.0 in tones(shown)


def is_right_limit(event: dict[str, Any]) -> bool:
    return (event["zone"], event["rule"], event["state"]) == ("r_heel_med", "limit", "raised")
