"""SQLite as the store's database."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from dashboard.store.backend import Backend, Row, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BUSY_S = 10.0
"""Wait for another program (a backup, a command) to let go of the write lock."""

_FIRST = "auto_vacuum = INCREMENTAL"
"""Only before the first table is made: so what is compacted or deleted gives its room back."""

_SETTINGS = (
    "journal_mode = WAL",
    # A mat forgets what is acknowledged: a commit must outlive a power cut.
    "synchronous = FULL",
    "foreign_keys = ON",
    # What is deleted is overwritten: a person's wish to be forgotten holds for the file, too.
    "secure_delete = ON",
    "journal_size_limit = 8000000",
)
_NOTES = """
CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_s REAL NOT NULL
)
"""


_NOT_OURS = (sqlite3.OperationalError, sqlite3.DatabaseError)
"""What the disk or the file does to us; their subclasses are mistakes of the program."""


class SqliteBackend(Backend):
    """A file of SQLite.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    query_only : bool
        Refuse every change: for whoever only reads.

    Raises
    ------
    StoreError
        If it cannot be opened or is no database.
    """

    def __init__(self, path: Path, *, query_only: bool = False) -> None:
        self._path = path
        try:
            self._db = sqlite3.connect(
                path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}; is its folder there?") from None
        try:
            self._prepare(query_only=query_only)
        except sqlite3.Error as error:
            self._db.close()
            raise StoreError(f"{path}: {error}") from None

    def _prepare(self, *, query_only: bool) -> None:
        for setting in (_FIRST, *_SETTINGS, f"query_only = {int(query_only)}"):
            self._db.execute(f"PRAGMA {setting}").fetchone()
        if not query_only:
            self._db.execute(_NOTES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Backend.transaction`."""
        if self._within():
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._within():
                self._db.execute("ROLLBACK")
            if type(error) in _NOT_OURS:
                raise StoreError(f"{self._path}: {error}") from error
            raise

    def _within(self) -> bool:
        return self._db.in_transaction

    def execute(self, statement: str, *values: object) -> int:
        """See `Backend.execute`."""
        return self._db.execute(statement, values).rowcount

    def many(self, statement: str, rows: Iterable[Row]) -> None:
        """See `Backend.many`."""
        self._db.executemany(statement, rows)

    def one(self, query: str, *values: object) -> Row | None:
        """See `Backend.one`."""
        rows = self._db.execute(query, values).fetchall()
        return rows[0] if rows else None

    def rows(self, query: str, *values: object) -> Iterator[Row]:
        """See `Backend.rows`."""
        yield from self._db.execute(query, values)

    def migrate(self, name: str, script: str, number: int, now_s: float) -> None:
        """See `Backend.migrate`."""
        try:
            self._db.executescript(f"BEGIN IMMEDIATE; {script}")
            self.execute("INSERT INTO migration VALUES (?, ?, ?)", number, name, now_s)
            self._db.execute("COMMIT")
        except BaseException:
            if self._within():
                self._db.execute("ROLLBACK")
            raise

    def migrated(self) -> dict[int, str]:
        """See `Backend.migrated`."""
        return dict(self.rows("SELECT number, name FROM migration ORDER BY number"))

    def shrink(self) -> None:
        """See `Backend.shrink`."""
        # Not by `execute`, which takes one step of it: one page of many.
        self._db.executescript("PRAGMA incremental_vacuum")

    def copy_to(self, path: Path) -> None:
        """See `Backend.copy_to`."""
        with closing(sqlite3.connect(path)) as copy:
            self._db.backup(copy)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
