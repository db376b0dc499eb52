"""What stands on one place of the reference, a zone or the whole mat, and how it goes on.

DESIGN section 6, *States*: raised, acknowledged, paused, cleared; each change is an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tests.core.reference_limits import S

RANK = {"low": 0, "medium": 1, "high": 2}
NAME = {rank: name for name, rank in RANK.items()}

GAP_US = S // 2
"""Longer without a frame, and nobody knows what was in between."""
CLEAR_US = 2 * S
SEEN_US = 120 * S


class Event(NamedTuple):
    """What both engines must agree on."""

    t_us: int
    zone: int | None
    rule: str
    state: str
    priority: str
    value: float | None
    limit: float | None


@dataclass
class Standing:
    """An alarm or fault that is raised and not cleared."""

    priority: str
    latching: bool
    raised_us: int
    acknowledged: bool = False
    beside: bool = False
    """Acknowledged by somebody who stands beside the mat."""
    acknowledged_us: int = 0
    paused_until_us: int | None = None
    was_paused: bool = False
    calm_us: int | None = None
    """Good time so far on the way to clear; None: the run has not begun."""
    absent_us: int | None = None
    """First frame of the run without the condition, for what clears by that."""

    def may_clear(self) -> bool:
        return self.beside or not self.latching

    def forgotten(self, t_us: int) -> bool:
        return self.acknowledged and t_us - self.acknowledged_us >= SEEN_US


class Place:
    """A zone, by its number, or the mat, None."""

    def __init__(self, number: int | None) -> None:
        self.number = number
        self.standing: dict[str, Standing] = {}
        self.events: list[Event] = []
        self.is_new = False
        """Whether a new alarm, or a graver one, has come since the events were taken."""

    def figures(self, rule: str, state: str) -> tuple[float | None, float | None]:
        """Value and limit of an event; a fault has none."""
        raise NotImplementedError

    def take(self) -> list[Event]:
        """Events since the last call, in the order of the text."""
        taken = sorted(self.events, key=lambda e: (e.state != "cleared", RANK[e.priority], e.rule))
        self.events, self.is_new = [], False
        return taken

    def sound(self, t_us: int, rule: str, priority: str, *, latching: bool = False) -> None:
        """Raise it, or raise it again: all acknowledgement is forgotten, a pause is over."""
        one = self.standing.get(rule)
        if one is None or RANK[priority] > RANK[one.priority]:
            self.is_new = True
        if one is None:
            one = self.standing[rule] = Standing(priority, latching, t_us)
        one.priority, one.latching, one.raised_us = priority, latching, t_us
        one.acknowledged = one.beside = False
        one.paused_until_us = None
        self._say(t_us, rule, "raised")

    def sound_again(self, t_us: int, rule: str) -> bool:
        """Raise what was acknowledged 120 s ago and still holds."""
        one = self.standing.get(rule)
        if one is None or not one.forgotten(t_us):
            return False
        self.sound(t_us, rule, one.priority, latching=one.latching)
        return True

    def clear(self, t_us: int, rule: str) -> None:
        self._say(t_us, rule, "cleared")
        del self.standing[rule]

    def acknowledge(self, t_us: int, rule: str | None, *, beside: bool) -> None:
        for name, one in self.standing.items():
            again = beside and not one.beside
            if rule in (None, name) and (again or not one.acknowledged):
                # The later one, beside the mat, begins the 120 s anew.
                one.acknowledged, one.acknowledged_us = True, t_us
                one.beside = one.beside or beside
                one.paused_until_us = None
                self._say(t_us, name, "acknowledged")

    def pause(self, t_us: int, rule: str | None, length_us: int) -> None:
        """Pause what is raised and was never paused."""
        for name, one in self.standing.items():
            if rule in (None, name) and not one.acknowledged and not one.was_paused:
                one.paused_until_us, one.was_paused = t_us + length_us, True
                self._say(t_us, name, "paused")

    def end_pauses(self, t_us: int, *, at_once: bool) -> None:
        """Raise what was paused and is due, or all of it."""
        for name, one in self.standing.items():
            until_us = one.paused_until_us
            if until_us is not None and (at_once or t_us >= until_us):
                one.paused_until_us = None
                self._say(t_us, name, "raised")

    def begin_anew(self) -> None:
        """After a new profile, every run of calm begins anew."""
        for one in self.standing.values():
            one.calm_us = one.absent_us = None

    def clear_when_absent(
        self, t_us: int, before_us: int | None, rule: str, *, holds: bool, calm_us: int = CLEAR_US
    ) -> None:
        """Clear what has not held for 2 s, gaps without frames not counted."""
        one = self.standing.get(rule)
        if one is None or holds:
            if one is not None:
                one.absent_us = None
            return
        after_gap = before_us is None or t_us - before_us > GAP_US
        if one.absent_us is None or after_gap:
            one.absent_us = t_us
        if t_us - one.absent_us >= calm_us and one.may_clear():
            self.clear(t_us, rule)

    def look_at_fault(
        self, t_us: int, before_us: int | None, rule: str, *, holds: bool, due: bool, loaded: bool
    ) -> None:
        """Look at a fault: medium while there is contact, else low; it rises, and never falls."""
        calm_us = 0 if rule == "cell_desync" else CLEAR_US
        self.clear_when_absent(t_us, before_us, rule, holds=holds, calm_us=calm_us)
        one = self.standing.get(rule)
        if one is None:
            if due:
                self.sound(t_us, rule, "medium" if loaded else "low")
        elif one.priority == "low" and loaded:
            self.sound(t_us, rule, "medium")
        elif holds:
            self.sound_again(t_us, rule)

    def _say(self, t_us: int, rule: str, state: str) -> None:
        value, limit = self.figures(rule, state)
        priority = self.standing[rule].priority
        self.events.append(Event(t_us, self.number, rule, state, priority, value, limit))
