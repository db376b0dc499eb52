"""Cells that give no new value: `cell_timeout`.

A reading is a value if it has no bit of TIMEOUT and an age, or no bit at all. It is a new one
unless it is MISSED and was converted when the value before was: so banks keep a value where none
came (DESIGN section 2), while MISSED on a new value only counts conversions lost before it.

A cell has timed out where its newest value is more than 2.5 learnt periods old. While the bank
keeps that value, the time counts from the frame that brought it, not from its conversion: a word is
held for up to a period before it is believed, and one of a well cell on a shared clock line may be
three periods old. Where the bank keeps none, it counts from the conversion.

Until a period is learnt, the slowest converter's stands for it, and only TIMEOUT counts: the bank
says that there is nothing, not that something settles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.carry import Carry
from core.datasheet import SLOW_RATE_HZ
from core.frames import Status
from core.units import US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.frames import CellFrames

SILENT_HALF_PERIODS = 5
"""Two and a half learnt periods without a new value."""

SLOWEST_US = round(US_PER_S / SLOW_RATE_HZ)

SAME_US = 10
"""Two times of one conversion differ by less: times and ages are rounded."""

_TIMEOUT, _MISSED = int(Status.TIMEOUT), int(Status.MISSED)
_NEVER = np.iinfo(np.int64).min // 8


def has_value(frames: CellFrames) -> NDArray[np.bool_]:
    """Shape (n_frames, n_cells): the cell delivered something, or did so before and it is kept."""
    status = frames.status
    delivered = np.isfinite(frames.age_s) & (status & _TIMEOUT == 0)
    return np.asarray(delivered | (status == 0))


def none_is_empty(frames: CellFrames) -> bool:
    """Whether each frame has a value of some cell."""
    if not frames.bits or (frames.status == 0).any(axis=1).all():
        return True
    return bool(has_value(frames).any(axis=1).all())


class Silence:
    """Follows when each cell last gave a new value.

    Parameters
    ----------
    n_cells : int
    """

    def __init__(self, n_cells: int) -> None:
        self._converted_us = np.full(n_cells, _NEVER)
        self._brought_us: NDArray[np.int64] | None = None
        self._clean: CellFrames | None = None
        self._clean_us = 0

    def skip(self, t_us: NDArray[np.int64], frames: CellFrames) -> None:
        """Take frames without any status bit: each reading is a new value.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
        frames : CellFrames
        """
        self._clean, self._clean_us = frames, int(t_us[-1])

    def feed(
        self, t_us: NDArray[np.int64], frames: CellFrames, period_us: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Take frames and tell where a cell has timed out.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
        frames : CellFrames
        period_us : ndarray of int64, shape (n_frames,)
            Learnt period; 0 where none is known yet.

        Returns
        -------
        ndarray of bool, shape (n_frames, n_cells)
        """
        newest_us = self._newest(t_us, frames)
        known = (period_us > 0)[:, None]
        limit_us = np.where(known, period_us[:, None], SLOWEST_US) * SILENT_HALF_PERIODS
        silent = 2 * (t_us[:, None] - newest_us) > limit_us
        return np.asarray(silent & (known | (frames.status & _TIMEOUT != 0)))

    def _newest(self, t_us: NDArray[np.int64], frames: CellFrames) -> NDArray[np.int64]:
        """Shape (n_frames, n_cells): from when on the newest value counts its age."""
        started_us = self._started(int(t_us[0]))
        has, frame_us = has_value(frames), t_us[:, None]
        converted_us = _converted_us(t_us, frames)
        kept_us = Carry(has).of(converted_us, self._converted_us)
        before_us = np.concatenate((self._converted_us[None], kept_us[:-1]))
        new = (frames.status & _MISSED == 0) | (converted_us - before_us > SAME_US)
        brought_us = np.maximum.accumulate(np.where(has & new, frame_us, _NEVER), axis=0)
        brought_us = np.maximum(brought_us, started_us)
        self._converted_us, self._brought_us = kept_us[-1], brought_us[-1]
        return np.where(has | (kept_us == _NEVER), brought_us, kept_us)

    def _started(self, first_us: int) -> NDArray[np.int64]:
        """When each cell last brought a value before a batch; at the start, its first frame."""
        clean, self._clean = self._clean, None
        if clean is not None:
            self._converted_us = _converted_us(np.array([self._clean_us]), clean[-1:])[0]
            self._brought_us = np.full(len(self._converted_us), self._clean_us)
        if self._brought_us is None:
            self._brought_us = np.full(len(self._converted_us), first_us)
        return self._brought_us


def _converted_us(t_us: NDArray[np.int64], frames: CellFrames) -> NDArray[np.int64]:
    """When the values were converted; of what has no age, now."""
    age_s = np.where(np.isfinite(frames.age_s), frames.age_s.astype(np.float64), 0.0)
    return np.asarray(t_us[:, None] - np.rint(age_s * US_PER_S).astype(np.int64))
