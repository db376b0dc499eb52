"""Every rule of every class on both sides of its limit and its time (DESIGN section 6)."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from core.engine import Engine
from core.errors import ProfileError
from core.frames import CellFrames, Status, ZoneStatus
from core.profiles import Profile
from tests.core.play import HEEL, RIGHT, TOES, Play, cn, edited, of_class
from tests.core.support import S, calibrated, force_frames, named, small_layout

TABLE = (
    (0, "advisory", 150, 0.0, "low"),
    (0, "warning", 200, 5.0, "medium"),
    (0, "limit", 400, 0.5, "high"),
    (1, "advisory", 100, 0.0, "low"),
    (1, "warning", 150, 2.0, "medium"),
    (1, "limit", 200, 1.0, "high"),
    (2, "advisory", 50, 0.0, "low"),
    (2, "warning", 75, 1.0, "medium"),
    (2, "limit", 100, 0.5, "high"),
    (3, "excluded_contact", 4.67, 0.5, "high"),
)
LASTING = tuple(row for row in TABLE if row[1] != "advisory")
CEILING = {0: 600, 1: 400, 2: 200}
LIMIT = {0: 400, 1: 200, 2: 100}


@pytest.mark.parametrize(("number", "rule", "kpa", "after_s", "priority"), TABLE)
def test_it_is_raised_at_its_limit_and_its_time(
    number: int, rule: str, kpa: float, after_s: float, priority: str
) -> None:
    mat = Play(of_class(number))
    mat.wait(1)
    mat.press(cn(kpa) - 1)
    mat.wait(after_s + 3)
    assert mat.said(rule) == []
    mat = Play(of_class(number))
    mat.press(cn(kpa))
    mat.until(after_s)
    assert mat.said(rule) == []
    mat.frames(1)
    assert mat.said(rule) == [(after_s, "raised", priority)]
    (event,) = [e for e in mat.full if e.rule == rule]
    assert event.kind == "alarm"
    assert event.limit == pytest.approx(kpa)
    assert event.value == pytest.approx(cn(kpa) / 100 * 1.25)


@pytest.mark.parametrize(("number", "rule", "kpa", "after_s", "priority"), LASTING)
def test_a_moment_short_of_its_time_it_begins_anew(
    number: int, rule: str, kpa: float, after_s: float, priority: str
) -> None:
    """One valid frame below (a mean of 0.25 s or of 1 s) ends the run."""
    mat = Play(of_class(number), step_ms=1000 if rule == "warning" else 250)
    mat.press(cn(kpa))
    mat.until(after_s)
    mat.press(0)
    mat.frames(1)
    mat.press(cn(kpa))
    began_s = mat.t_s
    mat.until(began_s + after_s)
    assert mat.said(rule) == []
    mat.frames(1)
    assert mat.said(rule) == [(began_s + after_s, "raised", priority)]


@pytest.mark.parametrize(("number", "rule", "kpa", "after_s", "priority"), TABLE)
@pytest.mark.parametrize("calm", [False, True])
def test_it_clears_below_nine_tenths_only(
    number: int, rule: str, kpa: float, after_s: float, priority: str, *, calm: bool
) -> None:
    mat = Play(of_class(number))
    mat.press(cn(kpa))
    mat.wait(after_s + 1)
    mat.ack(rule=rule)
    mat.said(rule)
    edge = -(-9 * cn(kpa) // 10)  # the lowest that is not below 0.9 of the limit
    mat.press(edge - calm)
    mat.wait(6)
    assert [each[1:] for each in mat.said(rule)] == [("cleared", priority)] * calm


@pytest.mark.parametrize("rule", ["advisory", "warning", "limit", "excluded_contact"])
def test_only_what_is_high_waits_for_somebody_beside_the_mat(rule: str) -> None:
    mat = Play(of_class(3 if rule == "excluded_contact" else 1))
    mat.press(cn(200))
    mat.wait(3)
    mat.press(0)
    mat.wait(6)
    latches = rule in ("limit", "excluded_contact")
    assert mat.states() == ({rule: "raised"} if latches else {"limit": "raised"})
    mat.ack(beside=False)
    mat.wait(3)
    assert list(mat.states().values()) == ["acknowledged"]
    mat.ack()
    mat.frames(1)
    assert mat.states() == {}


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("below", [0, 1])
def test_two_frames_at_the_ceiling_raise_the_limit_at_once(number: int, below: int) -> None:
    mat = Play(of_class(number), step_ms=10)
    mat.press(cn(CEILING[number]) - below)
    mat.frames(3)
    assert mat.said("limit") == ([] if below else [(0.01, "raised", "high")])


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(
    ("top_less", "rest_more", "warns"), [(0, 0, True), (1, 0, False), (0, 1, False)]
)
def test_the_fifth_tap_warns(number: int, top_less: int, rest_more: int, *, warns: bool) -> None:
    """Of the limit of its class, after a frame below half of that; too soon for any mean."""
    mat = Play(of_class(number), step_ms=10)
    top = cn(LIMIT[number])
    for _ in range(5):
        assert mat.said("warning") == []
        mat.press(-(-top // 2) - 1 + rest_more)
        mat.frames(5)
        mat.press(top - top_less)
        mat.frames(1)
        mat.t_us += 440_000
    assert mat.said("warning") == ([(2.05, "raised", "medium")] if warns else [])


@pytest.mark.parametrize("n_taps", [4, 5])
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_taps_are_counted_in_any_batch(n_taps: int, batch: int) -> None:
    """One blow each, however long it lasts and however many low frames lie between."""
    blow = [0] * 20 + [cn(200) - 1, cn(200), cn(200), cn(150)]
    rows = [[force_cn, 0, 0] for force_cn in (blow * n_taps)]
    frames = force_frames([k * 50_000 for k in range(len(rows))], rows)
    engine = Engine(LAYOUT, Profile())
    events = [
        event
        for start in range(0, len(rows), batch)
        for event in engine.feed_forces(frames[start : start + batch]).events
    ]
    at_s = (4 * len(blow) + 21) * 50_000 / S
    warned = [e for e in named(events, TOES) if e[1] == "warning"]
    assert warned == ([(at_s, "warning", "raised")] if n_taps == 5 else [])


def test_an_excluded_zone_knows_no_other_rule_of_pressure() -> None:
    mat = Play(of_class(3), step_ms=10)
    for force_cn in (0, cn(600), 0, cn(600), 0, cn(600), 0, cn(600), 0, cn(600), cn(600)):
        mat.press(force_cn)
        mat.frames(20)
    mat.wait(20)
    assert {e[2] for e in mat.events if e[1] == TOES} == {"excluded_contact"}


def test_an_excluded_zone_says_so_in_its_status() -> None:
    engine = Engine(LAYOUT, Profile(classes={"l_heel": 3}))
    frame = force_frames([0], [[0, 0, 0]])
    assert (engine.feed_forces(frame).status & ZoneStatus.EXCLUDED).tolist() == [[0, 8, 0]]
    engine.set_profile(of_class(1))
    frame = force_frames([1], [[0, 0, 0]])
    assert not (engine.feed_forces(frame).status & ZoneStatus.EXCLUDED).any()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_only_an_excluded_zone_knows_excluded_contact(number: int) -> None:
    mat = Play(of_class(number))
    mat.press(cn(600))
    mat.wait(10)
    assert mat.said("excluded_contact") == []


@pytest.mark.parametrize(
    ("least_cn", "bound_cn", "limit_kpa"),
    [(0, 373, 4.67), (373, 373, 4.67), (374, 374, 4.675), (1000, 1000, 12.5)],
)
@pytest.mark.parametrize("below", [0, 1])
def test_excluded_contact_allows_for_an_uncertain_zero(
    least_cn: int, bound_cn: int, limit_kpa: float, below: int
) -> None:
    mat = Play(of_class(3))
    mat.least_cn[TOES] = least_cn
    mat.press(bound_cn - below)
    mat.wait(0.5)
    assert mat.said("excluded_contact") == []
    mat.wait(3)
    assert mat.said("excluded_contact") == ([] if below else [(0.5, "raised", "high")])
    limits = [e.limit for e in mat.full if e.rule == "excluded_contact"]
    assert limits == pytest.approx([] if below else [limit_kpa])


def test_classes_are_those_of_each_zone() -> None:
    mat = Play(Profile(classes={"l_toes": 0, "r_heel": 3}))
    for zone in (TOES, HEEL, RIGHT):
        mat.press(cn(120, zone), zone)
    mat.wait(0.75)
    assert mat.states(TOES) == {}
    assert mat.states(HEEL) == {"advisory": "raised"}
    assert mat.states(RIGHT) == {"excluded_contact": "raised"}


@pytest.mark.parametrize(
    ("figures", "rule", "kpa", "after_s"),
    [
        ({"advisory_kpa": 60.0}, "advisory", 60, 0.0),
        ({"warning_kpa": 110.0}, "warning", 110, 2.0),
        ({"warning_s": 5.0}, "warning", 150, 5.0),
        ({"warning_s": 0.5}, "warning", 150, 0.5),
        ({"limit_kpa": 400.0}, "limit", 400, 0.5),
        ({"limit_s": 0.25}, "limit", 200, 0.25),
    ],
)
@pytest.mark.parametrize("below", [0, 1])
def test_edited_limits_hold(
    figures: dict[str, float], rule: str, kpa: float, after_s: float, below: int
) -> None:
    mat = Play(edited(**figures))
    mat.press(cn(kpa) - below)
    mat.until(after_s)
    assert mat.said(rule) == []
    mat.wait(3)
    assert [each[0] for each in mat.said(rule)] == ([] if below else [after_s])


@pytest.mark.parametrize(
    ("cap_kpa", "rule", "kpa", "after_s"),
    [(80, "advisory", 40, 0.0), (80, "warning", 60, 2.0), (80, "limit", 80, 1.0)],
)
@pytest.mark.parametrize("below", [0, 1])
def test_a_personal_cap_holds(
    cap_kpa: float, rule: str, kpa: float, after_s: float, below: int
) -> None:
    mat = Play(Profile(caps_kpa={"l_toes": cap_kpa}))
    mat.press(cn(kpa) - below)
    mat.until(after_s)
    assert mat.said(rule) == []
    mat.wait(3)
    assert [each[0] for each in mat.said(rule)] == ([] if below else [after_s])


# Overload: of every class, of what a cell bears of its own capacity.


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize(("load_bp", "raised"), [(10_000, False), (10_001, True)])
def test_one_frame_above_capacity_is_an_overload(
    number: int, load_bp: int, *, raised: bool
) -> None:
    mat = Play(of_class(number), step_ms=10)
    mat.wait(1)
    mat.load_bp[TOES] = load_bp
    mat.frames(1)
    mat.load_bp[TOES] = 0
    mat.frames(50)
    assert mat.said("overload") == ([(1.0, "raised", "high")] if raised else [])
    assert {(e.value, e.limit) for e in mat.full} == ({(100.01, 100.0)} if raised else set())


@pytest.mark.parametrize("already_s", [0.0, 5.0])
def test_an_overload_is_told_by_a_zone_that_cannot_be_read(already_s: float) -> None:
    mat = Play()
    mat.wait(1)
    mat.good[TOES] = False
    mat.wait(already_s)
    mat.load_bp[TOES] = 10_001
    mat.frames(1)
    assert mat.said("overload") == [(1 + already_s, "raised", "high")]


@pytest.mark.parametrize(("load_bp", "clears"), [(9_000, False), (8_999, True)])
def test_an_overload_clears_below_nine_tenths(load_bp: int, *, clears: bool) -> None:
    mat = Play()
    mat.load_bp[TOES] = 10_001
    mat.frames(1)
    mat.ack()
    mat.said("overload")
    mat.load_bp[TOES] = load_bp
    mat.until(2.25)
    assert mat.said("overload") == []
    mat.wait(3)
    assert mat.said("overload") == ([(2.25, "cleared", "high")] if clears else [])


def test_an_overload_waits_for_somebody_beside_the_mat() -> None:
    mat = Play()
    mat.load_bp[TOES] = 10_001
    mat.frames(1)
    mat.load_bp[TOES] = 0
    mat.wait(5)
    mat.ack(beside=False)
    mat.wait(5)
    assert mat.states() == {"overload": "acknowledged"}
    mat.ack()
    mat.frames(1)
    assert mat.states() == {}


@pytest.mark.parametrize(("load_bp", "again"), [(10_000, False), (10_001, True)])
def test_it_sounds_again_while_the_mean_is_above_capacity(load_bp: int, *, again: bool) -> None:
    mat = Play()
    mat.load_bp[TOES] = 10_001
    mat.frames(1)
    mat.ack()
    mat.said("overload")
    mat.load_bp[TOES] = load_bp
    mat.until(120.25)
    assert mat.said("overload") == []
    mat.frames(1)
    assert mat.said("overload") == ([(120.25, "raised", "high")] if again else [])


@pytest.mark.parametrize(("load_bp", "lost"), [(10_000, None), (10_001, "high")])
def test_a_lost_zone_may_hide_an_overload(load_bp: int, lost: str | None) -> None:
    """Its last reading counts: above capacity, not at it."""
    mat = Play(step_ms=300)
    mat.load_bp[TOES] = load_bp
    mat.frames(1)
    mat.good[TOES], mat.load_bp[TOES] = False, 0
    mat.wait(1)
    assert [each[2] for each in mat.said("zone_lost")] == ([lost] if lost else [])


LAYOUT = small_layout()


def cell_frames(
    counts: list[list[int]], status: list[list[int]] | None = None, step_s: float = 0.1
) -> CellFrames:
    n = len(counts)
    return CellFrames(
        np.arange(n), np.arange(n, dtype=np.float64) * step_s, np.array(counts, np.int32),
        np.array(status or [[0] * 3] * n, np.uint16),
        np.zeros((n, 3), np.float32), np.zeros((n, 3), np.int32),
    )  # fmt: skip


FULL = 2**23 - 1


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("end", "expected"),
    [(1, [(0.1, "overload", "raised")]), (-1, [(0.1, "cell_saturated_negative", "raised")])],
)
def test_a_saturated_cell_is_an_overload_in_the_direction_of_load(
    sign: int, end: int, expected: list[tuple[float, str, str]]
) -> None:
    """Full scale is 488 N of 490 here: SATURATED alone says that it is too much."""
    zero = sign * 100_000
    engine = Engine(LAYOUT, Profile(), calibrated(LAYOUT, [sign * 17_000.0] * 3, zero))
    rest = [zero, zero, zero]
    counts = [rest, [sign * end * FULL, zero, zero], rest]
    status = [[0] * 3, [int(Status.SATURATED), 0, 0], [0] * 3]
    events = engine.feed(cell_frames(counts, status)).events
    assert [e for e in named(events, TOES) if e[1] in ("overload", expected[0][1])] == expected
    assert {e.priority for e in events if e.rule == "overload"} <= {"high"}


@pytest.mark.parametrize(("more", "raised"), [(0, False), (1, True)])
def test_a_cell_above_its_490_n_is_an_overload(more: int, *, raised: bool) -> None:
    engine = Engine(LAYOUT, Profile(), calibrated(LAYOUT, [4096.0] * 3, zero=0.0))
    full = 490 * 4096
    events = engine.feed(cell_frames([[0, 10, 20], [full + more, 10, 20], [0, 10, 20]])).events
    assert ("overload" in {e.rule for e in events}) is raised


def test_a_zone_of_two_cells_is_overloaded_by_one_of_them() -> None:
    layout = small_layout(("l_toes", "l_toes", "l_heel", "r_heel"))
    engine = Engine(layout, Profile(), calibrated(layout, [4096.0] * 4, zero=0.0))
    n, counts = 2, np.zeros((2, 4), np.int32)
    counts[1, 1] = 490 * 4096 + 4097
    status = np.zeros((n, 4), np.uint16)
    status[1, 0] = int(Status.DESYNC)  # its neighbour gives nothing: a bad frame of the zone
    frames = CellFrames(np.arange(n), np.arange(n, dtype=np.float64) * 0.1, counts, status,
                        np.zeros((n, 4), np.float32), np.zeros((n, 4), np.int32))  # fmt: skip
    update = engine.feed(frames)
    assert not update.frames.valid[1, 0]
    assert [e.rule for e in update.events if e.zone == TOES] == ["overload"]


def test_forces_alone_overload_a_zone_beyond_its_cells() -> None:
    """A recording of forces says nothing of cells: they bear alike."""
    for force_cn, raised in ((49_000, False), (49_001, True)):
        engine = Engine(LAYOUT, Profile())
        events = engine.feed_forces(force_frames([0], [[force_cn, 0, 0]])).events
        assert ("overload" in {e.rule for e in events}) is raised


# Another profile in mid-session.


def newer(skin: int) -> Profile:
    """Write the same limits in another version: the same profile again is no new one."""
    return msgspec.structs.replace(of_class(skin), version=2)


@pytest.mark.parametrize("same", [True, False])
def test_a_new_profile_begins_runs_anew(same: bool) -> None:
    mat = Play(of_class(1))
    mat.press(cn(200))
    mat.until(0.75)
    mat.engine.set_profile(newer(1) if same else edited())
    mat.until(0.75 + (1.0 if same else 0.5))
    assert mat.said("limit") == []
    mat.frames(1)
    assert [each[1] for each in mat.said("limit")] == ["raised"]


def test_a_stricter_class_raises_under_its_own_limit_and_time() -> None:
    mat = Play(of_class(1))
    mat.press(cn(100))
    mat.until(10)
    assert mat.states() == {"advisory": "raised"}
    mat.engine.set_profile(of_class(2))
    mat.until(10.5)
    assert mat.said("limit") == []
    mat.frames(1)
    assert mat.said("limit") == [(10.5, "raised", "high")]
    assert [e.limit for e in mat.full if e.rule == "limit"] == [100.0]


def test_what_is_raised_clears_under_the_new_limit() -> None:
    mat = Play(of_class(2))
    mat.press(cn(75))
    mat.until(3)
    assert mat.states() == {"advisory": "raised", "warning": "raised"}
    mat.engine.set_profile(of_class(0))
    assert mat.states() == {"advisory": "raised", "warning": "raised"}
    mat.frames(8)
    assert mat.states() == {"advisory": "raised", "warning": "raised"}
    mat.frames(1)
    assert mat.states() == {}
    assert [e.limit for e in mat.full if e.state == "cleared"] == [150.0, 200.0]


def test_calm_begins_anew_with_a_new_profile() -> None:
    mat = Play(of_class(1))
    mat.press(cn(150))
    mat.until(2.25)
    mat.press(0)
    mat.until(4.25)  # calm since 2.25 s, when the mean fell
    mat.engine.set_profile(newer(1))
    mat.until(6.25)
    assert [each[1] for each in mat.said("warning")] == ["raised"]
    mat.frames(1)
    assert [each[1] for each in mat.said("warning")] == ["cleared"]


def test_excluded_from_now_on_a_raised_limit_is_calm() -> None:
    """Whatever presses there: it is excluded_contact now."""
    mat = Play(of_class(1))
    mat.press(cn(200))
    mat.until(1.25)
    mat.engine.set_profile(of_class(3))
    mat.ack(rule="limit")
    mat.until(3.25)
    assert set(mat.states()) == {"advisory", "limit", "excluded_contact"}
    mat.frames(1)
    assert mat.states() == {"excluded_contact": "raised"}
    limits = {e.state: e.limit for e in mat.full if e.rule == "limit"}
    assert limits == {"raised": 200.0, "acknowledged": None, "cleared": None}


def test_no_longer_excluded_its_alarm_waits_for_an_acknowledge() -> None:
    mat = Play(of_class(3))
    mat.press(cn(10))
    mat.until(1)
    mat.engine.set_profile(newer(1))
    mat.until(10)
    assert mat.states() == {"excluded_contact": "raised"}
    assert mat.ack() == 1
    mat.frames(1)
    assert mat.states() == {}


def test_an_acknowledgement_and_a_pause_outlive_a_change_of_profile() -> None:
    mat = Play(of_class(1))
    mat.press(cn(200))
    mat.until(3)
    mat.ack(rule="limit")
    mat.pause(60, rule="warning")
    mat.engine.set_profile(newer(1))
    mat.until(30)
    states = mat.states()
    assert (states["limit"], states["warning"]) == ("acknowledged", "paused")


@pytest.mark.parametrize("step_ms", [10, 20])
def test_the_ceiling_and_the_taps_see_only_what_comes_after(step_ms: int) -> None:
    mat = Play(of_class(1), step_ms=step_ms)
    mat.press(cn(400))
    mat.frames(1)
    mat.engine.set_profile(newer(1))
    mat.frames(1)
    assert mat.said("limit") == []
    mat.frames(1)
    assert [each[1] for each in mat.said("limit")] == ["raised"]


def test_a_tap_that_began_before_counts_no_more() -> None:
    mat = Play(of_class(1))
    for tap in range(5):
        mat.press(0)
        mat.frames(6)
        if tap == 4:
            mat.engine.set_profile(newer(1))
        mat.press(cn(200))
        mat.frames(1)
    assert mat.said("warning") == []


def test_means_go_on_and_so_does_contact() -> None:
    mat = Play(of_class(1))
    mat.press(cn(100))
    mat.frames(4)
    mat.press(720)
    mat.frames(1)
    mat.press(500)
    mat.engine.set_profile(of_class(2))
    mat.frames(1)
    # 2 x 8000 + 720 + 500 over four frames: above the 4000 of class 2 only with what was before.
    assert mat.said("advisory") != []
    assert mat.engine.session_since_us == 0


def test_a_profile_that_is_refused_changes_nothing() -> None:
    mat = Play(of_class(2))
    mat.press(cn(50))
    with pytest.raises(ProfileError):
        mat.engine.set_profile(edited(limit_kpa=500.0))
    with pytest.raises(ProfileError):
        mat.engine.set_profile(Profile(classes={"l_nose": 0}))
    assert mat.engine.limits.classes.tolist() == [2, 2, 2]
    mat.frames(1)
    assert [each[1] for each in mat.said("advisory")] == ["raised"]


def test_a_limit_that_nobody_reaches_is_no_number() -> None:
    assert math.isinf(Engine(LAYOUT, of_class(3)).limits.kpa("limit")[0])
