"""Light pressure that never lets go: seconds, counts, relief (DESIGN section 6)."""

from __future__ import annotations

import pytest

from core.load_history import LoadHistory
from core.profiles import Profile
from tests.core.play import HEEL, LOADED_CN, RIGHT, TOES, ZONES, Play, of_class

RULE = "sustained"
ROWS = [(0, 900, "low"), (1, 855, "medium"), (2, 285, "medium")]


def counts(mat: Play) -> list[int]:
    """Loaded seconds of each zone in what would be kept."""
    kept = mat.engine.kept().histories[""]
    return [int(n) for n in LoadHistory.unpacked(kept, ZONES).long_count]


def first_after(seconds: int, step_ms: int) -> float:
    """Time of the first frame that is not before."""
    return -(-seconds * 1000 // step_ms) * step_ms / 1000


@pytest.mark.parametrize(("number", "seconds", "priority"), ROWS)
@pytest.mark.parametrize("step_ms", [250, 400])
def test_it_is_raised_at_the_first_frame_after_its_last_second(
    number: int, seconds: int, priority: str, step_ms: int
) -> None:
    """15:00 for class 0, 14:15 for class 1, 4:45 for class 2."""
    mat = Play(of_class(number), step_ms)
    mat.press(LOADED_CN)
    mat.until(seconds)
    assert mat.said(RULE) == []
    mat.frames(1)
    assert mat.said(RULE) == [(first_after(seconds, step_ms), "raised", priority)]
    event = mat.full[-1]
    assert (event.value, event.limit) == (LOADED_CN / 100 * (10.0 / 36.0), 4.67)
    assert event.kind == "alarm"
    mat.wait(300)
    assert mat.said(RULE) == []


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_hundredth_of_a_newton_less_is_no_load(number: int) -> None:
    mat = Play(of_class(number), 400)
    mat.press(LOADED_CN - 1)
    mat.wait(1000)
    assert mat.said(RULE) == []
    assert counts(mat) == [0, 0, 0]


def test_an_excluded_zone_has_a_rule_of_its_own_but_its_seconds_count() -> None:
    mat = Play(of_class(3), 400)
    mat.press(LOADED_CN)
    mat.wait(1000)
    assert mat.said(RULE) == []
    assert counts(mat) == [900, 0, 0]
    mat.engine.set_profile(of_class(2))
    mat.wait(1.2)
    assert [each[1:] for each in mat.said(RULE)] == [("raised", "medium")]


@pytest.mark.parametrize(("number", "whole", "gap"), [(1, 900, 45), (2, 300, 15)])
@pytest.mark.parametrize("more", [0, 1])
def test_short_lifts_do_not_count_for_much(number: int, whole: int, gap: int, more: int) -> None:
    """855 of 900 and 285 of 300 with a lift in between; one second more of it, and not."""
    mat = Play(of_class(number))
    mat.press(LOADED_CN)
    mat.until(100)
    mat.press(0)
    mat.until(100 + gap + more)
    mat.press(LOADED_CN)
    mat.until(whole)
    assert mat.said(RULE) == []
    mat.frames(1)
    raised = [each[:2] for each in mat.said(RULE)]
    assert raised == ([] if more else [(whole, "raised")])
    mat.until(whole + 90)
    assert mat.said(RULE) == []


def test_class_0_needs_every_second() -> None:
    mat = Play(of_class(0))
    mat.press(LOADED_CN)
    mat.until(899)
    mat.press(0)
    mat.until(900)
    mat.press(LOADED_CN)
    mat.until(1799.5)
    assert mat.said(RULE) == []
    mat.until(1801)
    assert mat.said(RULE) == [(1800, "raised", "low")]


@pytest.mark.parametrize("less", [0, 1])
def test_a_second_is_loaded_by_the_mean_of_its_valid_frames(less: int) -> None:
    mat = Play()
    for force_cn in (2 * LOADED_CN, 0, LOADED_CN, LOADED_CN - less):
        mat.press(force_cn)
        mat.frames(1)
    mat.press(0)
    mat.frames(1)
    assert counts(mat) == [1 - less, 0, 0]


@pytest.mark.parametrize("less", [0, 1])
def test_bad_frames_do_not_enter_that_mean(less: int) -> None:
    mat = Play()
    for force_cn, good in ((LOADED_CN, True), (0, False), (LOADED_CN - less, True), (0, False)):
        mat.press(force_cn)
        mat.good[TOES] = good
        mat.frames(1)
    mat.good[TOES] = True
    mat.press(0)
    mat.frames(1)
    assert counts(mat) == [1 - less, 0, 0]


def test_a_second_without_a_valid_frame_is_loaded_though_the_zone_is_not_unknown() -> None:
    mat = Play(step_ms=100)
    mat.until(0.9)
    mat.frames(1)  # 0.9 s
    mat.t_us = 1_300_000
    mat.good[TOES] = False
    mat.frames(1)
    mat.good[TOES] = True
    mat.t_us = 2_000_000
    mat.frames(1)
    assert counts(mat) == [1, 0, 0]


@pytest.mark.parametrize(("bad", "loaded"), [(2, 0), (3, 1)])
def test_a_second_in_which_a_zone_was_unknown_is_loaded(bad: int, loaded: int) -> None:
    """Bad for 0.5 s: not unknown yet. For 0.75 s: nobody knows."""
    mat = Play()
    mat.good[TOES] = True
    mat.frames(1)
    mat.good[TOES] = False
    mat.frames(bad)
    mat.good[TOES] = True
    mat.frames(4 - bad)
    assert counts(mat) == [loaded, 0, 0]


def test_a_zone_that_never_delivered_is_loaded() -> None:
    mat = Play(step_ms=100)
    mat.good[HEEL] = False
    mat.frames(1)
    mat.good[HEEL] = True
    mat.until(1.1)
    assert counts(mat) == [0, 1, 0]


@pytest.mark.parametrize(
    ("next_s", "loaded"), [(1, 0), (2, 1), (3, 2), (855, 854), (856, 855), (901, 900), (5000, 900)]
)
def test_seconds_without_any_frame_are_loaded(next_s: int, loaded: int) -> None:
    """At most 900 of them: more than that nobody looks back."""
    mat = Play()
    mat.frames(1)
    mat.t_us = next_s * 1_000_000
    mat.frames(1)
    assert counts(mat) == [loaded] * 3
    assert [e[0] for e in mat.said(RULE)] == ([next_s] if loaded >= 855 else [])


def test_time_without_an_engine_adds_nothing() -> None:
    mat = Play(start_s=5000.5)
    mat.wait(0.75)
    assert counts(mat) == [0, 0, 0]


# Relief.


def loaded_to_the_full(seconds: int = 300, step_ms: int = 250) -> Play:
    mat = Play(of_class(2), step_ms)
    mat.press(LOADED_CN)
    mat.press(LOADED_CN, HEEL)
    mat.until(seconds)
    assert mat.said(RULE) == [(285, "raised", "medium")]
    assert mat.said(RULE, HEEL) == [(285, "raised", "medium")]
    mat.press(0)
    mat.press(0, HEEL)
    return mat


def test_two_minutes_with_the_whole_foot_unloaded_clear() -> None:
    mat = loaded_to_the_full()
    mat.press(LOADED_CN, RIGHT)  # the other foot is another matter
    mat.until(420)
    assert mat.said(RULE) == mat.said(RULE, HEEL) == []
    assert counts(mat)[:2] == [300, 300]
    mat.frames(1)
    assert mat.said(RULE) == mat.said(RULE, HEEL) == [(420, "cleared", "medium")]
    assert counts(mat) == [0, 0, 120]


@pytest.mark.parametrize("zone", [TOES, HEEL])
def test_a_touch_anywhere_on_the_foot_begins_the_two_minutes_anew(zone: int) -> None:
    mat = loaded_to_the_full()
    mat.until(419)
    mat.press(LOADED_CN, zone)
    mat.until(420)
    mat.press(0, zone)
    mat.until(540)
    assert mat.said(RULE) == mat.said(RULE, HEEL) == []
    mat.frames(1)
    assert mat.said(RULE) == mat.said(RULE, HEEL) == [(540, "cleared", "medium")]


def test_what_nobody_knows_is_no_relief() -> None:
    mat = loaded_to_the_full()
    mat.good[HEEL] = False
    mat.until(600)
    assert mat.said(RULE) == []


def test_nothing_else_clears_it() -> None:
    """Neither a count that has fallen, nor an acknowledge, nor another class."""
    mat = loaded_to_the_full()
    mat.press(LOADED_CN, HEEL)
    mat.ack("l_toes")
    mat.engine.set_profile(of_class(0))
    mat.until(1100)
    assert [each[1] for each in mat.said(RULE)] == ["acknowledged"]
    assert mat.states() == {RULE: "acknowledged"}


def test_after_relief_all_seconds_count_anew() -> None:
    mat = loaded_to_the_full()
    mat.until(430)
    mat.said(RULE)
    mat.press(LOADED_CN)
    mat.until(430 + 285)
    assert mat.said(RULE) == []
    mat.frames(1)
    assert mat.said(RULE) == [(715, "raised", "medium")]


def test_an_acknowledged_one_clears_with_relief_without_anybody_beside() -> None:
    mat = loaded_to_the_full()
    mat.ack(beside=False)
    mat.until(421)
    assert [each[1] for each in mat.said(RULE)] == ["acknowledged", "cleared"]


# Said again.


@pytest.mark.parametrize("beside", [False, True])
def test_two_minutes_after_an_acknowledge_it_sounds_again(*, beside: bool) -> None:
    mat = Play(of_class(2))
    mat.press(LOADED_CN)
    mat.until(290.5)
    mat.ack(beside=beside)
    mat.said(RULE)
    mat.until(410.5)
    assert mat.said(RULE) == []
    mat.frames(1)
    assert mat.said(RULE) == [(410.5, "raised", "medium")]
    mat.ack(beside=beside)
    mat.said(RULE)
    mat.until(530.75)
    assert mat.said(RULE) == []
    mat.frames(1)
    assert mat.said(RULE) == [(530.75, "raised", "medium")]


@pytest.mark.parametrize("first", [1, 3, 500])
def test_in_a_long_batch_too(first: int) -> None:
    mat = Play(of_class(2))
    mat.press(LOADED_CN)
    mat.until(290.5)
    mat.ack()
    mat.frames(first)
    mat.until(700)
    assert [each[:2] for each in mat.said(RULE)] == [
        (285, "raised"), (290.5, "acknowledged"), (410.5, "raised"),
    ]  # fmt: skip


def test_it_stays_silent_once_the_count_has_fallen() -> None:
    mat = loaded_to_the_full()
    mat.press(LOADED_CN, HEEL)
    mat.ack("l_toes")
    mat.said(RULE)
    mat.until(900)
    assert mat.said(RULE) == []


def test_a_class_lowered_raises_it_graver_and_not_acknowledged() -> None:
    """Low at 15 minutes of class 0; class 1 or 2 now, it is medium at the next second."""
    mat = Play(of_class(0), 400)
    mat.press(LOADED_CN)
    mat.until(905)
    mat.ack()
    assert [each[1:] for each in mat.said(RULE)] == [("raised", "low"), ("acknowledged", "low")]
    mat.engine.set_profile(of_class(1))
    mat.wait(1.2)
    assert [each[1:] for each in mat.said(RULE)] == [("raised", "medium")]
    assert mat.ack() == 1


def test_a_class_raised_lowers_nothing() -> None:
    mat = Play(of_class(1), 400)
    mat.press(LOADED_CN)
    mat.until(860)
    mat.engine.set_profile(of_class(0))
    mat.until(1100)
    assert mat.said(RULE) == [(first_after(855, 400), "raised", "medium")]


def test_of_a_stricter_class_it_is_graver_only_when_too_long_for_that() -> None:
    mat = Play(of_class(0), 400)
    mat.press(LOADED_CN)
    mat.press(LOADED_CN, HEEL)
    mat.until(901)
    mat.press(0)
    mat.until(1000)
    assert [each[2] for each in mat.said(RULE)] == ["low"]
    mat.engine.set_profile(of_class(2))
    mat.until(1100)
    assert mat.said(RULE) == []  # 285 of the last 300 s are no more


def test_a_lost_zone_may_hide_it() -> None:
    mat = Play(of_class(2))
    mat.press(LOADED_CN)
    mat.until(290)
    mat.good[TOES] = False
    mat.wait(1)
    assert [each[1:] for each in mat.said("zone_lost")] == [("raised", "medium")]


def test_each_zone_by_its_own_class() -> None:
    mat = Play(Profile(classes={"l_toes": 2, "l_heel": 0}), 400)
    for zone in (TOES, HEEL, RIGHT):
        mat.press(LOADED_CN, zone)
    mat.until(910)
    found = [round(mat.said(RULE, zone)[0][0]) for zone in (TOES, HEEL, RIGHT)]
    assert found == [285, 900, 855]
