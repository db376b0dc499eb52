"""What is judged second by second: the learnt period of the frames, and `cell_noisy`.

A second [k, k + 1) s is judged at the first frame after it. It is whole if it follows one with
frames: the first one, and one after a gap, is cut off.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.cell_silence import has_value
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


class Second:
    """The frames of one second, kept until it is over.

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
    """

    def __init__(self, number: int | None = None, before_us: int | None = None) -> None:
        self.number = number
        self.whole = before_us is not None and before_us // US_PER_S + 1 == number
        self._t_us = [] if before_us is None else [before_us]
        self._frames: list[CellFrames] = []
        self._contact: list[NDArray[np.bool_]] = []
        self._good = self._paced = True

    def add(self, t_us: NDArray[np.int64], frames: CellFrames, contact: NDArray[np.bool_]) -> None:
        """Take frames of this second.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
        frames : CellFrames
        contact : ndarray of bool, shape (n_frames, n_zones)
        """
        self._t_us += t_us.tolist()
        self._frames.append(frames)
        self._contact.append(contact)
        if np.count_nonzero(frames.status):
            self._good = self._good and not (frames.status & _BAD).any()
            self._paced = self._paced and bool(has_value(frames).any(axis=1).all())

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
        each = sorted(b - a for a, b in pairwise(self._t_us))
        return (each[(len(each) - 1) // 2] + each[len(each) // 2]) // 2

    def scatter(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """First differences of the good readings of each cell: how many, their sum, of squares."""
        counts = np.concatenate([frames.counts for frames in self._frames]).astype(np.int64)
        if self._good:
            steps = counts[1:] - counts[:-1]
            number = np.full(counts.shape[1], len(steps))
            return number, counts[-1] - counts[0], (steps * steps).sum(axis=0)
        good = np.concatenate([frames.status for frames in self._frames]) & _BAD == 0
        # A bad reading stands as the good one before it: no step, and the next one spans it.
        at = np.maximum.accumulate(np.where(good, np.arange(len(good))[:, None], -1), axis=0)
        at = np.where(at < 0, good.argmax(axis=0), at)
        kept = np.take_along_axis(counts, at, 0)
        steps = kept[1:] - kept[:-1]
        return good.sum(axis=0) - 1, kept[-1] - kept[0], (steps * steps).sum(axis=0)

    def touched(self) -> NDArray[np.bool_]:
        """Shape (n_zones,): in contact in any of its frames."""
        return np.asarray(np.concatenate(self._contact).any(axis=0))


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
        self._limit_counts2 = (limit_counts * limit_counts).tolist()
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
        noisy = second.whole and followed and self._noisy(second)
        self._n_s = np.where(noisy, self._n_s + 1, 0)
        self.holds = self._n_s >= NOISY_S

    def _noisy(self, second: Second) -> NDArray[np.bool_]:
        """Shape (n_cells,): whether the deviation (ddof 1) is above the limit, in whole numbers."""
        touched = second.touched()[self._cell_zone]
        if touched.all():
            return ~touched
        figures = zip(*(each.tolist() for each in second.scatter()), strict=True)
        noisy = [
            number >= MIN_DIFFERENCES
            and number * squares - total * total > limit * (number * (number - 1))
            for (number, total, squares), limit in zip(figures, self._limit_counts2, strict=True)
        ]
        return np.array(noisy) & ~touched
