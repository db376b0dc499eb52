"""The chunk codec: what goes in comes out, and what is damaged is refused."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chunk import Chunk, pack_chunk, unpack_chunk
from core.chunk_head import ChunkHead
from core.errors import MessageError

HEAD = ChunkHead("0123456789abcdef", "89abcdef", 3, 80.0, "fedcba9876543210", "ab" * 16)
GOLDEN = Path(__file__).parent / "golden" / "chunk.bin"


def golden() -> Chunk:
    force = np.array([[0, 100], [50_000, 90], [3, -5]])
    status = np.array([[1, 1], [3, 1], [3, 4]], np.uint8)
    return Chunk(HEAD, 7, np.array([1_000_000, 1_012_500, 1_025_001]), force, status)


def same(first: Chunk, second: Chunk) -> bool:
    return (first.head, first.seq) == (second.head, second.seq) and all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("t_us", "force_cn", "status")
    )


@given(st.integers(1, 90), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_what_goes_in_comes_out(n_frames: int, n_zones: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunk = Chunk(
        HEAD,
        seed,
        np.cumsum(rng.integers(1, 1_000_000, n_frames)),
        rng.choice([0, 1, 900, 32_767, 32_768, -32_768, 2_000_000], (n_frames, n_zones)),
        rng.choice([1, 3, 4], (n_frames, n_zones)).astype(np.uint8),
    )
    assert same(unpack_chunk(pack_chunk(chunk)), chunk)


def test_golden() -> None:
    assert same(unpack_chunk(GOLDEN.read_bytes()), golden())
    # Another zlib may pack differently; head and unpacked body may not.
    packed, kept = pack_chunk(golden()), GOLDEN.read_bytes()
    assert packed[:64] == kept[:64]
    assert zlib.decompress(packed[64:]) == zlib.decompress(kept[64:])


def test_a_second_of_standing_is_small() -> None:
    rng = np.random.default_rng(1)
    force = 4000 + np.cumsum(rng.integers(-8, 9, (80, 16)), axis=0)
    chunk = Chunk(HEAD, 0, np.arange(80) * 12_500 + 1, force, np.full((80, 16), 3, np.uint8))
    assert len(pack_chunk(chunk)) < 80 * 16 * 2


@pytest.mark.parametrize("cut", [0, 3, 63, 64, 70, -1])
def test_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(MessageError, match="chunk"):
        unpack_chunk(pack_chunk(golden())[:cut])


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_flipped_byte_never_raises_anything_else(at: int, flip: int) -> None:
    packed = bytearray(pack_chunk(golden()))
    packed[at % len(packed)] ^= flip
    try:
        unpacked = unpack_chunk(bytes(packed))
    except MessageError:
        return
    assert unpacked.force_cn.shape == unpacked.status.shape


def repacked(body: bytes) -> bytes:
    return pack_chunk(golden())[:64] + zlib.compress(body)


def test_bodies_that_lie_are_refused() -> None:
    body = zlib.decompress(pack_chunk(golden())[64:])
    lies = [
        repacked(b"\x05" + body[1:]),
        repacked(body + b"\0"),
        repacked(body[:-2]),
        repacked(body) + b"\0",
        repacked(bytes(4 * 1024 * 1024)),
        pack_chunk(golden())[:64] + b"nothing like zlib",
    ]
    for lie in lies:
        with pytest.raises(MessageError):
            unpack_chunk(lie)
