"""Taps: a blow that reaches the limit too briefly for any mean, and may do harm when repeated."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from core.columns import in_any_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.windows import Batch

TAPS = 5
WITHIN_US = 10_000_000
"""The fifth tap in 10 s warns."""


class TapCounter:
    """Counts valid frames that reach the limit after a valid frame below half of it.

    Parameters
    ----------
    limit_cn : ndarray of int64, shape (n_zones,)
    """

    def __init__(self, limit_cn: NDArray[np.int64]) -> None:
        self._limit_cn = limit_cn
        # Below half of it: of an odd limit, up to the smaller half.
        self._half_cn = (limit_cn + 1) // 2
        self._armed = np.zeros(len(limit_cn), bool)
        self._times_us = tuple(deque[int](maxlen=TAPS) for _ in limit_cn)

    def feed(self, batch: Batch) -> NDArray[np.bool_]:
        """Find the frames at which the last tap of too many falls.

        Returns
        -------
        ndarray of bool, shape (n_frames, n_zones)
        """
        high = batch.valid & (batch.value_cn >= self._limit_cn)
        low = batch.valid & (batch.value_cn < self._half_cn)
        warned = np.zeros(high.shape, bool)
        struck, freed = in_any_frame(high), in_any_frame(low)
        # A blow that goes on from an earlier batch is no new one.
        new = struck & (self._armed | freed)
        self._armed |= freed & ~struck
        if np.count_nonzero(new):
            for zone in np.flatnonzero(new).tolist():
                for at in self._taps(zone, high[:, zone], low[:, zone]):
                    warned[at, zone] = self._count(zone, int(batch.t_us[at]))
        return warned

    def _taps(
        self, zone: int, high: NDArray[np.bool_], low: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        at = np.flatnonzero(high | low)
        was_low = np.concatenate(([self._armed[zone]], low[at][:-1]))
        self._armed[zone] = low[at[-1]]
        return at[high[at] & was_low]

    def _count(self, zone: int, t_us: int) -> bool:
        times = self._times_us[zone]
        times.append(t_us)
        enough = len(times) == TAPS and t_us - times[0] < WITHIN_US
        if enough:
            times.clear()
        return enough
