"""When a mat is answered: at once, and then at most every two seconds, with the newest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from dashboard.recording.judge import Log

ACK_EVERY_S = 2.0
"""A mat is answered at most so often."""


class Acks:
    """What is to be answered to which mat.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._news: dict[str, Log] = {}
        self._told_s: dict[str, float] = {}
        self._come = asyncio.Event()

    def restart(self, logs: Mapping[str, Log]) -> None:
        """Take how all logs stand on a new connection, where nobody has been answered yet."""
        self._told_s.clear()
        self.news(logs)

    def news(self, logs: Mapping[str, Log]) -> None:
        """Take how the logs of some mats stand now."""
        self._news.update(logs)
        if self._news:
            self._come.set()

    async def next(self) -> tuple[str, Log]:
        """Wait until a mat is to be answered; return it and how its log stands."""
        while True:
            await self._come.wait()
            mat = min(self._news, key=self._due_s)
            wait_s = self._due_s(mat) - self._clock()
            if wait_s > 0:
                await self._sleep(wait_s)
                continue
            self._told_s[mat] = self._clock()
            log = self._news.pop(mat)
            if not self._news:
                self._come.clear()
            return mat, log

    def _due_s(self, mat: str) -> float:
        return self._told_s.get(mat, float("-inf")) + ACK_EVERY_S
