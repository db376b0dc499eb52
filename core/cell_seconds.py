"""What is judged second by second: the learnt period of the frames, and `cell_noisy`.

A second [k, k + 1) s is judged at the first frame after it. It is whole if it follows one with
frames: the first one, and one after a gap, is cut off.
"""

from __future__ import annotations

from operator import sub
from typing import TYPE_CHECKING

import numpy as np

from core.carry import Carry
from core.cell_silence import none_is_empty
from core.columns import in_any_frame
from core.frames import BAD
from core.units import US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames

NOISY_TIMES = 8.0
"""First differences that scatter by more than so many times the cell's zero noise are no load."""

NOISY_S = 5
MIN_DIFFERENCES = 5
"""Fewer in a second tell no scatter."""

_BAD = int(BAD)


class Scatter:
    """First differences of the good readings of each cell in one second, as exact sums.

    Attributes
    ----------
    touched : ndarray of bool, shape (n_zones,)
        In contact in any frame.
    squares : ndarray of int64, shape (n_cells,)
        Sum of the squares of the differences.
    """

    def __init__(self) -> None:
        self.touched = np.zeros(1, bool)
        self.squares = self._number = self._first = self._last = np.zeros(1, np.int64)
        self._empty, self._whole = True, False

    @property
    def number(self) -> NDArray[np.int64]:
        """Shape (n_cells,): how many differences; -1 where there was no good reading."""
        return self._number - 1

    @property
    def total(self) -> NDArray[np.int64]:
        """Shape (n_cells,): their sum."""
        return self._last - self._first

    def add(self, frames: CellFrames, contact: NDArray[np.bool_]) -> None:
        """Take frames, and the contact of each zone in them, shape (n_frames, n_zones)."""
        self.touched = self.touched | in_any_frame(contact)
        clean = not frames.bits & _BAD
        # One frame at a time is how a live mat comes.
        if len(frames) == 1 and self._whole:
            self._add_one(frames, clean=clean)
        elif len(frames) == 1 and self._empty and clean:
            self._begin(frames.counts[0].astype(np.int64))
        else:
            self._add_all(frames.counts, frames.status)
        self._empty = False

    def _begin(self, counts: NDArray[np.int64]) -> None:
        """Take the first frame of all, if every cell has a good reading in it."""
        self._first = self._last = counts
        self.squares, self._number = np.zeros_like(counts), np.ones_like(counts)
        self._whole = True

    def _add_one(self, frames: CellFrames, *, clean: bool) -> None:
        """Take one frame when every cell has had a good reading."""
        counts: NDArray[np.int64] = frames.counts[0].astype(np.int64)
        good: NDArray[np.bool_] | int = 1
        if not clean:
            good = frames.status[0] & _BAD == 0
            counts = np.where(good, counts, self._last)
        steps, self._last = counts - self._last, counts
        self.squares = self.squares + steps * steps
        self._number = self._number + good

    def _add_all(self, counts: NDArray[np.int32], status: NDArray[np.uint16]) -> None:
        good, kept = status & _BAD == 0, counts.astype(np.int64)
        begun = self._number > 0
        begin = np.where(begun, self._last, kept[good.argmax(axis=0), np.arange(kept.shape[1])])
        if not good.all():
            # A bad reading stands as the good one before it: no step, and the next one spans it.
            kept = Carry(good).of(kept, begin)
        steps = np.diff(kept, axis=0, prepend=begin[None])
        self.squares = self.squares + (steps * steps).sum(axis=0)
        self._first, self._last = np.where(begun, self._first, begin), kept[-1]
        self._number = self._number + good.sum(axis=0)
        self._whole = bool(self._number.all())


class Second:
    """What is kept of the frames of one second.

    Parameters
    ----------
    number : int or None
        Which; None for the time before the first frame.
    before_us : int or None
        Time of the last frame before it.

    Attributes
    ----------
    whole : bool
        It follows a second with frames.
    scatter : Scatter
        Of its frames so far.
    """

    def __init__(self, number: int | None = None, before_us: int | None = None) -> None:
        self.number = number
        self.whole = before_us is not None and before_us // US_PER_S + 1 == number
        self._t_us = [] if before_us is None else [before_us]
        self._paced = True
        self.scatter = Scatter()

    def add(self, t_us: NDArray[np.int64], frames: CellFrames, contact: NDArray[np.bool_]) -> None:
        """Take frames of this second.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
        frames : CellFrames
        contact : ndarray of bool, shape (n_frames, n_zones)
        """
        self._t_us += t_us.tolist()
        self._paced = self._paced and none_is_empty(frames)
        self.scatter.add(frames, contact)

    def next(self, number: int) -> Second:
        """Begin a later second."""
        return Second(number, self._t_us[-1] if self._t_us else None)

    def period_us(self) -> int | None:
        """Median interval of the frames that end in it; None if it is not whole.

        Nor if there is a frame without a value of any cell: nothing but a reader's patience sets
        the pace of such frames.
        """
        if not (self.whole and self._paced):
            return None
        each: list[int] = sorted(map(sub, self._t_us[1:], self._t_us))
        return (each[(len(each) - 1) // 2] + each[len(each) // 2]) // 2


class Noise:
    """Counts seconds in which an unloaded cell is noisy.

    Parameters
    ----------
    calibration : Calibration

    Attributes
    ----------
    holds : ndarray of bool, shape (n_cells,)
        The last five seconds were noisy.
    """

    def __init__(self, calibration: Calibration) -> None:
        limit_counts = NOISY_TIMES * calibration.noise_n * abs(calibration.counts_per_n)
        self._limit_counts2 = limit_counts * limit_counts
        self._cell_zone = calibration.layout.cell_zone
        self._n_s = np.zeros(len(limit_counts), np.int64)
        self.holds = self._n_s >= NOISY_S

    def judge(self, second: Second, *, followed: bool) -> None:
        """Judge a second that is over.

        Parameters
        ----------
        second : Second
        followed : bool
            Whether the second right after it has frames.
        """
        noisy = second.whole and followed and self._noisy(second.scatter)
        self._n_s = np.where(noisy, self._n_s + 1, 0)
        self.holds = self._n_s >= NOISY_S

    def _noisy(self, scatter: Scatter) -> NDArray[np.bool_]:
        """Shape (n_cells,): whether the deviation (ddof 1) is above the limit, in whole numbers."""
        number, squares = scatter.number, scatter.squares
        noisy = (number >= MIN_DIFFERENCES) & ~scatter.touched[self._cell_zone]
        # Their mean taken off, squares are fewer: most cells need no more than this.
        noisy &= squares > 0.999 * self._limit_counts2 * (number - 1)
        for cell in np.flatnonzero(noisy).tolist():
            n, total, limit = int(number[cell]), int(scatter.total[cell]), self._limit_counts2[cell]
            noisy[cell] = n * int(squares[cell]) - total * total > float(limit) * (n * (n - 1))
        return noisy
