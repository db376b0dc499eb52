"""Sums over intervals, and the longest run of them, against plain loops."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bouts import Bouts

INTERVALS = st.lists(st.tuples(st.integers(1, 3_000_000), st.booleans(), st.booleans()))


def fed(intervals: list[tuple[int, bool, bool]], cuts: list[int]) -> Bouts:
    bouts = Bouts(2)
    places = [0, *sorted({cut for cut in cuts if cut < len(intervals)}), len(intervals)]
    for start, stop in itertools.pairwise(places):
        part = intervals[start:stop]
        on = np.array([row[1:] for row in part], bool).reshape(-1, 2)
        bouts.add(np.array([row[0] for row in part], np.int64), on)
    return bouts


@given(INTERVALS, st.lists(st.integers(0, 60), max_size=5))
def test_runs_are_what_a_loop_finds_wherever_they_are_cut(
    intervals: list[tuple[int, bool, bool]], cuts: list[int]
) -> None:
    totals, longest = [0, 0], [0, 0]
    run = [0, 0]
    for dt_us, *on in intervals:
        for at in range(2):
            run[at] = run[at] + dt_us if on[at] else 0
            totals[at] += dt_us if on[at] else 0
            longest[at] = max(longest[at], run[at])
    bouts = fed(intervals, cuts)
    assert bouts.total_s() == [total / 1e6 for total in totals]
    assert bouts.longest_s() == [each / 1e6 for each in longest]


def test_a_run_may_end_and_begin_between_batches() -> None:
    bouts = fed([(1_000_000, True, False)] * 3 + [(500_000, False, True)] * 2, [2, 4])
    assert bouts.total_s() == [3.0, 1.0]
    assert bouts.longest_s() == pytest.approx([3.0, 1.0])
