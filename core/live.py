"""The packed `live` message: some frames, their balance, and the highest forces since the last.

Layout of the bytes: docs/protocol.md. The browser decodes it as it stands.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import MessageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"RL"
VERSION = 1
_HEAD = struct.Struct("<2sBBHH8sIIqIifff")
_U32 = 0xFFFF_FFFF
_I31 = 0x7FFF_FFFF
LEVEL_SHIFT = 4
"""Bits 4 and 5 of a zone status hold the gravest raised alarm: 0 none to 3 high."""


@dataclass(frozen=True)
class LiveMessage:
    """One `live` message.

    Attributes
    ----------
    boot_id : str
        16 hex digits.
    seq, lost, profile_version : int
        Of the newest frame.
    t_us : ndarray of int64, shape (n_frames,)
        Oldest first.
    total_cn : int
        Of the newest frame, known zones only.
    left_share_pct : float
        NaN when undefined.
    cop_mm : tuple of float
        NaN when undefined.
    warning_cn, limit_cn, max_cn : ndarray of int64, shape (n_zones,)
        `max_cn` is the highest since the message before.
    force_cn : ndarray of int64, shape (n_frames, n_zones)
    status : ndarray of uint8, shape (n_frames, n_zones)
        Bits of `ZoneStatus`, level in bits 4 and 5.
    """

    boot_id: str
    seq: int
    lost: int
    profile_version: int
    t_us: NDArray[np.int64]
    total_cn: int
    left_share_pct: float
    cop_mm: tuple[float, float]
    warning_cn: NDArray[np.int64]
    limit_cn: NDArray[np.int64]
    max_cn: NDArray[np.int64]
    force_cn: NDArray[np.int64]
    status: NDArray[np.uint8]


def pack_live(message: LiveMessage) -> bytes:
    """Encode a message that has at least one frame."""
    n_frames, n_zones = message.force_cn.shape
    head = _HEAD.pack(
        MAGIC,
        VERSION,
        n_zones,
        n_frames,
        0,
        bytes.fromhex(message.boot_id),
        message.seq & _U32,
        min(message.lost, _U32),
        int(message.t_us[-1]),
        message.profile_version,
        max(-_I31, min(message.total_cn, _I31)),
        message.left_share_pct,
        *message.cop_mm,
    )
    # What does not fit is shown as the most that does, never as something else.
    force_cn = np.clip(message.force_cn, -_I31, _I31)
    zones = np.column_stack(
        (message.warning_cn, message.limit_cn, np.clip(message.max_cn, -_I31, _I31))
    )
    age_us = message.t_us[-1] - message.t_us
    frames = np.column_stack((age_us, force_cn))
    return b"".join(
        (
            head,
            zones.astype("<i4").tobytes(),
            frames.astype("<u4").tobytes(),
            message.status.tobytes(),
        )
    )


def unpack_live(payload: bytes) -> LiveMessage:
    """Decode a message.

    Raises
    ------
    MessageError
        If it is not one, or of another length than it says.
    """
    if len(payload) < _HEAD.size or payload[:3] != MAGIC + bytes([VERSION]):
        raise MessageError(f"live: {payload[:3]!r} is not a message of version {VERSION}")
    (_, _, n_zones, n_frames, _, boot, seq, lost, t_us, profile, total, share, x, y) = _HEAD.unpack(
        payload[: _HEAD.size]
    )
    size = _HEAD.size + 12 * n_zones + n_frames * (4 + 5 * n_zones)
    if len(payload) != size or not n_frames:
        raise MessageError(f"live: {len(payload)} bytes, {size} expected for {n_frames} frames")
    body = np.frombuffer(payload, "<i4", 3 * n_zones + n_frames * (1 + n_zones), _HEAD.size)
    zones = body[: 3 * n_zones].reshape(n_zones, 3).astype(np.int64)
    frames = body[3 * n_zones :].reshape(n_frames, 1 + n_zones).astype(np.int64)
    status = np.frombuffer(payload, np.uint8, n_frames * n_zones, size - n_frames * n_zones)
    return LiveMessage(
        boot_id=boot.hex(),
        seq=seq,
        lost=lost,
        profile_version=profile,
        t_us=t_us - (frames[:, 0] & _U32),
        total_cn=total,
        left_share_pct=share,
        cop_mm=(x, y),
        warning_cn=zones[:, 0],
        limit_cn=zones[:, 1],
        max_cn=zones[:, 2],
        force_cn=frames[:, 1:],
        status=status.reshape(n_frames, n_zones),
    )
