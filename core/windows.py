"""Exact sums over sliding windows of valid frames, however the frames were batched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.carry import Carry
from core.rules import RULES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.frames import CellView, ForceFrames

UNKNOWN_AFTER_US = 500_000
"""A zone is unknown when its last valid frame is older than this."""

CEILING_US = 50_000
"""Window of the ceiling rule."""

_FORCE, _VALID, _CEILING, _LOAD = range(4)
_WIDTHS_US = (*sorted({rule.window_us for rule in RULES}), CEILING_US)
_OF_RULE = np.array([_WIDTHS_US.index(rule.window_us) for rule in RULES])
_SUM_OF_RULE = np.array([_LOAD if rule.of == "load" else _FORCE for rule in RULES])
_SINCE_US = np.array(_WIDTHS_US)[:, None]
_IS_LOAD = np.array([rule.of == "load" for rule in RULES])[:, None, None]
_LONGEST_US = max(_WIDTHS_US)
_ROOM = 1024
"""Frames that the trail has room for before it is moved to the front."""

_NEVER = np.iinfo(np.int64).min // 2


@dataclass(frozen=True)
class Batch:
    """A batch of frames with what its windows say. Arrays (n_frames, n_zones) unless said.

    Attributes
    ----------
    t_us : ndarray of int64, shape (n_frames,)
    valid : ndarray of bool
        The frame's own value may be used.
    value_cn : ndarray of int64
        The last valid value; 0 where there was none yet.
    load_bp : ndarray of int64
        Of `CellView`, of the frame itself.
    seen : ndarray of bool
        There has been a valid frame.
    unknown : ndarray of bool
        The last valid frame (or the first of all) is older than `UNKNOWN_AFTER_US`.
    total, count : ndarray of int64, shape (n_rules, n_frames, n_zones)
        Over the valid frames in each rule's window (t - T, t]; none left: the last valid one.
    ceiling : ndarray of bool
        At least two valid frames in (t - 50 ms, t], all at or above the ceiling.
    sums : ndarray of int64, shape (n_frames + 1, 4, n_zones)
        Running sums before the first frame and after each: of force, of valid frames.
    """

    t_us: NDArray[np.int64]
    valid: NDArray[np.bool_]
    value_cn: NDArray[np.int64]
    load_bp: NDArray[np.int64]
    seen: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    total: NDArray[np.int64]
    count: NDArray[np.int64]
    ceiling: NDArray[np.bool_]
    sums: NDArray[np.int64]


class Windows:
    """Keeps one second of cumulative sums, and from them the sums of any shorter window.

    Parameters
    ----------
    ceiling_cn : ndarray of int64, shape (n_zones,)
    """

    def __init__(self, ceiling_cn: NDArray[np.int64]) -> None:
        n_zones = len(ceiling_cn)
        # Rows are cumulative sums after a frame; the first stands for the time before all.
        self._t_us = np.full(_ROOM, _NEVER)
        self._sums = np.zeros((_ROOM, 4, n_zones), np.int64)
        self._n = 1
        self._last_cn = np.zeros(n_zones, np.int64)
        self._last_bp = np.zeros(n_zones, np.int64)
        self._last_t_us = np.zeros(n_zones, np.int64)
        self._seen = np.zeros(n_zones, bool)
        self._started = False
        self.set_ceiling(ceiling_cn)

    def set_ceiling(self, ceiling_cn: NDArray[np.int64]) -> None:
        """Take another ceiling; frames before do not count towards it."""
        self._ceiling_cn = ceiling_cn
        self._ceiling_from_us = int(self._t_us[self._n - 1])

    def feed(self, frames: ForceFrames, cells: CellView) -> Batch:
        """Take the next frames.

        Parameters
        ----------
        frames : ForceFrames
            At least one; times rise, also from the batch before.
        cells : CellView
            Of the same frames.
        """
        if not self._started:
            self._last_t_us[:] = frames.t_us[0]
            self._started = True
        value, load, unknown, seen = self._fill(frames, cells.load_bp)
        first = self._append(frames, cells.load_bp)
        sums = self._sums_over(first)
        total, count = sums[_OF_RULE, :, _SUM_OF_RULE], sums[_OF_RULE, :, _VALID]
        empty = count == 0
        if np.count_nonzero(empty):
            total = np.where(empty, np.where(_IS_LOAD, load, value), total)
            count = np.where(empty, 1, count)
        over = sums[-1]
        return Batch(
            t_us=frames.t_us,
            valid=frames.valid,
            value_cn=value,
            load_bp=cells.load_bp,
            seen=seen,
            unknown=unknown,
            total=total,
            count=count,
            ceiling=(over[:, _VALID] >= 2) & (over[:, _CEILING] == over[:, _VALID]),
            sums=self._sums[first - 1 : self._n],
        )

    def _fill(
        self, frames: ForceFrames, load_bp: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Carry the last valid value into bad frames; tell where it is too old, and if any was."""
        if np.count_nonzero(frames.valid) == frames.valid.size:
            self._last_cn, self._last_bp = frames.force_cn[-1], load_bp[-1]
            self._seen = frames.valid[-1]
            self._last_t_us[:] = frames.t_us[-1]
            return frames.force_cn, load_bp, ~frames.valid, frames.valid
        newest, frame_us = Carry(frames.valid), frames.t_us[:, None]
        value = newest.of(frames.force_cn, self._last_cn)
        load = newest.of(load_bp, self._last_bp)
        last_t = newest.of(np.broadcast_to(frame_us, value.shape), self._last_t_us)
        seen = newest.had | self._seen
        self._last_cn, self._last_bp = value[-1], load[-1]
        # A copy: it is written to, and a long batch is not kept for the sake of its end.
        self._last_t_us, self._seen = last_t[-1].copy(), seen[-1]
        return value, load, frame_us - last_t > UNKNOWN_AFTER_US, seen

    def _append(self, frames: ForceFrames, load_bp: NDArray[np.int64]) -> int:
        """Add the cumulative sums of new frames; return the row of the first."""
        self._make_room(len(frames))
        first, last = self._n, self._n + len(frames)
        new = self._sums[first:last]
        new[:, _FORCE] = frames.force_cn
        new[:, _VALID] = 1
        new[:, _CEILING] = frames.force_cn >= self._ceiling_cn
        new[:, _LOAD] = load_bp
        new *= frames.valid[:, None]
        if len(frames) > 1:
            np.cumsum(new, axis=0, out=new)
        new += self._sums[first - 1]
        self._t_us[first:last] = frames.t_us
        self._n = last
        return first

    def _make_room(self, n_frames: int) -> None:
        """Move what is still looked at to the front when the trail is full."""
        if self._n + n_frames <= len(self._t_us):
            return
        t_us = self._t_us[: self._n]
        keep = max(int(np.searchsorted(t_us, t_us[-1] - _LONGEST_US, side="right")) - 1, 0)
        kept, sums = t_us[keep:].copy(), self._sums[keep : self._n].copy()
        room = max(_ROOM, len(kept) + 2 * n_frames)
        # Batches handed out still look at the old arrays.
        self._t_us = np.empty(room, np.int64)
        self._sums = np.empty((room, *sums.shape[1:]), np.int64)
        self._t_us[: len(kept)], self._sums[: len(kept)] = kept, sums
        self._n = len(kept)

    def _sums_over(self, first: int) -> NDArray[np.int64]:
        """Sum up each window, and last the ceiling's, for the frames from row `first` on.

        Shape (n_widths, n_frames, 4, n_zones).
        """
        t_us = self._t_us[: self._n]
        since_us = t_us[first:] - _SINCE_US
        np.maximum(since_us[-1], self._ceiling_from_us, out=since_us[-1])
        before = t_us.searchsorted(since_us, side="right") - 1
        return np.asarray(self._sums[first : self._n] - self._sums[before])
