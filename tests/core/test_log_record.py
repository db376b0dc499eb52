"""Records of the durable log as bytes: what goes in comes out, and what is damaged is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import MessageError
from core.log_record import (
    KINDS,
    MAX_BODY_BYTES,
    MAX_RECORD_BYTES,
    Earlier,
    Record,
    moved,
    pack_record,
    unpack_record,
)

GOLDEN = Path(__file__).parent / "golden" / "record.bin"
LOGS = st.binary(min_size=8, max_size=8).map(bytes.hex)
NUMBERS = st.integers(0, 2**63 - 1)
EARLIER = st.builds(Earlier, LOGS, NUMBERS, st.integers(0, 2**32 - 1))
RECORDS = st.builds(
    Record,
    log_id=LOGS,
    seq=NUMBERS,
    first_seq=NUMBERS,
    kind=st.sampled_from(KINDS),
    body=st.binary(max_size=300),
    was=st.none() | EARLIER,
)
PLAIN = Record("0123456789abcdef", 7, 3, "event", b'{"rule":"limit"}')
MOVED = moved(PLAIN, "fedcba9876543210", 0, 0)


@given(RECORDS)
def test_what_goes_in_comes_out(record: Record) -> None:
    assert unpack_record(pack_record(record)) == record


def test_golden() -> None:
    assert pack_record(MOVED) == GOLDEN.read_bytes()


@given(RECORDS, st.data())
def test_no_changed_byte_goes_unseen_but_in_what_the_mat_still_has(
    record: Record, data: st.DataObject
) -> None:
    packed = bytearray(pack_record(record))
    at = data.draw(st.integers(0, len(packed) - 1))
    assume(not 21 <= at < 29)
    packed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(MessageError):
        unpack_record(bytes(packed))


@given(RECORDS, st.integers(0, 400))
def test_a_cut_record_is_refused(record: Record, length: int) -> None:
    packed = pack_record(record)
    assume(length < len(packed))
    with pytest.raises(MessageError):
        unpack_record(packed[:length])


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(MessageError):
        unpack_record(b"RR\x01" + noise)


@given(RECORDS, NUMBERS)
def test_sent_again_it_differs_only_in_what_the_mat_still_has(record: Record, first: int) -> None:
    again = replace(record, first_seq=first)
    assert again.crc32 == record.crc32
    assert pack_record(again)[:21] == pack_record(record)[:21]
    assert pack_record(again)[29:] == pack_record(record)[29:]


@given(RECORDS, LOGS, LOGS)
def test_moved_twice_it_still_tells_where_it_stood_first(record: Record, b: str, c: str) -> None:
    twice = moved(moved(record, b, 5, 0), c, 9, 2)
    assert (twice.log_id, twice.seq, twice.first_seq) == (c, 9, 2)
    assert (twice.kind, twice.body) == (record.kind, record.body)
    assert twice.origin == moved(record, b, 5, 0).origin == record.origin
    assert unpack_record(pack_record(twice)) == twice


def test_the_longest_body_still_fits_when_it_has_moved() -> None:
    longest = replace(MOVED, body=bytes(MAX_BODY_BYTES))
    assert len(pack_record(longest)) == MAX_RECORD_BYTES
    with pytest.raises(MessageError, match="at most"):
        pack_record(replace(PLAIN, body=bytes(MAX_BODY_BYTES + 1)))
    with pytest.raises(MessageError, match="at most"):
        unpack_record(pack_record(longest) + b"x")
