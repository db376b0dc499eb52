"""Alarms and faults of the whole mat, each on both sides of its limit and its time."""

from __future__ import annotations

import pytest

from core.engine import Engine
from core.layout import load_layout
from core.profiles import People, Profile
from tests.core.play import HEEL, RIGHT, TOES, Play, of_class
from tests.core.support import force_frames

TOUCH_CN = 720
"""Contact of the toes, and no long load."""

DAY_S, WEEK_S = 24 * 3600, 7 * 24 * 3600


def standing_on(total_cn: int, mat: Play) -> None:
    mat.press(total_cn - 200)
    mat.press(200, RIGHT)


# standing_not_allowed

STANDING = "standing_not_allowed"


@pytest.mark.parametrize(("mass_kg", "most_cn"), [(None, 30_000), (70.0, 30_890), (60.0, 26_477)])
@pytest.mark.parametrize("more", [0, 1])
def test_more_than_a_seated_person_bears_is_standing(
    mass_kg: float | None, most_cn: int, more: int
) -> None:
    mat = Play(Profile(body_mass_kg=mass_kg))
    standing_on(most_cn + more, mat)
    mat.until(1)
    assert mat.said(STANDING, None) == []
    mat.until(5)
    assert mat.said(STANDING, None) == ([(1, "raised", "medium")] if more else [])
    values = [(e.kind, e.value, e.limit) for e in mat.full if e.rule == STANDING]
    assert values == ([("alarm", (most_cn + 1) / 100, most_cn / 100)] if more else [])


def test_a_frame_without_begins_its_second_anew() -> None:
    mat = Play()
    standing_on(40_000, mat)
    mat.until(1)
    standing_on(30_000, mat)
    mat.frames(1)
    standing_on(40_000, mat)
    mat.until(2.25)
    assert mat.said(STANDING, None) == []
    mat.frames(1)
    assert mat.said(STANDING, None) == [(2.25, "raised", "medium")]


def test_raw_values_count_and_no_mean() -> None:
    mat = Play()
    standing_on(30_001, mat)
    mat.until(1.25)
    standing_on(30_000, mat)
    mat.until(3.25)
    assert [each[1] for each in mat.said(STANDING, None)] == ["raised"]
    mat.frames(1)
    assert mat.said(STANDING, None) == [(3.25, "cleared", "medium")]


def test_who_may_stand_is_not_told_off() -> None:
    mat = Play(Profile(mode="standing"))
    standing_on(90_000, mat)
    mat.until(10)
    assert mat.said(STANDING, None) == []


def test_a_zone_that_is_unknown_bears_nothing() -> None:
    mat = Play()
    standing_on(40_000, mat)
    mat.good[TOES] = False
    mat.until(5)
    assert mat.said(STANDING, None) == []


@pytest.mark.parametrize(
    ("number", "priority"), [(0, "medium"), (1, "medium"), (2, "high"), (3, "high")]
)
def test_it_is_graver_with_one_fragile_zone(number: int, priority: str) -> None:
    """High or not, it clears without anybody beside the mat."""
    mat = Play(Profile(classes={"l_heel": number}))
    standing_on(40_000, mat)
    mat.until(1.25)
    mat.press(0)
    mat.until(5)
    assert mat.said(STANDING, None) == [(1, "raised", priority), (3.25, "cleared", priority)]


def test_a_class_raised_makes_it_graver_at_the_next_frame() -> None:
    mat = Play()
    standing_on(40_000, mat)
    mat.until(5)
    mat.ack(rule=STANDING)
    mat.said(STANDING, None)
    mat.engine.set_profile(of_class(2))
    mat.frames(1)
    assert mat.said(STANDING, None) == [(5, "raised", "high")]
    mat.engine.set_profile(of_class(1))
    mat.wait(5)
    assert mat.said(STANDING, None) == []


def test_what_does_not_hold_any_more_does_not_grow() -> None:
    mat = Play()
    standing_on(40_000, mat)
    mat.until(5)
    mat.said(STANDING, None)
    mat.press(0)
    mat.engine.set_profile(of_class(2))
    mat.until(7.5)
    assert mat.said(STANDING, None) == [(7, "cleared", "medium")]


def test_standing_on_after_an_acknowledge_sounds_again() -> None:
    mat = Play()
    standing_on(40_000, mat)
    mat.until(10)
    mat.ack(rule=STANDING, beside=False)
    mat.said(STANDING, None)
    mat.until(130)
    assert mat.said(STANDING, None) == []
    mat.frames(1)
    assert mat.said(STANDING, None) == [(130, "raised", "medium")]


def test_a_new_profile_begins_its_second_anew() -> None:
    mat = Play()
    standing_on(40_000, mat)
    mat.until(0.75)
    mat.engine.set_profile(Profile(version=2))
    mat.until(1.75)
    assert mat.said(STANDING, None) == []
    mat.frames(1)
    assert mat.said(STANDING, None) == [(1.75, "raised", "medium")]


# time_over

TIME = "time_over"


def over(start_s: float = 0) -> Play:
    mat = Play(step_ms=400)
    mat.until(start_s)
    mat.press(TOUCH_CN)
    return mat


@pytest.mark.parametrize("start_s", [0, 20])
def test_half_an_hour_is_enough_and_is_said_every_minute(start_s: int) -> None:
    mat = over(start_s)
    mat.until(start_s + 1800)
    assert mat.said(TIME, None) == []
    mat.until(start_s + 1930)
    assert mat.said(TIME, None) == [
        (start_s + 1800 + more, "raised", "medium") for more in (0, 60, 120)
    ]
    found = [(e.value, e.limit) for e in mat.full if e.rule == TIME]
    assert found == [(1800, 1800), (1860, 1800), (1920, 1800)]


def test_ten_seconds_without_contact_end_it_and_contact_brings_it_back() -> None:
    mat = over()
    mat.until(1810)
    mat.said(TIME, None)
    mat.press(0)  # the last contact was at 1809.6 s
    mat.until(1819.6)
    assert mat.said(TIME, None) == []
    mat.until(1950)
    assert mat.said(TIME, None) == [(1819.6, "cleared", "medium")]
    mat.press(TOUCH_CN)
    mat.frames(2)
    assert mat.said(TIME, None) == [(1950, "raised", "medium")]


@pytest.mark.parametrize(("lift_s", "raised_s"), [(1790.8, 1800), (1790.4, None)])
def test_lifted_for_less_than_ten_seconds_somebody_is_there(
    lift_s: float, raised_s: float | None
) -> None:
    """1800 s are over 9.6 s after the last contact; or 10 s after it."""
    mat = over()
    mat.until(lift_s)
    mat.press(0)
    mat.until(1900)
    found = [each[0] for each in mat.said(TIME, None) if each[1] == "raised"]
    assert found == ([raised_s] if raised_s else [])


@pytest.mark.parametrize(("away_s", "raised_s"), [(179.6, 1800), (180.4, 2080.8)])
def test_three_minutes_away_begin_another_stay(away_s: float, raised_s: float) -> None:
    mat = over()
    mat.until(100.4)
    mat.press(0)
    mat.until(100 + away_s + 0.4)
    mat.press(TOUCH_CN)
    mat.until(raised_s)
    assert mat.said(TIME, None) == []
    mat.frames(1)
    assert mat.said(TIME, None) == [(raised_s, "raised", "medium")]


def test_another_session_is_the_same_stay() -> None:
    mat = over()
    mat.until(900)
    mat.engine.stop_session(mat.t_us)
    mat.engine.start_session(mat.t_us)
    mat.until(1800.4)
    assert mat.said(TIME, None) == [(1800, "raised", "medium")]


def test_acknowledged_it_is_said_again_all_the_same() -> None:
    mat = over()
    mat.until(1810)
    assert mat.ack(rule=TIME) == 1
    mat.until(1870)
    assert [each[:2] for each in mat.said(TIME, None)] == [
        (1800, "raised"), (1810, "acknowledged"), (1860, "raised"),
    ]  # fmt: skip


# too_often

OFTEN = "too_often"


def often(starts_s: list[float], at_s: float = 10) -> list[tuple[float, str, str]]:
    mat = Play()
    mat.engine.sessions_before(round(s * 1_000_000) for s in starts_s)
    mat.until(at_s)
    mat.press(TOUCH_CN)
    mat.frames(1)
    return mat.said(OFTEN, None)


RAISED = [(10, "raised", "low")]


@pytest.mark.parametrize(
    ("starts_s", "raised"),
    [
        ([], False),
        ([10 - DAY_S], False),  # exactly a day ago: not in it
        ([10 - DAY_S + 1e-6], True),
        ([-1], True),
        ([10], False),  # this very moment, or later: not before
        ([11], False),
        ([-2 * DAY_S, -3 * DAY_S], False),
        ([-2 * DAY_S, -3 * DAY_S, -4 * DAY_S], True),
        ([-2 * DAY_S, -3 * DAY_S, 10 - WEEK_S], False),
        ([-2 * DAY_S, -3 * DAY_S, 10 - WEEK_S + 1e-6], True),
        ([-8 * DAY_S] * 9, False),
    ],
)
def test_one_a_day_and_three_a_week(starts_s: list[float], *, raised: bool) -> None:
    assert often(starts_s) == (RAISED if raised else [])


def test_what_is_told_later_takes_the_place_and_counts_for_the_session_that_runs() -> None:
    mat = Play()
    mat.engine.sessions_before([-1_000_000])
    mat.engine.sessions_before([])
    mat.press(TOUCH_CN)
    mat.frames(1)
    assert mat.said(OFTEN, None) == []
    # Who is on the mat is said when they are: it is their second today.
    mat.engine.sessions_before([0, -1_000_000])
    mat.frames(1)
    assert mat.said(OFTEN, None) == [(0.25, "raised", "low")]


def test_it_stands_while_the_session_runs_and_two_seconds_more() -> None:
    mat = Play()
    mat.engine.sessions_before([-1_000_000])
    mat.press(TOUCH_CN)
    mat.until(10)
    assert mat.said(OFTEN, None) == [(0, "raised", "low")]
    mat.engine.stop_session(mat.t_us)
    mat.until(12)
    assert mat.said(OFTEN, None) == []
    mat.frames(1)
    assert mat.said(OFTEN, None) == [(12, "cleared", "low")]
    assert {(e.value, e.limit, e.kind) for e in mat.full if e.rule == OFTEN} == {
        (None, None, "alarm")
    }


def test_sessions_of_this_engine_count_by_command_too() -> None:
    mat = Play()
    mat.frames(1)
    mat.engine.start_session(mat.t_us)
    mat.wait(1)
    assert mat.said(OFTEN, None) == []
    mat.engine.stop_session(mat.t_us)
    mat.engine.start_session(mat.t_us)
    mat.frames(1)
    assert mat.said(OFTEN, None) == [(1.25, "raised", "low")]


def test_the_first_of_the_next_day_is_not_too_often() -> None:
    mat = Play()
    mat.engine.sessions_before([-1_000_000])
    mat.press(TOUCH_CN)
    mat.frames(1)
    mat.press(0)
    mat.wait(200)
    mat.t_us = DAY_S * 1_000_000
    mat.frames(1)
    mat.said(OFTEN, None)
    mat.press(TOUCH_CN)
    mat.frames(1)
    assert mat.said(OFTEN, None) == []


# total_mismatch

MISMATCH = "total_mismatch"


def weighed(total_cn: int, mode: str = "standing", mass_kg: float | None = 70.0) -> Play:
    assert mode in ("standing", "seated")
    mat = Play(Profile(mode=mode, body_mass_kg=mass_kg))  # type: ignore[arg-type]
    mat.press(total_cn, RIGHT)
    return mat


@pytest.mark.parametrize(
    ("total_cn", "raised"),
    [(68_646 - 6864, False), (68_646 - 6865, True), (68_646 + 6864, False), (68_646 + 6865, True)],
)
def test_ten_per_cent_off_the_known_weight_for_five_seconds(total_cn: int, *, raised: bool) -> None:
    mat = weighed(total_cn)
    mat.until(5)
    assert mat.said(MISMATCH, None) == []
    mat.until(9)
    assert mat.said(MISMATCH, None) == ([(5, "raised", "medium")] if raised else [])
    found = [(e.kind, e.value, e.limit) for e in mat.full if e.rule == MISMATCH]
    assert found == ([("fault", None, None)] if raised else [])


@pytest.mark.parametrize(
    ("total_cn", "mode", "mass_kg"),
    [
        (0, "standing", 70.0),
        (399, "standing", 70.0),
        (400, "seated", 70.0),
        (400, "standing", None),
    ],
)
def test_nobody_there_or_nothing_to_compare_with(
    total_cn: int, mode: str, mass_kg: float | None
) -> None:
    """400: contact of this zone."""
    mat = weighed(total_cn, mode, mass_kg)
    mat.until(20)
    assert mat.said(MISMATCH, None) == []


def test_a_touch_is_another_weight() -> None:
    mat = weighed(400)
    mat.until(5.25)
    assert mat.said(MISMATCH, None) == [(5, "raised", "medium")]


def test_it_clears_with_the_right_weight_and_stays_medium_when_the_mat_is_left() -> None:
    mat = weighed(50_000)
    mat.until(6)
    mat.press(68_646, RIGHT)
    mat.until(8)
    assert [each[1] for each in mat.said(MISMATCH, None)] == ["raised"]
    mat.frames(1)
    assert mat.said(MISMATCH, None) == [(8, "cleared", "medium")]
    mat.press(50_000, RIGHT)
    mat.until(15)
    mat.press(0, RIGHT)
    mat.until(18)
    assert [each[1:] for each in mat.said(MISMATCH, None)] == [
        ("raised", "medium"), ("cleared", "medium"),
    ]  # fmt: skip


def test_a_new_profile_begins_its_five_seconds_anew() -> None:
    mat = weighed(50_000)
    mat.until(4)
    mat.engine.set_profile(Profile(mode="standing", body_mass_kg=71.0))
    mat.until(9)
    assert mat.said(MISMATCH, None) == []
    mat.frames(1)
    assert mat.said(MISMATCH, None) == [(9, "raised", "medium")]


# profile_missing, and what others report

MISSING = "profile_missing"


@pytest.mark.parametrize(("force_cn", "priority"), [(719, "low"), (720, "medium")])
def test_a_mat_that_has_lost_its_profile_says_so(force_cn: int, priority: str) -> None:
    mat = Play(People(had_one=True))
    mat.press(force_cn)
    mat.frames(1)
    assert mat.said(MISSING, None) == [(0, "raised", priority)]
    assert [e.kind for e in mat.full if e.rule == MISSING] == ["fault"]


@pytest.mark.parametrize("who", [People(), People({"ann": Profile()}, had_one=True), Profile()])
def test_a_mat_that_has_one_or_never_had_does_not(who: People | Profile) -> None:
    mat = Play(who)
    mat.wait(3)
    assert mat.said(MISSING, None) == []


def test_it_clears_two_seconds_after_a_profile_has_come() -> None:
    mat = Play(People(had_one=True))
    mat.until(3)
    mat.engine.set_profile(People({"ann": Profile()}, had_one=True))
    mat.until(5)
    assert [each[1] for each in mat.said(MISSING, None)] == ["raised"]
    mat.frames(1)
    assert mat.said(MISSING, None) == [(5, "cleared", "low")]
    mat.engine.set_profile(People(had_one=True))
    mat.frames(1)
    assert mat.said(MISSING, None) == [(5.25, "raised", "low")]


@pytest.mark.parametrize("zone", [TOES, HEEL, RIGHT])
def test_a_fault_of_the_mat_rises_with_contact_of_either_foot_and_never_falls(zone: int) -> None:
    mat = Play()
    mat.engine.report("indicator", holds=True)
    mat.until(3)
    mat.ack()
    mat.press(TOUCH_CN, zone)
    mat.until(4)
    mat.press(0, zone)
    mat.until(20)
    assert mat.said("indicator", None) == [
        (0, "raised", "low"), (3, "acknowledged", "low"), (3, "raised", "medium"),
    ]  # fmt: skip


def test_what_is_reported_holds_from_the_next_frame_until_it_is_reported_otherwise() -> None:
    mat = Play()
    mat.engine.report("indicator", holds=False)
    mat.until(2)
    assert mat.said("indicator", None) == []
    mat.engine.report("indicator", holds=True)
    mat.until(10)
    assert mat.said("indicator", None) == [(2, "raised", "low")]
    mat.engine.report("indicator", holds=False)
    mat.until(12)
    assert mat.said("indicator", None) == []
    mat.frames(1)
    assert mat.said("indicator", None) == [(12, "cleared", "low")]


@pytest.mark.parametrize("rule", ["indicator", MISSING])
def test_a_fault_of_the_mat_sounds_again_two_minutes_after_an_acknowledge(rule: str) -> None:
    mat = Play(People(had_one=True))
    mat.engine.report("indicator", holds=True)
    mat.until(5)
    assert mat.ack(rule=rule) == 1
    mat.said(rule, None)
    mat.until(125)
    assert mat.said(rule, None) == []
    mat.frames(1)
    assert mat.said(rule, None) == [(125, "raised", "low")]


def test_only_of_a_zone_asked_for_nothing_of_the_mat_is_acknowledged() -> None:
    mat = Play(People(had_one=True))
    mat.until(1)
    assert mat.ack("l_toes") == 0
    assert mat.ack() == 1


@pytest.mark.parametrize(
    ("foot_mm", "poor"),
    [((260.0, 68.6), False), ((260.0, 68.5), True), ((230.0, 87.0), False), (None, False)],
)
def test_a_mat_says_that_it_is_too_large_for_a_foot(
    foot_mm: tuple[float, float] | None, *, poor: bool
) -> None:
    """Below 70 % of 260 x 98 mm; low, and no graver with the foot on."""
    layout = load_layout("full16")
    engine = Engine(layout, Profile(foot_mm=foot_mm))
    rows = [[0] * 16] * 2 + [[1000] * 16] * 2
    events = engine.feed_forces(force_frames([k * 100_000 for k in range(4)], rows)).events
    found = [(e.t_us, e.zone, e.kind, e.priority) for e in events if e.rule == "fit_poor"]
    assert found == ([(0, None, "fault", "low")] if poor else [])
    if poor:
        engine.set_profile(Profile())
        t_us = [400_000 + k * 100_000 for k in range(21)]
        events = engine.feed_forces(force_frames(t_us, [[1000] * 16] * 21)).events
        assert [(e.rule, e.state) for e in events if e.rule == "fit_poor"] == [
            ("fit_poor", "cleared")
        ]


def test_areas_that_are_never_scaled_fit_anybody() -> None:
    engine = Engine(load_layout("insole16"), Profile(foot_mm=(120.0, 60.0)))
    assert engine.feed_forces(force_frames([0], [[0] * 16])).events == ()


@pytest.mark.parametrize(("total_cn", "raised"), [(40_599, False), (40_598, True)])
def test_a_tenth_of_the_weight_off_is_not_more_than_a_tenth(total_cn: int, *, raised: bool) -> None:
    """46 kg weigh 45,110 cn: 4,511 off are a tenth of it, to the hundredth of a newton."""
    layout = load_layout("full16")
    engine = Engine(layout, Profile(mode="standing", body_mass_kg=46.0))
    row = [total_cn - 15 * 2000, *[2000] * 15]
    events = engine.feed_forces(force_frames([k * 250_000 for k in range(25)], [row] * 25)).events
    assert (MISMATCH in {e.rule for e in events}) is raised
