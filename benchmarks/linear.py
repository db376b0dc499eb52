"""Whether the cost of judging is linear: ten times the frames, four times the zones, in one run.

Frames are fed in blocks that are made as they are fed, so that memory holds one of them.
"""

from __future__ import annotations

import resource
import time
from functools import cache

import numpy as np

from benchmarks.results import Result
from core.engine import Engine
from core.frames import ForceFrames
from core.layout import MatLayout, parse_layout
from core.profiles import Profile

FEW_FRAMES, MANY_FRAMES = 100_000, 1_000_000
FEW_ZONES, MANY_ZONES = 8, 32
BLOCK, REPEATS, PERIOD_US = 10_000, 3, 12_500
COLUMNS, SIDE_MM = 4, 50


def run() -> dict[str, Result]:
    """Measure the engine at four sizes."""
    _cost_s(BLOCK, MANY_ZONES)
    few = [_cost_s(FEW_FRAMES, FEW_ZONES) for _ in range(REPEATS)]
    wide = [_cost_s(FEW_FRAMES, MANY_ZONES) for _ in range(REPEATS)]
    before_mib = _peak_mib()
    long_s = _cost_s(MANY_FRAMES, MANY_ZONES)
    grown_mib = _peak_mib() - before_mib
    of_frames = long_s / float(np.median(wide)) / (MANY_FRAMES / FEW_FRAMES)
    of_zones = float(np.median(wide)) / float(np.median(few)) / (MANY_ZONES / FEW_ZONES)
    how = (
        f"cost of a frame and zone, larger over smaller, the worse of two: {of_frames:.3g} from "
        f"{FEW_FRAMES} to {MANY_FRAMES} frames of {MANY_ZONES} zones, {of_zones:.3g} from "
        f"{FEW_ZONES} to {MANY_ZONES} zones of {FEW_FRAMES} frames; 1 is linear, less is better. "
        f"Blocks of {BLOCK} frames, 1 % bad, alarms on every zone, processor time, the smaller "
        f"sizes median of {REPEATS}; the peak of memory grew by {grown_mib:.1f} MiB over the "
        f"{MANY_FRAMES} frames, which took {long_s:.1f} s"
    )
    return {"engine_linear_ratio": Result(max(of_frames, of_zones), "x", how)}


def _cost_s(n_frames: int, n_zones: int) -> float:
    engine = Engine(_layout(n_zones), Profile(mode="standing"))
    force, valid = _load(n_zones)
    spent_s = 0.0
    for first in range(0, n_frames, BLOCK):
        seq = np.arange(first, first + BLOCK)
        frames = ForceFrames(seq, seq * PERIOD_US, force, valid)
        begun = time.process_time()
        engine.feed_forces(frames)
        spent_s += time.process_time() - begun
    return spent_s


@cache
def _load(n_zones: int) -> tuple[np.ndarray, np.ndarray]:
    """Load of a block: it wanders over the zones, each over its limit for a fifth of the time."""
    limits = Engine(_layout(n_zones), Profile(mode="standing")).limits
    turns = np.arange(BLOCK)[:, None] * PERIOD_US / 12e6 + np.arange(n_zones) / n_zones
    force = np.rint(limits.cn("limit") * (0.5 + 0.6 * np.sin(2 * np.pi * turns))).astype(np.int64)
    return force, np.random.default_rng(1).random(force.shape) > 0.01


@cache
def _layout(n_zones: int) -> MatLayout:
    """Write a mat of square plates, half of them under each foot."""
    text = 'id = "squares"\nname = "Squares"\nfoot_mm = [260, 98]\nmax_load_n = 20000\n'
    for index in range(n_zones):
        right, at = divmod(index, n_zones // 2)
        x = (SIDE_MM if right else -SIDE_MM * (COLUMNS + 1)) + at % COLUMNS * SIDE_MM
        y = at // COLUMNS * SIDE_MM
        corners = [[x, y], [x + SIDE_MM, y], [x + SIDE_MM, y + SIDE_MM], [x, y + SIDE_MM]]
        text += f'[[zone]]\nid = "z{index}"\nfoot = "{("left", "right")[right]}"\n'
        text += f'anatomy = "plate"\npeak_ratio = 2.0\npolygon_mm = {corners}\n'
    for index in range(n_zones):
        text += f'[[cell]]\nzone = "z{index}"\ncapacity_n = 490\n'
    return parse_layout(text, "squares.toml")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
