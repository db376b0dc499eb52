"""One rule on one zone: idle, pending, raised, acknowledged, and back.

| state        | goes on to   | when                                                             |
|--------------|--------------|------------------------------------------------------------------|
| idle         | pending      | the rule's mean reaches the limit                                |
| pending      | idle         | a valid frame with the mean below the limit; the zone is unknown |
| idle/pending | raised       | it holds for the persistence, or something raises it at once     |
| raised       | acknowledged | a person says so                                                 |
| raised, ack. | idle         | 2 s of valid frames below 0.9 of the limit; latching: and ack.   |

Frames are searched, not stepped through: the cost is that of the changes, not of the frames.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.columns import Column

CLEAR_US = 2_000_000
"""Valid time below the limit after which an alarm clears."""


class Latch:
    """The state of one rule on one zone.

    Parameters
    ----------
    persistence_us : int
        How long the condition must hold.
    latching : bool
        Whether clearing also needs an acknowledgement.
    """

    __slots__ = ("_latching", "_persistence_us", "_quiet_us", "_since_us", "acknowledged", "raised")

    def __init__(self, persistence_us: int, *, latching: bool) -> None:
        self._persistence_us = persistence_us
        self._latching = latching
        self._since_us: int | None = None
        self._quiet_us: int | None = None
        self.raised = False
        self.acknowledged = False

    @property
    def pending(self) -> bool:
        """Whether the condition holds, but not yet long enough."""
        return self._since_us is not None

    @property
    def busy(self) -> bool:
        """Whether the next frames matter even if the condition does not hold in them."""
        return self.raised or self.pending

    def advance(self, column: Column, start: int, stop: int) -> list[int]:
        """Go through frames [start, stop); return those of changes, raise and clear in turn."""
        changes = []
        while start < stop:
            raised = self.raised
            start = (self._seek_clear if raised else self._seek_raise)(column, start, stop)
            if self.raised != raised:
                changes.append(start - 1)
        return changes

    def acknowledge(self) -> bool:
        """Take note that a person has seen it; return whether that is news."""
        news = self.raised and not self.acknowledged
        self.acknowledged |= news
        return news

    def end_pending(self) -> None:
        """Forget a condition that has not raised yet."""
        self._since_us = None

    def raise_now(self, *, latching: bool) -> None:
        """Raise without a condition of its own."""
        self._latching = latching
        self._raise()

    def _raise(self) -> None:
        self.raised, self.acknowledged = True, False
        self._since_us = self._quiet_us = None

    def _seek_raise(self, column: Column, start: int, stop: int) -> int:
        at_once = column.first(column.masks.at_once, start, stop)
        begin = start if self.pending else column.first(column.masks.over, start, stop)
        if at_once < stop and at_once <= begin:
            self._raise()
            return at_once + 1
        if begin == stop:
            return stop
        since = self._since_us if self._since_us is not None else column.t_us[begin]
        end = column.first(column.masks.broken, begin, stop)
        due = bisect_left(column.t_us, since + self._persistence_us, begin, stop)
        hit = min(at_once, column.first(column.masks.over, due, stop))
        if hit < stop and (hit < end or hit == at_once == end):
            self._raise()
            return hit + 1
        self._since_us = since if end == stop else None
        return min(end + 1, stop)

    def _seek_clear(self, column: Column, start: int, stop: int) -> int:
        quiet = self._quiet_us
        if quiet is None:
            begin = column.first(column.masks.calm, start, stop)
            if begin == stop:
                return stop
            quiet, start = 0, begin + 1
        end = column.first(column.masks.disturbed, start, stop)
        base = column.valid_us[start] - quiet
        enough = bisect_left(column.valid_us, base + CLEAR_US, start + 1, stop + 1) - 1
        clear = column.first(column.masks.valid, enough, stop)
        if clear < end and (self.acknowledged or not self._latching):
            self.raised = self.acknowledged = False
            self._quiet_us = None
            return clear + 1
        self._quiet_us = column.valid_us[stop] - base if end == stop else None
        return min(end + 1, stop)
