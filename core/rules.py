"""The safety rules as a table, and what is said when one of them changes (DESIGN section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from core.wire import AlarmState, Priority

PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high")
"""Rising."""

Key = tuple[int | None, str]
"""Zone (None: the whole mat) and rule of an alarm or a fault."""

MAX_ZONES = 64
"""No layout has more."""


@dataclass(frozen=True)
class MeanRule:
    """A rule on a mean over a window.

    Attributes
    ----------
    name : str
        Also the name of its limit and persistence in `core.zone_limits`.
    priority : str
    window_us : int
    latching : bool
        Whether it clears only after a person beside the mat has acknowledged it.
    at_once : str or None
        What raises it without persistence.
    of : str
        `force` of the zone, or `load`: the share of its capacity that a cell bears.
    """

    name: str
    priority: Priority
    window_us: int
    latching: bool
    at_once: Literal["taps", "ceiling", "overload"] | None = None
    of: Literal["force", "load"] = "force"


RULES = (
    MeanRule("advisory", "low", 1_000_000, latching=False),
    MeanRule("warning", "medium", 1_000_000, latching=False, at_once="taps"),
    MeanRule("limit", "high", 250_000, latching=True, at_once="ceiling"),
    MeanRule("excluded_contact", "high", 250_000, latching=True),
    MeanRule("overload", "high", 250_000, latching=True, at_once="overload", of="load"),
)
"""Every rule on a mean; limits and persistence stand in `core.class_limits`."""

SUSTAINED = "sustained"
STANDING, TIME_OVER, TOO_OFTEN = "standing_not_allowed", "time_over", "too_often"
MISMATCH, MISSING_PROFILE, FIT_POOR = "total_mismatch", "profile_missing", "fit_poor"

NOT_RECORDED = "not_recorded"
"""The card takes nothing: what happens on the mat is not written down."""

UNITS = {"overload": "%", STANDING: "N", TIME_OVER: "s"}
"""Unit of value and limit; kPa where it is not named."""


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
    value, limit : float or None
        What the rule saw, and its limit, in the unit of `UNITS`; None for a fault.
    """

    t_us: int
    zone: int | None
    rule: str
    kind: Literal["alarm", "fault"]
    priority: Priority
    state: AlarmState
    value: float | None = None
    limit: float | None = None

    @property
    def key(self) -> Key:
        """What it is that changed."""
        return self.zone, self.rule


Found = tuple[int, AlarmEvent]
"""Frame of a batch, and what changed at it."""


class Latched(msgspec.Struct, frozen=True):
    """An alarm that nobody beside the mat has acknowledged, as it is kept over a restart.

    Attributes
    ----------
    zone, rule, priority : str
    t_us : int
        When it was raised, on the clock of the machine's boot then.
    value : float or None
        Highest value so far; None for a fault.
    """

    zone: str
    rule: str
    priority: Literal["low", "medium", "high"]
    t_us: int
    value: float | None


def event_order(found: Found) -> tuple[int, int, bool, int, str]:
    """Sort key of (frame, event): frame, zone, clear before raise, priority low to high, name."""
    at, event = found
    raised = event.state != "cleared"
    # What concerns the whole mat comes after its zones.
    zone = MAX_ZONES if event.zone is None else event.zone
    return at, zone, raised, PRIORITIES.index(event.priority), event.rule
