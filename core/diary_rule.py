"""What the diary says before a session: numbness that went up, or anything seen on the skin.

| what                                                      | then               |
|-----------------------------------------------------------|--------------------|
| numbness 2 or more above the median of the 7 days before  | blocked, to share  |
| any flag in the newest skin check                         | blocked, to share  |
| fewer than three entries in the 7 days before             | nothing is compared|

The rule is row 29 of research/science.md section 8; a change of 2 on a scale of 0 to 10 is one
worth marking (section 7, Farrar 2001, for pain; for numbness an engineering default).
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from core.dates import Date, day_number

if TYPE_CHECKING:
    from collections.abc import Sequence

RISE = 2
"""Numbness so far above the median blocks."""

DAYS_BEFORE = 7
"""Days before the newest entry whose median it is compared with; its own day is not one."""

LEAST_ENTRIES = 3
"""Entries in those days that a median needs."""

Rating = Annotated[int, msgspec.Meta(ge=0, le=10)]
SkinFlag = Literal[
    "lasting_redness", "blister", "broken_skin", "swelling", "warmth", "colour", "discharge"
]

FLAG_WORDS: dict[SkinFlag, str] = {
    "lasting_redness": "redness that stays",
    "blister": "a blister",
    "broken_skin": "broken skin",
    "swelling": "swelling",
    "warmth": "a warm spot",
    "colour": "a change of colour",
    "discharge": "fluid from the skin",
}
"""How each flag of the skin check is named to a person."""


class DiaryEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the rule reads of one entry.

    Attributes
    ----------
    on : str
        Date.
    numbness : int or None
        0 to 10; None: not answered.
    skin : tuple of str or None
        What was seen; empty: looked and nothing seen; None: not answered.
    """

    on: Date
    numbness: Rating | None = None
    skin: tuple[SkinFlag, ...] | None = None


class DiaryVerdict(msgspec.Struct, frozen=True):
    """What follows from the diary.

    Attributes
    ----------
    blocked : bool
        No session until somebody of the care team was asked.
    share : bool
        Whether this is to be shown to the care team.
    sentences : tuple of str
        To show, in order.
    numbness : int or None
        The newest.
    median : float or None
        Of the days before; None: too few entries.
    n_before : int
        Entries in those days.
    skin : tuple of str
        Flags of the newest skin check.
    """

    blocked: bool
    share: bool
    sentences: tuple[str, ...]
    numbness: int | None = None
    median: float | None = None
    n_before: int = 0
    skin: tuple[SkinFlag, ...] = ()


def judge_diary(entries: Sequence[DiaryEntry], today: Date) -> DiaryVerdict:
    """Judge the newest answers of a diary; what was not answered is not a no.

    Parameters
    ----------
    entries : sequence of DiaryEntry
        In any order. Of several on one day the highest numbness and every flag count. Those of a
        later day than today are slips, and lift nothing.
    today : str
        Date, ISO 8601.

    Raises
    ------
    MessageError
        If a date does not exist.
    """
    until = day_number(today)
    entries = [entry for entry in entries if day_number(entry.on) <= until]
    skin = _newest_skin(entries)
    now, before = _numbness(entries)
    middle = float(median(before)) if len(before) >= LEAST_ENTRIES else None
    rose = now is not None and middle is not None and now - middle >= RISE
    blocked = rose or bool(skin)
    sentences = (*_of_skin(skin), *_of_numbness(now, middle, len(before)))
    return DiaryVerdict(blocked, blocked, sentences, now, middle, len(before), skin)


def _newest_skin(entries: Sequence[DiaryEntry]) -> tuple[SkinFlag, ...]:
    """Take the flags of the last day with a skin check: a check that was left out lifts no flag."""
    checks = [(day_number(entry.on), entry.skin) for entry in entries if entry.skin is not None]
    last = max((day for day, _ in checks), default=0)
    seen = {flag for day, skin in checks if day == last for flag in skin}
    return tuple(flag for flag in FLAG_WORDS if flag in seen)


def _numbness(entries: Sequence[DiaryEntry]) -> tuple[int | None, list[int]]:
    """Give the highest of the last day with an answer, and all of the seven days before."""
    rated = [(day_number(entry.on), entry.numbness) for entry in entries]
    answers = [(day, numbness) for day, numbness in rated if numbness is not None]
    last = max((day for day, _ in answers), default=0)
    now = max((numbness for day, numbness in answers if day == last), default=None)
    return now, [numbness for day, numbness in answers if last - DAYS_BEFORE <= day < last]


def _of_skin(skin: tuple[SkinFlag, ...]) -> tuple[str, ...]:
    if not skin:
        return ()
    seen = " and ".join(FLAG_WORDS[flag] for flag in skin)
    return (f"You noted {seen}. Keep off the mat, and show it to your care team.",)


def _of_numbness(now: int | None, middle: float | None, n_before: int) -> tuple[str, ...]:
    if now is None:
        return ("Your diary has no entry on numbness yet. There is nothing to compare.",)
    if middle is None:
        return (
            f"Entries on numbness in the seven days before: {n_before}. "
            f"{LEAST_ENTRIES} are needed, so nothing was compared.",
        )
    if now - middle < RISE:
        return ()
    return (
        f"Numbness went up by {now - middle:g} this week. "
        "Please tell your care team before the next session.",
    )
