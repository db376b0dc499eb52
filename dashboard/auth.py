"""The demo's one-time link."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Literal

from dashboard.accounts.secret import digest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

FIRST_DELAY_S, LONGEST_DELAY_S = 0.25, 8.0
MAX_WAITING = 8
"""Failed attempts that may be waiting at once; more are turned away without waiting."""

Entered = Literal["right", "used", "wrong", "too_many"]

_log = logging.getLogger(__name__)


class Door:
    """Takes the token of the link, once.

    Parameters
    ----------
    token : str
        The token; empty when it has been used before.
    spend : callable
        Called when the token has been used.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self, token: str, spend: Callable[[], None], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        # Digests have one length, so that comparing them tells nothing of the token's.
        self._token = digest(token) if token else None
        self._spend, self._sleep = spend, sleep
        self._used = False
        self._failed_count = self._waiting_count = 0

    async def enter(self, token: str) -> Entered:
        """Try a token; a wrong one takes longer each time, a right one never waits."""
        if self._token is None or not secrets.compare_digest(self._token, digest(token)):
            return await self._refuse()
        if self._used:
            return "used"
        self._used = True
        self._spend()
        return "right"

    async def _refuse(self) -> Entered:
        if self._waiting_count >= MAX_WAITING:
            return "too_many"
        delay_s = min(FIRST_DELAY_S * 2**self._failed_count, LONGEST_DELAY_S)
        self._failed_count = min(self._failed_count + 1, 16)
        self._waiting_count += 1
        try:
            await self._sleep(delay_s)
        finally:
            self._waiting_count -= 1
        return "wrong"


def empty_file(path: Path) -> None:
    """Empty the token's file: it must not work again after a restart either."""
    try:
        path.write_bytes(b"")
    except OSError as error:
        _log.warning("%s: the used token cannot be removed: %s", path, error)
