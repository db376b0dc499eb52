"""What zero tracking has done since the tare, kept over a restart of the daemon."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from core.zero_tracking import ZeroKept
from pi.logs import quoted
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path

ZERO_FILE = "zero.json"

WORTH_MN = 10
"""A smaller change of an offset, 0.001 N, is not worth a write: forces are told to 0.01 N."""

_log = logging.getLogger(__name__)


class ZeroFile:
    """The file of the budget used and the faults of zero tracking.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._card = SlowCard(path, "zero")
        self._kept: ZeroKept | None = None

    def load(self) -> ZeroKept | None:
        """Read what the last daemon left, however it ended; None if that was nothing."""
        try:
            self._kept = msgspec.json.decode(self._path.read_bytes(), type=ZeroKept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            _log.error("event=zero_lost file=%s reason=%s", self._path, quoted(error))
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
