"""What stands: acknowledged, paused, graver; what is latched; the order of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MatError
from core.profiles import People
from core.rules import MAX_ZONES, PRIORITIES, AlarmEvent, event_order
from tests.core.play import HEEL, RIGHT, TOES, Play, cn, of_class
from tests.core.support import S

if TYPE_CHECKING:
    from collections.abc import Callable


def raised_limit(step_ms: int = 250) -> Play:
    """An advisory on the toes from 0 s on, a limit from 1 s, a warning from 2 s; at 3 s now."""
    mat = Play(step_ms=step_ms)
    mat.press(cn(200))
    mat.until(3)
    assert mat.states() == {"advisory": "raised", "limit": "raised", "warning": "raised"}
    mat.events.clear()
    return mat


# Acknowledged.


@pytest.mark.parametrize("beside", [True, False])
def test_an_acknowledge_silences_for_two_minutes(*, beside: bool) -> None:
    mat = raised_limit()
    assert mat.ack(rule="limit", beside=beside) == 1
    assert mat.said("limit") == [(3, "acknowledged", "high")]
    mat.until(123)
    assert mat.said("limit") == []
    assert mat.states()["limit"] == "acknowledged"
    mat.frames(1)
    assert mat.said("limit") == [(123, "raised", "high")]
    assert mat.states()["limit"] == "raised"


@pytest.mark.parametrize("rule", ["advisory", "warning", "limit"])
def test_every_rule_of_pressure_sounds_again(rule: str) -> None:
    mat = Play()
    mat.press(cn(200))
    mat.until(3)
    mat.ack(rule=rule)
    mat.said(rule)
    mat.until(123)
    assert mat.said(rule) == []
    mat.frames(1)
    assert [each[:2] for each in mat.said(rule)] == [(123, "raised")]


def test_below_the_limit_it_does_not_sound_again() -> None:
    """Between 0.9 of the limit and the limit: neither clear nor over."""
    mat = raised_limit()
    mat.ack(rule="limit")
    mat.press(cn(200) - 1)
    mat.until(200)
    assert [each[1] for each in mat.said("limit")] == ["acknowledged"]
    mat.press(cn(200))
    mat.frames(1)
    assert mat.said("limit") == [(200, "raised", "high")]


@pytest.mark.parametrize(
    ("first", "second", "news"),
    [(True, True, 0), (True, False, 0), (False, False, 0), (False, True, 1)],
)
def test_only_beside_after_remote_is_news_and_begins_the_two_minutes_anew(
    first: bool, second: bool, news: int
) -> None:
    mat = raised_limit()
    mat.ack(rule="limit", beside=first)
    mat.until(10)
    assert mat.ack(rule="limit", beside=second) == news
    mat.events.clear()
    due_s = 130 if news else 123
    mat.until(due_s)
    assert mat.said("limit") == []
    mat.frames(1)
    assert mat.said("limit") == [(due_s, "raised", "high")]


def test_raised_again_all_acknowledgement_is_forgotten() -> None:
    mat = raised_limit()
    mat.ack(rule="limit", beside=True)
    mat.until(124)
    assert [each.rule for each in mat.engine.kept().latched] == ["limit"]
    mat.press(0)
    mat.until(200)
    assert mat.states() == {"limit": "raised"}
    mat.ack()
    mat.frames(1)
    assert mat.states() == {}


def test_a_remote_acknowledge_does_not_let_it_clear() -> None:
    mat = raised_limit()
    mat.ack(rule="limit", beside=False)
    mat.press(0)
    mat.until(60)
    assert mat.states() == {"limit": "acknowledged"}
    assert [each.rule for each in mat.engine.kept().latched] == ["limit"]
    mat.ack(rule="limit")
    assert mat.engine.kept().latched == ()
    mat.frames(1)
    assert mat.said("limit")[-1] == (60, "cleared", "high")


def test_an_acknowledge_carries_value_limit_and_its_time() -> None:
    mat = raised_limit()
    mat.t_us += 7
    mat.ack(rule="limit")
    event = mat.full[-1]
    assert (event.t_us, event.value, event.limit) == (3_000_007, 200.0, 200.0)


# What is kept over a restart.


@pytest.mark.parametrize(
    ("number", "load_bp", "lost", "rules"),
    [
        (1, 0, False, ["limit"]),
        (3, 0, False, ["excluded_contact"]),
        (1, 20_000, False, ["limit", "overload"]),
        (1, 0, True, ["limit", "zone_lost"]),
    ],
)
def test_what_is_high_on_a_zone_is_latched(
    number: int, load_bp: int, lost: bool, rules: list[str]
) -> None:
    mat = Play(of_class(number))
    mat.press(cn(200))
    mat.load_bp[TOES] = load_bp
    mat.until(3)
    mat.good[TOES] = not lost
    mat.until(5)
    latched = mat.engine.kept().latched
    assert sorted(each.rule for each in latched) == rules
    assert {(each.zone, each.priority) for each in latched} == {("l_toes", "high")}


def test_what_concerns_the_whole_mat_is_not_latched() -> None:
    mat = Play(of_class(2))
    mat.press(cn(600, RIGHT), RIGHT)
    mat.press(0)
    mat.until(3)
    assert mat.states(None) == {"standing_not_allowed": "raised"}
    assert {each.zone for each in mat.engine.kept().latched} == {"r_heel"}


def test_the_value_that_is_kept_is_the_highest() -> None:
    mat = raised_limit()
    mat.press(cn(300))
    mat.frames(1)
    mat.press(cn(200))
    mat.frames(1)
    (latched,) = mat.engine.kept().latched
    assert (latched.value, latched.t_us) == (300.0, S)
    limit = next(a for a in mat.engine.active if a.raised.rule == "limit")
    assert (limit.value, limit.raised.value, limit.over) == (300.0, 200.0, True)
    mat.press(0)
    mat.frames(2)
    assert not limit.over


@pytest.mark.parametrize(
    ("rule", "zone"),
    [
        ("limit", TOES),
        ("sustained", TOES),
        ("cell_noisy", TOES),
        ("stale", HEEL),
        ("indicator", None),
    ],
)
def test_what_stands_knows_whether_it_is_over(rule: str, zone: int | None) -> None:
    mat = Play(of_class(2))
    mat.press(cn(250))
    mat.faults = {("cell_noisy", TOES)}
    mat.good[HEEL] = False
    mat.engine.report("indicator", holds=True)
    mat.until(290)
    key = (zone, rule)
    alarm = next(a for a in mat.engine.active if a.raised.key == key)
    assert alarm.over
    assert alarm.value == (None if alarm.raised.kind == "fault" else alarm.raised.value)
    mat.press(0)
    mat.good[HEEL] = True
    mat.faults = set()
    mat.engine.report("indicator", holds=False)
    mat.until(340)
    assert not alarm.over


# Paused.


def test_a_pause_is_silence_for_so_long() -> None:
    mat = raised_limit()
    assert mat.pause(60, "l_toes", "limit") == 1
    assert mat.said("limit") == [(3, "paused", "high")]
    assert mat.states() == {"advisory": "raised", "warning": "raised", "limit": "paused"}
    mat.until(63)
    assert mat.said("limit") == []
    mat.frames(1)
    assert mat.said("limit") == [(63, "raised", "high")]
    assert mat.states()["limit"] == "raised"


@pytest.mark.parametrize("seconds", [-1, 0, 1e-7, 120.1, 1e9])
def test_a_pause_lasts_at_most_two_minutes(seconds: float) -> None:
    mat = raised_limit()
    with pytest.raises(MatError, match="above 0 and at most 120 s"):
        mat.pause(seconds)
    assert mat.states()["limit"] == "raised"


@pytest.mark.parametrize("seconds", [1e-6, 0.3, 119.9, 120])
def test_the_end_is_at_the_first_frame_not_before_it(seconds: float) -> None:
    mat = raised_limit()
    mat.pause(seconds, None, "limit")
    mat.said("limit")
    mat.until(3 + seconds)
    assert mat.said("limit") == []
    mat.frames(1)
    assert [each[1] for each in mat.said("limit")] == ["raised"]


def test_each_alarm_may_be_paused_once() -> None:
    mat = raised_limit()
    assert mat.pause(10) == 3
    assert mat.pause(10) == 0
    mat.faults = {("cell_noisy", TOES)}
    mat.until(20)
    assert set(mat.states().values()) == {"raised"}
    assert mat.pause(10) == 1  # the fault came later
    assert mat.states()["limit"] == "raised"


def test_once_cleared_it_may_be_paused_again() -> None:
    mat = Play()
    for _ in range(2):
        mat.press(cn(100))
        mat.frames(4)
        assert mat.pause(30) == 1
        mat.press(0)
        mat.wait(4)
        assert mat.states() == {}
    assert [each[1] for each in mat.said("advisory")] == ["raised", "paused", "cleared"] * 2


def test_a_paused_one_clears_as_ever_and_a_latching_one_waits() -> None:
    mat = raised_limit()
    mat.pause(120)
    mat.press(0)
    mat.until(30)
    assert mat.states() == {"limit": "paused"}
    assert [each.rule for each in mat.engine.kept().latched] == ["limit"]
    mat.ack()
    mat.frames(1)
    assert mat.states() == {}
    mat.until(200)
    assert [each[1] for each in mat.said("limit")] == ["paused", "acknowledged", "cleared"]


@pytest.mark.parametrize("beside", [True, False])
def test_an_acknowledge_ends_its_pause(*, beside: bool) -> None:
    mat = raised_limit()
    mat.pause(5, None, "limit")
    mat.until(4)
    assert mat.ack(rule="limit", beside=beside) == 1
    mat.until(124)
    assert [each[:2] for each in mat.said("limit")] == [(3, "paused"), (4, "acknowledged")]
    mat.frames(1)
    assert mat.said("limit") == [(124, "raised", "high")]


def test_after_its_pause_it_can_be_acknowledged() -> None:
    mat = raised_limit()
    mat.pause(5, None, "limit")
    mat.until(10)
    assert mat.ack(rule="limit") == 1
    assert mat.pause(5, None, "limit") == 0


def test_what_is_acknowledged_is_not_paused_but_may_be_when_it_sounds_again() -> None:
    mat = raised_limit()
    mat.ack()
    assert mat.pause(5, None, "limit") == 0
    mat.until(124)
    assert mat.states()["limit"] == "raised"
    assert mat.pause(5, None, "limit") == 1
    mat.until(130)
    mat.ack(rule="limit")
    mat.until(260)
    assert mat.pause(5, None, "limit") == 0


@pytest.mark.parametrize("zone", ["l_nose", ""])
def test_a_pause_of_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(MatError, match=f"unknown zone {zone}"):
        raised_limit().pause(5, zone)


def test_a_pause_is_of_the_zone_and_rule_that_were_asked_for() -> None:
    mat = raised_limit()
    mat.press(cn(120, HEEL), HEEL)
    mat.frames(4)
    assert mat.pause(60, "l_heel") == 1
    assert mat.pause(60, "r_heel") == 0
    assert mat.pause(60, "l_heel", "warning") == 0
    assert set(mat.states().values()) == {"raised"}
    assert mat.states(HEEL) == {"advisory": "paused"}


def test_a_new_alarm_ends_every_pause_at_its_frame() -> None:
    mat = raised_limit()
    assert mat.pause(100) == 3
    mat.events.clear()
    mat.press(cn(400, RIGHT), RIGHT)  # a mean of 100 kPa over a second
    mat.frames(1)
    assert mat.events == [
        (3, TOES, "advisory", "raised", "low"),
        (3, TOES, "warning", "raised", "medium"),
        (3, TOES, "limit", "raised", "high"),
        (3, RIGHT, "advisory", "raised", "low"),
    ]


def test_a_new_fault_does_too() -> None:
    mat = raised_limit()
    mat.pause(100, None, "limit")
    mat.events.clear()
    mat.faults = {("cell_noisy", RIGHT)}
    mat.frames(1)
    assert mat.said("limit") == [(3, "raised", "high")]


def test_one_that_rises_ends_the_other_pauses_and_its_own() -> None:
    mat = Play()
    mat.faults = {("cell_noisy", TOES), ("cell_stuck", RIGHT)}
    mat.frames(4)
    assert mat.pause(100) == 2
    mat.events.clear()
    mat.press(720)
    mat.frames(1)
    assert mat.events == [
        (1, TOES, "cell_noisy", "raised", "medium"),
        (1, RIGHT, "cell_stuck", "raised", "low"),
    ]
    assert mat.pause(100) == 0  # both were


def test_one_that_has_risen_may_be_paused_if_it_was_not() -> None:
    mat = Play()
    mat.faults = {("cell_noisy", TOES)}
    mat.frames(4)
    mat.press(720)
    mat.frames(1)
    assert mat.pause(100) == 1


def test_one_that_sounds_again_ends_no_pause() -> None:
    """Nothing new: it stood all the time."""
    mat = raised_limit()
    mat.until(5)
    mat.ack(rule="advisory")
    mat.until(100)
    assert mat.pause(120, None, "limit") == 1
    mat.events.clear()
    mat.until(130)
    assert [each[:2] for each in mat.said("advisory")] == [(125, "raised")]
    assert mat.states()["limit"] == "paused"


def test_what_clears_ends_no_pause() -> None:
    mat = raised_limit()
    mat.press(cn(100, RIGHT), RIGHT)
    mat.frames(4)
    mat.pause(100)
    mat.press(0, RIGHT)
    mat.until(10)
    assert mat.states(RIGHT) == {}
    assert mat.states()["limit"] == "paused"


@pytest.mark.parametrize("rule", ["profile_missing", "standing_not_allowed", "indicator"])
def test_alarms_and_faults_of_the_mat_can_be_paused(rule: str) -> None:
    mat = Play(People(had_one=True))
    mat.engine.report("indicator", holds=True)
    mat.press(cn(340, RIGHT), RIGHT)
    mat.until(5)
    assert mat.pause(10, None, rule) == 1
    mat.said(rule, None)
    mat.until(15)
    assert mat.said(rule, None) == []
    mat.frames(1)
    assert [each[:2] for each in mat.said(rule, None)] == [(15, "raised")]


def test_a_pause_of_a_long_load_and_of_a_lost_zone() -> None:
    mat = Play(of_class(2))
    mat.press(2000)
    mat.until(290)
    assert mat.pause(10, None, "sustained") == 1
    mat.until(301)
    assert [each[:2] for each in mat.said("sustained")] == [
        (285, "raised"), (290, "paused"), (300, "raised"),
    ]  # fmt: skip
    assert mat.full[-1].value == pytest.approx(20 * 10 / 36)
    mat.good[TOES] = False
    mat.until(305)
    assert mat.pause(10, "l_toes", "zone_lost") == 1
    mat.until(316)
    assert [each[1] for each in mat.said("zone_lost")] == ["raised", "paused", "raised"]


@pytest.mark.parametrize("cuts", [(), (1,), (5, 7), (20, 21, 22)])
def test_a_pause_ends_at_its_frame_in_any_batch(cuts: tuple[int, ...]) -> None:
    """With what was new, cleared or due in the same batch."""
    mat = raised_limit()
    mat.pause(5, None, "limit")
    mat.pause(6.1, None, "advisory")
    mat.pause(60, None, "warning")
    mat.events.clear()
    for n in (*cuts, 40 - sum(cuts)):
        mat.frames(n)
    assert mat.events == [(8, 0, "limit", "raised", "high"), (9.25, 0, "advisory", "raised", "low")]
    mat.press(0)
    for n in (*cuts, 40 - sum(cuts)):
        mat.frames(n)
    assert [e[2:4] for e in mat.events[2:]] == [("warning", "cleared"), ("advisory", "cleared")]


@pytest.mark.parametrize("cuts", [(), (1,), (3, 1), (4,)])
def test_something_new_ends_a_pause_at_its_frame_in_any_batch(cuts: tuple[int, ...]) -> None:
    """The warning is new at 2 s."""
    mat = Play()
    mat.press(cn(200))
    mat.until(1.25)
    assert mat.pause(60) == 2
    mat.events.clear()
    for n in (*cuts, 40 - sum(cuts)):
        mat.frames(n)
    assert mat.events == [
        (2, 0, "advisory", "raised", "low"),
        (2, 0, "warning", "raised", "medium"),
        (2, 0, "limit", "raised", "high"),
    ]


# The order of events.

EVENTS = st.builds(
    AlarmEvent,
    st.just(0),
    st.none() | st.integers(0, MAX_ZONES - 1),
    st.sampled_from(["advisory", "limit", "stale", "warning"]),
    st.just("alarm"),
    st.sampled_from(PRIORITIES),
    st.sampled_from(["raised", "cleared", "acknowledged", "paused"]),
)


@given(st.lists(st.tuples(st.integers(0, 3), EVENTS), max_size=12))
def test_by_zone_then_the_mat_clear_first_low_first_then_by_name(
    found: list[tuple[int, AlarmEvent]],
) -> None:
    ranks = [
        (
            at,
            99 if event.zone is None else event.zone,
            event.state != "cleared",
            {"low": 0, "medium": 1, "high": 2}[event.priority],
            event.rule,
        )
        for at, event in sorted(found, key=event_order)
    ]
    assert ranks == sorted(ranks)


def test_all_kinds_of_events_of_one_frame_stand_in_order() -> None:
    """A long interval: everything is due at one frame."""
    mat = Play(of_class(2))
    mat.faults = {("cell_desync", TOES)}
    mat.press(cn(100, RIGHT), RIGHT)
    mat.frames(5)
    mat.events.clear()
    mat.engine.report("indicator", holds=True)
    mat.faults = {("cell_stuck", TOES), ("cell_noisy", TOES)}
    mat.load_bp[TOES] = 10_001
    mat.press(cn(50))
    mat.press(cn(200, HEEL), HEEL)
    mat.frames(1)
    told = [(zone, state, priority, rule) for _, zone, rule, state, priority in mat.events]
    assert told == [
        (TOES, "cleared", "low", "cell_desync"),
        (TOES, "raised", "medium", "cell_noisy"),
        (TOES, "raised", "medium", "cell_stuck"),
        (TOES, "raised", "high", "overload"),
        (HEEL, "raised", "low", "advisory"),
        (None, "raised", "medium", "indicator"),
    ]


def test_an_alarm_may_clear_and_another_begin_at_one_frame() -> None:
    """Clear before raise, though the one that clears is graver."""
    mat = Play()
    mat.press(cn(150))
    mat.until(2.25)
    mat.press(0)
    mat.until(5.25)
    clear = next(
        t for t, _, rule, state, _ in mat.events if (rule, state) == ("warning", "cleared")
    )
    again = Play()
    again.press(cn(150))
    again.until(2.25)
    again.press(0)
    again.until(clear)
    again.events.clear()
    again.faults = {("cell_noisy", TOES)}
    again.frames(1)
    assert [e[2:4] for e in again.events] == [("warning", "cleared"), ("cell_noisy", "raised")]


def paused_time_over(cuts: list[int]) -> list[AlarmEvent]:
    mat = Play(step_ms=400)
    mat.press(720)
    mat.until(1801)
    mat.pause(10)
    mat.full.clear()
    for n in cuts:
        mat.frames(n)
    return mat.full


@pytest.mark.parametrize("cuts", [[50, 30], [80], [1] * 80])
def test_the_end_of_a_pause_says_the_value_of_its_own_frame(cuts: list[int]) -> None:
    found = [(e.t_us / S, e.state, e.value) for e in paused_time_over(cuts)]
    assert found == [(1811.2, "raised", 1811.2)]


# However the frames come.

ACTS: dict[str, Callable[[Play, int, int], object]] = {
    "press": lambda mat, zone, n: mat.press((0, 720, 2000, 16_000, 33_000)[n % 5], zone),
    "go": lambda mat, zone, _: mat.good.__setitem__(zone, False),
    "come": lambda mat, zone, _: mat.good.__setitem__(zone, True),
    "load": lambda mat, zone, n: mat.load_bp.__setitem__(zone, (0, 9500, 10_001)[n % 3]),
    "fault": lambda mat, zone, n: mat.faults.add((("cell_noisy", "cell_desync")[n % 2], zone)),
    "well": lambda mat, _, __: mat.faults.clear(),
    "report": lambda mat, _, n: mat.engine.report("indicator", holds=n % 2 == 0),
    "ack": lambda mat, _, n: mat.ack(beside=n % 2 == 0),
    "pause": lambda mat, _, n: mat.pause((0.7, 5.0, 120.0)[n % 3]),
    "profile": lambda mat, _, n: mat.engine.set_profile(of_class(n % 4)),
}
ACT = st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 2), st.integers(0, 59))


@given(
    st.lists(st.tuples(ACT, st.integers(0, 40)), max_size=12),
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.sampled_from([50, 250, 450]),
)
def test_events_are_the_same_however_the_frames_come(
    acts: list[tuple[tuple[str, int, int], int]], cuts: list[int], step_ms: int
) -> None:
    whole, parts = Play(step_ms=step_ms), Play(step_ms=step_ms)
    for number, ((act, zone, which), n) in enumerate(acts):
        for mat in (whole, parts):
            ACTS[act](mat, zone, which)
        whole.frames(n)
        first = min(cuts[number % len(cuts)], n)
        parts.frames(first)
        parts.frames(n - first)
    assert whole.full == parts.full
    assert whole.sessions == parts.sessions
    assert whole.engine.kept() == parts.engine.kept()
    assert [(a.raised, a.state, a.value, a.over) for a in whole.engine.active] == [
        (a.raised, a.state, a.value, a.over) for a in parts.engine.active
    ]
