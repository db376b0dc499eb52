"""The recorder's judgement, against the small recorder that the mat's promises are tested with."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MessageError
from core.log_record import Gap, Record, moved, pack_record
from core.wire import Ack
from dashboard.recording.judge import MOST_SEQ, Lost, gap_of, read
from tests.dashboard.recording.held import Memory
from tests.recorder import Ledger

A, B = "a" * 16, "b" * 16


def event(seq: int, first_seq: int = 0, body: bytes = b"", log_id: str = A) -> Record:
    return Record(log_id, seq, first_seq, "event", body or b"%d" % seq)


def gap(from_seq: int, to_seq: int, first_seq: int = 0) -> Record:
    return Record(A, from_seq, first_seq, "gap", msgspec.json.encode(Gap(from_seq, to_seq)))


def taken(*records: Record) -> Memory:
    memory = Memory()
    for record in records:
        memory.take(pack_record(record))
    return memory


def test_next_waits_for_what_is_missing_and_then_moves_over_all() -> None:
    memory = taken(event(0), event(2), event(3))
    assert memory.ack() == Ack(A, 1)
    memory.take(pack_record(event(1)))
    assert memory.ack() == Ack(A, 4)
    memory.take(pack_record(event(3, first_seq=2)))
    assert memory.ack() == Ack(A, 4)
    assert [record.seq for record in memory.kept] == [0, 2, 3, 1]


def test_what_the_mat_no_longer_has_is_lost_but_not_what_came_before() -> None:
    memory = taken(event(0), event(3), event(9, first_seq=8))
    assert [lost for _, lost in memory.lost] == [Lost(1, 2, "gone"), Lost(4, 7, "gone")]
    assert memory.ack() == Ack(A, 8)
    memory.take(pack_record(event(5)))
    memory.take(pack_record(event(8)))
    assert memory.ack() == Ack(A, 10)
    assert [record.seq for record in memory.kept] == [0, 3, 9, 5, 8]


def test_a_gap_stands_for_all_of_its_numbers() -> None:
    memory = taken(event(0), gap(1, 40), event(41))
    assert memory.ack() == Ack(A, 42)
    assert memory.lost == [(A, Lost(1, 40, "gap"))]


def test_a_moved_gap_is_counted_where_it_stood_first() -> None:
    first = gap(0, 9)
    again = replace(moved(first, B, 4, 4), body=msgspec.json.encode(Gap(4, 13)))
    memory = taken(first, event(0, log_id=B), again)
    assert memory.lost == [
        (A, Lost(0, 9, "gap")),
        (B, Lost(1, 3, "gone")),
        (B, Lost(4, 13, "copy")),
    ]
    assert memory.ack() == Ack(B, 14)


@pytest.mark.parametrize(
    "body", [b"{", b'{"from_seq": 3, "to_seq": 9}', b'{"from_seq":1,"to_seq":0}']
)
def test_a_gap_that_makes_no_sense_stands_for_itself(body: bytes) -> None:
    odd = Record(A, 1, 0, "gap", body)
    memory = taken(event(0), odd, event(2))
    assert (memory.lost, memory.ack()) == ([], Ack(A, 3))
    with pytest.raises(MessageError, match="gap"):
        gap_of(odd)


def test_another_sum_under_a_known_number_is_a_fork_kept_once() -> None:
    other = event(1, body=b"other")
    memory = taken(event(0), event(1), other, other, replace(other, first_seq=1))
    assert memory.beside == [other]
    assert memory.ack() == Ack(A, 2, None, fork=True)
    # Moved to another log, it is known; what nobody has is not.
    memory.take(pack_record(moved(other, B, 0, 0)))
    memory.take(pack_record(moved(event(2), B, 1, 0)))
    memory.take(pack_record(event(2)))
    assert [record.seq for record in memory.kept] == [0, 1, 1]
    assert memory.logs[B].next_seq == 2
    assert not memory.logs[B].forked


def test_a_fork_of_what_came_moved_is_a_copy() -> None:
    late = event(0, body=b"late")
    memory = taken(moved(late, B, 0, 0), event(0), late)
    assert memory.beside == []
    assert memory.ack() == Ack(A, 1, None, fork=True)


def test_a_gap_of_another_history_covers_nothing_of_this_one() -> None:
    memory = taken(event(0), gap(0, 9))
    assert memory.ack() == Ack(A, 1, None, fork=True)
    assert memory.lost == [(A, Lost(0, 9, "beside"))]


def test_a_log_that_goes_on_is_asked_for_what_it_still_has() -> None:
    assert taken(event(7, first_seq=5)).ack() == Ack(A, 5, 5)
    assert taken(event(5, first_seq=5)).ack() == Ack(A, 6)


@pytest.mark.parametrize(
    "wrong",
    [
        event(3, first_seq=4),
        event(MOST_SEQ, first_seq=MOST_SEQ),
        moved(event(MOST_SEQ), B, 0, 0),
    ],
)
def test_numbers_that_are_none_are_damaged(wrong: Record) -> None:
    with pytest.raises(MessageError, match="record"):
        read(pack_record(wrong))


NUMBERS = st.integers(0, 12)
RECORDS = st.builds(
    lambda log, seq, first, body, was: _record(log, seq, min(first, seq), body, was),
    st.sampled_from([A, B]),
    NUMBERS,
    NUMBERS,
    st.sampled_from([b"x", b"y", None]),
    st.none() | st.tuples(st.sampled_from([A, B]), NUMBERS, st.sampled_from([b"x", b"y"])),
)


def _record(
    log: str, seq: int, first: int, body: bytes | None, was: tuple[str, int, bytes] | None
) -> Record:
    if body is None:
        return Record(log, seq, first, "gap", msgspec.json.encode(Gap(seq, seq + first)))
    if was:
        return moved(event(was[1], body=was[2], log_id=was[0]), log, seq, first)
    return event(seq, first, body, log)


@given(st.lists(RECORDS, max_size=40))
def test_whatever_comes_it_has_and_answers_as_the_small_recorder(records: list[Record]) -> None:
    ledger, memory = Ledger(), Memory()
    for record in records:
        payload = pack_record(record)
        ledger.take(payload)
        memory.take(payload)
        assert memory.ack() == ledger.ack()
        assert [each.origin for each in memory.kept] == [each.origin for each in ledger.kept]
    # The small one keeps a copy of what it has beside, and each first_seq of it.
    beside = {each.origin for each in ledger.beside} - {each.origin for each in ledger.kept}
    assert {each.origin for each in memory.beside} <= {each.origin for each in ledger.beside}
    assert {each.origin for each in memory.beside} >= beside - {e.origin for e in memory.kept}
