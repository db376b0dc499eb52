"""One browser that watches: a slot per type of message, so that the newest wins."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Kind = Literal["link", "info", "state", "live"]
Payload = str | bytes

MEASURED: tuple[Kind, ...] = ("state", "live")
# What says that the rest is old comes first; `live` last, or a slow viewer would get nothing else.
FIRST: tuple[Kind, ...] = ("link", "info", "state")
MAX_REPLIES = 64
"""Replies that may wait for one viewer; a lost one would look like a mat that does not answer."""


class Bucket:
    """Lets `burst` through at once, then `per_s` a second.

    Parameters
    ----------
    per_s, burst : float
        Rate and reserve.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float]) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._left, self._at_s = burst, clock()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now_s = self._clock()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Viewer:
    """What waits for one browser: at most one message of each type, and some replies.

    Parameters
    ----------
    rates : mapping of str to Bucket
        How often this viewer may use each verb.
    role : str
        Of whoever watches: says which verbs they may use.
    """

    def __init__(self, rates: Mapping[str, Bucket], role: str) -> None:
        self._rates, self.role = rates, role
        self._slots: dict[Kind, Payload] = {}
        self._replies: deque[str] = deque(maxlen=MAX_REPLIES)
        self._waiting = asyncio.Event()

    def may(self, verb: str) -> bool:
        """Whether the viewer may use a verb once more now."""
        return verb not in self._rates or self._rates[verb].take()

    def put(self, kind: Kind, payload: Payload) -> None:
        """Leave a message; it takes the place of an older one of its type."""
        self._slots[kind] = payload
        self._waiting.set()

    def reply(self, text: str) -> None:
        """Leave an answer to a command."""
        self._replies.append(text)
        self._waiting.set()

    def forget_measured(self) -> None:
        """Drop measured values that have not been sent: they are no longer true."""
        for kind in MEASURED:
            self._slots.pop(kind, None)

    def pop(self) -> Payload | None:
        """Take the next message to send; None when nothing waits."""
        for kind in FIRST:
            if kind in self._slots:
                return self._slots.pop(kind)
        return self._replies.popleft() if self._replies else self._slots.pop("live", None)

    async def next(self) -> Payload:
        """Wait for the next message to send."""
        while (payload := self.pop()) is None:
            self._waiting.clear()
            await self._waiting.wait()
        return payload

    @property
    def waiting_count(self) -> int:
        """Messages that wait."""
        return len(self._slots) + len(self._replies)
