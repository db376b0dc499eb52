"""The session that runs, on the card: a daemon that died in one knows it on the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.wire import SessionRecord
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path

SESSION_FILE = "session.json"

MOST_ROUTINES = 10
"""More are not kept: whoever starts and stops them all day fills no memory."""


class SessionFile:
    """The file of the newest session.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._card = SlowCard(path, "session")
        self._kept: SessionRecord | None = None

    def load(self) -> SessionRecord | None:
        """Read the newest session; None if there was none."""
        return self._card.read(SessionRecord)

    def keep(self, record: SessionRecord) -> None:
        """Write how it stands, if that has changed or could not be written before."""
        if record != self._kept or self._card.failed:
            self._kept = record
            self._card.write(msgspec.json.encode(record))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()
