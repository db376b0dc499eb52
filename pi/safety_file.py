"""What the safety engine must not forget over a restart, on the card."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from core.kept import Kept
from pi.logs import quoted
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


class SafetyFile:
    """The file of unacknowledged alarms, long loads and the time on the mat.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._card = SlowCard(path, "safety")
        self._kept = Kept()

    def load(self) -> Kept:
        """Read how things stood when the last daemon ended, however it ended."""
        try:
            self._kept = msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return Kept()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            _log.error("event=safety_lost file=%s reason=%s", self._path, quoted(error))
            return Kept()
        return self._kept

    def keep(self, kept: Kept) -> None:
        """Write how things stand now, if that has changed."""
        if kept != self._kept or self._card.failed:
            self._kept = kept
            self._card.write(msgspec.json.encode(kept))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()
