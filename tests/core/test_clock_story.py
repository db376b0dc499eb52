"""Times of the mat as wall times: exact once the clock was right, else between true bounds."""

from __future__ import annotations

from functools import reduce

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock_story import UNKNOWN, Boot, ClockStory, WallTime, anchor_of, wall_time
from core.wire import Info, WallPair
from tests.core.make_golden import INFO

# Whole milliseconds, so that sums of floats are the same in any order within a microsecond.
T_MS = st.integers(0, 10_000_000)
WALL_MS = st.integers(-2_000_000_000_000, 4_000_000_000_000)
TRUE_MS = 1_796_000_000_000


def pair(t_ms: int, wall_ms: int, *, synchronised: bool) -> WallPair:
    return WallPair(t_ms / 1000, wall_ms / 1000, synchronised)


def right(t_ms: int) -> WallPair:
    return pair(t_ms, TRUE_MS + t_ms, synchronised=True)


WRONG = st.builds(pair, T_MS, WALL_MS, synchronised=st.just(False))
ANY = st.builds(pair, T_MS, WALL_MS, synchronised=st.booleans())


def boot(*pairs: WallPair, after: float | None = None, before: float | None = None) -> Boot:
    return Boot(pairs, 100.0, 500.0, after, before)


def test_a_right_pair_makes_every_time_of_its_boot_exact_also_earlier_ones() -> None:
    known = boot(WallPair(100.0, 7.0, False), WallPair(400.0, 1_800_000_400.0, True))
    for t_s in (100.0, 250.0, 400.0, 500.0):
        assert wall_time(t_s, known).exact_s == 1_800_000_000.0 + t_s


@pytest.mark.parametrize(
    ("after", "before", "found"),
    [
        (1000.0, 9000.0, WallTime(1150.0, 8750.0)),
        (1000.0, None, WallTime(1150.0, None)),
        (None, 9000.0, WallTime(None, 8750.0)),
        (None, None, UNKNOWN),
        (9000.0, 1000.0, UNKNOWN),
        (1000.0, 1400.0, WallTime(1150.0, 1150.0)),
    ],
)
def test_without_one_a_time_lies_between_what_was_known_before_and_after(
    after: float | None, before: float | None, found: WallTime
) -> None:
    assert wall_time(250.0, boot(after=after, before=before)) == found


def test_nothing_known_is_no_exact_time() -> None:
    assert UNKNOWN.exact_s is None
    assert WallTime(1.0, 2.0).exact_s is None
    assert WallTime(2.0, 2.0).exact_s == 2.0


@given(st.lists(WRONG), T_MS, st.lists(ANY), T_MS)
def test_no_jump_before_or_after_the_first_right_look_moves_anything(
    before: list[WallPair], t_ms: int, after: list[WallPair], asked_ms: int
) -> None:
    anchor = right(t_ms)
    later = [each for each in after if each.t_s > anchor.t_s]
    story = reduce(ClockStory.heard, [*before, anchor, *later], ClockStory())
    found = wall_time(asked_ms / 1000, Boot(story.pairs, 0.0, 10_000.0, 1.0, 2.0))
    assert anchor_of(story.pairs) == anchor
    assert found.exact_s == pytest.approx((TRUE_MS + asked_ms) / 1000, abs=1e-5)


@given(st.lists(ANY))
def test_a_story_is_two_pairs_at_most_and_tells_the_first_look_and_the_last_flag(
    looks: list[WallPair],
) -> None:
    story = reduce(ClockStory.heard, looks, ClockStory(not_before_s=5.0))
    rights = [each for each in looks if each.synchronised]
    assert list(story.pairs[:1]) == looks[:1]
    assert len(story.pairs) <= 2
    assert [each for each in story.pairs if each.synchronised] == rights[:1]
    assert story.synchronised == (bool(looks) and looks[-1].synchronised)
    assert story.not_before_s == 5.0


@given(st.permutations([right(9), right(2), pair(1, 0, synchronised=False)]))
def test_records_may_come_in_any_order(pairs: list[WallPair]) -> None:
    assert anchor_of(pairs) == right(2)


@given(
    st.lists(WRONG),
    st.tuples(T_MS, T_MS, T_MS).map(sorted),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
)
def test_the_true_time_lies_within_the_bounds(
    wrong: list[WallPair], times_ms: list[int], early_ms: int | None, late_ms: int | None
) -> None:
    """Whatever the wall clock showed, and however long before and after the mat was off."""
    begin_ms, t_ms, end_ms = times_ms
    after = None if early_ms is None else (TRUE_MS + begin_ms - early_ms) / 1000
    before = None if late_ms is None else (TRUE_MS + end_ms + late_ms) / 1000
    known = Boot(tuple(wrong), begin_ms / 1000, end_ms / 1000, after, before)
    found = wall_time(t_ms / 1000, known)
    true_s = (TRUE_MS + t_ms) / 1000
    assert found.earliest_s is None or found.earliest_s <= true_s + 1e-5
    assert found.latest_s is None or found.latest_s >= true_s - 1e-5
    if early_ms and late_ms:
        assert found != UNKNOWN


@given(st.lists(T_MS, min_size=2, max_size=2), st.lists(ANY), WALL_MS)
def test_order_and_distance_within_a_boot_stay(
    times_ms: list[int], pairs: list[WallPair], bound_ms: int
) -> None:
    first_s, last_s = sorted(t_ms / 1000 for t_ms in times_ms)
    known = Boot(tuple(pairs), 0.0, 10_000.0, bound_ms / 1000)
    found = [wall_time(t_s, known).earliest_s for t_s in (first_s, last_s)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[1] - found[0] == pytest.approx(last_s - first_s, abs=1e-3)


def test_a_mat_that_says_nothing_of_the_wall_clock_is_understood() -> None:
    older = msgspec.to_builtins(INFO)
    del older["wall"], older["wall_not_before_s"]
    found = msgspec.convert(older, Info)
    assert (found.wall, found.wall_not_before_s) == ((), None)
