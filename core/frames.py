"""Frames: what the cells delivered, and what it means for the zones. Time runs down axis 0."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntFlag
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.errors import FrameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray


class Status(IntFlag):
    """What a bank found out about one reading of one cell (DESIGN section 11)."""

    OK = 0
    TIMEOUT = 1
    DESYNC = 2
    SLOW_SCK = 4
    SATURATED = 8
    SETTLING = 16
    MISSED = 32
    STUCK = 64
    COLLISION = 128
    GLITCH = 256


VOID = (
    Status.TIMEOUT
    | Status.DESYNC
    | Status.SLOW_SCK
    | Status.SETTLING
    | Status.COLLISION
    | Status.STUCK
)
"""A reading with any of these is never used."""

BAD = VOID | Status.GLITCH
"""A zone's frame is bad if a reading of one of its cells has any of these."""


UNFIT = BAD | Status.SATURATED
"""A reading with any of these says nothing about the zero of its cell."""


class ZoneStatus(IntFlag):
    """Status byte of a zone in a frame, as in docs/protocol.md."""

    VALID = 1
    CONTACT = 2
    UNKNOWN = 4
    EXCLUDED = 8


@dataclass(frozen=True)
class CellFrames:
    """A batch of frames from a bank, oldest first.

    Attributes
    ----------
    seq : ndarray of int64, shape (n_frames,)
        Running number; it rises by more than one where frames were lost.
    t_s : ndarray of float64, shape (n_frames,)
        Monotonic seconds, strictly rising.
    counts : ndarray of int32, shape (n_frames, n_cells)
        Converter values; undefined where `status` has a bit of `VOID`.
    status : ndarray of uint16, shape (n_frames, n_cells)
        Bits of `Status`.
    age_s : ndarray of float32, shape (n_frames, n_cells)
        Age of the value at `t_s`.
    lost : ndarray of int32, shape (n_frames, n_cells)
        Conversions of the cell lost since the frame before.
    """

    seq: NDArray[np.int64]
    t_s: NDArray[np.float64]
    counts: NDArray[np.int32]
    status: NDArray[np.uint16]
    age_s: NDArray[np.float32]
    lost: NDArray[np.int32]

    def __post_init__(self) -> None:
        shape = self.counts.shape
        each_cell = (self.status.shape, self.age_s.shape, self.lost.shape)
        if len(shape) != 2 or any(other != shape for other in each_cell):
            raise FrameError(
                f"counts, status, age_s and lost differ in shape: {shape}, {each_cell}"
            )
        if self.seq.shape != shape[:1] or self.t_s.shape != shape[:1]:
            raise FrameError(f"{shape[0]} frames, {len(self.seq)} numbers, {len(self.t_s)} times")

    def __len__(self) -> int:
        return len(self.seq)

    @cached_property
    def bits(self) -> int:
        """Bits of `Status` that any reading of the batch has."""
        return int(np.bitwise_or.reduce(self.status, axis=None))

    def __getitem__(self, which: slice) -> CellFrames:
        """Return the frames of a slice along time."""
        return CellFrames(
            self.seq[which],
            self.t_s[which],
            self.counts[which],
            self.status[which],
            self.age_s[which],
            self.lost[which],
        )


def join_cell_frames(parts: Iterable[CellFrames]) -> CellFrames:
    """Put batches of frames one after the other; at least one."""
    each = list(parts)
    columns = ([getattr(part, column.name) for part in each] for column in fields(CellFrames))
    return CellFrames(*map(np.concatenate, columns))


@dataclass(frozen=True)
class ForceFrames:
    """Forces of the zones, integers, oldest first.

    Attributes
    ----------
    seq : ndarray of int64, shape (n_frames,)
    t_us : ndarray of int64, shape (n_frames,)
        Monotonic microseconds, strictly rising.
    force_cn : ndarray of int64, shape (n_frames, n_zones)
        Force in 0.01 N; undefined where not valid.
    valid : ndarray of bool, shape (n_frames, n_zones)
        False in a bad frame of that zone.
    lost : int
        Conversions lost in this batch, all cells.
    """

    seq: NDArray[np.int64]
    t_us: NDArray[np.int64]
    force_cn: NDArray[np.int64]
    valid: NDArray[np.bool_]
    lost: int = 0

    def __post_init__(self) -> None:
        shapes = (self.force_cn.shape[:1], self.seq.shape, self.t_us.shape)
        if self.force_cn.shape != self.valid.shape or len(set(shapes)) != 1:
            raise FrameError(f"forces {self.force_cn.shape}, numbers and times {shapes[1:]}")

    def __len__(self) -> int:
        return len(self.t_us)

    def __getitem__(self, which: slice) -> ForceFrames:
        """Return the frames of a slice along time; `lost` stays with the first part."""
        lost = self.lost if (which.start or 0) == 0 else 0
        return ForceFrames(
            self.seq[which], self.t_us[which], self.force_cn[which], self.valid[which], lost
        )


@dataclass(frozen=True)
class CellView:
    """What the cells say beside the forces of their zones, frame by frame.

    Attributes
    ----------
    load_bp : ndarray of int64, shape (n_frames, n_zones)
        Greatest share of its own capacity that a cell of the zone bears, 0.01 %; 0 where none of
        its readings is good.
    least_cn : ndarray of int64, shape (n_zones,) or (n_frames, n_zones)
        Three zero uncertainties as a force, 0.01 N: less is no contact.
    conditions : mapping of str to ndarray of bool, shape (n_frames, n_zones)
        Where each fault of a cell holds; one that is left out holds nowhere.
    """

    load_bp: NDArray[np.int64]
    least_cn: NDArray[np.int64]
    conditions: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __getitem__(self, which: slice) -> CellView:
        """Return the frames of a slice along time."""
        least_cn = self.least_cn if self.least_cn.ndim == 1 else self.least_cn[which]
        conditions = {name: holds[which] for name, holds in self.conditions.items()}
        return CellView(self.load_bp[which], least_cn, conditions)


def join_force_frames(parts: Sequence[ForceFrames]) -> ForceFrames:
    """Put batches of forces one after the other; at least one."""
    return ForceFrames(
        np.concatenate([part.seq for part in parts]),
        np.concatenate([part.t_us for part in parts]),
        np.concatenate([part.force_cn for part in parts]),
        np.concatenate([part.valid for part in parts]),
        sum(part.lost for part in parts),
    )


def check_rising(t_us: NDArray[np.int64], after_us: int | None) -> None:
    """Refuse time that does not rise from frame to frame.

    Parameters
    ----------
    t_us : ndarray of int64, shape (n_frames,)
    after_us : int or None
        Time of the frame before, if there was one.

    Raises
    ------
    FrameError
    """
    if len(t_us) == 1 and (after_us is None or t_us[0] > after_us):
        return
    if after_us is not None:
        t_us = np.concatenate(([after_us], t_us))
    steps = t_us[1:] - t_us[:-1]
    if (steps <= 0).any():
        at = int(np.argmax(steps <= 0))
        frame = at + (after_us is None)
        raise FrameError(f"time goes back by {-int(steps[at])} us at frame {frame} of the batch")
