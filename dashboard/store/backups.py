"""When the store was copied last: a note beside it, which no copy that is put back takes away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from dashboard.store.backend import StoreError

if TYPE_CHECKING:
    from pathlib import Path


class LastBackup(msgspec.Struct, frozen=True):
    """A copy that was made.

    Attributes
    ----------
    made_s : float
        s since 1970.
    file : str
        Where it was put; it may lie elsewhere by now.
    size_bytes : int
    """

    made_s: float
    file: str
    size_bytes: int


def note_backup(store: Path, copy: Path, now_s: float) -> LastBackup:
    """Note that a copy of a store has been made.

    Raises
    ------
    StoreError
        If that cannot be written; the copy is good all the same.
    """
    made = LastBackup(now_s, str(copy.resolve()), copy.stat().st_size)
    note = _note(store)
    fresh = note.with_name(f".{note.name}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(made))
        fresh.replace(note)
    except OSError as error:
        raise StoreError(f"{note}: {error.strerror}; the copy is good") from None
    return made


def last_backup(store: Path) -> LastBackup | None:
    """Find when a store was copied last; None: never, or nobody knows."""
    try:
        return msgspec.json.decode(_note(store).read_bytes(), type=LastBackup)
    except (OSError, msgspec.DecodeError):
        return None


def _note(store: Path) -> Path:
    return store.with_name(f"{store.name}.last-backup")
