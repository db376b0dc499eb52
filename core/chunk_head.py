"""What a chunk says of itself before its frames are unpacked. Layout: docs/protocol.md.

Whoever only sorts chunks needs no more, and no numpy.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from core.errors import MessageError

MAGIC = b"RC"
VERSION = 1
NO_SESSION = "0" * 32
"""Name of the session of a chunk that belongs to none."""

HEAD = struct.Struct("<2sBBHH8s4sIf8sqI16s")
_RESUMED = 1


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


class Place(NamedTuple):
    """What the frames are, and where they stand.

    Attributes
    ----------
    head : ChunkHead
    n_zones, n_frames : int
    t_us, seq : int
        Of the first frame.
    resumed : bool
        Frames before it were left out on purpose: nobody was on the mat.
    """

    head: ChunkHead
    n_zones: int
    n_frames: int
    t_us: int
    seq: int
    resumed: bool


def pack_place(place: Place) -> bytes:
    """Encode what comes before the frames."""
    head = place.head
    return HEAD.pack(
        MAGIC,
        VERSION,
        place.n_zones,
        place.n_frames,
        _RESUMED if place.resumed else 0,
        bytes.fromhex(head.layout_hash),
        bytes.fromhex(head.calibration_id),
        head.profile_version,
        head.rate_hz,
        bytes.fromhex(head.boot_id),
        place.t_us,
        place.seq & 0xFFFF_FFFF,
        bytes.fromhex(head.session),
    )


def unpack_place(payload: bytes) -> Place:
    """Decode what comes before the frames.

    Raises
    ------
    MessageError
        If it is not a chunk.
    """
    if len(payload) < HEAD.size or payload[:3] != MAGIC + bytes([VERSION]):
        raise MessageError(f"chunk: {payload[:3]!r} is not a chunk of version {VERSION}")
    _, _, n_zones, n_frames, flags, *head, t_us, seq, session = HEAD.unpack_from(payload)
    layout_hash, calibration_id, profile_version, rate_hz, boot_id = head
    return Place(
        ChunkHead(
            layout_hash=layout_hash.hex(),
            calibration_id=calibration_id.hex(),
            profile_version=profile_version,
            rate_hz=rate_hz,
            boot_id=boot_id.hex(),
            session=session.hex(),
        ),
        n_zones,
        n_frames,
        t_us,
        seq,
        resumed=bool(flags & _RESUMED),
    )
