"""Copies of a store in a file of SQLite: made while it is used, checked, and put back."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from dashboard.store.backend import StoreError
from dashboard.store.migrating import shipped
from dashboard.store.repository import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def recorder_lock(store: Path) -> Path:
    """File that whoever records into a store holds a lock on."""
    return store.with_name(f"{store.name}.recorder")


def back_up(store: Path, copy: Path) -> None:
    """Copy a store as it is at one moment, while others go on working; whole, or not there.

    Raises
    ------
    StoreError
        If there is no store, the copy is there already or cannot be written, or is not sound.
    """
    if not store.exists():
        raise StoreError(f"{store}: there is no store")
    if copy.exists():
        raise StoreError(f"{copy}: is there already; choose another name")
    fresh = _copied(store, copy)
    fresh.rename(copy)
    _settle(copy.parent)


def put_back(copy: Path, store: Path) -> Path | None:
    """Put a copy in the place of a store; all logs then want what came since.

    Returns
    -------
    Path or None
        Where the store that was there lies now.

    Raises
    ------
    StoreError
        If the copy is not sound, or somebody records into the store. Nothing has changed then.
    """
    if not copy.exists():
        raise StoreError(f"{copy}: is not there")
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _nobody_records(store):
        fresh = _copied(copy, store)
        prepared = open_store(fresh)
        prepared.logs.want_all()
        # What ended since the copy was made must not begin again.
        prepared.sign_ins.end_everywhere()
        prepared.invitations.remove_all()
        prepared.close()
        before = _set_aside(store)
        fresh.rename(store)
        _settle(store.parent)
    return before


def faults(store: Path) -> list[str]:
    """Look through a whole store; return what is wrong with it, a line each.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """
    try:
        with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as db:
            said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(20)")]
            strays = [f"a row of {row[0]} without its {row[2]}" for row in _strays(db)]
            done = {number for (number,) in db.execute("SELECT number FROM migration")}
    except sqlite3.Error as error:
        raise StoreError(f"{store}: {error}") from None
    newer = done - {each.number for each in shipped()}
    unknown = [f"made by a newer dashboard (step {max(newer)})"] if newer else []
    return [line for line in said if line != "ok"] + strays + unknown


def _strays(db: sqlite3.Connection) -> list[tuple[str, int, str, int]]:
    return db.execute("PRAGMA foreign_key_check").fetchmany(20)


def _copied(source: Path, target: Path) -> Path:
    """Copy a store into a new file beside a target, and make sure that it is sound."""
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(_readable(source)) as db, closing(sqlite3.connect(fresh)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        wrong = faults(fresh)
    except (OSError, sqlite3.Error) as error:
        wrong = [str(error)]
    if wrong:
        fresh.unlink(missing_ok=True)
        raise StoreError(f"{source} to {target}: {wrong[0]}; nothing has changed")
    return fresh


def _readable(source: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)


def _set_aside(store: Path) -> Path | None:
    if not store.exists():
        return None
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(store)) as db:
        # What its log holds must go with it; a store that is damaged goes as it is.
        db.execute("PRAGMA journal_mode = DELETE")
    number = 1
    while (before := store.with_name(f"{store.name}.before-restore-{number}")).exists():
        number += 1
    for end in ("-wal", "-shm"):
        log = store.with_name(store.name + end)
        if log.exists():
            log.rename(before.with_name(before.name + end))
    return store.rename(before)


@contextmanager
def _nobody_records(store: Path) -> Iterator[None]:
    with recorder_lock(store).open("ab") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"{store}: a dashboard records into it; stop it first") from None
        yield


def _settle(folder: Path) -> None:
    """Have a new name of a file on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
