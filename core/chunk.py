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

from core.errors import MessageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"RC"
VERSION = 1
MAX_BODY_BYTES = 1024 * 1024
"""A body that unpacks to more is refused, so that a damaged one cannot fill the memory."""

_HEAD = struct.Struct("<2sBBHH8s4sIf8sqI16s")
_COUNTS = struct.Struct("<II")
_ESCAPE = -0x8000
_RESUMED = 1

NO_SESSION = "0" * 32
"""Name of the session of a chunk that belongs to none."""
_LEVEL = 6


@dataclass(frozen=True)
class ChunkHead:
    """What the frames of a chunk belong to.

    Attributes
    ----------
    layout_hash, boot_id : str
        16 hex digits.
    calibration_id : str
        8 hex digits.
    profile_version : int
    rate_hz : float
    session : str
        32 hex digits; all zero outside a session.
    """

    layout_hash: str
    calibration_id: str
    profile_version: int
    rate_hz: float
    boot_id: str
    session: str = NO_SESSION


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
    head = _HEAD.pack(
        MAGIC,
        VERSION,
        n_zones,
        n_frames,
        _RESUMED if chunk.resumed else 0,
        bytes.fromhex(chunk.head.layout_hash),
        bytes.fromhex(chunk.head.calibration_id),
        chunk.head.profile_version,
        chunk.head.rate_hz,
        bytes.fromhex(chunk.head.boot_id),
        int(chunk.t_us[0]),
        chunk.seq & 0xFFFF_FFFF,
        bytes.fromhex(chunk.head.session),
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
    return head + zlib.compress(b"".join(body), _LEVEL)


def unpack_chunk(payload: bytes) -> Chunk:
    """Decode a chunk.

    Raises
    ------
    MessageError
        If it is not one, or is damaged.
    """
    if len(payload) < _HEAD.size or payload[:3] != MAGIC + bytes([VERSION]):
        raise MessageError(f"chunk: {payload[:3]!r} is not a chunk of version {VERSION}")
    head = _HEAD.unpack(payload[: _HEAD.size])
    n_zones, n_frames = head[2], head[3]
    body = _Body(_inflate(payload[_HEAD.size :]))
    n_large, n_runs = body.take("<u4", 2).tolist()
    t_us = head[10] + np.cumsum(body.take("<u4", n_frames))
    deltas = body.take("<i2", n_frames * n_zones)
    large = deltas == _ESCAPE
    if int(large.sum()) != n_large:
        raise MessageError(f"chunk: {n_large} large steps said, {int(large.sum())} found")
    deltas[large] = body.take("<i4", n_large)
    lengths, status = body.take("<u4", n_runs), body.take("u1", n_runs)
    if not n_frames or lengths.sum() != n_frames * n_zones or body.left:
        raise MessageError(f"chunk: the body does not fit {n_frames} frames of {n_zones} zones")
    return Chunk(
        head=ChunkHead(
            layout_hash=head[5].hex(),
            calibration_id=head[6].hex(),
            profile_version=head[7],
            rate_hz=head[8],
            boot_id=head[9].hex(),
            session=head[12].hex(),
        ),
        seq=head[11],
        t_us=t_us,
        force_cn=np.cumsum(deltas.reshape(n_zones, n_frames), axis=1).T,
        status=np.repeat(status, lengths).astype(np.uint8).reshape(n_zones, n_frames).T,
        resumed=bool(head[4] & _RESUMED),
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
