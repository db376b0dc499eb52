"""The rows of the durable log in SQLite, and how many bytes they hold. No policy lives here."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core.log_record import KINDS, Earlier, Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


VERSION = 1
ROW_BYTES = 64
"""What a row takes on the card beside its body, about."""

AT_ONCE = 100
"""Rows that `LogRows.oldest` finds at a time."""

_ALL = -1
_BUSY_S = 10.0
"""Wait for a link that is about to end to let go of the file."""

_SETTINGS = (
    "locking_mode = EXCLUSIVE",
    "journal_mode = WAL",
    "synchronous = FULL",
    # Else it stays as large as a move to another log has made it, and takes the room of records.
    "journal_size_limit = 8000000",
)
_COLUMNS = "seq, kind, body, stored_s, was_log, was_seq, was_crc"
_SCHEMA = """
CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1), log_id TEXT NOT NULL, end_seq INTEGER NOT NULL,
    next_seq INTEGER NOT NULL, sent_seq INTEGER NOT NULL, boot_id TEXT NOT NULL,
    number INTEGER NOT NULL
);
CREATE TABLE record (
    seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, body BLOB NOT NULL, stored_s REAL NOT NULL,
    was_log TEXT, was_seq INTEGER, was_crc INTEGER
);
"""


class DamagedError(sqlite3.DatabaseError):
    """A file that holds something else than it should."""


class LogRows:
    """An open file of records.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    n_bytes : int
        What the records take, about.

    Raises
    ------
    sqlite3.Error
        If it cannot be opened, is damaged, or is of a later version.
    """

    def __init__(self, path: Path) -> None:
        self.n_bytes = 0
        self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        # One program at a time, until it closes: what is cached of the file stays true.
        for setting in _SETTINGS:
            self._db.execute(f"PRAGMA {setting}").fetchone()
        (found,) = self.one("PRAGMA quick_check(1)")
        if found != "ok":
            raise DamagedError(found)
        (version,) = self.one("PRAGMA user_version")
        if version > VERSION:
            raise sqlite3.OperationalError(f"a file of version {version}, made by newer software")
        if version == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        self.count()

    def count(self) -> None:
        """Find out how much there is."""
        length, number = self.one("SELECT coalesce(sum(length(body)), 0), count(*) FROM record")
        self.n_bytes = length + ROW_BYTES * number

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done within, on the card at its end; or nothing of it."""
        n_bytes = self.n_bytes
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self.n_bytes = n_bytes
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def one(self, query: str, *values: object) -> tuple[Any, ...]:
        """Fetch the row of a query that has one."""
        row: tuple[Any, ...] = self._db.execute(query, values).fetchone()
        return row

    def execute(self, statement: str, *values: object) -> None:
        """Carry out a statement."""
        self._db.execute(statement, values)

    @property
    def free_bytes(self) -> int:
        """Room within the file that deleted rows have left."""
        return int(self.one("PRAGMA freelist_count")[0] * self.one("PRAGMA page_size")[0])

    def records(self, log_id: str, first_seq: int, wanted: range, most: int = _ALL) -> list[Record]:
        """Fetch the records of these numbers that there are, the oldest first."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM record WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?",  # noqa: S608
            (wanted.start, wanted.stop, most),
        )
        return [
            Record(log_id, seq, first_seq, KINDS[kind], body, Earlier(*was) if was[0] else None)
            for seq, kind, body, _, *was in rows
        ]

    def last_before(self, seq: int, log_id: str) -> Record | None:
        """Fetch the record with the highest number up to this one."""
        (found,) = self.one("SELECT max(seq) FROM record WHERE seq <= ?", seq)
        return None if found is None else self.records(log_id, 0, range(found, found + 1))[0]

    def oldest(self, where: str, *values: object) -> list[tuple[int, int, float]]:
        """Find number, length and time of the oldest records of a kind, some at a time."""
        return self._db.execute(
            f"SELECT seq, length(body), stored_s FROM record WHERE {where} "  # noqa: S608
            f"ORDER BY seq LIMIT {AT_ONCE}",
            values,
        ).fetchall()

    def insert(self, record: Record, stored_s: float) -> None:
        """Add a record."""
        was = record.was
        origin = (was.log_id, was.seq, was.crc32) if was else (None, None, None)
        kind = KINDS.index(record.kind)
        self.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
            record.seq, kind, record.body, stored_s, *origin,
        )  # fmt: skip
        self.n_bytes += len(record.body) + ROW_BYTES

    def change(self, seq: int, record: Record) -> None:
        """Give a record another number and origin; since when it is here stays."""
        was = record.origin
        self.execute(
            "UPDATE record SET seq = ?, body = ?, was_log = ?, was_seq = ?, was_crc = ? "
            "WHERE seq = ?",
            record.seq, record.body, was.log_id, was.seq, was.crc32, seq,
        )  # fmt: skip

    def delete(self, seq: int, length: int) -> None:
        """Take a record of this length out."""
        self.execute("DELETE FROM record WHERE seq = ?", seq)
        self.n_bytes -= length + ROW_BYTES
