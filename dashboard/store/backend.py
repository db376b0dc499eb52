"""What a database must do for the store; everything above it is SQL that several understand.

Portable SQL: `?` for values, `ON CONFLICT`, `RETURNING`, no functions of one product.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from core.errors import MatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

Row = tuple[Any, ...]


class StoreError(MatError, OSError):
    """A store that cannot be used; the message says which, why, and what to do."""


class Backend(ABC):
    """One open connection to a database; of one thread at a time."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """All that is done within, safe on the disk at its end; or nothing of it.

        One inside of another is part of the outer one.

        Raises
        ------
        StoreError
            If disk or file fail: full, damaged, locked for too long.
        """

    @abstractmethod
    def execute(self, statement: str, *values: object) -> int:
        """Carry out a statement; return how many rows it touched."""

    @abstractmethod
    def many(self, statement: str, rows: Iterable[Row]) -> None:
        """Carry out a statement for each of these rows."""

    @abstractmethod
    def one(self, query: str, *values: object) -> Row | None:
        """Fetch the first row, also of `RETURNING`; None: there is none."""

    @abstractmethod
    def rows(self, query: str, *values: object) -> Iterator[Row]:
        """Fetch all rows, some at a time."""

    @abstractmethod
    def migrate(self, name: str, script: str, number: int, now_s: float) -> None:
        """Carry out a migration and note it, in one transaction."""

    @abstractmethod
    def migrated(self) -> dict[int, str]:
        """Name of each migration that was carried out, by number."""

    @abstractmethod
    def shrink(self) -> None:
        """Give room back to the disk that is no longer needed."""

    @abstractmethod
    def copy_to(self, path: Path) -> None:
        """Write a copy of everything into a new file, while others go on working."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""
