"""`feed(a)` then `feed(b)` is `feed(a + b)`, bit for bit, wherever it is cut."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import judge as judge_module
from core.engine import Engine
from core.frames import CellFrames, Status
from core.layout import load_layout
from core.profiles import Profile
from tests.core.support import calibrated, cut, force_frames, new_engine, small_layout
from tests.core.test_reference import Signal, all_frames, signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.update import Update

pytestmark = pytest.mark.unmeasured

CELLS = ("r_heel", "l_toes", "l_heel", "l_toes")
STATUSES = [0, 0, 0, 0, *(int(one) for one in Status), 1 | 32]


def same(one: Update, parts: Sequence[Update]) -> None:
    def whole(*names: str) -> tuple[Any, Any]:
        arrays = []
        for update in (one, *parts):
            array: Any = update
            for name in names:
                array = getattr(array, name)
            arrays.append(array)
        return arrays[0], np.concatenate(arrays[1:])

    for names in (("value_cn",), ("status",), ("balance", "total_cn"),
                  ("balance", "left_share_pct"), ("balance", "cop_mm"), ("frames", "force_cn"),
                  ("frames", "t_us"), ("frames", "seq"), ("frames", "valid")):  # fmt: skip
        first, second = whole(*names)
        assert first.dtype == second.dtype
        assert first.tobytes() == second.tobytes(), names
    assert one.events == tuple(event for part in parts for event in part.events)
    assert one.frames.lost == sum(part.frames.lost for part in parts)


@given(signals())
def test_forces_cut_anywhere_give_the_same(signal: Signal) -> None:
    whole = all_frames(signal)
    parts = cut(whole, signal.cuts)
    a, b, c = new_engine(), new_engine(), new_engine()
    update = a.feed_forces(whole)
    same(update, [b.feed_forces(part) for part in parts])
    same(update, [c.feed_forces(whole[k : k + 1]) for k in range(len(whole))])


@st.composite
def cell_frames(draw: st.DrawFn) -> CellFrames:
    """Counts that wander, with every status there is."""
    n = draw(st.integers(2, 150))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = rng.integers(-40_000, 40_000, (n, len(CELLS)))
    counts = np.clip(np.cumsum(steps, axis=0) + 300_000, -(2**23), 2**23 - 1).astype(np.int32)
    status = rng.choice(STATUSES, (n, len(CELLS))).astype(np.uint16)
    status[rng.random(n) < draw(st.sampled_from([0.0, 0.3, 0.9]))] = 0
    t_s = np.cumsum(rng.integers(10_000, 14_000, n)) / 1e6 + draw(st.sampled_from([0.0, 1e6]))
    age = np.zeros((n, len(CELLS)), np.float32)
    return CellFrames(np.arange(n) + 5, t_s, counts, status, age, (status & 1).astype(np.int32))


@given(cell_frames(), st.lists(st.integers(1, 149), max_size=5))
def test_counts_cut_anywhere_give_the_same(frames: CellFrames, places: list[int]) -> None:
    layout = small_layout(CELLS)
    calibration = calibrated(layout, [430.0, -420.0, 437.7, 410.1])
    a, b = (Engine(layout, Profile(), calibration) for _ in range(2))
    at = [0, *sorted({place for place in places if place < len(frames)}), len(frames)]
    parts = [frames[i:j] for i, j in itertools.pairwise(at)]
    same(a.feed(frames), [b.feed(part) for part in parts])


def test_long_batches_are_worked_through_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = load_layout("full16")
    rng = np.random.default_rng(4)
    n = 3000
    force = np.abs(np.cumsum(rng.integers(-900, 900, (n, 16)), axis=0))
    good = rng.random((n, 16)) > 0.02
    good[1000:1100, 3] = False
    frames = force_frames(range(0, n * 12_500, 12_500), force.tolist(), good.tolist())
    whole = Engine(layout, Profile()).feed_forces(frames)
    assert whole.events
    monkeypatch.setattr(judge_module, "BLOCK_FRAMES", 77)
    same(whole, [Engine(layout, Profile()).feed_forces(frames)])
