"""A fault of the whole mat, found outside of the frames: `indicator`.

| state        | goes on to   | when                                         |
|--------------|--------------|----------------------------------------------|
| none         | raised       | it holds: medium with a foot on, else low    |
| raised, ack. | raised       | a foot comes on while it was low: now medium |
| raised       | acknowledged | a person says so                             |
| acknowledged | raised       | it still holds 120 s later                   |
| raised, ack. | none         | it has not held for 2 s                      |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.latch import CLEAR_US, SEEN_US
from core.rules import AlarmEvent

if TYPE_CHECKING:
    from core.wire import AlarmState, Priority


class MatFault:
    """One kind of fault of the whole mat.

    Parameters
    ----------
    rule : str
        Its name.
    """

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self._priority: Priority | None = None
        self._seen_us: int | None = None
        self._held_us = 0

    def look(self, t_us: int, *, holds: bool, loaded: bool) -> list[AlarmEvent]:
        """Take note of how it is.

        Parameters
        ----------
        t_us : int
        holds : bool
            Whether there is the fault now.
        loaded : bool
            Whether a foot is in contact.
        """
        if holds:
            self._held_us = t_us
        if self._priority is None:
            return self._raise(t_us, loaded=loaded) if holds else []
        if t_us - self._held_us >= CLEAR_US:
            event = self._event(t_us, "cleared")
            self._priority = None
            return [event]
        grown = loaded and self._priority == "low"
        forgotten = holds and self._seen_us is not None and t_us - self._seen_us >= SEEN_US
        return self._raise(t_us, loaded=loaded) if grown or forgotten else []

    def acknowledge(self, t_us: int) -> list[AlarmEvent]:
        """Take note that a person has seen it."""
        if self._priority is None or self._seen_us is not None:
            return []
        self._seen_us = t_us
        return [self._event(t_us, "acknowledged")]

    def _raise(self, t_us: int, *, loaded: bool) -> list[AlarmEvent]:
        """Raise it, or raise it higher or again; it never falls."""
        self._seen_us = None
        self._priority = "medium" if loaded else self._priority or "low"
        return [self._event(t_us, "raised")]

    def _event(self, t_us: int, state: AlarmState) -> AlarmEvent:
        priority = self._priority or "low"
        return AlarmEvent(t_us, None, self.rule, "fault", priority, state, None, None)
