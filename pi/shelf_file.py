"""The routines that came by command and what the button begins, on the card of the mat."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from core.routine_spec import RoutineError
from core.routines import default_routine
from pi.logs import quoted
from pi.shelf import Choice, Shelved
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

_log = logging.getLogger(__name__)


class ShelfFile:
    """The file of what is kept of routines.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._card = SlowCard(path, "routines")
        self._kept = Shelved()

    def load(self) -> Shelved:
        """Read it; of a file that cannot be used, the button begins nothing."""
        lost = Choice(None) if self._path.exists() else Choice(default_routine(0))
        # What was barred must not come back because the card has forgotten it.
        self._kept = self._read() or Shelved(lost)
        return self._kept

    def keep(self, kept: Shelved) -> Future[None]:
        """Write it soon, if it has changed or could not be written before."""
        if kept != self._kept or self._card.failed:
            self._kept = kept
            self._card.write(msgspec.json.encode(kept))
        return self._card.written

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()

    def _read(self) -> Shelved | None:
        kept = self._card.read(Shelved)
        try:
            if kept:
                kept.check()
        except RoutineError as error:
            _log.error("event=routines_lost file=%s reason=%s", self._path, quoted(error))
            return None
        return kept
