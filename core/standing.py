"""What is raised, acknowledged or paused now: the list that pages and lights are written from.

| state        | goes on to   | when                                                        |
|--------------|--------------|-------------------------------------------------------------|
| none         | raised       | a rule or a fault says so                                   |
| raised       | acknowledged | a person says so; also while paused                         |
| raised       | paused       | a person says so, once for each alarm, for 120 s at most    |
| paused       | raised       | that time is over; anything else is raised anew, or higher  |
| acknowledged | raised       | the rule says so: it still holds 120 s later, or is graver  |
| all          | none         | the rule has cleared                                        |

A pause is silence, not acknowledgement: what needs one still needs it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from core.rules import AlarmEvent, Latched, event_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.rules import Found, Key
    from core.wire import AlarmState, Priority

PAUSE_MAX_US = 120_000_000
"""Longest pause."""


@dataclass
class ActiveAlarm:
    """An alarm that has not cleared.

    Attributes
    ----------
    raised : AlarmEvent
        How it began.
    state : str
        `raised`, `acknowledged` or `paused`.
    ask : callable
        Tells the highest value since it was raised, and whether its condition still holds.
    beside : bool
        Whether somebody beside the mat has acknowledged it.
    until_us : int or None
        End of its pause, while it is paused.
    pausable : bool
        Whether it has not been paused yet.
    """

    raised: AlarmEvent
    state: AlarmState
    ask: Asked
    beside: bool = False
    until_us: int | None = None
    pausable: bool = True

    @property
    def value(self) -> float | None:
        """The highest since it was raised, in the unit of its rule; None for a fault."""
        return self.ask.highest(self.raised)

    @property
    def over(self) -> bool:
        """Whether the condition still holds, as far as is known."""
        return self.ask.holds_now(self.raised.key)


class Asked(Protocol):
    """What a list of alarms asks of the rules."""

    def say(
        self, key: Key, frame: int, state: AlarmState, priority: Priority, t_us: int | None = None
    ) -> AlarmEvent:
        """Make an event of a key at a frame of the newest batch."""

    def holds_now(self, key: Key) -> bool:
        """Whether the condition of a key holds, as far as is known."""

    def highest(self, raised: AlarmEvent) -> float | None:
        """Highest value since an alarm was raised."""


class Standing:
    """Alarms that have not cleared, in the order in which they were raised.

    Parameters
    ----------
    rules : Asked
    """

    def __init__(self, rules: Asked) -> None:
        self._rules = rules
        self._active: dict[Key, ActiveAlarm] = {}

    @property
    def active(self) -> tuple[ActiveAlarm, ...]:
        """All of them."""
        return tuple(self._active.values())

    def latched(self, zone_ids: Sequence[str]) -> tuple[Latched, ...]:
        """List what stands until somebody beside the mat acknowledges it."""
        return tuple(
            Latched(zone_ids[zone], rule, a.raised.priority, a.raised.t_us, a.value)
            for (zone, rule), a in self._active.items()
            if zone is not None and a.raised.priority == "high" and not a.beside
        )

    def follow(self, found: Iterable[Found], t_us: Sequence[int]) -> list[Found]:
        """Take what the rules found in a batch; return it with the ends of pauses in it.

        Parameters
        ----------
        found : iterable of (int, AlarmEvent)
            In order.
        t_us : sequence of int
            Times of the frames.
        """
        told: list[Found] = []
        for at, of_frame in groupby(found, key=itemgetter(0)):
            told += self._resume_due(t_us, at)
            told += self._frame(at, [event for _, event in of_frame])
        told += self._resume_due(t_us, len(t_us))
        return sorted(told, key=event_order)

    def note(self, event: AlarmEvent, *, beside: bool = False) -> None:
        """Take one change."""
        alarm = self._active.get(event.key)
        if event.state == "cleared":
            self._active.pop(event.key, None)
        elif alarm is None or event.priority != alarm.raised.priority:
            pausable = alarm is None or alarm.pausable
            self._active[event.key] = ActiveAlarm(
                event, event.state, self._rules, pausable=pausable
            )
        else:
            alarm.state, alarm.until_us = event.state, None
            alarm.beside = beside and event.state == "acknowledged"

    def pause(
        self, t_us: int, until_us: int, zone: int | None, rule: str | None
    ) -> list[AlarmEvent]:
        """Pause what is raised and was not paused yet; None for all."""
        events = []
        for key, alarm in self._active.items():
            wanted = zone in (None, key[0]) and rule in (None, key[1])
            if wanted and alarm.pausable and alarm.state == "raised":
                alarm.state, alarm.until_us, alarm.pausable = "paused", until_us, False
                events.append(self._rules.say(key, -1, "paused", alarm.raised.priority, t_us))
        return events

    @property
    def _paused(self) -> list[Key]:
        return [key for key, alarm in self._active.items() if alarm.state == "paused"]

    def _is_new(self, event: AlarmEvent) -> bool:
        alarm = self._active.get(event.key)
        return alarm is None or alarm.raised.priority != event.priority

    def _frame(self, at: int, events: list[AlarmEvent]) -> list[Found]:
        """Take what changed at one frame; anything new or higher ends the pauses of the others."""
        ends = any(event.state == "raised" and self._is_new(event) for event in events)
        for event in events:
            self.note(event)
        # What has cleared, or was raised, at this very frame is not paused any more.
        resumed = [(at, self._resume(key, at)) for key in self._paused] if ends else []
        return [*((at, event) for event in events), *resumed]

    def _resume_due(self, t_us: Sequence[int], before: int) -> list[Found]:
        """End the pauses whose time is over at a frame before a given one."""
        told = []
        for key in self._paused:
            until_us = self._active[key].until_us
            at = bisect_left(t_us, until_us or 0)
            if at < before:
                told.append((at, self._resume(key, at)))
        return told

    def _resume(self, key: Key, at: int) -> AlarmEvent:
        event = self._rules.say(key, at, "raised", self._active[key].raised.priority, None)
        self.note(event)
        return event
