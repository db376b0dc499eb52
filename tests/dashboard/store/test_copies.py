"""Copies of a store that is in use, put back or refused; everything of a person, out and away."""

from __future__ import annotations

import fcntl
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from core.profiles import Profile
from core.wire import Ack
from dashboard.__main__ import main
from dashboard.accounts.deeds import About, Doer, note
from dashboard.accounts.inviting import Draft, invite
from dashboard.accounts.managing import add_account
from dashboard.config import load_config
from dashboard.finishing.finish import finish_all
from dashboard.recording.commit import last_log
from dashboard.recording.judge import ack_of
from dashboard.store.accounts import Account
from dashboard.store.backups import last_backup
from dashboard.store.copies import faults, put_back, recorder_lock
from dashboard.store.people import Person, ProfileVersion
from dashboard.store.repository import open_store
from dashboard.store.shares import Share
from dashboard.store.sign_ins import SignIn
from pi.analyze import summarise
from tests.dashboard.finishing.support import (
    LOG,
    MAT,
    NOW_S,
    SESSION,
    Writer,
    end_us,
    event,
    seconds,
    told,
)
from tests.dashboard.test_serve import write_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashboard.store.repository import Store

ANNA = Person("p1", "Anna Beispiel", 1.0)
SECONDS = 3


@pytest.fixture
def where(tmp_path: Path) -> list[str]:
    return ["--config", str(write_config(tmp_path, 8080))]


@pytest.fixture
def path(where: list[str], tmp_path: Path) -> Path:
    return load_config(tmp_path / "dashboard.toml").store_path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(path, now_s=NOW_S)
    opened.people.add(ANNA)
    body = msgspec.json.encode(Profile(foot_mm=(250.0, 90.0))).decode()
    opened.people.add_profile(ProfileVersion("p1", 1, body, "Dr Who", "first", 1.0))
    yield opened
    opened.close()


def record(store: Store, person: str | None = "p1") -> Writer:
    chunks = seconds(SECONDS)
    writer = Writer(store)
    store.people.enrol(MAT, "p1")
    writer.write("session", told(end_us(chunks) - 5, None, person))
    writer.chunks(chunks)
    writer.write("event", event(8.0))
    writer.ended(end_us(chunks), person)
    return writer


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def test_a_copy_of_a_store_in_use_is_put_back_with_the_same_content(
    store: Store, path: Path, where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer, copy = record(store), tmp_path / "copy.db"
    assert last_backup(path) is None
    assert main(["backup", *where, str(copy)]) == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert content(copy) == content(path)
    noted = last_backup(path)
    assert noted
    assert (noted.file, noted.size_bytes) == (str(copy), copy.stat().st_size)
    assert main(["backup", *where, str(copy)]) == 1
    assert last_backup(path) == noted
    assert "is there already" in capsys.readouterr().err
    writer.write("event", event(9.0))
    store.close()
    assert main(["restore", *where, str(copy)]) == 0
    before = path.with_name(f"{path.name}.before-restore-1")
    assert str(before) in capsys.readouterr().out
    kept, restored = open_store(before), open_store(path)
    assert (kept.logs.health(MAT).n_records, restored.logs.health(MAT).n_records) == (7, 6)
    log = last_log(restored, MAT)
    assert log
    # What came since is asked for.
    assert ack_of(log) == Ack(LOG, 6, 6)
    kept.close()
    restored.close()
    assert content(path) == [
        line.replace(f"VALUES(1,'{MAT}','{LOG}',6,0,", f"VALUES(1,'{MAT}','{LOG}',6,1,")
        for line in content(copy)
    ]


def test_a_copy_that_is_put_back_lets_nobody_in_who_went_out_since(
    store: Store, path: Path, where: list[str], tmp_path: Path
) -> None:
    record(store)
    give_account(store)
    doer = Doer(5.0, "a1")
    invite(store, doer, Draft("Cem", "clinician"), "link")
    copy = tmp_path / "copy.db"
    assert main(["backup", *where, str(copy)]) == 0
    store.close()
    assert main(["restore", *where, str(copy)]) == 0
    restored = open_store(path)
    assert restored.accounts.get("a1") is not None
    assert restored.sign_ins.of("a1", 6.0) == []
    assert restored.invitations.open(6.0) == []
    restored.close()


def test_nothing_is_put_back_while_somebody_records(
    store: Store, path: Path, where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.db"
    assert main(["backup", *where, str(copy)]) == 0
    with recorder_lock(path).open("ab") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        before = content(path)
        assert main(["restore", *where, str(copy)]) == 1
    assert "a dashboard records into it; stop it first" in capsys.readouterr().err
    assert content(path) == before


@pytest.mark.parametrize("kind", ["missing", "text", "torn"])
def test_what_is_not_sound_is_not_put_back(
    store: Store, path: Path, where: list[str], tmp_path: Path, kind: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    copy = tmp_path / "copy.db"
    record(store)
    if kind == "text":
        copy.write_text("no database " * 1000)
    elif kind == "torn":
        assert main(["backup", *where, str(copy)]) == 0
        whole = copy.read_bytes()
        copy.write_bytes(whole[:8192] + bytes(16_384) + whole[24_576:])
    before = content(path)
    assert main(["restore", *where, str(copy)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert content(path) == before
    assert not list(path.parent.glob(".*.new"))


def test_a_store_is_put_where_none_was(store: Store, where: list[str], tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.db", tmp_path / "elsewhere" / "s.db"
    assert main(["backup", *where, str(copy)]) == 0
    assert put_back(copy, other) is None
    assert faults(other) == []


def test_the_doctor_tells_what_is_lost_damaged_and_unknown(
    store: Store, path: Path, where: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    record(store)
    store.mats.unknown_heard("attic", 1, NOW_S)
    assert main(["doctor", *where, "--json"]) == 0
    found = {each["what"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["store"]["verdict"] == found["mat demo"]["verdict"] == "ok"
    assert "mat add attic" in found["mat attic"]["words"]
    assert found["sessions"]["words"] == "1 have ended and have no figures"
    store.logs.lose(1, 90, 99, "gone", NOW_S)
    assert main(["doctor", *where]) == 0
    assert "warning  mat demo   6 records, 10 lost" in capsys.readouterr().out
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + bytes(16_384) + whole[24_576:])
    assert main(["doctor", *where]) == 1
    path.unlink()
    assert main(["doctor", *where]) == 1


def test_everything_of_a_person_goes_into_an_archive(
    store: Store, where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(store)
    give_account(store)
    finish_all(store)
    archive = tmp_path / "anna.zip"
    assert main(["person", *where, "list"]) == 0
    assert capsys.readouterr().out == "p1  Anna Beispiel\n"
    assert main(["export", *where, "p1", str(archive)]) == 0
    assert archive.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as opened:
        person = json.loads(opened.read("person.json"))
        assert person["profiles"][0]["body"]["foot_mm"] == [250, 90]
        assert person["account"]["login"] == "anna@home"
        assert [share["consent"] for share in person["shares"]] == ["Anna said so"]
        assert [line["did"] for line in person["audit"]] == ["share_given", "account_made"]
        session = json.loads(opened.read("sessions/1.json"))
        opened.extract("sessions/1.csv", tmp_path)
    assert session["session"]["id"] == SESSION
    assert [each["rule"] for each in session["events"]] == ["limit"]
    # The frames give the same figures again.
    figures = json.loads(msgspec.json.encode(summarise(tmp_path / "sessions" / "1.csv")))
    assert figures["zones"] == session["summary"]["zones"]
    assert figures["cop"] == session["summary"]["cop"]
    assert main(["export", *where, "p1", str(archive)]) == 1
    assert main(["export", *where, "p2", str(archive)]) == 1


def give_account(store: Store) -> None:
    """Give Anna an account that has signed in, and whose owner shares with herself."""
    doer = Doer(5.0, "a1", "192.0.2.7")
    add_account(store, doer, Account("a1", "anna@home", "Anna Beispiel", "person", "p1", "h", 5.0))
    store.sign_ins.add(b"digest", SignIn("s1", "a1", 5.0, 5.0, 9.0, 99.0, "192.0.2.7", "Firefox"))
    store.shares.add(Share("h1", "p1", "a1", "Anna said so", "a1", 5.0))
    note(store, doer, "share_given", About("a1", "p1"), "Anna said so")


def test_a_person_that_is_deleted_stays_away(
    store: Store, path: Path, where: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = record(store)
    late = writer.leave_out()
    give_account(store)
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert main(["person", *where, "delete", "p1"]) == 1
    assert store.people.get("p1") == ANNA
    assert main(["person", *where, "delete", "p1", "--yes"]) == 0
    assert main(["person", *where, "delete", "p1", "--yes"]) == 1
    tables = ("person", "profile", "enrolment", "session", "chunk", "event", "minute",
              "account", "share", "sign_in")  # fmt: skip
    empty = dict.fromkeys(tables, 0)
    assert {table: rows(store, table) for table in tables} == empty
    # Late: a second of that session, an alarm in it, its end, another session of theirs.
    writer.chunks(seconds(1))
    writer.write("event", event(8.5))
    writer.ended(end_us(seconds(SECONDS)), "p1")
    other = msgspec.structs.replace(told(90_000_000, None, "p1"), id="d" * 32, begin_us=50_000_000)
    writer.write("session", other)
    writer.chunks(seconds(1, session="d" * 32))
    writer.write("event", event(60.0), at=late)
    assert {table: rows(store, table) for table in tables} == empty
    assert store.logs.health(MAT).n_unreadable == 0
    with pytest.raises(ValueError, match="taken"):
        store.people.add(ANNA)
    writer.write("event", event(3_000.0))
    assert rows(store, "event") == 0
    writer.write("session", msgspec.structs.replace(other, ended_by="away"))
    writer.write("event", event(3_000.0))
    assert rows(store, "event") == 1
    store.close()
    for word in (b"Anna Beispiel", b"anna@home", b"Anna said so", b"192.0.2.7"):
        assert word not in path.read_bytes()


def rows(store: Store, table: str) -> int:
    found = store._backend.one(f"SELECT count(*) FROM {table}")  # noqa: S608
    assert found
    return int(found[0])
