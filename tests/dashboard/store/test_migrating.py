from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dashboard.store.backend import StoreError
from dashboard.store.migrating import Migration, bring_up_to_date, shipped
from dashboard.store.repository import open_store
from dashboard.store.sqlite import SqliteBackend

if TYPE_CHECKING:
    from pathlib import Path


def schema(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as db:
        return sorted(db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def test_numbers_rise_and_are_nobody_elses() -> None:
    numbers = [migration.number for migration in shipped()]
    assert numbers[0] == 1
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("n_done", range(len(shipped())))
def test_every_earlier_version_becomes_the_newest(tmp_path: Path, n_done: int) -> None:
    open_store(tmp_path / "new.db").close()
    with closing(SqliteBackend(tmp_path / "old.db")) as backend:
        bring_up_to_date(backend, "old.db", 1.0, shipped()[:n_done])
    open_store(tmp_path / "old.db").close()
    assert schema(tmp_path / "old.db") == schema(tmp_path / "new.db")


def test_a_newer_store_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(SqliteBackend(path)) as backend:
        newer = (*shipped(), Migration(9000, "moon", "CREATE TABLE moon (phase REAL)"))
        bring_up_to_date(backend, "", 1.0, newer)
    with pytest.raises(StoreError, match=r"s\.db: made by a newer dashboard \(step 9000, moon\)"):
        open_store(path)


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(SqliteBackend(path)) as backend:
        wrong = Migration(1, "wrong", "CREATE TABLE good (a); CREATE TABLE good (a);")
        with pytest.raises(sqlite3.Error):
            bring_up_to_date(backend, "", 1.0, [wrong])
        assert backend.migrated() == {}
        assert backend.one("SELECT name FROM sqlite_master WHERE name = 'good'") is None


@pytest.mark.parametrize("kind", ["text", "folder", "nowhere"])
def test_what_is_no_store_is_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s.db"
    if kind == "text":
        path.write_text("this is no database, and longer than its head would be" * 20)
    elif kind == "folder":
        path.mkdir()
    else:
        (tmp_path / "file").touch()
        path = tmp_path / "file" / "s.db"
    with pytest.raises(StoreError, match=str(path)) as caught:
        open_store(path)
    assert "\n" not in str(caught.value)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    open_store(tmp_path / "data" / "s.db").close()
    assert (tmp_path / "data" / "s.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
