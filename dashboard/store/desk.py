"""The store for an event loop: one thread writes, one reads, the loop waits for neither's disk."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from dashboard.store.repository import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dashboard.store.repository import Store

T = TypeVar("T")


class Desk:
    """Carries out work on the store in its threads, in the order in which it is asked for.

    Readers see what was committed when they began, and never wait for the writer.

    Parameters
    ----------
    path : Path
        As `open_store`.

    Attributes
    ----------
    path : Path

    Raises
    ------
    StoreError
        As `open_store`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = open_store(path)
        self._reading = open_store(path, query_only=True)
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._reader = ThreadPoolExecutor(1, "store-reader")

    async def write(self, work: Callable[[Store], T]) -> T:
        """Do work in one transaction: committed when this returns, undone when it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, _in_transaction, self._writing, work)

    async def read(self, work: Callable[[Store], T]) -> T:
        """Do work that changes nothing."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, work, self._reading)

    def at_start(self, work: Callable[[Store], T]) -> T:
        """Do work before there is an event loop; nothing else may have been asked for yet."""
        return _in_transaction(self._writing, work)

    def close(self) -> None:
        """Finish what was asked for, and let go of the database."""
        self._writer.shutdown()
        self._reader.shutdown()
        self._reading.close()
        self._writing.close()


def _in_transaction(store: Store, work: Callable[[Store], T]) -> T:
    with store.transaction():
        return work(store)
