"""Whether somebody is on the mat, for how long, and when a session begins and ends.

A *session* is a label on a stretch of record. A *stay* is what the time limit counts: it goes on
through short lifts of the feet, whatever sessions were started and stopped meanwhile.

| session | goes on to | when                                                               |
|---------|------------|--------------------------------------------------------------------|
| none    | running    | contact after 10 s without, or the first contact of all; a command |
| running | none       | 180 s without contact and no rest step runs; a command             |
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from core.units import US_PER_S

AWAY_US = 10 * US_PER_S
"""Time without contact after which contact begins a session."""

END_US = 180 * US_PER_S
"""Time without contact that ends a session, and a stay."""

NEVER_US = 1 << 62
"""Time since the last contact when there was none."""


class SessionChange(NamedTuple):
    """A session began or ended at a frame or by a command."""

    t_us: int
    state: Literal["started", "ended"]


class Presence:
    """Follows contact from frame to frame.

    Attributes
    ----------
    last_us : int or None
        Time of the last frame in contact.
    away_us : int
        Time without contact, at the last frame.
    before_us : int
        Time since the last contact before the last frame, at that frame.
    """

    def __init__(self) -> None:
        self.last_us: int | None = None
        self.away_us = self.before_us = NEVER_US

    def step(self, t_us: int, *, touched: bool) -> None:
        """Take one frame."""
        self.before_us = NEVER_US if self.last_us is None else t_us - self.last_us
        if touched:
            self.last_us = t_us
        self.away_us = 0 if touched else self.before_us


class Stay:
    """How long somebody has been on the mat.

    Attributes
    ----------
    lasted_us : int or None
        None outside of a stay.
    seen_us : int
        The same, also at the frame that ends it.
    """

    def __init__(self) -> None:
        self.lasted_us: int | None = None
        self.seen_us = 0
        self._since_us: int | None = None
        self._restored_us: int | None = None

    def restore(self, lasted_us: int) -> None:
        """Go on where a restart cut it, unless 10 s pass without contact."""
        self.lasted_us = lasted_us

    def step(self, t_us: int, presence: Presence) -> None:
        """Take one frame."""
        if self.lasted_us is not None and self._since_us is None:
            self._since_us, self._restored_us = t_us - self.lasted_us, t_us
        ends = self._is_over(t_us, presence.away_us)
        self.seen_us = t_us - (t_us if self._since_us is None else self._since_us)
        if ends:
            self._since_us = self._restored_us = None
        if presence.away_us == 0:
            self._restored_us = None
            if self._since_us is None:
                self._since_us = t_us
        self.lasted_us = None if self._since_us is None else t_us - self._since_us

    def _is_over(self, t_us: int, away_us: int) -> bool:
        if self._restored_us is None:
            return away_us >= END_US
        return away_us > 0 and t_us - self._restored_us >= AWAY_US


class Session:
    """Begins and ends sessions by themselves.

    Attributes
    ----------
    since_us : int or None
        When the one that runs began.
    """

    def __init__(self) -> None:
        self.since_us: int | None = None

    def step(self, t_us: int, presence: Presence, *, resting: bool) -> SessionChange | None:
        """Take one frame."""
        if self.since_us is None:
            begins = presence.away_us == 0 and presence.before_us >= AWAY_US
            return self.start(t_us) if begins else None
        last_us = self.since_us if presence.last_us is None else presence.last_us
        ends = not resting and t_us - max(last_us, self.since_us) >= END_US
        return self.stop(t_us) if ends else None

    def start(self, t_us: int) -> SessionChange | None:
        """Begin one, unless one runs."""
        if self.since_us is not None:
            return None
        self.since_us = t_us
        return SessionChange(t_us, "started")

    def stop(self, t_us: int) -> SessionChange | None:
        """End the one that runs, if one does."""
        if self.since_us is None:
            return None
        self.since_us = None
        return SessionChange(t_us, "ended")
