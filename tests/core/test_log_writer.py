"""Frames into chunks: whole seconds, nothing lost while somebody is there, no empty mat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.balance import Balance
from core.chunk import pack_chunk, unpack_chunk
from core.chunk_head import ChunkHead
from core.frames import ForceFrames, ZoneStatus
from core.log_writer import AFTER_US, BEFORE, LogWriter
from core.units import US_PER_S
from core.update import Update

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.chunk import Chunk

HEAD = ChunkHead("0123456789abcdef", "89abcdef", 3, 10.0, "fedcba9876543210")
IN_SESSION = ChunkHead("0123456789abcdef", "89abcdef", 3, 10.0, "fedcba9876543210", "ab" * 16)
PERIOD_US = 100_000


def frames(start: int, stop: int, *, touched: bool = True) -> Update:
    """Frames of these numbers, ten a second from 0.25 s on; the force tells the number."""
    seq = np.arange(start, stop)
    force = np.stack([seq, seq + 1], axis=1)
    valid = np.ones(force.shape, bool)
    flag = ZoneStatus.VALID | (ZoneStatus.CONTACT if touched else 0)
    nothing = np.full(len(seq), np.nan)
    return Update(
        ForceFrames(seq, 250_000 + seq * PERIOD_US, force, valid),
        force,
        np.full(force.shape, int(flag), np.uint8),
        Balance(force.sum(axis=1), nothing, np.full((len(seq), 2), np.nan)),
        (),
    )


def numbers(chunks: Iterable[Chunk]) -> list[int]:
    return [int(force) for chunk in chunks for force in chunk.force_cn[:, 0]]


@given(st.lists(st.integers(1, 25), min_size=1, max_size=12))
def test_however_frames_come_the_chunks_are_the_same_whole_seconds(lengths: list[int]) -> None:
    writer, at, chunks = LogWriter(), 0, []
    for length in lengths:
        chunks += writer.add(frames(at, at + length), HEAD)
        at += length
    chunks += writer.flush()
    assert numbers(chunks) == list(range(at))
    assert [chunk.seq for chunk in chunks] == [int(chunk.force_cn[0, 0]) for chunk in chunks]
    for chunk in chunks:
        assert len(set(chunk.t_us // US_PER_S)) == 1
        assert unpack_chunk(pack_chunk(chunk)).resumed == chunk.resumed == False  # noqa: E712
    seconds = [int(chunk.t_us[0]) // US_PER_S for chunk in chunks]
    assert seconds == sorted(set(seconds))


def test_a_chunk_ends_where_frames_are_missing_or_belong_to_something_else() -> None:
    writer = LogWriter()
    assert writer.add(frames(0, 2), HEAD) == []
    (before,) = writer.add(frames(3, 4), HEAD)
    assert numbers([before]) == [0, 1]
    (before,) = writer.add(frames(4, 5), IN_SESSION)
    assert (numbers([before]), before.head) == ([3], HEAD)
    (last,) = writer.flush()
    assert (numbers([last]), last.head) == ([4], IN_SESSION)
    assert writer.flush() == []


def test_an_empty_mat_is_not_written_down_and_who_comes_is_from_before_the_first_touch() -> None:
    writer = LogWriter()
    assert writer.add(frames(0, 1_000, touched=False), HEAD) == []
    chunks = writer.add(frames(1_000, 1_030), HEAD)
    assert [chunk.resumed for chunk in chunks] == [True] + [False] * (len(chunks) - 1)
    found = numbers([*chunks, *writer.flush()])
    assert found == list(range(found[0], 1_030))
    assert BEFORE * 10 <= 1_000 - found[0] < (BEFORE + 1) * 10
    assert all(unpack_chunk(pack_chunk(chunk)).resumed == chunk.resumed for chunk in chunks)


def test_who_goes_is_written_down_for_a_while() -> None:
    writer = LogWriter()
    chunks = writer.add(frames(0, 20), HEAD)
    chunks += writer.add(frames(20, 2_000, touched=False), HEAD)
    last_us = 250_000 + numbers(chunks)[-1] * PERIOD_US
    assert 0 <= last_us - (250_000 + 19 * PERIOD_US + AFTER_US) < US_PER_S
    assert numbers(chunks) == list(range(len(numbers(chunks))))


def test_a_short_absence_is_no_pause() -> None:
    writer = LogWriter()
    chunks = writer.add(frames(0, 20), HEAD)
    gone = 20 + AFTER_US // PERIOD_US + 10 * (BEFORE - 2)
    chunks += writer.add(frames(20, gone, touched=False), HEAD)
    chunks += writer.add(frames(gone, gone + 20), HEAD)
    assert numbers([*chunks, *writer.flush()]) == list(range(gone + 20))
    assert not any(chunk.resumed for chunk in chunks)


def test_a_session_and_whoever_asks_for_it_are_written_down_whole() -> None:
    for writer, head in ((LogWriter(always=True), HEAD), (LogWriter(), IN_SESSION)):
        chunks = writer.add(frames(0, 500, touched=False), head)
        assert numbers([*chunks, *writer.flush()]) == list(range(500))
