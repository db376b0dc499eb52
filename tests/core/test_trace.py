"""A trace comes back as it went in, in blocks that do not depend on how it came."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.trace import BLOCK, Trace


def kept(n: int, cuts: list[int]) -> Trace:
    points = np.arange(2.0 * n).reshape(n, 2)
    trace = Trace()
    for a, b in itertools.pairwise([0, *sorted(cuts), n]):
        trace.add(points[a:b], np.arange(a, b) % 3 > 0)
    return trace


@given(st.integers(0, 3 * BLOCK).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n), max_size=5))
))  # fmt: skip
def test_blocks_are_the_same_however_it_comes(case: tuple[int, list[int]]) -> None:
    n, cuts = case
    blocks = list(kept(n, cuts))
    assert [len(block.joined) for block in blocks[:-1]] == [BLOCK] * ((n - 1) // BLOCK)
    assert sum(len(block.joined) for block in blocks) == n
    if n:
        points = np.concatenate([block.points_mm for block in blocks])
        joined = np.concatenate([block.joined for block in blocks])
        assert points.tolist() == np.arange(2.0 * n).reshape(n, 2).tolist()
        assert joined.tolist() == (np.arange(n) % 3 > 0).tolist()


@pytest.mark.parametrize(("n", "lengths"), [
    (0, []), (1, [1]), (BLOCK - 1, [BLOCK - 1]), (BLOCK, [BLOCK]), (BLOCK + 1, [BLOCK, 1]),
])  # fmt: skip
def test_on_both_sides_of_a_whole_block(n: int, lengths: list[int]) -> None:
    assert [len(block.joined) for block in kept(n, [])] == lengths


def test_what_is_kept_does_not_follow_the_callers_array() -> None:
    points, joined = np.zeros((3, 2)), np.ones(3, bool)
    trace = Trace()
    trace.add(points, joined)
    points[:], joined[:] = 9.0, False
    (block,) = trace
    assert block.points_mm.max() == 0.0
    assert block.joined.all()
