"""A zone that cannot be read: `stale`, and `zone_lost` where it may hide an alarm.

Both stand from the frame at which the zone becomes unknown until 2 s of valid frames. `zone_lost`
is as grave as what was raised or pending, and as `stale` at least; a graver loss raises it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.latch import Latch
from core.rules import PRIORITIES, AlarmEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.columns import Column
    from core.wire import AlarmState, Priority


@dataclass
class Fault:
    """One kind of fault of one zone."""

    rule: str
    priority: Priority = "low"
    latch: Latch = field(default_factory=lambda: Latch(0, latching=False))

    def begin(self, priority: Priority) -> None:
        """Raise it, or raise it higher."""
        self.priority = priority
        self.latch.raise_now(latching=priority == "high")

    def may_grow(self) -> bool:
        """Whether it would be graver with a foot on."""
        return self.latch.raised and self.priority == "low"

    def grow(self, t_us: int, zone: int) -> AlarmEvent:
        """Raise it higher: somebody stands on what cannot be read."""
        self.priority = "medium"
        self.latch.forget_seen()
        return self.event(t_us, zone, "raised")

    def event(self, t_us: int, zone: int, state: AlarmState) -> AlarmEvent:
        """Say how it changed."""
        return AlarmEvent(t_us, zone, self.rule, "fault", self.priority, state)


class ZoneFaults:
    """The faults of one zone.

    Parameters
    ----------
    zone : int
        Its index.
    """

    def __init__(self, zone: int) -> None:
        self._zone = zone
        self.stale, self.lost = Fault("stale"), Fault("zone_lost")

    @property
    def both(self) -> tuple[Fault, Fault]:
        """Both kinds."""
        return self.stale, self.lost

    @property
    def standing(self) -> bool:
        """Whether there is any."""
        return any(fault.latch.raised for fault in self.both)

    def lose(self, t_us: int, hidden: Sequence[Priority], *, loaded: bool) -> list[AlarmEvent]:
        """Take note that the zone has become unknown.

        Parameters
        ----------
        t_us : int
        hidden : sequence of str
            Priorities of what was raised or pending.
        loaded : bool
            Whether the foot was in contact.
        """
        if not hidden:
            return [] if self.standing else self._begin(self.stale, t_us, _weight(loaded=loaded))
        # Never less grave than `stale` would be.
        priority = max([*hidden, _weight(loaded=loaded)], key=PRIORITIES.index)
        as_grave = PRIORITIES.index(self.lost.priority) >= PRIORITIES.index(priority)
        if self.lost.latch.raised and as_grave:
            return []
        return self._begin(self.lost, t_us, priority)

    def advance(
        self, silence: Column, loaded: bytes, start: int, stop: int
    ) -> Iterator[tuple[int, AlarmEvent]]:
        """Go through frames [start, stop), in which the zone does not become unknown anew.

        Parameters
        ----------
        silence : Column
            Its condition is that the zone is unknown.
        loaded : bytes
            Whether the foot is in contact, one byte a frame.
        start, stop : int
        """
        for fault in self.both:
            middle = start
            if fault.may_grow():
                middle = loaded.find(1, start, stop) + 1 or stop
                yield from self._advance(fault, silence, start, middle)
                if fault.may_grow() and loaded[middle - 1]:
                    yield middle - 1, fault.grow(silence.t_us[middle - 1], self._zone)
            yield from self._advance(fault, silence, middle, stop)

    def _advance(
        self, fault: Fault, silence: Column, start: int, stop: int
    ) -> Iterator[tuple[int, AlarmEvent]]:
        if fault.latch.raised:
            for at, state in fault.latch.advance(silence, start, stop):
                yield at, fault.event(silence.t_us[at], self._zone, state)

    def _begin(self, fault: Fault, t_us: int, priority: Priority) -> list[AlarmEvent]:
        fault.begin(priority)
        return [fault.event(t_us, self._zone, "raised")]


def _weight(*, loaded: bool) -> Priority:
    return "medium" if loaded else "low"
