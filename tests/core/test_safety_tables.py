"""Both sides of each limit and each time of DESIGN section 6, class 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FrameError, MatError
from core.frames import ZoneStatus
from tests.core.support import S, force_frames, limits_of, named, new_engine

if TYPE_CHECKING:
    from core.engine import Engine
    from core.rules import AlarmEvent

MS = 1000
LIMITS = limits_of(new_engine())
TOES, HEEL, RIGHT = 0, 1, 2


def kpa(value: float, zone: int = TOES) -> int:
    """Lowest force, 0.01 N, whose estimated peak is at least this (199.9: just under 200)."""
    bounds = {150.0: LIMITS[zone].warning_cn, 200.0: LIMITS[zone].limit_cn,
              400.0: LIMITS[zone].ceiling_cn}  # fmt: skip
    return bounds.get(value) or int(value * 100 / LIMITS[zone].peak_kpa_per_n)


class Mat:
    """An engine with a clock: presses zones for so long, 100 frames a second."""

    def __init__(self, step_us: int = 10 * MS) -> None:
        self.engine: Engine = new_engine()
        self.t_us = 0
        self.step_us = step_us
        self.events: list[AlarmEvent] = []
        self.now = [0, 0, 0]
        self.good = [True, True, True]

    def press(self, value_kpa: float, zone: int = TOES) -> None:
        self.now[zone] = kpa(value_kpa, zone)

    def frames(self, n: int) -> None:
        for _ in range(n):
            frame = force_frames([self.t_us], [self.now], [self.good])
            update = self.engine.feed_forces(frame)
            # Advisories stand below everything here; their own tests are in test_class_tables.py.
            self.events += [event for event in update.events if event.rule != "advisory"]
            self.status = update.status[0].tolist()
            self.t_us += self.step_us

    def wait(self, seconds: float) -> None:
        self.frames(round(seconds * S / self.step_us))

    def seen(self, zone: int = TOES) -> list[tuple[float, str, str]]:
        """What happened on a zone since the last look: time in s, rule, state."""
        found, self.events = named(self.events, zone), []
        return found

    def raised(self, zone: int = TOES) -> set[str]:
        return {rule for _, rule, state in self.seen(zone) if state == "raised"}


@pytest.mark.parametrize(
    ("pressure", "frames", "expected"),
    [
        (199.9, 101, set()),
        (200.0, 100, set()),  # 0.99 s
        (200.0, 101, {"limit"}),  # 1.00 s
        (199.9, 200, set()),
        (149.9, 500, set()),
        (150.0, 200, set()),  # 1.99 s
        (150.0, 201, {"warning"}),
        (399.9, 3, set()),
        (400.0, 1, set()),
        (400.0, 2, {"limit"}),
    ],
)
def test_limits_and_times_from_both_sides(pressure: float, frames: int, expected: set[str]) -> None:
    mat = Mat()
    mat.press(pressure)
    mat.frames(frames)
    assert mat.raised() == expected


@pytest.mark.parametrize(("step_ms", "raised"), [(49, True), (50, False), (51, False)])
def test_ceiling_needs_two_frames_within_50_ms(step_ms: int, *, raised: bool) -> None:
    """(t - 50 ms, t]: a frame exactly 50 ms ago is outside."""
    mat = Mat(step_ms * MS)
    mat.press(400)
    mat.frames(3)
    assert ("limit" in mat.raised()) is raised


def test_one_low_frame_between_two_high_ones_is_no_ceiling() -> None:
    mat = Mat()
    for pressure in (400, 399.9, 400, 0, 400):
        mat.press(pressure)
        mat.frames(1)
    assert not mat.raised()


def test_a_bad_frame_between_two_high_ones_does_not_hide_the_ceiling() -> None:
    mat = Mat()
    mat.press(400)
    mat.frames(1)
    mat.good[TOES] = False
    mat.frames(1)
    mat.good[TOES] = True
    mat.frames(1)
    assert mat.seen() == [(0.02, "limit", "raised")]


def tap(mat: Mat, wait_us: int, top: float = 200.0, bottom: float = 0.0) -> None:
    """Give two frames before the blow, and one of it: the mean stays below the warning."""
    mat.press(bottom)
    mat.frames(2)
    mat.press(top)
    mat.frames(1)
    mat.press(bottom)
    mat.t_us += wait_us - 3 * mat.step_us


@pytest.mark.parametrize(
    ("period_ms", "taps", "top", "bottom", "raised"),
    [
        (2499, 5, 200, 0, True),
        (2500, 5, 200, 0, False),  # the fifth comes 10.0 s after the first: outside (t - 10 s, t]
        (2525, 5, 200, 0, False),
        (1000, 4, 200, 0, False),
        (1000, 5, 199.9, 0, False),
        (1000, 5, 200, 99.9, True),
        (1000, 5, 200, 100.1, False),
    ],
)
def test_the_fifth_tap_in_10_s_warns(
    period_ms: int, taps: int, top: float, bottom: float, *, raised: bool
) -> None:
    mat = Mat()
    for _ in range(taps):
        tap(mat, period_ms * MS, top, bottom)
    assert mat.raised() == ({"warning"} if raised else set())


def test_the_count_of_taps_starts_anew_after_the_fifth() -> None:
    mat = Mat()
    for _ in range(5):
        tap(mat, 300 * MS)
    assert mat.raised() == {"warning"}
    mat.wait(2.2)
    assert [state for _, _, state in mat.seen()] == ["cleared"]
    for _ in range(4):
        tap(mat, 300 * MS)
    assert mat.raised() == set()
    tap(mat, 300 * MS)
    assert mat.raised() == {"warning"}


def test_a_long_press_is_one_tap_and_a_bad_frame_none() -> None:
    mat = Mat()
    for _ in range(4):
        tap(mat, 300 * MS)
    mat.frames(1)
    mat.press(200)
    mat.good[TOES] = False
    mat.frames(1)
    mat.good[TOES] = True
    assert mat.raised() == set()
    mat.frames(1)
    assert mat.raised() == {"warning"}


def raise_warning(mat: Mat) -> None:
    mat.press(150)
    mat.wait(2.1)
    assert mat.raised() == {"warning"}


def test_a_warning_clears_after_2_s_below_09_and_not_before() -> None:
    mat = Mat()
    raise_warning(mat)
    mat.press(0)
    # The mean over 1 s falls below 0.9 of the limit with the eleventh frame of nothing.
    mat.frames(11 + 199)
    assert mat.seen() == []
    mat.frames(1)
    assert [(rule, state) for _, rule, state in mat.seen()] == [("warning", "cleared")]


@pytest.mark.parametrize(("over", "clears"), [(0, False), (-1, True)])
def test_exactly_09_of_the_limit_does_not_clear(over: int, *, clears: bool) -> None:
    mat = Mat()
    raise_warning(mat)
    assert LIMITS[TOES].warning_cn % 10 == 0
    mat.now[TOES] = 9 * LIMITS[TOES].warning_cn // 10 + over
    mat.wait(4)
    assert (mat.seen() != []) is clears


def test_a_frame_above_09_begins_the_2_s_again() -> None:
    mat = Mat(100 * MS)
    raise_warning(mat)
    mat.press(0)
    mat.wait(1.0)
    mat.press(149)
    mat.wait(1.0)
    mat.press(0)
    mat.frames(20)
    assert mat.seen() == []
    mat.frames(1)
    assert len(mat.seen()) == 1


def test_intervals_that_end_in_bad_frames_do_not_count() -> None:
    mat = Mat(100 * MS)
    raise_warning(mat)
    mat.press(0)
    mat.frames(2)  # m_1s falls below 0.9 of the limit with the second
    for _ in range(10):
        mat.good[TOES] = False
        mat.frames(1)
        mat.good[TOES] = True
        mat.frames(1)
    assert mat.seen() == []
    mat.frames(9)
    assert mat.seen() == []
    mat.frames(1)
    assert len(mat.seen()) == 1


@pytest.mark.unmeasured
def test_a_limit_clears_only_after_an_acknowledge() -> None:
    mat = Mat()
    mat.press(200)
    mat.wait(1.1)
    assert mat.raised() == {"limit"}
    mat.press(0)
    mat.wait(60)
    assert mat.seen() == []
    assert [e.state for e in mat.engine.acknowledge(mat.t_us, "l_toes", "limit")] == [
        "acknowledged"
    ]
    assert mat.engine.acknowledge(mat.t_us) == ()
    mat.frames(1)
    assert [(rule, state) for _, rule, state in mat.seen()] == [("limit", "cleared")]


def test_an_acknowledge_does_not_clear_a_limit_that_still_holds() -> None:
    mat = Mat()
    mat.press(200)
    mat.wait(1.1)
    mat.engine.acknowledge(mat.t_us)
    mat.wait(10)
    mat.press(0)
    mat.frames(200)
    assert ("limit", "cleared") not in {(rule, state) for _, rule, state in mat.seen()}
    mat.frames(10)
    assert ("limit", "cleared") in {(rule, state) for _, rule, state in mat.seen()}
    mat.press(200)
    mat.wait(1.3)
    assert "limit" in mat.raised()


def test_acknowledging_one_rule_of_one_zone_leaves_the_others() -> None:
    mat = Mat()
    mat.press(400)
    mat.press(400, RIGHT)
    mat.wait(3)
    engine = mat.engine
    engine.acknowledge(0, rule="advisory")
    engine.acknowledge(0, rule="standing_not_allowed")
    assert len(engine.active) == 7
    assert engine.acknowledge(mat.t_us, "l_heel") == ()
    assert engine.acknowledge(mat.t_us, None, "sustained") == ()
    assert [(e.zone, e.rule) for e in engine.acknowledge(mat.t_us, "r_heel", "limit")] == [
        (RIGHT, "limit")
    ]
    assert [a.state for a in engine.active].count("raised") == 3
    assert len(engine.acknowledge(mat.t_us)) == 3
    with pytest.raises(MatError, match="unknown zone l_nose"):
        engine.acknowledge(mat.t_us, "l_nose")


def lose(mat: Mat, zone: int, seconds: float) -> None:
    mat.good[zone] = False
    mat.wait(seconds)


def test_a_zone_is_unknown_after_more_than_half_a_second() -> None:
    mat = Mat()
    mat.frames(1)
    lose(mat, TOES, 0.5)  # 50 bad frames, the last 0.50 s after the good one
    assert mat.status[TOES] & ZoneStatus.UNKNOWN == 0
    assert mat.seen() == []
    mat.frames(1)
    assert mat.status[TOES] & ZoneStatus.UNKNOWN
    assert mat.seen() == [(0.51, "stale", "raised")]


def test_a_zone_that_never_delivered_is_unknown_at_once_and_stale_soon() -> None:
    mat = Mat()
    mat.good[HEEL] = False
    mat.frames(1)
    assert mat.status[HEEL] & ZoneStatus.UNKNOWN
    assert not mat.status[TOES] & ZoneStatus.UNKNOWN
    mat.wait(0.5)
    assert mat.seen(HEEL) == []
    mat.frames(1)
    assert mat.seen(HEEL) == [(0.51, "stale", "raised")]


@pytest.mark.parametrize(
    ("zone", "touched", "priority"),
    [
        (TOES, None, "low"),
        (TOES, RIGHT, "low"),
        (TOES, HEEL, "medium"),
        (TOES, TOES, "medium"),
        (RIGHT, HEEL, "low"),
        (RIGHT, RIGHT, "medium"),
    ],
)
def test_stale_is_medium_while_that_foot_is_in_contact(
    zone: int, touched: int | None, priority: str
) -> None:
    mat = Mat()
    if touched is not None:
        mat.now[touched] = LIMITS[touched].contact_cn
    mat.frames(5)
    lose(mat, zone, 0.6)
    assert [(e.zone, e.rule, e.priority) for e in mat.events] == [(zone, "stale", priority)]
    mat.good[zone] = True
    mat.frames(200)
    assert len(mat.events) == 1
    mat.frames(1)
    assert [e.state for e in mat.events] == ["raised", "cleared"]


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("pressure", "seconds", "rule", "priority"),
    [
        (200, 1.5, "zone_lost", "high"),  # raised
        (200, 0.5, "zone_lost", "high"),  # pending
        (150, 2.5, "zone_lost", "medium"),
        (150, 0.1, "zone_lost", "medium"),
        (149, 2.5, "zone_lost", "medium"),  # an advisory, with a foot on the mat
        (99, 2.5, "stale", "medium"),
    ],
)
def test_a_loss_is_as_grave_as_what_it_may_hide(
    pressure: float, seconds: float, rule: str, priority: str
) -> None:
    mat = Mat()
    mat.press(pressure)
    mat.wait(seconds)
    mat.events.clear()
    lose(mat, TOES, 0.51)
    found = [(e.rule, e.priority, e.kind) for e in mat.events if e.rule in ("stale", "zone_lost")]
    assert found == [(rule, priority, "fault")]
    mat.wait(5)
    assert len([e for e in mat.events if e.kind == "fault"]) == 1


def test_zone_lost_high_clears_after_2_s_of_valid_frames_and_an_acknowledge() -> None:
    mat = Mat()
    mat.press(200)
    mat.wait(1.2)
    lose(mat, TOES, 1)
    mat.good[TOES] = True
    mat.press(0)
    mat.wait(3)
    assert ("zone_lost", "cleared") not in {e[1:] for e in mat.seen()}
    mat.engine.acknowledge(mat.t_us)
    mat.frames(1)
    assert {e[1:] for e in mat.seen()} == {("limit", "cleared"), ("zone_lost", "cleared")}
    assert mat.engine.active == ()


def test_what_was_pending_ends_with_the_loss() -> None:
    mat = Mat()
    mat.press(200)
    mat.wait(0.4)
    lose(mat, TOES, 0.7)
    assert mat.raised() == {"zone_lost"}
    mat.good[TOES] = True
    mat.frames(100)
    assert mat.raised() == set()
    mat.frames(1)
    assert mat.raised() == {"limit"}


def test_a_run_goes_on_in_bad_frames_until_the_zone_is_unknown() -> None:
    mat = Mat()
    mat.press(200)
    mat.wait(0.9)
    lose(mat, TOES, 0.11)
    assert mat.seen() == [(1.0, "limit", "raised")]


def test_bad_frames_neither_stop_nor_reset_a_run() -> None:
    mat = Mat()
    mat.press(200)
    mat.wait(0.6)
    lose(mat, TOES, 0.4)
    mat.good[TOES] = True
    mat.frames(1)
    assert mat.seen() == [(1.0, "limit", "raised")]


def test_contact_has_hysteresis() -> None:
    mat = Mat()
    on = LIMITS[TOES].contact_cn
    seen = []
    for force in (on - 1, on, on // 2, on // 2 - 1, on - 1, on):
        mat.now[TOES] = force
        mat.frames(1)
        seen.append(bool(mat.status[TOES] & ZoneStatus.CONTACT))
    assert seen == [False, True, True, False, False, True]


def test_events_of_one_frame_stand_in_order() -> None:
    mat = Mat(2 * S)
    mat.press(200)
    mat.press(200, RIGHT)
    mat.frames(2)
    assert [(e.t_us, e.zone, e.rule) for e in mat.events] == [
        (2 * S, TOES, "warning"), (2 * S, TOES, "limit"),
        (2 * S, RIGHT, "warning"), (2 * S, RIGHT, "limit"), (2 * S, None, "standing_not_allowed"),
    ]  # fmt: skip
    assert all(e.kind == "alarm" for e in mat.events)
    assert {(e.rule, e.priority, e.limit) for e in mat.events} == {
        ("warning", "medium", 150.0), ("limit", "high", 200.0),
        ("standing_not_allowed", "medium", 300.0),
    }  # fmt: skip


def test_misuse_is_refused_and_changes_nothing() -> None:
    engine = new_engine()
    with pytest.raises(FrameError, match="no frame"):
        engine.feed_forces(force_frames([5], [[0, 0, 0]])[:0])
    engine.feed_forces(force_frames([5], [[0, 0, 0]]))
    with pytest.raises(FrameError, match="time goes back"):
        engine.feed_forces(force_frames([5], [[0, 0, 0]]))
    with pytest.raises(FrameError, match="at frame 1"):
        engine.feed_forces(force_frames([6, 6], [[0, 0, 0]] * 2))
    engine.feed_forces(force_frames([6], [[0, 0, 0]]))


@given(
    st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 9000)), min_size=5, max_size=80),
    st.sampled_from([20_000, 50_000, 100_000, 300_000]),
)
def test_more_pressure_never_comes_later(pairs: list[tuple[int, int]], step_us: int) -> None:
    """No force ever delays or lowers `limit`, or `warning` where it comes from the mean.

    Half the limit plus one is under every force, so that no tap is ever counted.
    """
    floor = LIMITS[RIGHT].limit_cn // 2 + 1

    def first(forces: list[int], rule: str) -> int:
        rows = [[0, 0, floor + force] for force in forces]
        frames = force_frames([k * step_us for k in range(len(rows))], rows)
        events = new_engine().feed_forces(frames).events
        times = [e.t_us for e in events if (e.rule, e.state) == (rule, "raised")]
        return min(times, default=10**12)

    less, more = [a for a, _ in pairs], [a + b for a, b in pairs]
    for rule in ("warning", "limit"):
        assert first(more, rule) <= first(less, rule)
