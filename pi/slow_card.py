"""Files of the daemon written by a thread of their own: a slow card holds up no sampling."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pi.files import write_private
from pi.logs import quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

DAMAGED = (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading a file may raise that was cut, spoilt or never ours."""

_log = logging.getLogger(__name__)


class SlowCard:
    """Writes one file, one version after the other; what cannot be written is logged.

    Parameters
    ----------
    path : Path
    what : str
        What is lost or not kept then, for the log: "safety".
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path, self._what = path, what
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._lock = threading.Lock()
        self._newest: bytes | None = None
        self._failed = False
        self._written: Future[None] = Future()
        self._written.set_result(None)

    @property
    def failed(self) -> bool:
        """Whether the last write failed, so that the next may be due though nothing has changed."""
        return self._failed

    def read(self, kind: type[T]) -> T | None:
        """Read JSON as it was kept, however the last daemon ended.

        Returns
        -------
        kind or None
            None if there is nothing, or nothing that can be used; the latter is logged.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except DAMAGED as error:
            _log.error("event=%s_lost file=%s reason=%s", self._what, self._path, quoted(error))
            return None

    @property
    def written(self) -> Future[None]:
        """Done when what was to be written last is on the card; raises OSError if it is not."""
        return self._written

    def write(self, content: bytes) -> None:
        """Write the file soon, mode 0600, whole or not at all; only the newest, if many wait."""
        with self._lock:
            waits, self._newest = self._newest is not None, content
        if not waits:
            self.carry_out(self._write_newest)

    def carry_out(self, task: Callable[[], None]) -> None:
        """Carry out what writes the file, soon."""
        self._written = self._thread.submit(self._try, task)

    def close(self) -> None:
        """Wait until everything is written."""
        self._thread.shutdown()

    def _write_newest(self) -> None:
        with self._lock:
            content, self._newest = self._newest or b"", None
        write_private(self._path, content)

    def _try(self, task: Callable[[], None]) -> None:
        try:
            task()
            self._failed = False
        except OSError as error:
            self._failed = True
            reason = quoted(error)
            _log.error("event=%s_not_kept file=%s reason=%s", self._what, self._path, reason)
            raise
