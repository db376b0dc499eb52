"""From counts to the forces of the zones, and to what each cell bears of its own capacity.

A reading with GLITCH is bad. The reading after it, if it is good, gives the median of the three:
the one before the GLITCH, that with it, its own (DESIGN section 6). So one wrong code in between
never counts, and a real step counts one frame later. Where the first of the three is void or has
GLITCH too, or there was none, or the one with GLITCH is void as well, the reading gives its own
value.

How much of its capacity a cell bears is taken from its own readings, without the median: extreme
load is told at once, and a cell at the end of its converter in the direction of load is beyond its
capacity whatever its calibration makes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.calibration import NEGATIVE_MAX_N
from core.errors import CalibrationError
from core.frames import BAD, VOID, Status
from core.zone_cells import ZoneCells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames

CAPACITY_BP = 10_000
"""A cell that bears its capacity, in 0.01 % of it."""

_BAD, _VOID, _GLITCH, _SATURATED = int(BAD), int(VOID), int(Status.GLITCH), int(Status.SATURATED)


class Loads(NamedTuple):
    """What the cells say of the zones in a batch of frames. All arrays (n_frames, n_zones).

    Attributes
    ----------
    zones_n : ndarray of float64
        Force of the zone by the calibration alone, newtons: the sum of its cells. Undefined where
        bad.
    bad : ndarray of bool
        A cell has a bit of `BAD`, or is farther than `NEGATIVE_MAX_N` below zero.
    load_bp : ndarray of int64
        Greatest share of its own capacity that a cell bears, 0.01 % rounded up, of the cells
        without a bit of `BAD`; 0 if there is none, never negative. At least 10_001 where one is
        SATURATED in the direction of load.
    """

    zones_n: NDArray[np.float64]
    bad: NDArray[np.bool_]
    load_bp: NDArray[np.int64]


class CellLoads:
    """Turns counts into loads; keeps the last two readings of each cell.

    Parameters
    ----------
    calibration : Calibration
    """

    def __init__(self, calibration: Calibration) -> None:
        n_cells = len(calibration.spec.cells)
        self._zones = ZoneCells(calibration.layout)
        # Two rows that never were: nothing is usable in them.
        never = np.zeros((2, n_cells), np.int32), np.full((2, n_cells), _VOID, np.uint16)
        self._last = never, never
        self._glitched = False
        self.use(calibration)

    def use(self, calibration: Calibration) -> None:
        """Go on with another calibration of the same mat, for instance after a tare.

        Parameters
        ----------
        calibration : Calibration
        """
        self._zero_counts, self._counts_per_n = calibration.zero_counts, calibration.counts_per_n
        self._capacity_n = calibration.layout.capacity_n
        self._direction = np.sign(calibration.counts_per_n).astype(np.int32)

    def feed(self, frames: CellFrames) -> Loads:
        """Take the next frames.

        Parameters
        ----------
        frames : CellFrames
            At least one, from a bank of the same layout.

        Raises
        ------
        CalibrationError
            If the number of cells differs.
        """
        counts, status = frames.counts, frames.status
        if counts.shape[1] != len(self._zero_counts):
            raise CalibrationError(
                f"{counts.shape[1]} cells read, {len(self._zero_counts)} calibrated"
            )
        if self._glitched or frames.bits:
            loads = self._judge(counts, status, frames.bits)
            self._glitched = bool(frames.bits & _GLITCH and (status[-1] & _GLITCH).any())
        else:
            cells_n = self._cells_n(counts)
            loads = self._loads(cells_n, cells_n < -NEGATIVE_MAX_N, self._shares_bp(cells_n))
        self._remember(counts, status)
        return loads

    def _cells_n(self, counts: NDArray[np.int32]) -> NDArray[np.float64]:
        cells_n: NDArray[np.float64] = counts - self._zero_counts
        cells_n /= self._counts_per_n
        return cells_n

    def _shares_bp(self, cells_n: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of capacity, in this order: a cell right at its capacity is not beyond it."""
        shares_bp: NDArray[np.float64] = cells_n * float(CAPACITY_BP)
        shares_bp /= self._capacity_n
        return shares_bp

    def _loads(
        self,
        cells_n: NDArray[np.float64],
        cells_bad: NDArray[np.bool_],
        shares_bp: NDArray[np.float64],
    ) -> Loads:
        combine = self._zones.combine
        most_bp = combine(np.maximum, shares_bp)
        np.maximum(np.ceil(most_bp, out=most_bp), 0.0, out=most_bp)
        return Loads(
            combine(np.add, cells_n), combine(np.logical_or, cells_bad), most_bp.astype(np.int64)
        )

    def _judge(self, counts: NDArray[np.int32], status: NDArray[np.uint16], bits: int) -> Loads:
        """Turn readings of which some are not OK; `bits` are those that any of them has."""
        good = status & _BAD == 0
        own_n = cells_n = self._cells_n(counts)
        shares_bp = np.where(good, self._shares_bp(own_n), 0.0)
        if bits & _SATURATED:
            beyond = good & (status & _SATURATED != 0) & (counts * self._direction > 0)
            shares_bp[beyond] = np.maximum(shares_bp[beyond], CAPACITY_BP + 1)
        if self._glitched or bits & _GLITCH:
            cells_n = self._cells_n(self._confirmed(counts, status, good))
        # Nothing pulls at a plate: far below zero is a fault that would be taken off the load of
        # the zone's other cells.
        return self._loads(cells_n, ~good | (cells_n < -NEGATIVE_MAX_N), shares_bp)

    def _confirmed(
        self, counts: NDArray[np.int32], status: NDArray[np.uint16], good: NDArray[np.bool_]
    ) -> NDArray[np.int32]:
        """Give the counts to be used: the median of three after a GLITCH."""
        (counts_a, status_a), (counts_b, status_b) = self._last
        before = np.concatenate((status_a, status_b))[-2:]
        states = np.concatenate((before, status))
        spoilt = states & (_GLITCH | _VOID)
        takes = good & (spoilt[1:-1] == _GLITCH) & (spoilt[:-2] == 0)
        rows, cells = np.nonzero(takes)
        if not len(rows):
            return counts
        three = np.concatenate((np.concatenate((counts_a, counts_b))[-2:], counts))
        first, odd, own = (three[rows + back, cells] for back in range(3))
        used = counts.copy()
        low, high = np.minimum(first, odd), np.maximum(first, odd)
        used[rows, cells] = np.maximum(low, np.minimum(high, own))
        return used

    def _remember(self, counts: NDArray[np.int32], status: NDArray[np.uint16]) -> None:
        """Keep the last two readings, but not a long batch for the sake of its end."""
        if len(counts) > 2:
            counts, status = counts[-2:].copy(), status[-2:].copy()
        self._last = self._last[1], (counts, status)
