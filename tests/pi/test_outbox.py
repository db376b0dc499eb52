"""The durable log on the card: once and in order, over kills, copies, moves and full cards."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tracemalloc
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.log_record import MAX_BODY_BYTES, Gap, unpack_record
from core.log_sender import LogState
from pi.log_rows import ROW_BYTES
from pi.outbox import Entry, Outbox
from pi.outbox_room import KEEP_S, Room
from tests.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.log_record import Kind, Record

BOOT = "b" * 16
NOW_S = 1.7e9


def entries(*numbers: int, kind: Kind = "event", length: int = 0) -> list[Entry]:
    return [Entry(n, kind, f"{n}".encode().ljust(length, b".")) for n in numbers]


def opened(folder: Path, max_bytes: int = 10**9) -> Outbox:
    names = (f"{n:016x}" for n in itertools.count(1 + len(list(folder.iterdir()))))
    return Outbox(folder / "outbox.db", Room(folder, max_bytes, 0), lambda: next(names))


@contextmanager
def outbox(folder: Path, max_bytes: int = 10**9) -> Iterator[Outbox]:
    with closing(opened(folder, max_bytes)) as box:
        yield box


def sent(box: Outbox, wanted: range) -> list[Record]:
    return [unpack_record(payload) for payload in box.send(wanted)]


def everything(box: Outbox) -> list[Record]:
    return sent(box, range(box.state.first_seq, box.state.end_seq))


def stored(box: Outbox) -> list[Record]:
    """Everything, not marked as sent by looking at it."""
    return box._rows.records(box.state.log_id, 0, range(box.state.end_seq))


def test_it_begins_empty_and_keeps_its_name(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        first = box.state
    with outbox(tmp_path) as box:
        assert box.state == first == LogState(first.log_id)


def test_what_is_handed_over_again_is_stored_once(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(1, 2, 5), NOW_S)
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(2, 5, 6), NOW_S)
        box.append("c" * 16, entries(1), NOW_S)
        assert [r.body for r in everything(box)] == [b"1", b"2", b"5", b"6", b"1"]
        assert [r.seq for r in everything(box)] == list(range(5))


def test_a_record_is_sent_again_byte_for_byte_but_for_what_is_left(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(1, 2, 3), NOW_S)
        before = box.send(range(2, 3))
        assert box.state.sent_seq == 3
        box.acknowledge(2)
        box.append(BOOT, (), NOW_S + KEEP_S + 1)
        after = box.send(range(2, 3))
        assert unpack_record(after[0]).first_seq == 2
        assert before[0][:21] + before[0][29:] == after[0][:21] + after[0][29:]


def test_acknowledged_records_stay_a_week(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(1, 2), NOW_S)
        box.append(BOOT, entries(3), NOW_S + KEEP_S)
        box.acknowledge(3)
        box.append(BOOT, (), NOW_S + KEEP_S)
        assert box.state.first_seq == 0
        box.append(BOOT, (), NOW_S + KEEP_S + 1)
        assert (box.state.first_seq, box.state.end_seq) == (2, 3)
        box.append(BOOT, (), NOW_S + 3 * KEEP_S)
        assert box.state == LogState(box.state.log_id, 3, 3, 3, 0)


def test_a_full_log_gives_up_chunks_first_and_leaves_one_gap_for_a_run(tmp_path: Path) -> None:
    with outbox(tmp_path, max_bytes=3000) as box:
        box.append(BOOT, entries(1, 2, kind="chunk", length=400), NOW_S)
        box.append(BOOT, entries(3), NOW_S)
        for number in range(4, 12):
            box.append(BOOT, entries(number, kind="chunk", length=400), NOW_S)
        found = everything(box)
        assert [r.kind for r in found] == ["gap", "event", "gap", *["chunk"] * 5]
        gaps = [msgspec.json.decode(r.body, type=Gap) for r in found if r.kind == "gap"]
        assert gaps == [Gap(0, 1), Gap(3, 5)]
        assert [r.seq for r in found] == [0, 2, 3, 6, 7, 8, 9, 10]


def test_events_go_last(tmp_path: Path) -> None:
    with outbox(tmp_path, max_bytes=1200) as box:
        for number in range(1, 11):
            box.append(BOOT, entries(number, length=200), NOW_S)
        found = everything(box)
        assert [r.kind for r in found] == ["gap", *["event"] * 4]
        assert msgspec.json.decode(found[0].body, type=Gap) == Gap(0, 5)


def test_a_card_that_another_program_fills_costs_no_event_while_there_are_chunks(
    tmp_path: Path,
) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(*range(1, 101)), NOW_S)
        box.append(BOOT, entries(*range(101, 501), kind="chunk", length=400), NOW_S)
    with outbox(tmp_path, max_bytes=20_000) as box:
        for _ in range(3):
            box.append(BOOT, (), NOW_S)
            assert sum(r.kind == "event" for r in stored(box)) == 100


def test_what_nobody_has_stays_while_there_is_something_that_somebody_has(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(*range(1, 301), kind="chunk", length=400), NOW_S)
        box.acknowledge(250)
    with outbox(tmp_path, max_bytes=50 * 464) as box:
        for first_seq in (100, 200, 250):
            box.append(BOOT, (), NOW_S)
            assert box.state.first_seq == first_seq
            assert [r.kind for r in stored(box) if r.seq >= 250] == ["chunk"] * 50


def test_what_was_sent_is_never_replaced(tmp_path: Path) -> None:
    with outbox(tmp_path, max_bytes=2000) as box:
        box.append(BOOT, entries(1, 2, 3, kind="chunk", length=400), NOW_S)
        before = everything(box)
        for number in range(4, 9):
            box.append(BOOT, entries(number, kind="chunk", length=400), NOW_S)
        assert sent(box, range(3)) == before
        assert [r.kind for r in everything(box)] == [*["chunk"] * 3, "gap", "chunk"]


def test_a_gap_is_sent_with_all_that_it_covers(tmp_path: Path) -> None:
    with outbox(tmp_path, max_bytes=1500) as box:
        for number in range(1, 60):
            box.append(BOOT, entries(number, kind="chunk", length=400), NOW_S)
        (gap,) = sent(box, range(3, 20))
        assert (gap.kind, gap.seq) == ("gap", 0)
        covered = msgspec.json.decode(gap.body, type=Gap)
        assert box.state.sent_seq == covered.to_seq + 1 > 20


def test_a_new_log_takes_what_nobody_has(tmp_path: Path) -> None:
    with outbox(tmp_path, max_bytes=2000) as box:
        for number in range(1, 8):
            box.append(BOOT, entries(number, kind="chunk", length=400), NOW_S)
        old = everything(box)
        assert [r.kind for r in old] == ["gap", *["chunk"] * 4]
        before = box.state
        box.acknowledge(0)
        state = box.begin_new_log()
        assert state.log_id != before.log_id
        assert state == LogState(state.log_id, 0, 7, 0, 0)
        new = everything(box)
        assert [(r.seq, r.kind, r.body) for r in new] == [(r.seq, r.kind, r.body) for r in old]
        assert [r.was for r in new] == [r.origin for r in old]
        box.acknowledge(5)
        box.begin_new_log()
        last = everything(box)
        assert [(r.seq, r.body) for r in last] == [(0, new[3].body), (1, new[4].body)]
        assert [r.was for r in last] == [r.origin for r in old[3:]]
    with outbox(tmp_path) as box:
        assert everything(box) == last


def test_a_new_log_needs_little_memory_however_much_waits(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(*range(1, 1001), length=20_000), NOW_S)
        box.acknowledge(1)
        tracemalloc.start()
        try:
            box.begin_new_log()
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()
        assert box.state.end_seq == 999
        assert box._rows.n_bytes == 999 * (20_000 + ROW_BYTES)
        assert sent(box, range(998, 999))[0].body == entries(1000, length=20_000)[0].body
        box.append(BOOT, entries(1001), NOW_S)
        assert (tmp_path / "outbox.db-wal").stat().st_size < 10_000_000


def test_one_program_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi.log_rows._BUSY_S", 0.0)
    with outbox(tmp_path), pytest.raises(sqlite3.OperationalError, match="locked"):
        opened(tmp_path)


def test_damage_is_found_when_it_is_opened(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(*range(1, 400), length=300), NOW_S)
    path = tmp_path / "outbox.db"
    content = bytearray(path.read_bytes())
    content[5000:9000] = bytes(4000)
    path.write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        opened(tmp_path)


def test_a_file_of_newer_software_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(sqlite3.OperationalError, match="newer software"):
        opened(tmp_path)


def test_a_store_that_fails_changes_nothing(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(1), NOW_S)
        with pytest.raises(sqlite3.Error):
            box.append(BOOT, [Entry(2, "event", b"2"), Entry(3, "event", {})], NOW_S)  # type: ignore[arg-type]
        assert [r.body for r in everything(box)] == [b"1"]
        box.append(BOOT, entries(2), NOW_S)
        assert [r.body for r in everything(box)] == [b"1", b"2"]


def test_what_is_too_long_for_a_record_leaves_a_gap_and_holds_up_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with outbox(tmp_path) as box:
        box.append(BOOT, entries(1), NOW_S)
        box.append(BOOT, entries(2, kind="chunk", length=MAX_BODY_BYTES + 1), NOW_S)
        box.append(BOOT, entries(3, length=MAX_BODY_BYTES), NOW_S)
        found = everything(box)
    assert [(r.seq, r.kind) for r in found] == [(0, "event"), (1, "gap"), (2, "event")]
    assert msgspec.json.decode(found[1].body, type=Gap) == Gap(1, 1)
    assert f"kind=chunk bytes={MAX_BODY_BYTES + 1}" in caplog.text


def test_a_power_cut_at_any_byte_of_the_log_loses_only_its_end(tmp_path: Path) -> None:
    """The card as it is at some moment, its newest file cut anywhere: what opens is a beginning."""
    with outbox(tmp_path) as box:
        for number in range(1, 30):
            box.append(BOOT, entries(number, length=100), NOW_S)
        wal = (tmp_path / "outbox.db-wal").stat().st_size
        for at, cut in enumerate(range(0, wal, wal // 37)):
            copy = tmp_path / f"cut{at}"
            copy.mkdir()
            shutil.copy(tmp_path / "outbox.db", copy)
            (copy / "outbox.db-wal").write_bytes((tmp_path / "outbox.db-wal").read_bytes()[:cut])
    found = []
    for at in range(37):
        with outbox(tmp_path / f"cut{at}") as box:
            bodies = [int(r.body.rstrip(b".")) for r in everything(box)]
            assert bodies == list(range(1, len(bodies) + 1))
            found.append(len(bodies))
    assert found == sorted(found)
    assert found[-1] > 20


@settings(max_examples=80)
@given(acts=st.lists(st.tuples(st.sampled_from(Home.ACTS), st.integers(1, 63)), max_size=50))
def test_in_the_end_the_recorder_has_each_record_once(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    for act, number in acts:
        home.do(act, number)
    home.settle()
    home.close()
    assert sorted(home.got) == sorted(home.taken)


def test_a_card_that_is_put_back_and_goes_on_without_a_network_loses_nothing(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home")
    for act, number in [
        ("store", 10), ("send", 0), ("ack", 0), ("old_card", 0), ("store", 10), ("send", 0),
        ("ack", 0), ("old_card", 0), ("store", 15), ("ack", 0),
    ]:  # fmt: skip
        home.do(act, number)
    home.settle()
    home.close()
    assert [int(body) for body in home.got] == list(range(1, 37))
