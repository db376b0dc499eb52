"""What the safety engine must not forget over a restart, on the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.kept import Kept
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path


class SafetyFile:
    """The file of unacknowledged alarms, long loads and the time on the mat.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._card = SlowCard(path, "safety")
        self._kept = Kept()

    def load(self) -> Kept:
        """Read how things stood when the last daemon ended, however it ended."""
        self._kept = self._card.read(Kept) or Kept()
        return self._kept

    def keep(self, kept: Kept) -> None:
        """Write how things stand now, if that has changed."""
        if kept != self._kept or self._card.failed:
            self._kept = kept
            self._card.write(msgspec.json.encode(kept))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()
