"""A picture of few colours as PNG bytes, the same on every machine."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 0xFFFF


def png(pixels: NDArray[np.uint8], palette: Sequence[tuple[int, int, int]]) -> bytes:
    """Write indexed pixels.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (n_rows, n_columns)
        From the top; indices into `palette`.
    palette : sequence of (red, green, blue)
        At most 256.
    """
    rows, columns = pixels.shape
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, body)
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
            (b"PLTE", bytes(channel for colour in palette for channel in colour)),
            (b"IDAT", _stored(lines)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _stored(data: bytes) -> bytes:
    """Wrap bytes as zlib without compressing: compressors differ, and a test holds the picture."""
    starts = range(0, len(data), _BLOCK)
    blocks = [
        struct.pack("<BHH", start + _BLOCK >= len(data), len(part), len(part) ^ _BLOCK) + part
        for start in starts
        for part in (data[start : start + _BLOCK],)
    ]
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(data))
