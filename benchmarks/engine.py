"""How fast the core is: in bulk, frame by frame, and drawing the map."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.results import Result
from core.calibration import CalibrationSpec, CellCalibration, fit_to
from core.engine import Engine
from core.frames import CellFrames, Status
from core.layout import load_layout
from core.maps import map_operator
from core.profiles import Profile
from core.telemetry import MatFacts, Telemetry, layout_info
from core.units import CN_PER_N, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.calibration import Calibration

RATE_HZ = 80
BULK_FRAMES = 48_000
LIVE_FRAMES = 8_000
REPEATS = 5
ACKNOWLEDGE_EVERY = 80


def run() -> dict[str, Result]:
    """Measure the core."""
    return {
        "engine_realtime_factor": _bulk(),
        "engine_live_frame_us": _live(),
        "map_frame_us": _map(),
    }


def _calibration() -> Calibration:
    layout = load_layout("full16")
    cells = tuple(CellCalibration(20_000.0 + 100 * i, 4_380.0) for i in range(16))
    return fit_to(CalibrationSpec(layout.hash, "2026-01-01", cells), layout)


def _engine() -> Engine:
    calibration = _calibration()
    return Engine(calibration.layout, Profile(), calibration)


def _frames(n_frames: int) -> CellFrames:
    """Load that wanders over the zones, each over its limit for a fifth of the time; 1 % bad."""
    rng = np.random.default_rng(1)
    t_s = 1.0 + np.arange(n_frames) / RATE_HZ
    limit_n = _engine().limits.cn("limit") / CN_PER_N
    load = limit_n * (0.5 + 0.6 * np.sin(2 * np.pi * (t_s[:, None] / 12 + np.arange(16) / 16)))
    counts = _calibration().counts(load) + rng.normal(0, 39, load.shape)
    status = np.where(rng.random(load.shape) < 0.01, int(Status.SLOW_SCK), 0)
    return CellFrames(
        np.arange(n_frames),
        t_s,
        np.rint(counts).astype(np.int32),
        status.astype(np.uint16),
        np.zeros(load.shape, np.float32),
        np.zeros(load.shape, np.int32),
    )


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _bulk() -> Result:
    frames = _frames(BULK_FRAMES)
    seconds = np.median([_timed(lambda: _engine().feed(frames)) for _ in range(REPEATS)])
    return Result(
        BULK_FRAMES / RATE_HZ / float(seconds),
        "x",
        f"{BULK_FRAMES} frames of 16 cells at {RATE_HZ} Hz, counts to events and balance, one "
        f"feed, 1 % bad readings, alarms on every zone; median of {REPEATS}",
    )


def _live() -> Result:
    engine, frames = _engine(), _frames(LIVE_FRAMES)
    facts = MatFacts(
        mat="bench",
        software="0",
        source="simulator",
        rate_hz=RATE_HZ,
        clock_synchronised=True,
        calibrated_on="2026-01-01",
        calibration_id="0",
        verbs=(),
    )
    telemetry = Telemetry(engine, "0" * 16, facts)

    def one(index: int) -> None:
        telemetry.add(engine.feed(frames[index : index + 1]))

    spent_us = np.zeros(LIVE_FRAMES)
    for index in range(LIVE_FRAMES):
        spent_us[index] = _timed(lambda at=index: one(at)) * 1e6  # type: ignore[misc]
        if index % ACKNOWLEDGE_EVERY == 0:
            telemetry.drop_live()
            engine.acknowledge(round(frames.t_s[index] * US_PER_S))
    floor_us = np.array([_timed(_numpy_floor()) for _ in range(LIVE_FRAMES)]) * 1e6
    value, baseline = float(np.percentile(spent_us, 99)), float(np.percentile(floor_us, 99))
    return Result(
        value,
        "us",
        f"p99 of {LIVE_FRAMES} single frames, counts to events and balance, a third of the "
        f"zones in alarm at any time; p50 {np.median(spent_us):.0f}. Baseline: p99 of the numpy "
        "calls without which no sliding sum over one second of 16 zones can be kept",
        baseline,
        value / baseline,
    )


def _numpy_floor() -> Callable[[], object]:
    kept, new, times = np.zeros((81, 48), np.int64), np.ones((1, 48), np.int64), np.arange(81)

    def floor() -> object:
        sums = np.concatenate((kept, np.cumsum(new, axis=0) + kept[-1]))
        before = np.searchsorted(np.concatenate((times, [81])), [61])
        return sums[-1] - sums[before]

    return floor


def _map() -> Result:
    info = layout_info(_engine())
    feet = map_operator(info.zones, info.foot_mm).values()
    share = np.random.default_rng(1).random((2_000, 16))
    spent_us = [_timed(lambda s=row: [foot.field(s) for foot in feet]) * 1e6 for row in share]  # type: ignore[misc]
    return Result(
        float(np.median(spent_us)),
        "us",
        "p50 of 2000 frames of full16, both feet on the 64 x 24 grid, in numpy (the browser "
        "does its own)",
    )
