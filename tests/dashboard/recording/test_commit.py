"""What is committed: records, each once, whatever befalls mat, card, network and recorder."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import wire
from core.chunk import Chunk, pack_chunk
from core.chunk_head import NO_SESSION, ChunkHead
from core.log_record import Gap, Kind, Record, pack_record
from dashboard.recording.commit import Came, Committed, commit
from dashboard.recording.judge import Log
from dashboard.store.logs import MOST_DAMAGED, LogHealth
from dashboard.store.repository import open_store
from tests.dashboard.recording.support import MAT, NOW_S, StoreRecorder
from tests.home import Home
from tests.recorder import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashboard.store.repository import Store

LOG, BOOT, SESSION = "a" * 16, "b" * 16, "c" * 32
HEAD = ChunkHead("1" * 16, "2" * 8, 3, 80.0, BOOT, SESSION)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "s.db", now_s=NOW_S)
    opened.mats.add(MAT, "", NOW_S)
    yield opened
    opened.close()


def payload(seq: int, kind: Kind, body: msgspec.Struct | bytes, log_id: str = LOG) -> bytes:
    packed = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return pack_record(Record(log_id, seq, 0, kind, packed))


def chunk(t_us: int, session: str = SESSION, boot_id: str = BOOT) -> bytes:
    head = ChunkHead("1" * 16, "2" * 8, 3, 80.0, boot_id, session)
    times = t_us + np.arange(80) * 12_500
    return pack_chunk(Chunk(head, 0, times, np.zeros((80, 2), int), np.ones((80, 2), np.uint8)))


def session(ended_by: wire.EndedBy | None, seen_us: int, person: str | None = None) -> bytes:
    record = wire.SessionRecord(SESSION, BOOT, person, "contact", 5, seen_us, ended_by)
    return msgspec.json.encode(record)


def event(t_s: float = 1.5) -> wire.Event:
    return wire.Event(
        BOOT, 1, "limit", "l_toes", "alarm", "high", "raised", t_s, 240.0, 200.0, "Lift", "Much"
    )


def taken(store: Store, *payloads: bytes, mat: str = MAT) -> Committed:
    with store.transaction():
        return commit(store, [Came(mat, each) for each in payloads], NOW_S)


@pytest.mark.parametrize("seed", range(12))
def test_in_any_home_it_has_each_record_once(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)  # noqa: S311
    (tmp_path / "store").mkdir()
    home = Home(tmp_path / "home", StoreRecorder(tmp_path / "store"))
    for _ in range(rng.randint(5, 60)):
        home.do(rng.choice(Home.ACTS), rng.randint(1, 63))
    home.settle()
    got = home.got
    home.close()
    # A card that is put back may bring what was written off when the recorder was put back.
    assert set(home.taken) <= set(got)
    assert len(got) == len(set(got))


def test_batches_of_any_size_are_the_same_as_one_by_one(tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311
    records = [payload(rng.randint(0, 30), "event", b"%d" % rng.randint(0, 2)) for _ in range(200)]
    one, ledger = StoreRecorder(tmp_path), Ledger()
    many = StoreRecorder(tmp_path)
    for record in records:
        one.take(record)
        ledger.take(record)
    for start in range(0, len(records), 7):
        many.take(*records[start : start + 7])
    many.take(*records)
    assert one.kept == many.kept
    assert [record.origin for record in one.kept] == [record.origin for record in ledger.kept]
    assert one.beside == many.beside
    assert one.ack() == many.ack() == ledger.ack()
    assert one.store.logs.health(MAT) == many.store.logs.health(MAT)


def test_content_goes_where_its_kind_belongs(store: Store) -> None:
    pair = wire.WallPair(1.0, 1e9, synchronised=True)
    done = taken(
        store,
        payload(0, "clock", wire.ClockRecord(BOOT, (), 5.0)),
        payload(1, "session", session(None, 10)),
        payload(2, "chunk", chunk(1_000_000)),
        payload(3, "event", event()),
        payload(4, "clock", wire.ClockRecord(BOOT, (pair,), None)),
        payload(5, "session", session("away", 2_000_000)),
        payload(6, "chunk", chunk(3_000_000, NO_SESSION)),
    )
    assert (done.logs, done.n_new, done.n_damaged) == ({MAT: Log(LOG, 7)}, 7, 0)
    (row,) = store.sessions.all(MAT)
    assert (row.id, row.ended_by, row.begin_us, row.end_us) == (SESSION, "away", 5, 2_000_000)
    assert [body for _, body in store.frames.of(row.key)] == [chunk(1_000_000)]
    (boot,) = store.boots.of(MAT)
    assert (boot.pairs, boot.not_before_s) == ((pair,), 5.0)
    assert (boot.begin_us, boot.end_us) == (5, 3_000_000)
    assert store.logs.health(MAT) == LogHealth(7, 0, 0, 0, 0)
    assert store.mats.known()[0].heard_s == NOW_S


def test_what_the_mat_told_last_of_a_session_counts_whatever_comes_late(store: Store) -> None:
    taken(
        store,
        payload(1, "session", session("away", 2_000_000)),
        payload(0, "session", session(None, 10)),
    )
    (row,) = store.sessions.all(MAT)
    assert (row.ended_by, row.end_us) == ("away", 2_000_000)


def test_whose_session_it_is_if_the_dashboard_knows_them(store: Store) -> None:
    from dashboard.store.people import Person  # noqa: PLC0415

    store.people.add(Person("p1", "Anna", 1.0))
    taken(store, payload(0, "session", session(None, 10, "p1")))
    assert store.sessions.all(MAT)[0].person == "p1"
    taken(store, payload(1, "session", session("away", 10, "stranger")))
    assert store.sessions.all(MAT)[0].person is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("chunk", b"RC"),
        ("event", b"[]"),
        ("event", msgspec.json.encode(event(1e300))),
        ("event", msgspec.json.encode(event()).replace(BOOT.encode(), b"no boot")),
        ("event", msgspec.json.encode(event()).replace(b'version":1', b'version":9e30')),
        ("session", session(None, 10).replace(b"10", b"99999999999999999999")),
        ("session", session(None, 10).replace(SESSION.encode(), b"x")),
        ("clock", b"nothing"),
        ("gap", msgspec.json.encode(Gap(5, 9))),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_kept_as_it_came(store: Store, kind: Kind, body: bytes) -> None:
    done = taken(store, payload(0, kind, body), payload(1, "event", event()))
    assert done.logs[MAT].next_seq == 2
    assert store.logs.health(MAT) == LogHealth(2, 0, 0, 0, n_unreadable=1)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreRecorder]:
    recorder = StoreRecorder(tmp_path_factory.mktemp("fuzz"))
    yield recorder
    recorder.store.close()


@given(kind=st.sampled_from(["chunk", "event", "session", "clock", "gap"]), data=st.data())
def test_no_body_can_stop_it(fuzzed: StoreRecorder, kind: Kind, data: st.DataObject) -> None:
    good = {
        "chunk": chunk(1_000_000),
        "event": msgspec.json.encode(event()),
        "session": session("away", 10),
        "clock": msgspec.json.encode(wire.ClockRecord(BOOT, (wire.WallPair(1.0, 2.0, True),), 1.0)),
        "gap": msgspec.json.encode(Gap(0, 3)),
    }[kind]
    body = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + 1] = data.draw(
            st.sampled_from([b"", b"\\ud800", b"999999999999999999999", b"-", b"1e999", b"\x00"])
            | st.binary(max_size=2)
        )
        body = body or bytearray(b" ")
    number = fuzzed.store.logs.health(MAT).n_records
    fuzzed.take(payload(0, kind, bytes(body), log_id=f"{number:016x}"))
    assert fuzzed.store.logs.health(MAT).n_records == number + 1


def test_damaged_messages_are_kept_raw_and_counted(store: Store) -> None:
    broken = bytearray(payload(3, "event", b"x"))
    broken[-1] ^= 1
    again = bytearray(broken)
    again[21] ^= 1
    done = taken(store, bytes(broken), bytes(again), b"RR" * 40_000, b"")
    assert (done.logs, done.n_damaged) == ({}, 4)
    kept = list(store._backend.rows("SELECT payload, n_times FROM damaged ORDER BY key"))
    assert kept == [(bytes(broken), 2), (b"RR" * 32_768, 1), (b"", 1)]
    assert store.logs.health(MAT).n_damaged == 4


def test_damage_fills_no_disk(store: Store) -> None:
    taken(store, *(b"%d" % number for number in range(MOST_DAMAGED + 3)))
    assert store._backend.one("SELECT count(*) FROM damaged") == (MOST_DAMAGED,)
    assert store.logs.health(MAT).n_damaged == MOST_DAMAGED + 3


def test_lost_records_are_counted_once_and_late_ones_are_not_lost(store: Store) -> None:
    gap = msgspec.json.encode(Gap(3, 6))
    late = pack_record(Record(LOG, 9, 9, "event", b"late"))
    taken(store, payload(0, "event", b"x"), payload(3, "gap", gap), late)
    assert store.logs.health(MAT).n_lost == 2 + 4 + 2
    taken(store, payload(1, "event", b"y"), payload(8, "event", b"z"), payload(4, "event", b"w"))
    assert store.logs.health(MAT).n_lost == 1 + 3 + 1


def test_a_mat_that_is_not_known_is_listed_and_nothing_of_it_is_kept(store: Store) -> None:
    record = payload(0, "event", b"x")
    done = taken(store, record, record, mat="attic")
    assert (done.logs, done.unknown) == ({}, {"attic": 2})
    assert [(each.id, each.n_messages) for each in store.mats.unknown()] == [("attic", 2)]
    store.mats.add("attic", "", NOW_S)
    assert taken(store, record, mat="attic").logs == {"attic": Log(LOG, 1)}


def test_mats_do_not_know_of_each_other(store: Store) -> None:
    store.mats.add("attic", "", NOW_S)
    taken(store, payload(0, "event", b"of the demo"))
    taken(store, payload(0, "event", b"of the attic"), mat="attic")
    assert store.logs.health(MAT) == store.logs.health("attic") == LogHealth(1, 0, 0, 0, 1)
