"""Exact sums over sliding windows of valid frames, however the frames were batched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.frames import ForceFrames

UNKNOWN_AFTER_US = 500_000
"""A zone is unknown when its last valid frame is older than this."""

LONGEST_US = 1_000_000
"""Longest window that can be asked for."""

CEILING_US = 50_000
"""Window of the ceiling rule."""

_NEVER = np.iinfo(np.int64).min // 2


@dataclass(frozen=True)
class Batch:
    """A batch of frames with what its windows say. All arrays (n_frames, n_zones) but times.

    Attributes
    ----------
    t_us : ndarray of int64, shape (n_frames,)
    valid : ndarray of bool
        The frame's own value may be used.
    value_cn : ndarray of int64
        The last valid value; 0 where there was none yet.
    seen : ndarray of bool
        There has been a valid frame.
    unknown : ndarray of bool
        The last valid frame (or the first of all) is older than `UNKNOWN_AFTER_US`.
    sums : dict of window in us to (sum, count)
        Over the valid frames in (t - window, t]; none left: the last valid one.
    ceiling : ndarray of bool
        At least two valid frames in (t - 50 ms, t], all at or above the ceiling.
    """

    t_us: NDArray[np.int64]
    valid: NDArray[np.bool_]
    value_cn: NDArray[np.int64]
    seen: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    sums: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]
    ceiling: NDArray[np.bool_]


class Windows:
    """Keeps one second of cumulative sums, and from them the sums of any shorter window.

    Parameters
    ----------
    windows_us : tuple of int
        Windows whose sums are wanted, at most `LONGEST_US`.
    ceiling_cn : ndarray of int64, shape (n_zones,)
    """

    def __init__(self, windows_us: tuple[int, ...], ceiling_cn: NDArray[np.int64]) -> None:
        self._windows_us = windows_us
        self._ceiling_cn = ceiling_cn
        n_zones = len(ceiling_cn)
        # Rows are cumulative sums after a frame; the first stands for the time before all.
        self._t_us = np.array([_NEVER])
        self._sums = np.zeros((1, 3, n_zones), np.int64)
        self._last_cn = np.zeros(n_zones, np.int64)
        self._last_t_us = np.zeros(n_zones, np.int64)
        self._seen = np.zeros(n_zones, bool)
        self._started = False

    def feed(self, frames: ForceFrames) -> Batch:
        """Take the next frames.

        Parameters
        ----------
        frames : ForceFrames
            At least one; times rise, also from the batch before.
        """
        if not self._started:
            self._last_t_us[:] = frames.t_us[0]
            self._started = True
        value, unknown, seen = self._fill(frames)
        sums = self._sums_over(self._append(frames))
        over = sums[-1]
        batch = Batch(
            t_us=frames.t_us,
            valid=frames.valid,
            value_cn=value,
            seen=seen,
            unknown=unknown,
            sums={
                width: _mean(inside, value)
                for width, inside in zip(self._windows_us, sums, strict=False)
            },
            ceiling=(over[:, 1] >= 2) & (over[:, 2] == over[:, 1]),
        )
        self._forget()
        return batch

    def _fill(
        self, frames: ForceFrames
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Carry the last valid value into bad frames; tell where it is too old, and if any was."""
        if frames.valid.all():
            self._last_cn, self._seen = frames.force_cn[-1], frames.valid[-1]
            self._last_t_us = np.full_like(self._last_t_us, frames.t_us[-1])
            return frames.force_cn, ~frames.valid, frames.valid
        row = np.arange(len(frames))[:, None]
        at = np.maximum.accumulate(np.where(frames.valid, row, -1), axis=0)
        had = at >= 0
        value = np.where(had, np.take_along_axis(frames.force_cn, at, 0), self._last_cn)
        last_t = np.where(had, frames.t_us[at], self._last_t_us)
        seen = had | self._seen
        self._last_cn, self._last_t_us, self._seen = value[-1], last_t[-1], seen[-1]
        return value, frames.t_us[:, None] - last_t > UNKNOWN_AFTER_US, seen

    def _append(self, frames: ForceFrames) -> int:
        """Add the cumulative sums of new frames; return the row of the first."""
        first = len(self._t_us)
        new = np.empty((len(frames), *self._sums.shape[1:]), np.int64)
        new[:, 0] = np.where(frames.valid, frames.force_cn, 0)
        new[:, 1] = frames.valid
        new[:, 2] = frames.valid & (frames.force_cn >= self._ceiling_cn)
        np.cumsum(new, axis=0, out=new)
        new += self._sums[-1]
        self._sums = np.concatenate((self._sums, new))
        self._t_us = np.concatenate((self._t_us, frames.t_us))
        return first

    def _sums_over(self, first: int) -> NDArray[np.int64]:
        """Sum up each window, and last the ceiling's, for the frames from row `first` on.

        Shape (n_windows + 1, n_frames, 3, n_zones).
        """
        widths_us = np.array([*self._windows_us, CEILING_US])
        since_us = self._t_us[first:] - widths_us[:, None]
        before = np.searchsorted(self._t_us, since_us, side="right") - 1
        return np.asarray(self._sums[first:] - self._sums[before])

    def _forget(self) -> None:
        keep = np.searchsorted(self._t_us, self._t_us[-1] - LONGEST_US, side="right") - 1
        self._t_us, self._sums = self._t_us[keep:], self._sums[keep:]


def _mean(
    inside: NDArray[np.int64], value_cn: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sum and count of a window; of an empty one, the last value once."""
    total, count = inside[:, 0], inside[:, 1]
    empty = count == 0
    if not empty.any():
        return total, count
    return np.where(empty, value_cn, total), np.where(empty, 1, count)
