"""A chunk: the frames of one second as the durable log keeps them. Layout: docs/protocol.md.

Forces are stored as differences from frame to frame, zone by zone, which zlib halves; status
bytes as runs, for they hardly ever change.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.chunk_head import HEAD, Place, pack_place, unpack_place
from core.errors import MessageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.chunk_head import ChunkHead

MAX_BODY_BYTES = 1024 * 1024
"""A body that unpacks to more is refused, so that a damaged one cannot fill the memory."""

_COUNTS = struct.Struct("<II")
_ESCAPE = -0x8000
_LEVEL = 6


@dataclass(frozen=True)
class Chunk:
    """Some frames.

    Attributes
    ----------
    head : ChunkHead
    seq : int
        Of the first frame.
    t_us : ndarray of int64, shape (n_frames,)
    force_cn : ndarray of int64, shape (n_frames, n_zones)
    status : ndarray of uint8, shape (n_frames, n_zones)
        Bits of `ZoneStatus`.
    resumed : bool
        Frames before it were left out on purpose: nobody was on the mat.
    """

    head: ChunkHead
    seq: int
    t_us: NDArray[np.int64]
    force_cn: NDArray[np.int64]
    status: NDArray[np.uint8]
    resumed: bool = False


def pack_chunk(chunk: Chunk) -> bytes:
    """Encode a chunk of 1 to 65,535 frames."""
    n_frames, n_zones = chunk.force_cn.shape
    place = Place(
        chunk.head, n_zones, n_frames, int(chunk.t_us[0]), chunk.seq, resumed=chunk.resumed
    )
    steps_us = np.diff(chunk.t_us, prepend=chunk.t_us[:1]).astype("<u4")
    deltas = np.diff(chunk.force_cn.T, axis=1, prepend=0).ravel()
    large = np.abs(deltas) > 0x7FFF
    status, lengths = _runs(chunk.status.T.ravel())
    body = (
        _COUNTS.pack(int(large.sum()), len(status)),
        steps_us.tobytes(),
        np.where(large, _ESCAPE, deltas).astype("<i2").tobytes(),
        deltas[large].astype("<i4").tobytes(),
        lengths.astype("<u4").tobytes(),
        status.tobytes(),
    )
    return pack_place(place) + zlib.compress(b"".join(body), _LEVEL)


def unpack_chunk(payload: bytes) -> Chunk:
    """Decode a chunk.

    Raises
    ------
    MessageError
        If it is not one, or is damaged.
    """
    place = unpack_place(payload)
    n_zones, n_frames = place.n_zones, place.n_frames
    body = _Body(_inflate(payload[HEAD.size :]))
    n_large, n_runs = body.take("<u4", 2).tolist()
    t_us = place.t_us + np.cumsum(body.take("<u4", n_frames))
    deltas = body.take("<i2", n_frames * n_zones)
    large = deltas == _ESCAPE
    if int(large.sum()) != n_large:
        raise MessageError(f"chunk: {n_large} large steps said, {int(large.sum())} found")
    deltas[large] = body.take("<i4", n_large)
    lengths, status = body.take("<u4", n_runs), body.take("u1", n_runs)
    if not n_frames or lengths.sum() != n_frames * n_zones or body.left:
        raise MessageError(f"chunk: the body does not fit {n_frames} frames of {n_zones} zones")
    return Chunk(
        head=place.head,
        seq=place.seq,
        t_us=t_us,
        force_cn=np.cumsum(deltas.reshape(n_zones, n_frames), axis=1).T,
        status=np.repeat(status, lengths).astype(np.uint8).reshape(n_zones, n_frames).T,
        resumed=place.resumed,
    )


def _runs(values: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Run-length encode: the values, and how often each stands in a row."""
    starts = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1))
    return values[starts], np.diff(starts, append=len(values))


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(packed, MAX_BODY_BYTES)
    except zlib.error as error:
        raise MessageError(f"chunk: {error}") from None
    if not inflater.eof or inflater.unused_data:
        raise MessageError("chunk: the body is cut short, too long, or has more behind it")
    return body


class _Body:
    """Takes arrays from a body, in order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, kind: str, count: int) -> NDArray[np.int64]:
        size = np.dtype(kind).itemsize * count
        if size > self.left:
            raise MessageError(f"chunk: {size} bytes wanted, {self.left} left")
        values = np.frombuffer(self._data, kind, count, self._at).astype(np.int64)
        self._at += size
        return values
