"""A hundred thousand frames at once, and a million in the campaign, are judged like single ones."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

from core.engine import Engine
from core.frames import CellView, ForceFrames
from core.layout import load_layout
from core.profiles import Profile
from tests.core.test_feed_split import same

if TYPE_CHECKING:
    from core.standing import ActiveAlarm
    from core.update import Update

pytestmark = pytest.mark.unmeasured

LAYOUT = load_layout("full16")
FRAMES_PER_EXAMPLE = 100
N_FRAMES = max(100_000, min(1_000_000, FRAMES_PER_EXAMPLE * settings().max_examples))
"""The campaign asks for 10,000 examples."""


def wandering(n: int) -> tuple[ForceFrames, CellView]:
    """Load that wanders through every limit, 1 % bad; overloads, stuck cells, drifting zeros."""
    rng = np.random.default_rng(7)
    force = np.abs(np.cumsum(rng.integers(-700, 701, (n, 16)), axis=0)) % 60_000
    valid = rng.random((n, 16)) > 0.01
    load_bp = np.where(rng.random((n, 16)) < 1e-4, 10_001, 5_000)
    least_cn = np.arange(n)[:, None] // 50 % 3_000 + np.zeros(16, np.int64)
    stuck = rng.random((n, 16)) < 1e-4
    frames = ForceFrames(np.arange(n), np.arange(n) * 12_500, force, valid)
    return frames, CellView(load_bp, least_cn, {"cell_stuck": stuck})


def fed(engine: Engine, frames: ForceFrames, view: CellView, cuts: list[int]) -> list[Update]:
    pieces = [slice(start, stop) for start, stop in itertools.pairwise(cuts) if stop > start]
    return [engine.feed_forces(frames[piece], view[piece]) for piece in pieces]


def standing(each: ActiveAlarm) -> tuple[object, ...]:
    return each.raised, each.state, each.value, each.beside, each.until_us


def test_a_long_batch_is_many_short_ones() -> None:
    """At once; in odd pieces, and the tail frame by frame."""
    frames, view = wandering(N_FRAMES)
    rng = np.random.default_rng(8)
    odd = sorted(rng.integers(1, N_FRAMES - 200, 60).tolist())
    one, other = Engine(LAYOUT, Profile()), Engine(LAYOUT, Profile())
    whole = one.feed_forces(frames, view)
    parts = fed(other, frames, view, [0, *odd, *range(N_FRAMES - 200, N_FRAMES + 1)])
    assert len(whole.events) > N_FRAMES // 100
    assert {"overload", "cell_stuck", "limit", "advisory"} <= {e.rule for e in whole.events}
    same(whole, parts)
    assert [standing(each) for each in one.active] == [standing(each) for each in other.active]
    assert one.kept() == other.kept()
