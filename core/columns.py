"""A batch laid out for the latches, which search frames instead of stepping through them.

Masks become bytes, rule after rule and zone after zone: `bytes.find` is the fastest search there
is, and laying out all masks at once costs no more than one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.windows import UNKNOWN_AFTER_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.windows import Batch


def in_any_frame(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a mask, shape (..., n_frames, n_zones), holds in any frame of a batch."""
    # One frame at a time is how a live mat comes, and a reduction costs more than a look.
    first: NDArray[np.bool_] = mask[..., 0, :]
    return first if mask.shape[-2] == 1 else np.asarray(mask.any(axis=-2))


class Masks(NamedTuple):
    """Rules over a batch, arrays (n_rules, n_frames, n_zones).

    Attributes
    ----------
    holds : ndarray of bool
        The condition holds, as far as the last valid frame tells.
    over : ndarray of bool
        It holds, and the zone is not unknown.
    calm : ndarray of bool
        Clear of the condition by its hysteresis, and nothing that raises at once.
    at_once : ndarray of bool
        Raise here, whatever the persistence.
    """

    holds: NDArray[np.bool_]
    over: NDArray[np.bool_]
    calm: NDArray[np.bool_]
    at_once: NDArray[np.bool_]


class Times(NamedTuple):
    """Times of a batch as latches search them.

    Attributes
    ----------
    t_us : ndarray of int64, shape (n_frames,)
    valid : ndarray of bool, shape (n_frames, n_zones)
    valid_us : ndarray of int64, shape (n_frames + 1, n_zones)
        Running sum of the intervals that end in a valid frame and are no gap, before the first
        frame and after each.
    """

    t_us: NDArray[np.int64]
    valid: NDArray[np.bool_]
    valid_us: NDArray[np.int64]

    @classmethod
    def of(cls, batch: Batch, last_t_us: int | None, before_us: NDArray[np.int64]) -> Times:
        """Take the times of a batch.

        Parameters
        ----------
        batch : Batch
        last_t_us : int or None
            Of the frame before it, if there was one.
        before_us : ndarray of int64, shape (n_zones,)
            Valid time of each zone up to there.
        """
        t_us = batch.t_us
        valid_us = np.empty((len(t_us) + 1, batch.valid.shape[1]), np.int64)
        valid_us[0] = before_us
        valid_us[1] = t_us[0] - (t_us[0] if last_t_us is None else last_t_us)
        valid_us[2:] = (t_us[1:] - t_us[:-1])[:, None]
        # Nobody knows what was in a gap, so it does not count as calm either.
        valid_us[1:] *= batch.valid & (valid_us[1:] <= UNKNOWN_AFTER_US)
        np.add.accumulate(valid_us, axis=0, out=valid_us)
        return cls(t_us, batch.valid, valid_us)


class Columns(NamedTuple):
    """Rules over a batch, laid out for searching.

    Attributes
    ----------
    t_us : list of int
    valid_us : list of list of int, (n_zones, n_frames + 1)
        As in `Times`, zone after zone.
    valid : bytes
        One byte a frame, zone after zone.
    over, at_once : bytes
        As in `Masks`, one byte a frame, rule after rule and zone after zone.
    broken : bytes
        Valid, and the condition does not hold.
    calm : bytes
        Valid and calm.
    disturbed : bytes
        Not calm.
    """

    t_us: list[int]
    valid_us: list[list[int]]
    valid: bytes
    over: bytes
    at_once: bytes
    broken: bytes
    calm: bytes
    disturbed: bytes

    @classmethod
    def of(cls, times: Times, masks: Masks) -> Columns:
        """Lay out the masks of all rules."""
        valid, over, calm = times.valid, masks.over, masks.calm
        laid_out = (over, masks.at_once, valid & ~over, valid & calm, ~calm)
        rows = (mask.swapaxes(1, 2).tobytes() for mask in laid_out)
        return cls(times.t_us.tolist(), times.valid_us.T.tolist(), valid.T.tobytes(), *rows)

    def zone(self, rule: int, zone: int) -> Column:
        """Point at one rule on one zone."""
        n_frames, n_zones = len(self.t_us), len(self.valid_us)
        at = (rule * n_zones + zone) * n_frames
        return Column(self, at, zone * n_frames, self.valid_us[zone])


class Column(NamedTuple):
    """One rule on one zone of a batch.

    Attributes
    ----------
    masks : Columns
    base, valid_base : int
        Where the bytes of the rule and zone begin, and those of `valid`.
    valid_us : list of int
        As in `Times`, for this zone.
    """

    masks: Columns
    base: int
    valid_base: int
    valid_us: list[int]

    @property
    def t_us(self) -> list[int]:
        """Times of the frames."""
        return self.masks.t_us

    def first(self, mask: bytes, start: int, stop: int) -> int:
        """Index of the first frame in [start, stop) where a mask holds, or stop."""
        at = mask.find(1, self.base + start, self.base + stop)
        return stop if at < 0 else at - self.base

    def first_valid(self, start: int, stop: int) -> int:
        """Index of the first valid frame in [start, stop), or stop."""
        at = self.masks.valid.find(1, self.valid_base + start, self.valid_base + stop)
        return stop if at < 0 else at - self.valid_base
