"""What an alarm says to a person: what to do, then why. Short, second person, body part first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from core.drift import DRIFT
from core.rules import (
    FIT_POOR,
    MISMATCH,
    MISSING_PROFILE,
    NOT_RECORDED,
    STANDING,
    SUSTAINED,
    TIME_OVER,
    TOO_OFTEN,
)

if TYPE_CHECKING:
    from core.layout_spec import ZoneSpec
    from core.rules import AlarmEvent

_SIDES = {"inner": "Inner side", "outer": "Outer side", "middle": "Middle"}


class _Say(NamedTuple):
    """What to do, seated and standing. `{part}` is `left heel`, `{foot}` is `left foot`."""

    seated: str
    standing: str


_SIT = "Hold on, sit down, then "
_CABLE = "A cable may be loose. The mat cannot warn you there until it is back."
_INDICATORS = "Check the light, buzzer and button of the mat"

_DO = {
    "advisory": _Say("Press a little less with your {part}", "Stand lighter on your {part}"),
    "warning": _Say("Ease off your {part}", "Hold on, and ease off your {part}"),
    "limit": _Say("Lift your {part}", _SIT + "lift your {part}"),
    "overload": _Say("Lift your {part}", _SIT + "lift your {part}"),
    "excluded_contact": _Say("Lift your {foot} off the mat", _SIT + "lift your {foot} off the mat"),
    SUSTAINED: _Say("Lift your {foot} for two minutes", _SIT + "lift your {foot} for two minutes"),
    STANDING: _Say("Hold on, and sit down", "Hold on, and sit down"),
    TIME_OVER: _Say("Lift both feet off the mat", _SIT + "lift both feet off the mat"),
    TOO_OFTEN: _Say("Leave it at that for now", "Leave it at that for now"),
}
"""What to do about an alarm."""

_MEND = {
    "zone_lost": "Take your {foot} off the mat",
    DRIFT: "Take everything off the mat, then set it to zero",
    "cell_noisy": "Check the cable under your {part}",
    "cell_desync": "Check the cable under your {part}",
    "cell_stuck": "Check the cable under your {part}",
    "cell_saturated_negative": "Check the plate under your {part}",
    MISMATCH: "Stand with both feet inside the zones",
    MISSING_PROFILE: "Send your profile to the mat again",
    FIT_POOR: "Check the size of your feet in your profile",
    "indicator": _INDICATORS,
    NOT_RECORDED: "Have the mat and its memory card looked at",
}
"""What to do about a fault; any other is a place that gives no reading."""

_WHY = {
    SUSTAINED: "It has borne weight without a pause for too long. Two minutes off give relief.",
    TIME_OVER: "You have been on the mat for 30 minutes. That is enough for one time.",
    TOO_OFTEN: "More than one session in a day, or three in a week, is too often.",
    DRIFT: "Zero has moved under your {part}. Pressure shown there may be wrong.",
    "cell_noisy": "The readings under your {part} jump about with nothing on them.",
    "cell_desync": "The readings under your {part} come out of step.",
    "cell_stuck": "The readings under your {part} do not change at all.",
    "cell_saturated_negative": "The cell under your {part} reads as if it were pulled.",
    MISMATCH: "The mat feels another weight than yours. A foot may lie beside a zone, or a cell is "
    "wrong.",
    MISSING_PROFILE: "The mat has lost your limits. The limits for fragile skin hold until then.",
    FIT_POOR: "They are much smaller than this mat is made for. Zones may lie beside your toes, "
    "ball or heel.",
    "indicator": "One of them does not work. The mat itself may not warn you.",
    NOT_RECORDED: "What you do is not written down: the card is full or broken, or a part fails. "
    "The mat still warns you.",
}

_BOUND = {"limit": "Your limit is", "warning": "Your warning is"}


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
    if event.kind == "fault":
        return _filled(_MEND.get(event.rule, "No reading under your {part}"), zone)
    say = _DO[event.rule]
    return _filled(say.standing if mode == "standing" else say.seated, zone)


def reason(zone: ZoneSpec | None, event: AlarmEvent, value: float | None) -> str:
    """Say why, with what the rule saw and its limit.

    Parameters
    ----------
    zone : ZoneSpec or None
        None is the whole mat.
    event : AlarmEvent
    value : float or None
        The highest value so far, in the unit of the rule.
    """
    if event.rule in _WHY:
        return _filled(_WHY[event.rule], zone)
    if event.rule == STANDING and value is not None:
        return f"The mat bears about {value:.0f} N, which is standing. You are to sit."
    if zone is None or event.kind == "fault":
        return _CABLE
    return _of_zone(zone, event, value)


def _of_zone(zone: ZoneSpec, event: AlarmEvent, value: float | None) -> str:
    place = side(zone) or part(zone).capitalize()
    if event.rule == "excluded_contact":
        return f"{place}: nothing may touch it."
    if event.rule == "overload":
        return f"{place}: more than the mat is made to bear."
    if value is None or event.limit is None:
        return f"{place}."
    bound = _BOUND.get(event.rule, "It is best kept under")
    return f"{place}: about {two_digits(value)} kPa. {bound} {event.limit:.0f}."


def _filled(text: str, zone: ZoneSpec | None) -> str:
    return text if zone is None else text.format(part=part(zone), foot=f"{zone.foot} foot")
