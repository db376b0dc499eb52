"""Signing in by a one-time link, and the sessions that follow from it."""

from __future__ import annotations

import hashlib
import logging
import secrets
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

COOKIE = "reflexmat"
FIRST_DELAY_S, LONGEST_DELAY_S = 0.25, 8.0
MAX_WAITING = 8
"""Failed attempts that may be waiting at once; more are turned away without waiting."""

Refusal = Literal["used", "wrong", "too_many"]

_log = logging.getLogger(__name__)


class SignedIn(str):
    """The id of a new session: what the cookie is to hold."""

    __slots__ = ()


class Door:
    """Lets one browser in by the token of the link, once.

    Parameters
    ----------
    token : str
        The token; empty when it has been used before.
    spend : callable
        Called when the token has been used.
    new_id : callable
        Makes session ids of 256 random bits.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self,
        token: str,
        spend: Callable[[], None],
        new_id: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        # Digests have one length, so that comparing them tells nothing of the token's.
        self._token = _digest(token) if token else None
        self._spend, self._new_id, self._sleep = spend, new_id, sleep
        self._used = False
        self._failed_count = self._waiting_count = 0
        self._sessions: set[bytes] = set()

    async def enter(self, token: str) -> SignedIn | Refusal:
        """Try a token; a wrong one takes longer each time, a right one never waits."""
        if self._token is None or not secrets.compare_digest(self._token, _digest(token)):
            return await self._refuse()
        if self._used:
            return "used"
        self._used = True
        self._spend()
        session = SignedIn(self._new_id())
        self._sessions.add(_digest(session))
        return session

    def knows(self, session: str | None) -> bool:
        """Whether a cookie is that of a session."""
        # The table holds digests: how long a look-up takes says nothing of an id.
        return session is not None and _digest(session) in self._sessions

    async def _refuse(self) -> Refusal:
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


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
