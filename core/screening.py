"""From answers before a session to what the session may be: classes only ever get stricter.

| a yes to a question of          | does                                                       |
|---------------------------------|------------------------------------------------------------|
| `to_class` 2                    | makes its zones class 2, and the session a seated one      |
| `to_class` 3                    | makes its zones class 3, and leaves their foot out whole   |
| `needs_clearance`               | blocks the session until a clearance covers all its places |
| `blocks_session`                | blocks the session, whatever anybody has cleared           |
| `seated_only`                   | makes the session a seated one                             |

A question without an answer is not a no: there is no session. A yes that names no place holds
everywhere. The questions are data, in `core.screening_questions`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from core.class_limits import CLASS_LIMITS, EXCLUDED, FRAGILE
from core.dates import day_number
from core.profiles import Profile  # noqa: TC001 - msgspec reads the annotation at run time
from core.screening_answers import Answer, ClearanceNeeded, Yes, unanswered, yeses
from core.screening_words import Foot, feet_of, of_profile, of_yes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.clearance import Clearance
    from core.layout import MatLayout
    from core.profiles import LimitEdit


_NO_FOOT = "There is no session today: no foot is left that may be pressed."
_SIT = "Sit for this session. Some of your skin must not be stood on."
_MISSING = "Answer every question before the session. What is left out is not a no."


class Verdict(msgspec.Struct, frozen=True):
    """What a session may be.

    Attributes
    ----------
    allowed : bool
        Whether there may be one: nothing blocks it and every question is answered.
    profile : Profile
        To use for this session alone; its version is that of the person's profile.
    blocked_feet : tuple of str
        To be left out of a routine whole.
    blocked_session : bool
        Whether something blocks it.
    sentences : tuple of str
        To show, the gravest first.
    clearances_needed : tuple of ClearanceNeeded
    unanswered : tuple of str
        Ids of questions.
    """

    allowed: bool
    profile: Profile
    blocked_feet: tuple[Foot, ...]
    blocked_session: bool
    sentences: tuple[str, ...]
    clearances_needed: tuple[ClearanceNeeded, ...]
    unanswered: tuple[str, ...]


def assess(
    answers: Mapping[str, Answer],
    profile: Profile,
    clearances: Iterable[Clearance],
    today: str,
    layout: MatLayout,
) -> Verdict:
    """Judge the answers of a person before a session.

    Parameters
    ----------
    answers : mapping of str to Answer
        By the id of the question.
    profile : Profile
    clearances : iterable of Clearance
        All that were recorded for this person.
    today : str
        Date.
    layout : MatLayout

    Raises
    ------
    MessageError
        If a question or a place is unknown, a place does not suit its question, a no names one,
        or the date does not exist.
    ProfileError
        If the profile belongs to another mat, or an edit of it may not stand.
    """
    day_number(today)
    profile.check(layout.zone_ids)
    given = yeses(answers, clearances, today, layout)
    return _verdict(given, profile, layout, unanswered(answers))


def _verdict(
    given: Sequence[Yes], profile: Profile, layout: MatLayout, missing: tuple[str, ...]
) -> Verdict:
    stricter = _session_profile(profile, given, layout)
    feet = feet_of(z for z in layout.spec.zone if stricter.class_of(z.id) == EXCLUDED)
    none_left = feet == feet_of(layout.spec.zone)
    blocked = none_left or any(yes.blocks for yes in given)
    kept_off = [zone for zone in layout.spec.zone if profile.class_of(zone.id) == EXCLUDED]
    sit = profile.mode != stricter.mode and not any(yes.question.seated_only for yes in given)
    unused = feet_of(layout.spec.zone) if blocked else feet
    said = [
        *(text for yes in given for text in of_yes(yes, unused, layout)),
        *of_profile(kept_off),
        *([_NO_FOOT] if none_left else []),
        *([_SIT] if sit and not blocked else []),
        *([_MISSING] if missing else []),
    ]
    return Verdict(
        allowed=not blocked and not missing,
        profile=stricter,
        blocked_feet=feet,
        blocked_session=blocked,
        sentences=tuple(said),
        clearances_needed=tuple(yes.needed for yes in given if yes.needed),
        unanswered=missing,
    )


def _session_profile(profile: Profile, given: Sequence[Yes], layout: MatLayout) -> Profile:
    """Make a profile stricter; what nobody asked for stays as it is."""
    classes = {zone: profile.class_of(zone) for zone in layout.zone_ids}
    for yes in given:
        for zone in yes.zones:
            classes[zone.id] = max(classes[zone.id], yes.question.to_class or 0)
    raised = {zone: c for zone, c in classes.items() if c > profile.class_of(zone)}
    edits = {zone: _lowered(edit, zone, profile, raised) for zone, edit in profile.edits.items()}
    sits = max(classes.values()) >= FRAGILE or any(yes.question.seated_only for yes in given)
    return msgspec.structs.replace(
        profile,
        classes={**profile.classes, **raised},
        edits=edits,
        mode="seated" if sits else profile.mode,
    )


def _lowered(edit: LimitEdit, zone: str, profile: Profile, raised: Mapping[str, int]) -> LimitEdit:
    """Keep an edit from putting back the limits of the class that a zone had before."""
    if raised.get(zone) != FRAGILE:
        return edit
    row = edit.on(CLASS_LIMITS[profile.class_of(zone)]).stricter(CLASS_LIMITS[FRAGILE])
    return msgspec.structs.replace(edit, **asdict(row))
