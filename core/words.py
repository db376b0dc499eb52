"""What an alarm says to a person: what to do, then why. Short, second person, body part first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.drift import DRIFT

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.layout_spec import ZoneSpec
    from core.rules import AlarmEvent

_SIDES = {"inner": "Inner side", "outer": "Outer side", "middle": "Middle"}


def two_digits(value: float) -> str:
    """Write an estimate with two significant digits: 8.4, 96, 130, 240."""
    if value < 9.95:
        return f"{value:.1f}"
    step = 10 ** max(math.floor(math.log10(value)) - 1, 0)
    return str(round(value / step) * step)


def part(zone: ZoneSpec) -> str:
    """Name the part of the body that a zone touches, as one learns it: `left heel`."""
    name = (zone.name or zone.anatomy).split(",")[0].strip().lower()
    return f"{zone.foot} {name}"


def side(zone: ZoneSpec) -> str:
    """Name the side of the part, if the zone is only a side of it: `Outer side`."""
    _, _, word = zone.name.partition(", ")
    return _SIDES.get(word, "")


def instruction(zone: ZoneSpec | None, event: AlarmEvent, mode: str) -> str:
    """Say what to do; a zone of None is the whole mat."""
    if zone is None:
        return "Check the light, buzzer and button of the mat"
    if event.kind == "fault":
        return _fault(zone, event)
    lift, ease = _STANDING if mode == "standing" else _SEATED
    return (lift if event.rule == "limit" else ease)(part(zone))


def reason(zone: ZoneSpec | None, event: AlarmEvent, value_kpa: float | None) -> str:
    """Say why, with the estimated peak and the limit."""
    if zone is None:
        return "One of them does not work. The mat itself may not warn you."
    if event.rule == DRIFT:
        return f"Zero has moved under your {part(zone)}. Pressure shown there may be wrong."
    if event.limit_kpa is None or value_kpa is None:
        return "A cable may be loose. The mat cannot warn you there until it is back."
    place = side(zone) or part(zone).capitalize()
    bound = "limit" if event.rule == "limit" else "warning"
    return f"{place}: about {two_digits(value_kpa)} kPa. Your {bound} is {event.limit_kpa:.0f}."


def _fault(zone: ZoneSpec, event: AlarmEvent) -> str:
    if event.rule == DRIFT:
        return "Take everything off the mat, then set it to zero"
    if event.rule == "zone_lost":
        return f"Take your {zone.foot} foot off the mat"
    return f"No reading under your {part(zone)}"


_SEATED: tuple[Callable[[str], str], ...] = (
    lambda where: f"Lift your {where}",
    lambda where: f"Ease off your {where}",
)
_STANDING: tuple[Callable[[str], str], ...] = (
    lambda where: f"Hold on, sit down, then lift your {where}",
    lambda where: f"Hold on, and ease off your {where}",
)
