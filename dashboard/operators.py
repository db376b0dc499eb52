"""The map operator of the mat's layout, computed once and beside the event loop."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from dashboard.assets import Asset

if TYPE_CHECKING:
    from collections.abc import Callable

    from core import wire

_log = logging.getLogger(__name__)


class Operators:
    """Keeps the operator of the layout that was asked for last.

    Parameters
    ----------
    encode : callable
        Computes the bytes of `map.bin`; runs in a thread.
    """

    def __init__(self, encode: Callable[[wire.LayoutInfo], bytes]) -> None:
        self._encode = encode
        self._lock = asyncio.Lock()
        self._kept: tuple[wire.LayoutInfo, Asset | None] | None = None

    async def get(self, layout: wire.LayoutInfo) -> Asset | None:
        """Get the operator of a layout; None when it has none."""
        async with self._lock:
            # Compared whole: the same hash with other zones would draw a wrong map.
            if self._kept is None or self._kept[0] != layout:
                self._kept = (layout, await asyncio.to_thread(self._compute, layout))
            return self._kept[1]

    def _compute(self, layout: wire.LayoutInfo) -> Asset | None:
        try:
            return Asset(self._encode(layout), "application/octet-stream")
        except (ValueError, ArithmeticError, LookupError) as error:
            # The zones come from outside: numbers that no foot has must not end in a traceback.
            _log.warning("layout %s has no map: %s", layout.hash[:32], error)
            return None


def encode_layout(layout: wire.LayoutInfo) -> bytes:
    """Compute `map.bin` of a layout."""
    # Numpy is loaded only when a page wants to draw.
    from core.maps import encode_map  # noqa: PLC0415

    return encode_map(layout.zones, layout.foot_mm)
