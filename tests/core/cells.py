"""Cells on paper for the tests of zero and calibration: newtons in, counts with noise out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.frames import CellFrames

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from core.calibration import Calibration

NOISE_COUNTS = 39.0


def bent(cells_n: np.ndarray, capacity_n: float, share: float) -> np.ndarray:
    """Add the bow of a cell that is not straight: `share` of capacity in the middle."""
    x = cells_n / capacity_n
    return cells_n + 4.0 * share * capacity_n * x * (1.0 - x)


class Bench:
    """A mat whose cells deliver what they are told, one stretch after the other."""

    def __init__(
        self,
        calibration: Calibration,
        rate_hz: int = 80,
        noise_counts: float = NOISE_COUNTS,
        seed: int = 1,
        start_s: float = 1000.0,
    ) -> None:
        self.calibration = calibration
        self.rate_hz = rate_hz
        self.noise_counts = noise_counts
        self.rng = np.random.default_rng(seed)
        self.start_s = start_s
        self.n = 0
        self.n_cells = len(calibration.spec.cells)

    def frames(
        self,
        seconds: float,
        cells_n: ArrayLike | Callable[[np.ndarray], np.ndarray] = 0.0,
        status: ArrayLike = 0,
    ) -> CellFrames:
        """Deliver frames; forces as a constant row, or as a function of the seconds of each."""
        number = self.n + np.arange(round(seconds * self.rate_hz))
        self.n += len(number)
        t_s = self.start_s + number / self.rate_hz
        shape = (len(number), self.n_cells)
        load = cells_n(t_s - t_s[0]) if callable(cells_n) else np.asarray(cells_n, float)
        counts = self.calibration.counts(np.broadcast_to(load, shape))
        counts = counts + self.rng.normal(0, 1, shape) * self.noise_counts
        return CellFrames(
            number,
            t_s,
            np.clip(np.rint(counts), -(2**23), 2**23 - 1).astype(np.int32),
            np.broadcast_to(np.asarray(status, np.uint16), shape).copy(),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.int32),
        )
