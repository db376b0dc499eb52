"""How a store does: its size, the room beside it, the logs in it. For `doctor` and the page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.store.logs import LogHealth, LogRow
    from dashboard.store.mats import Mat, UnknownMat
    from dashboard.store.repository import Store

LOW_BYTES = 500_000_000
"""Free on the disk of the store: an hour of a mat takes some 6 MB."""


class Space(NamedTuple):
    """What a store takes on its disk.

    Attributes
    ----------
    size_bytes : int
        With what is not yet merged into the file.
    free_bytes : int
    """

    size_bytes: int
    free_bytes: int

    @property
    def is_low(self) -> bool:
        """Whether the disk will soon be full."""
        return self.free_bytes <= LOW_BYTES


class MatCondition(NamedTuple):
    """A mat that is recorded.

    Attributes
    ----------
    mat : Mat
    health : LogHealth
    log : LogRow or None
        The log that it sent of last; None: nothing has come.
    """

    mat: Mat
    health: LogHealth
    log: LogRow | None


class Condition(NamedTuple):
    """What is in a store.

    Attributes
    ----------
    mats : tuple of MatCondition
    unknown : tuple of UnknownMat
    n_sessions, n_unfinished : int
        All, and those that have ended and have no figures.
    """

    mats: tuple[MatCondition, ...]
    unknown: tuple[UnknownMat, ...]
    n_sessions: int
    n_unfinished: int


def space_of(path: Path) -> Space:
    """Measure what the store in a file takes, and what is free beside it."""
    beside = path.with_name(f"{path.name}-wal")
    size_bytes = path.stat().st_size + (beside.stat().st_size if beside.exists() else 0)
    return Space(size_bytes, shutil.disk_usage(path.parent).free)


def mat_condition(store: Store, mat: Mat) -> MatCondition:
    """Look through the logs of a mat."""
    return MatCondition(mat, store.logs.health(mat.id), store.logs.last(mat.id))


def condition_of(store: Store) -> Condition:
    """Look through the logs of all mats."""
    return Condition(
        mats=tuple(mat_condition(store, mat) for mat in store.mats.known()),
        unknown=tuple(store.mats.unknown()),
        n_sessions=store.sessions.count(),
        n_unfinished=store.sessions.count_without_figures(),
    )
