"""Tells Home Assistant of the mat: on each connect, when the mat changes, and when it asks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from core.homeassistant import birth_topic, discovery
from core.wire import ONLINE, Info
from pi.logs import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi.connection import Connection

SPREAD_S = 3.0
"""Longest wait after Home Assistant's birth, so that many mats do not answer at once."""

_log = logging.getLogger(__name__)


class Announcer:
    """What Home Assistant has been told, and when it is told again.

    Parameters
    ----------
    prefix : str
        Where Home Assistant looks for devices; empty: nobody is told anything.
    spread : callable
        Returns 0 to 1, for the wait after a birth.

    Attributes
    ----------
    due_s : float or None
        When it speaks next, monotonic seconds; None while there is nothing to say.
    """

    def __init__(self, prefix: str, spread: Callable[[], float]) -> None:
        self._prefix = prefix
        self._spread = spread
        self._payloads: dict[str, bytes] = {}
        self.due_s: float | None = None

    def take_info(self, payload: bytes, now_s: float) -> None:
        """Take what the mat says of itself; only what Home Assistant shows of it is news."""
        if not self._prefix:
            return
        try:
            # Not `core.wire.decode`: an `info` may be longer than what a mat takes from others.
            info = msgspec.json.decode(payload, type=Info)
        except msgspec.DecodeError as error:
            # Never the end of the link: that carries alarms.
            _log.error("event=homeassistant_not_told reason=%s", quoted(error))
            return
        payloads = discovery(info, self._prefix)
        if payloads != self._payloads:
            self._payloads = payloads
            self.due_s = now_s

    def begin(self, broker: Connection, now_s: float) -> None:
        """Begin on a new connection: a broker may have forgotten what it retained."""
        if self._prefix:
            broker.subscribe(birth_topic(self._prefix))
            self.due_s = now_s

    def hear(self, name: str, payload: bytes, now_s: float) -> None:
        """Take any message; a birth makes everything due again."""
        if self._prefix and name == birth_topic(self._prefix) and payload == ONLINE:
            self.due_s = now_s + SPREAD_S * self._spread()

    def speak(self, broker: Connection, now_s: float) -> None:
        """Say what is due."""
        if self.due_s is None or now_s < self.due_s:
            return
        self.due_s = None
        for where, payload in self._payloads.items():
            broker.publish(where, payload, qos=1, retain=True)
