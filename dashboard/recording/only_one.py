"""One recorder for each store: two would answer a mat each with half of the truth."""

from __future__ import annotations

import fcntl
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dashboard.store.copies import recorder_lock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

AGAIN_S = 5.0

_log = logging.getLogger(__name__)


@asynccontextmanager
async def only_one(path: Path, sleep: Callable[[float], Awaitable[None]]) -> AsyncIterator[None]:
    """Wait until no other program records into a store, and keep others from it meanwhile.

    Parameters
    ----------
    path : Path
        Of the store; the lock is a file beside it, which ends with the program.
    sleep : callable
        Waits some seconds.
    """
    with recorder_lock(path).open("ab") as lock:
        told = False
        while not _held(lock.fileno()):
            if not told:
                _log.warning("another program records into %s; this one does not", path)
            told = True
            await sleep(AGAIN_S)
        yield


def _held(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
