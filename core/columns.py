"""One zone of a batch, cut out for the latches, which search frames instead of stepping through."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.windows import Batch


class Column(NamedTuple):
    """What a latch sees of its zone in one batch.

    Masks are bytes of 0 and 1, one a frame: `bytes.find` is the fastest search there is.

    Attributes
    ----------
    t_us : list of int
    valid : bytes
    over : bytes
        The condition holds, and the zone is not unknown.
    broken : bytes
        Valid, and the condition does not hold.
    calm : bytes
        Valid, and clear of the condition by its hysteresis.
    disturbed : bytes
        Not clear of it by its hysteresis.
    at_once : bytes
        Raise here, whatever the persistence.
    valid_us : list of int, one more than frames
        Cumulative time of the intervals that end in a valid frame.
    """

    t_us: list[int]
    valid: bytes
    over: bytes
    broken: bytes
    calm: bytes
    disturbed: bytes
    at_once: bytes
    valid_us: list[int]


class Masks(NamedTuple):
    """One rule over a batch, arrays (n_frames, n_zones): it holds, is clear, raises at once."""

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
    steps_us : ndarray of int64, shape (n_frames,)
        Since the frame before.
    valid : ndarray of bool, shape (n_frames, n_zones)
    """

    t_us: list[int]
    steps_us: NDArray[np.int64]
    valid: NDArray[np.bool_]

    @classmethod
    def of(cls, batch: Batch, last_t_us: int | None) -> Times:
        """Take the times of a batch; `last_t_us` is the frame before it, if there was one."""
        before = batch.t_us[0] if last_t_us is None else last_t_us
        return cls(batch.t_us.tolist(), np.diff(batch.t_us, prepend=before), batch.valid)

    def column(self, zone: int, masks: Masks, at: int | None = None) -> Column:
        """Cut out one zone; `at` is its column in the masks, if another."""
        over, calm, at_once = (mask[:, zone if at is None else at] for mask in masks)
        valid = self.valid[:, zone]
        return Column(
            t_us=self.t_us,
            valid=valid.tobytes(),
            over=over.tobytes(),
            broken=(valid & ~over).tobytes(),
            calm=(valid & calm).tobytes(),
            disturbed=(~calm).tobytes(),
            at_once=at_once.tobytes(),
            valid_us=[0, *np.cumsum(self.steps_us * valid).tolist()],
        )
