"""A batch laid out for the latches, which search frames instead of stepping through them.

Masks become bytes, zone after zone: `bytes.find` is the fastest search there is, and laying out a
mask once for all zones costs no more than for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.windows import UNKNOWN_AFTER_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.windows import Batch


class Masks(NamedTuple):
    """One rule over a batch, arrays (n_frames, n_zones).

    Attributes
    ----------
    holds : ndarray of bool
        The condition holds, as far as the last valid frame tells.
    over : ndarray of bool
        It holds, and the zone is not unknown.
    calm : ndarray of bool
        Clear of the condition by its hysteresis.
    at_once : ndarray of bool
        Raise here, whatever the persistence.
    """

    holds: NDArray[np.bool_]
    over: NDArray[np.bool_]
    calm: NDArray[np.bool_]
    at_once: NDArray[np.bool_]

    @property
    def wakes(self) -> NDArray[np.bool_]:
        """Shape (n_zones,): whether the rule has anything to say about a zone."""
        return np.asarray((self.over | self.at_once).any(axis=0))


class Times(NamedTuple):
    """Times of a batch as latches search them.

    Attributes
    ----------
    t_us : list of int
    valid : ndarray of bool, shape (n_frames, n_zones)
    valid_us : list of list of int, (n_zones, n_frames + 1)
        Cumulative time of the intervals that end in a valid frame and are no gap.
    """

    t_us: list[int]
    valid: NDArray[np.bool_]
    valid_us: list[list[int]]

    @classmethod
    def of(cls, batch: Batch, last_t_us: int | None) -> Times:
        """Take the times of a batch; `last_t_us` is the frame before it, if there was one."""
        t_us = batch.t_us
        valid_us = np.zeros((len(t_us) + 1, batch.valid.shape[1]), np.int64)
        valid_us[1] = t_us[0] - (t_us[0] if last_t_us is None else last_t_us)
        valid_us[2:] = (t_us[1:] - t_us[:-1])[:, None]
        # Nobody knows what was in a gap, so it does not count as calm either.
        valid_us[1:] *= batch.valid & (valid_us[1:] <= UNKNOWN_AFTER_US)
        np.cumsum(valid_us, axis=0, out=valid_us)
        return cls(batch.t_us.tolist(), batch.valid, valid_us.T.tolist())


class Columns(NamedTuple):
    """One rule over a batch, laid out for searching.

    Attributes
    ----------
    times : Times
    valid, over, at_once : bytes
        As in `Masks`, one byte a frame, zone after zone.
    broken : bytes
        Valid, and the condition does not hold.
    calm : bytes
        Valid, clear of the condition by its hysteresis, and nothing that raises at once.
    disturbed : bytes
        Not clear of it by its hysteresis, or something that raises at once.
    """

    times: Times
    valid: bytes
    over: bytes
    at_once: bytes
    broken: bytes
    calm: bytes
    disturbed: bytes

    @classmethod
    def of(cls, times: Times, masks: Masks) -> Columns:
        """Lay out the masks of a rule."""
        valid, over, at_once = times.valid, masks.over, masks.at_once
        calm = masks.calm & ~at_once
        laid_out = (valid, over, at_once, valid & ~over, valid & calm, ~calm)
        return cls(times, *(mask.T.tobytes() for mask in laid_out))

    def zone(self, index: int) -> Column:
        """Point at one zone."""
        return Column(self, index * len(self.times.t_us), self.times.valid_us[index])


class Column(NamedTuple):
    """One zone of a batch.

    Attributes
    ----------
    masks : Columns
    base : int
        Where the zone's bytes begin.
    valid_us : list of int
        Of `Times`, for this zone.
    """

    masks: Columns
    base: int
    valid_us: list[int]

    @property
    def t_us(self) -> list[int]:
        """Times of the frames."""
        return self.masks.times.t_us

    def first(self, mask: bytes, start: int, stop: int) -> int:
        """Index of the first frame in [start, stop) where a mask holds, or stop."""
        at = mask.find(1, self.base + start, self.base + stop)
        return stop if at < 0 else at - self.base
