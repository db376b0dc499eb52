"""Contact, stays and sessions: 10 s and 180 s on both sides."""

from __future__ import annotations

import pytest

from core.presence import Presence, Session, SessionChange, Stay
from tests.core.play import Play
from tests.core.support import S

ON, OFF = True, False


class Steps:
    """Presence, stay and session, stepped by hand."""

    def __init__(self) -> None:
        self.presence, self.stay, self.session = Presence(), Stay(), Session()
        self.resting = False
        self.changes: list[SessionChange] = []

    def at(self, t_s: float, *, touched: bool) -> None:
        t_us = round(t_s * S)
        self.presence.step(t_us, touched=touched)
        self.stay.step(t_us, self.presence)
        change = self.session.step(t_us, self.presence, resting=self.resting)
        if change:
            self.changes.append(change)

    def lasted_s(self) -> float | None:
        return None if self.stay.lasted_us is None else self.stay.lasted_us / S

    def told(self) -> list[tuple[float, str]]:
        found, self.changes = self.changes, []
        return [(change.t_us / S, change.state) for change in found]


def test_before_anybody_came_nobody_is_there() -> None:
    steps = Steps()
    for t_s in (0, 1, 500):
        steps.at(t_s, touched=OFF)
    assert steps.lasted_s() is None
    assert steps.told() == []
    assert steps.presence.last_us is None


def test_a_stay_begins_with_contact() -> None:
    steps = Steps()
    steps.at(3, touched=OFF)
    steps.at(4, touched=ON)
    assert steps.lasted_s() == 0
    steps.at(6.5, touched=OFF)
    assert steps.lasted_s() == 2.5


@pytest.mark.parametrize(("away_s", "lasted_s"), [(179.9, 279.9), (180.0, None)])
def test_a_stay_ends_after_180_s_without_contact(away_s: float, lasted_s: float | None) -> None:
    steps = Steps()
    steps.at(0, touched=ON)
    steps.at(100, touched=ON)
    steps.at(100 + away_s, touched=OFF)
    assert steps.lasted_s() == lasted_s


@pytest.mark.parametrize(("back_s", "lasted_s"), [(179.9, 179.9), (180.0, 180.0)])
def test_a_frame_in_contact_goes_on_with_the_stay(back_s: float, lasted_s: float) -> None:
    """Whatever lies between: contact at this very frame is no time without."""
    steps = Steps()
    steps.at(0, touched=ON)
    steps.at(back_s, touched=ON)
    assert steps.lasted_s() == lasted_s


def test_after_its_end_contact_begins_another() -> None:
    steps = Steps()
    steps.at(0, touched=ON)
    steps.at(180, touched=OFF)
    steps.at(181, touched=ON)
    steps.at(183, touched=ON)
    assert steps.lasted_s() == 2


# Restored over a restart.


@pytest.mark.parametrize(("back_s", "lasted_s"), [(9.9, 1009.9), (10.0, 1010.0), (10.1, 0)])
def test_a_restored_stay_goes_on_unless_10_s_pass_without_contact(
    back_s: float, lasted_s: float
) -> None:
    steps = Steps()
    steps.stay.restore(1000 * S)
    for k in range(int(back_s * 10)):
        steps.at(50 + k / 10, touched=OFF)
        assert steps.lasted_s() == (None if k == 100 else pytest.approx(1000 + k / 10))
    steps.at(50 + back_s, touched=ON)
    assert steps.lasted_s() == pytest.approx(lasted_s)


def test_a_restored_stay_ends_at_10_s_without_contact() -> None:
    steps = Steps()
    steps.stay.restore(1000 * S)
    steps.at(7, touched=OFF)
    steps.at(16.9, touched=OFF)
    assert steps.lasted_s() == 1009.9
    steps.at(17, touched=OFF)
    assert steps.lasted_s() is None


@pytest.mark.parametrize(("away_s", "ends"), [(179.9, False), (180.0, True)])
def test_once_there_was_contact_it_ends_like_any_other(away_s: float, *, ends: bool) -> None:
    steps = Steps()
    steps.stay.restore(1000 * S)
    steps.at(0, touched=ON)
    steps.at(12, touched=OFF)
    assert steps.lasted_s() == 1012
    steps.at(away_s, touched=OFF)
    assert (steps.lasted_s() is None) is ends


# Sessions.


@pytest.mark.parametrize("first_s", [0, 3, 100])
def test_the_first_contact_of_all_begins_a_session_at_once(first_s: float) -> None:
    steps = Steps()
    steps.at(first_s, touched=ON)
    assert steps.told() == [(first_s, "started")]
    steps.at(first_s + 1, touched=ON)
    assert steps.told() == []


@pytest.mark.parametrize(("away_s", "ends"), [(179.9, False), (180.0, True)])
def test_180_s_without_contact_end_it(away_s: float, *, ends: bool) -> None:
    steps = Steps()
    steps.at(0, touched=ON)
    steps.at(20, touched=ON)
    steps.told()
    steps.at(20 + away_s, touched=OFF)
    assert steps.told() == ([(200, "ended")] if ends else [])


@pytest.mark.parametrize(("away_s", "begins"), [(9.9, False), (10.0, True)])
def test_after_a_stop_contact_must_have_been_away_for_10_s(away_s: float, *, begins: bool) -> None:
    steps = Steps()
    steps.at(0, touched=ON)
    steps.told()
    assert steps.session.stop(1 * S) == SessionChange(1 * S, "ended")
    assert steps.session.stop(1 * S) is None
    steps.at(2, touched=ON)
    assert steps.told() == []
    steps.at(2 + away_s, touched=ON)
    assert steps.told() == ([(12, "started")] if begins else [])


def test_a_rest_step_ends_no_session() -> None:
    steps = Steps()
    steps.resting = True
    steps.at(0, touched=ON)
    steps.at(1000, touched=OFF)
    assert steps.told() == [(0, "started")]
    steps.resting = False
    steps.at(1001, touched=OFF)
    assert steps.told() == [(1001, "ended")]


@pytest.mark.parametrize(("after_s", "ends"), [(179.9, False), (180.0, True)])
def test_one_that_nobody_steps_on_ends_too(after_s: float, *, ends: bool) -> None:
    steps = Steps()
    assert steps.session.start(50 * S) == SessionChange(50 * S, "started")
    assert steps.session.start(51 * S) is None
    assert steps.session.since_us == 50 * S
    steps.at(50 + after_s, touched=OFF)
    assert steps.told() == ([(230, "ended")] if ends else [])


@pytest.mark.parametrize(("t_s", "ends"), [(209.9, False), (210.0, True)])
def test_the_start_by_command_counts_if_it_was_later_than_contact(
    t_s: float, *, ends: bool
) -> None:
    steps = Steps()
    steps.at(0, touched=ON)
    steps.session.stop(1 * S)
    steps.session.start(30 * S)
    steps.told()
    steps.at(t_s, touched=OFF)
    assert steps.told() == ([(210, "ended")] if ends else [])


# Through the engine.


def test_sessions_come_out_of_the_engine() -> None:
    mat = Play()
    mat.until(2)
    mat.press(720)
    mat.until(5)
    assert mat.sessions == [(2, "started")]
    assert mat.engine.session_since_us == 2 * S
    mat.press(0)
    mat.until(184.75)
    assert len(mat.sessions) == 1
    mat.frames(1)
    assert mat.sessions == [(2, "started"), (184.75, "ended")]
    assert mat.engine.session_since_us is None


@pytest.mark.parametrize(("force_cn", "begins"), [(719, False), (720, True)])
def test_a_session_begins_with_contact_and_not_below(force_cn: int, *, begins: bool) -> None:
    mat = Play()
    mat.press(force_cn)
    mat.frames(3)
    assert (mat.sessions != []) is begins


@pytest.mark.parametrize(("force_cn", "ends"), [(360, False), (359, True)])
def test_contact_ends_below_half_of_where_it_begins(force_cn: int, *, ends: bool) -> None:
    mat = Play()
    mat.press(720)
    mat.frames(1)
    mat.press(force_cn)
    mat.wait(181)
    assert (mat.engine.session_since_us is None) is ends


@pytest.mark.parametrize(("least_cn", "begins"), [(900, True), (901, False)])
def test_an_uncertain_zero_needs_more_for_contact(least_cn: int, *, begins: bool) -> None:
    mat = Play()
    mat.least_cn = [least_cn] * 3
    mat.press(900)
    mat.frames(1)
    assert (mat.sessions != []) is begins


def test_sessions_by_command() -> None:
    mat = Play()
    mat.frames(4)
    engine = mat.engine
    assert engine.start_session(mat.t_us) == SessionChange(S, "started")
    assert engine.start_session(mat.t_us) is None
    assert engine.stop_session(mat.t_us + 5) == SessionChange(S + 5, "ended")
    assert engine.stop_session(mat.t_us) is None
    mat.press(720)
    mat.frames(1)
    assert mat.sessions == [(1, "started")]


def test_no_session_ends_while_resting() -> None:
    mat = Play()
    mat.press(720)
    mat.frames(1)
    mat.press(0)
    mat.engine.set_resting(resting=True)
    mat.wait(400)
    assert len(mat.sessions) == 1
    mat.engine.set_resting(resting=False)
    mat.frames(1)
    assert mat.sessions[1:] == [(400.25, "ended")]
