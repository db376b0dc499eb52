"""What zero tracking has done since the tare, kept over a restart of the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.zero_tracking import ZeroKept
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path

ZERO_FILE = "zero.json"

WORTH_MN = 10
"""A smaller change of an offset, 0.001 N, is not worth a write: forces are told to 0.01 N."""


class ZeroFile:
    """The file of the budget used and the faults of zero tracking.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._card = SlowCard(path, "zero")
        self._kept: ZeroKept | None = None

    def load(self) -> ZeroKept | None:
        """Read what the last daemon left, however it ended; None if that was nothing."""
        self._kept = self._card.read(ZeroKept)
        return self._kept

    def keep(self, kept: ZeroKept | None) -> None:
        """Write what is so now, if that has changed enough."""
        if kept is not None and (
            self._card.failed or self._kept is None or _differ(kept, self._kept)
        ):
            self._kept = kept
            self._card.write(msgspec.json.encode(kept))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()


def _differ(one: ZeroKept, other: ZeroKept) -> bool:
    if (one.calibration_id, one.drifted) != (other.calibration_id, other.drifted):
        return True
    moved = zip(one.offset_mn, other.offset_mn, strict=False)
    return any(abs(a - b) >= WORTH_MN for a, b in moved)
