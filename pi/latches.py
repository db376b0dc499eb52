"""What stands until somebody has seen it, kept over a restart of the daemon.

Written by a thread of its own: a slow card must not hold up the sampling.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from core.rules import Latched
from pi.files import write_private
from pi.logs import quoted

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
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._kept: tuple[tuple[str, str], ...] = ()

    def load(self) -> tuple[Latched, ...]:
        """Read what stood when the last daemon ended, however it ended."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[Latched, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.error("event=latches_lost file=%s reason=%s", self._path, quoted(error))
            return ()

    def keep(self, latched: tuple[Latched, ...]) -> None:
        """Write what stands now, if that has changed."""
        names = tuple((each.zone, each.rule) for each in latched)
        if names != self._kept:
            self._kept = names
            self._writer.submit(self._write, msgspec.json.encode(latched))

    def close(self) -> None:
        """Wait until everything is written."""
        self._writer.shutdown()

    def _write(self, content: bytes) -> None:
        try:
            write_private(self._path, content)
        except OSError as error:
            _log.error("event=latches_not_kept file=%s reason=%s", self._path, quoted(error))
