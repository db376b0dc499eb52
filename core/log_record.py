"""A record of the mat's durable log, as bytes (docs/protocol.md).

One is written once and never changed, but for `first_seq`, which says what the mat still has when
it sends. So a record that is sent again is the same to the last byte behind that number.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from core.errors import MessageError

Kind = Literal["chunk", "event", "session", "clock", "gap"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Numbered on the wire in this order."""

MAX_RECORD_BYTES = 64 * 1024

MAGIC = b"RR"
VERSION = 1
_WAS = 1
_HEAD = struct.Struct("<2sBBB8sQQ")
_EARLIER = struct.Struct("<8sQI")
_CRC = struct.Struct("<I")
_COVERED = struct.Struct("<8sQBB")

MAX_BODY_BYTES = MAX_RECORD_BYTES - _HEAD.size - _EARLIER.size - _CRC.size
"""Longest body, so that the record still fits when it has moved to another log."""


@dataclass(frozen=True)
class Earlier:
    """Where a record stood first, before the mat began another log; the same after many of them.

    Attributes
    ----------
    log_id : str
        16 hex digits.
    seq : int
    crc32 : int
    """

    log_id: str
    seq: int
    crc32: int


@dataclass(frozen=True)
class Record:
    """One record.

    Attributes
    ----------
    log_id : str
        16 hex digits, random, made with the outbox.
    seq : int
        From 0, without a hole.
    first_seq : int
        The oldest that the mat still has.
    kind : str
    body : bytes
        A chunk packed by `core.chunk`, or JSON.
    was : Earlier or None
    """

    log_id: str
    seq: int
    first_seq: int
    kind: Kind
    body: bytes
    was: Earlier | None = None

    @property
    def crc32(self) -> int:
        """Over log, number, kind, origin and body: over all but `first_seq`."""
        kind, flags = KINDS.index(self.kind), _WAS if self.was else 0
        covered = _COVERED.pack(bytes.fromhex(self.log_id), self.seq, kind, flags)
        return zlib.crc32(self.body, zlib.crc32(covered + _origin(self.was)))

    @property
    def origin(self) -> Earlier:
        """Where it stood first: the same for every copy of it, so that none is stored twice."""
        return self.was or Earlier(self.log_id, self.seq, self.crc32)


class Gap(msgspec.Struct, frozen=True):
    """Body of kind `gap`: records that the mat had no room for, both ends included."""

    from_seq: int
    to_seq: int


def pack_record(record: Record) -> bytes:
    """Encode a record.

    Raises
    ------
    MessageError
        If the body is too long.
    """
    if len(record.body) > MAX_BODY_BYTES:
        raise MessageError(f"record: a body of {len(record.body)} bytes; at most {MAX_BODY_BYTES}")
    head = _HEAD.pack(
        MAGIC,
        VERSION,
        KINDS.index(record.kind),
        _WAS if record.was else 0,
        bytes.fromhex(record.log_id),
        record.seq,
        record.first_seq,
    )
    return head + _origin(record.was) + record.body + _CRC.pack(record.crc32)


def unpack_record(payload: bytes) -> Record:
    """Decode a record.

    Raises
    ------
    MessageError
        If it is not one, or is damaged.
    """
    if len(payload) > MAX_RECORD_BYTES:
        raise MessageError(f"record: {len(payload)} bytes; at most {MAX_RECORD_BYTES}")
    if len(payload) < _HEAD.size + _CRC.size or payload[:3] != MAGIC + bytes([VERSION]):
        raise MessageError(f"record: {payload[:3]!r} is not a record of version {VERSION}")
    _, _, kind, flags, log_id, seq, first_seq = _HEAD.unpack_from(payload)
    at = _HEAD.size + (_EARLIER.size if flags & _WAS else 0)
    if kind >= len(KINDS) or flags > _WAS or at + _CRC.size > len(payload):
        raise MessageError(f"record: kind {kind}, {len(payload)} bytes: it is damaged")
    record = Record(
        log_id=log_id.hex(),
        seq=seq,
        first_seq=first_seq,
        kind=KINDS[kind],
        body=payload[at : -_CRC.size],
        was=_earlier(payload) if flags & _WAS else None,
    )
    (told,) = _CRC.unpack_from(payload, len(payload) - _CRC.size)
    if told != record.crc32:
        raise MessageError(f"record: its sum is {record.crc32:08x}, not {told:08x}: it is damaged")
    return record


def moved(record: Record, log_id: str, seq: int, first_seq: int) -> Record:
    """Give a record a place in another log; it goes on telling where it stood first."""
    return Record(log_id, seq, first_seq, record.kind, record.body, record.origin)


def _origin(was: Earlier | None) -> bytes:
    return _EARLIER.pack(bytes.fromhex(was.log_id), was.seq, was.crc32) if was else b""


def _earlier(payload: bytes) -> Earlier:
    log_id, seq, crc32 = _EARLIER.unpack_from(payload, _HEAD.size)
    return Earlier(log_id.hex(), seq, crc32)
