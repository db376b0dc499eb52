"""One rule on one zone: idle, pending, raised, acknowledged, and back.

| state        | goes on to   | when                                                             |
|--------------|--------------|------------------------------------------------------------------|
| idle         | pending      | the rule's mean reaches the limit                                |
| pending      | idle         | a valid frame with the mean below the limit; the zone is unknown |
| idle/pending | raised       | it holds for the persistence, or something raises it at once     |
| raised       | acknowledged | a person says so, beside the mat or from elsewhere               |
| acknowledged | raised       | it still holds 120 s later                                       |
| raised, ack. | idle         | 2 s of valid frames below 0.9 of the limit; latching: and        |
|              |              | acknowledged beside the mat                                      |

What would raise it at once also ends a run of calm, and so does losing the zone.
Frames are searched, not stepped through: the cost is that of the changes, not of the frames.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.columns import Column
    from core.wire import AlarmState

CLEAR_US = 2_000_000
"""Valid time below the limit after which an alarm clears."""

NEVER_US = 1 << 62

SEEN_US = 120_000_000
"""An acknowledged alarm that still holds after this is raised again."""


HEAT, BREAK, CALM, STIR = range(4)
"""What may change a latch next: a mask of `core.columns`, or a time (`Latch.waits_for`)."""


class Latch:
    """The state of one rule on one zone.

    Parameters
    ----------
    persistence_us : int
        How long the condition must hold.
    latching : bool
        Whether clearing also needs an acknowledgement.
    """

    __slots__ = (
        "_beside",
        "_calm_from_us",
        "_latching",
        "_persistence_us",
        "_seen_us",
        "_since_us",
        "raised",
    )

    def __init__(self, persistence_us: int, *, latching: bool) -> None:
        self._persistence_us = persistence_us
        self._latching = latching
        self._since_us: int | None = None
        self._calm_from_us: int | None = None
        self._seen_us: int | None = None
        self._beside = False
        self.raised = False

    @property
    def busy(self) -> bool:
        """Whether it is raised or pending."""
        return self.raised or self._since_us is not None

    @property
    def waits_for(self) -> tuple[int, int]:
        """What may change it next, and from which time on whatever comes.

        While it becomes calm (`STIR`), that is valid time; else the time of frames.
        """
        if self._calm_from_us is not None:
            barred = self._latching and not self._beside
            return STIR, NEVER_US if barred else self._calm_from_us + CLEAR_US
        if self.raised:
            return CALM, NEVER_US if self._seen_us is None else self._seen_us + SEEN_US
        if self._since_us is not None:
            return BREAK, self._since_us + self._persistence_us
        return HEAT, NEVER_US

    def advance(self, column: Column, start: int, stop: int) -> list[tuple[int, AlarmState]]:
        """Go through frames [start, stop).

        Returns
        -------
        list of (int, str)
            Frames of changes, and the state that each led to: `raised` or `cleared`.
        """
        changes: list[tuple[int, AlarmState]] = []
        while start < stop:
            seek = self._seek_clear if self.raised else self._seek_raise
            start, state = seek(column, start, stop)
            if state:
                changes.append((start - 1, state))
        return changes

    def acknowledge(self, t_us: int, *, beside: bool) -> bool:
        """Take note that a person has seen it; return whether that is news."""
        known = self._seen_us is not None and (self._beside or not beside)
        news = self.raised and not known
        if news:
            self._seen_us, self._beside = t_us, beside
        return news

    def forget_seen(self) -> None:
        """Take note that it has become graver: whoever saw it has not seen this."""
        self._seen_us, self._beside = None, False

    def restart(self, persistence_us: int) -> None:
        """Begin anew what was pending or becoming calm, for another persistence."""
        self._persistence_us = persistence_us
        self.interrupt()

    def interrupt(self) -> None:
        """Take note that the zone is lost: what was pending ends, and calm counts anew."""
        self._since_us = self._calm_from_us = None

    def raise_now(self, *, latching: bool) -> None:
        """Raise without a condition of its own."""
        self._latching = latching
        self._raise()

    def _raise(self) -> None:
        self.raised = True
        self._since_us = self._calm_from_us = None
        self.forget_seen()

    def _seek_raise(self, column: Column, start: int, stop: int) -> tuple[int, AlarmState | None]:
        """Find the next frame that raises it, or that ends what is pending."""
        masks = column.masks
        at_once = column.first(masks.at_once, start, stop)
        pending = self._since_us is not None
        begin = start if pending else column.first(masks.over, start, stop)
        if at_once < stop and at_once <= begin:
            self._raise()
            return at_once + 1, "raised"
        if begin == stop:
            return stop, None
        since = column.t_us[begin] if self._since_us is None else self._since_us
        end = column.first(masks.broken, begin, stop)
        due = bisect_left(column.t_us, since + self._persistence_us, begin, stop)
        hit = min(at_once, column.first(masks.over, due, stop))
        if hit < stop and (hit < end or hit == at_once == end):
            self._raise()
            return hit + 1, "raised"
        self._since_us = since if end == stop else None
        return min(end + 1, stop), None

    def _seek_clear(self, column: Column, start: int, stop: int) -> tuple[int, AlarmState | None]:
        """Find the next frame that clears it, raises it again, or ends a run of calm."""
        masks, calm_from_us = column.masks, self._calm_from_us
        if calm_from_us is None:
            begin = column.first(masks.calm, start, stop)
            again = self._seek_again(column, start, begin)
            if again < begin:
                self.forget_seen()
                return again + 1, "raised"
            if begin == stop:
                return stop, None
            start = begin + 1
            calm_from_us = column.valid_us[start]
        end = column.first(masks.disturbed, start, stop)
        enough = bisect_left(column.valid_us, calm_from_us + CLEAR_US, start + 1, stop + 1) - 1
        clear = column.first_valid(enough, stop)
        if clear < end and (self._beside or not self._latching):
            self.raised = False
            self._calm_from_us = None
            self.forget_seen()
            return clear + 1, "cleared"
        self._calm_from_us = calm_from_us if end == stop else None
        # The frame that ends the run is looked at again: it may be what raises the alarm anew.
        return end, None

    def _seek_again(self, column: Column, start: int, stop: int) -> int:
        if self._seen_us is None:
            return stop
        due = bisect_left(column.t_us, self._seen_us + SEEN_US, start, stop)
        return column.first(column.masks.over, due, stop)
