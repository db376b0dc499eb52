"""The safety rules as a table, and what is said when one of them changes (DESIGN section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from core.wire import AlarmState, Priority

PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high")
"""Rising."""


@dataclass(frozen=True)
class MeanRule:
    """A rule on the mean of the estimated peak over a window.

    Attributes
    ----------
    name : str
        Also the name of its limit and persistence in the profile.
    priority : str
    window_us : int
    latching : bool
        Whether it clears only after a person has acknowledged it.
    at_once : str
        What raises it without persistence: `taps` or `ceiling`.
    """

    name: str
    priority: Priority
    window_us: int
    latching: bool
    at_once: Literal["taps", "ceiling"]


MAX_ZONES = 64
"""No layout has more."""

RULES = (
    MeanRule("warning", "medium", 1_000_000, latching=False, at_once="taps"),
    MeanRule("limit", "high", 250_000, latching=True, at_once="ceiling"),
)
"""Every rule on a mean; limits and persistence stand in `core.profiles`."""


@dataclass(frozen=True)
class AlarmEvent:
    """One change of one alarm.

    Attributes
    ----------
    t_us : int
        Time of the frame, or of the acknowledgement.
    zone : int or None
        Index of the zone; None for the whole mat.
    rule, kind, priority, state : str
        As in docs/protocol.md.
    value_kpa, limit_kpa : float or None
        Estimated peak that the rule saw, and its limit; None for a fault.
    """

    t_us: int
    zone: int | None
    rule: str
    kind: Literal["alarm", "fault"]
    priority: Priority
    state: AlarmState
    value_kpa: float | None
    limit_kpa: float | None


class Latched(msgspec.Struct, frozen=True):
    """An alarm that nobody has acknowledged, as it is kept over a restart.

    Attributes
    ----------
    zone, rule, priority : str
    t_us : int
        When it was raised, on the clock of the machine's boot then.
    value_kpa : float or None
        Highest estimated peak so far; None for a fault.
    """

    zone: str
    rule: str
    priority: Literal["low", "medium", "high"]
    t_us: int
    value_kpa: float | None


def event_order(found: tuple[int, AlarmEvent]) -> tuple[int, int, bool, int, str]:
    """Sort key of (frame, event): frame, zone, clear before raise, priority low to high, name."""
    at, event = found
    raised = event.state != "cleared"
    # What concerns the whole mat comes after its zones.
    zone = MAX_ZONES if event.zone is None else event.zone
    return at, zone, raised, PRIORITIES.index(event.priority), event.rule
