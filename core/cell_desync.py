"""Cells that fall out of step again and again: `cell_desync`.

It holds from the third reading with DESYNC in (t - 10 s, t] on, until there is none in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.frames import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_US = 10_000_000

_DESYNC = int(Status.DESYNC)
_NEVER = np.iinfo(np.int64).min // 8


class Desyncs:
    """Counts DESYNC of each cell.

    Parameters
    ----------
    n_cells : int
    """

    def __init__(self, n_cells: int) -> None:
        self._last_two_us = np.full((2, n_cells), _NEVER)
        self._holds = np.zeros(n_cells, bool)

    @property
    def holds(self) -> bool:
        """Whether any cell has it: then frames without DESYNC matter as well."""
        return bool(self._holds.any())

    def feed(self, t_us: NDArray[np.int64], status: NDArray[np.uint16]) -> NDArray[np.bool_]:
        """Take frames and tell where it holds.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
        status : ndarray of uint16, shape (n_frames, n_cells)

        Returns
        -------
        ndarray of bool, shape (n_frames, n_cells)
        """
        hit: NDArray[np.bool_] = status & _DESYNC != 0
        last_us, third = self._follow(t_us, hit)
        row = np.arange(len(t_us))[:, None]
        on = np.maximum.accumulate(np.where(third, row, -1), axis=0)
        gone = t_us[:, None] - last_us >= WINDOW_US
        off = np.maximum.accumulate(np.where(gone, row, -1), axis=0)
        # Equal only where neither has come in this batch.
        holds: NDArray[np.bool_] = (on > off) | ((on == off) & self._holds)
        self._holds = holds[-1]
        return holds

    def _follow(
        self, t_us: NDArray[np.int64], hit: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Give the time of the last DESYNC at each frame, and where one is the third in time."""
        # Cell after cell, each with its last two in front: so the third is two places on.
        kept = np.concatenate((np.ones_like(hit, shape=(2, hit.shape[1])), hit)).T
        frame_us = np.broadcast_to(t_us, hit.T.shape)
        times_us = np.concatenate((self._last_two_us.T, frame_us), axis=1)
        row_us = times_us[kept]
        close = np.zeros(len(row_us), bool)
        close[2:] = row_us[2:] - row_us[:-2] < WINDOW_US
        third = np.zeros_like(kept)
        third[kept] = close
        ends = np.cumsum(kept.sum(axis=1))
        self._last_two_us = np.stack((row_us[ends - 2], row_us[ends - 1]))
        last_us = np.maximum.accumulate(np.where(kept, times_us, _NEVER), axis=1)
        return last_us.T[2:], third.T[2:]
