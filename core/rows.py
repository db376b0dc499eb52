"""Frames as figures need them, each batch joined to the last frame before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.frames import ZoneStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.update import Update


class Rows(NamedTuple):
    """Some frames, and which neighbours belong together.

    Attributes
    ----------
    t_us : ndarray of int64, shape (n_frames,)
    force_cn : ndarray of int64, shape (n_frames, n_zones)
        0 where not valid.
    valid, contact : ndarray of bool, shape (n_frames, n_zones)
    joined : ndarray of bool, shape (n_frames,)
        Whether no gap lies between a frame and the one before.
    """

    t_us: NDArray[np.int64]
    force_cn: NDArray[np.int64]
    valid: NDArray[np.bool_]
    contact: NDArray[np.bool_]
    joined: NDArray[np.bool_]

    @classmethod
    def of(cls, update: Update, joined: NDArray[np.bool_]) -> Rows:
        """Take the frames of an update."""
        frames = update.frames
        valid = frames.valid
        contact = valid & (update.status & ZoneStatus.CONTACT != 0)
        return cls(frames.t_us, np.where(valid, frames.force_cn, 0), valid, contact, joined)

    def after(self, before: Rows | None) -> Rows:
        """Put the last frame of the rows before in front, if there are any."""
        if before is None:
            return self
        return Rows(*(np.concatenate((a[-1:], b)) for a, b in zip(before, self, strict=True)))

    @property
    def dt_us(self) -> NDArray[np.int64]:
        """Shape (n_frames - 1,): the intervals between them."""
        return np.diff(self.t_us)

    def both(self, what: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Shape (n_frames - 1, ...): where something is so at both ends of an interval, no gap."""
        use = what[1:] & what[:-1]
        return use & self.joined[1:].reshape(-1, *([1] * (what.ndim - 1)))
