"""Starts of mats: the clock on which everything of one is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.wire import ClockRecord, WallPair, decode, encode

if TYPE_CHECKING:
    from dashboard.store.backend import Backend


class BootRow(msgspec.Struct, frozen=True):
    """A start of a mat.

    Attributes
    ----------
    key : int
        Later ones have higher keys: a log tells them in order.
    boot_id : str
    begin_us, end_us : int or None
        First and last that is known of it.
    pairs : tuple of WallPair
    not_before_s : float or None
        Last right wall time that the mat knew before, s since 1970.
    """

    key: int
    boot_id: str
    begin_us: int | None
    end_us: int | None
    pairs: tuple[WallPair, ...]
    not_before_s: float | None


class Boots:
    """Rows of starts.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def key(self, mat: str, boot_id: str) -> int:
        """Find the key of a start, which is made if need be."""
        found = self._db.one("SELECT key FROM boot WHERE mat = ? AND boot_id = ?", mat, boot_id)
        found = found or self._db.one(
            "INSERT INTO boot (mat, boot_id) VALUES (?, ?) RETURNING key", mat, boot_id
        )
        assert found  # noqa: S101 - RETURNING of an insert
        return int(found[0])

    def reach(self, key: int, begin_us: int, end_us: int) -> None:
        """Take note that a start lasted at least from here to there."""
        self._db.execute(
            "UPDATE boot SET begin_us = CASE WHEN begin_us <= ? THEN begin_us ELSE ? END, "
            "end_us = CASE WHEN end_us >= ? THEN end_us ELSE ? END WHERE key = ?",
            begin_us, begin_us, end_us, end_us, key,
        )  # fmt: skip

    def clock(self, key: int, told: ClockRecord) -> None:
        """Add what a record tells of the wall clock; what others told stays."""
        row = self._db.one("SELECT clock FROM boot WHERE key = ?", key)
        before = decode(row[0].encode(), ClockRecord) if row and row[0] else None
        merged = _merged(before, told) if before else told
        self._db.execute("UPDATE boot SET clock = ? WHERE key = ?", encode(merged).decode(), key)

    def of(self, mat: str) -> list[BootRow]:
        """List the starts of a mat, in order."""
        rows = self._db.rows(
            "SELECT key, boot_id, begin_us, end_us, clock FROM boot WHERE mat = ? ORDER BY key", mat
        )
        return [_boot(*row) for row in rows]


def _boot(
    key: int, boot_id: str, begin_us: int | None, end_us: int | None, clock: str | None
) -> BootRow:
    told = decode(clock.encode(), ClockRecord) if clock else ClockRecord(boot_id, (), None)
    return BootRow(key, boot_id, begin_us, end_us, told.wall, told.wall_not_before_s)


def _merged(before: ClockRecord, told: ClockRecord) -> ClockRecord:
    pairs = sorted({*before.wall, *told.wall}, key=lambda pair: (pair.t_s, pair.synchronised))
    bounds = [s for s in (before.wall_not_before_s, told.wall_not_before_s) if s is not None]
    return ClockRecord(told.boot_id, tuple(pairs), max(bounds, default=None))
