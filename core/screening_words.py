"""What is said to a person after the questions: what to do, then why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from core.class_limits import FRAGILE
from core.dates import spoken
from core.words import part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.layout import MatLayout
    from core.layout_spec import ZoneSpec
    from core.screening_answers import Yes

Foot = Literal["left", "right"]


def feet_of(zones: Iterable[ZoneSpec]) -> tuple[Foot, ...]:
    """List the feet that some zones lie under."""
    under = {zone.foot for zone in zones}
    return tuple(foot for foot in ("left", "right") if foot in under)


def of_yes(yes: Yes, unused: Sequence[Foot], layout: MatLayout) -> list[str]:
    """Say what follows from a yes; on a foot that is not used there is nothing to press gently."""
    question = yes.question
    gentle = question.to_class == FRAGILE
    zones = [zone for zone in yes.zones if not gentle or zone.foot not in unused]
    said = _of_clearance(yes)
    if zones:
        where, feet = _named(zones, layout), _both(feet_of(zones))
        said.append(question.say.format(where=where, feet=feet))
    return said


def of_profile(off: Sequence[ZoneSpec]) -> list[str]:
    """Say which feet the profile itself keeps off.

    Parameters
    ----------
    off : sequence of ZoneSpec
        Of class 3 in the profile, whatever was answered.
    """
    return [
        f"Keep your {foot} foot off the mat. Your profile says keep off: "
        f"{_listed(part(zone) for zone in off if zone.foot == foot)}."
        for foot in feet_of(off)
    ]


def _of_clearance(yes: Yes) -> list[str]:
    about, needed = yes.question.about, yes.needed
    if not yes.question.needs_clearance:
        return []
    if needed is None:
        last = yes.holding[0]
        until = spoken(last.expires_on)
        return [f"{last.who}, {last.role}, cleared the mat for {about} until {until}."]
    ended = f"The clearance ended on {spoken(needed.ended_on)}. " if needed.ended_on else ""
    return [
        f"{ended}Ask your doctor or foot clinic about {about} before you use the mat, "
        "and record who cleared it."
    ]


def _named(zones: Sequence[ZoneSpec], layout: MatLayout) -> str:
    """Name zones: a foot that is meant whole as such."""
    words: list[str] = []
    for foot in feet_of(zones):
        own = [zone for zone in zones if zone.foot == foot]
        whole = [zone for zone in layout.spec.zone if zone.foot == foot]
        words += [f"{foot} foot"] if own == whole else [part(zone) for zone in own]
    return _listed(words)


def _both(feet: tuple[Foot, ...]) -> str:
    return "feet" if len(feet) == 2 else f"{feet[0]} foot"


def _listed(words: Iterable[str]) -> str:
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} and {last}" if most else last
