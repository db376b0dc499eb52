"""Sums over the intervals between frames, and the longest unbroken run of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.units import US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Bouts:
    """Adds up the intervals in which something goes on in each column, in whole microseconds.

    Parameters
    ----------
    n_columns : int
    """

    def __init__(self, n_columns: int) -> None:
        self._all_us = np.zeros(n_columns, np.int64)
        self._run_us = np.zeros(n_columns, np.int64)
        self._longest_us = np.zeros(n_columns, np.int64)

    def add(self, dt_us: NDArray[np.int64], on: NDArray[np.bool_]) -> None:
        """Take the next intervals.

        Parameters
        ----------
        dt_us : ndarray of int64, shape (n_intervals,)
        on : ndarray of bool, shape (n_intervals, n_columns)
            Whether it goes on all through an interval; a gap is one in which it does not.
        """
        if not len(dt_us):
            return
        end_us = self._run_us + np.cumsum(dt_us[:, None] * on, axis=0)
        # A run begins anew at what had been added up where it was last broken.
        broken_us = np.maximum.accumulate(np.where(on, 0, end_us), axis=0)
        run_us = end_us - broken_us
        self._all_us += end_us[-1] - self._run_us
        self._run_us = run_us[-1]
        self._longest_us = np.maximum(self._longest_us, run_us.max(axis=0))

    def total_s(self) -> list[float]:
        """Sum of each column, seconds."""
        return [int(each) / US_PER_S for each in self._all_us]

    def longest_s(self) -> list[float]:
        """Longest unbroken run of each column, seconds."""
        return [int(each) / US_PER_S for each in self._longest_us]
