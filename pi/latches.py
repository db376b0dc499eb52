"""What stands until somebody has seen it, kept over a restart of the daemon."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from core.rules import Latched
from pi.logs import quoted
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


class LatchFile:
    """The file of unacknowledged high alarms.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._card = SlowCard(path, "latches")
        self._kept: tuple[tuple[str, str], ...] = ()

    def load(self) -> tuple[Latched, ...]:
        """Read what stood when the last daemon ended, however it ended."""
        try:
            latched = msgspec.json.decode(self._path.read_bytes(), type=tuple[Latched, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.error("event=latches_lost file=%s reason=%s", self._path, quoted(error))
            return ()
        self._kept = _names(latched)
        return latched

    def keep(self, latched: tuple[Latched, ...]) -> None:
        """Write what stands now, if that has changed."""
        names = _names(latched)
        if names != self._kept or self._card.failed:
            self._kept = names
            self._card.write(msgspec.json.encode(latched))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()


def _names(latched: tuple[Latched, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((each.zone, each.rule) for each in latched)
