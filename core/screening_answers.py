"""What was answered before a session, where it holds, and what was cleared of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from core.clearance import Clearance, Place, lies_in, of_question, uncovered
from core.errors import MessageError
from core.layout import FEET
from core.screening_questions import BY_ID, QUESTIONS, Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.layout import MatLayout
    from core.layout_spec import ZoneSpec


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was answered to one question.

    Attributes
    ----------
    yes : bool
    where : tuple of str
        Zones, or `left` or `right`; empty: everywhere.
    """

    yes: bool
    where: tuple[Place, ...] = ()


class ClearanceNeeded(msgspec.Struct, frozen=True):
    """A clearance that is not there, or no longer.

    Attributes
    ----------
    question : str
    zones : tuple of str
        That it must cover.
    ended_on : str or None
        Last day of the newest that is past.
    """

    question: str
    zones: tuple[str, ...]
    ended_on: str | None = None


class Yes(NamedTuple):
    """A yes, where it holds, and what was cleared of it.

    Attributes
    ----------
    question : Question
    zones : tuple of ZoneSpec
    holding, ended : tuple of Clearance
        That hold today, and that are past; the one that ends last first.
    """

    question: Question
    zones: tuple[ZoneSpec, ...]
    holding: tuple[Clearance, ...]
    ended: tuple[Clearance, ...]

    @property
    def needed(self) -> ClearanceNeeded | None:
        """The clearance that is still needed; None: none, or all places are cleared."""
        zones = uncovered(self.zones, self.holding)
        if not self.question.needs_clearance or not zones:
            return None
        ended_on = self.ended[0].expires_on if self.ended else None
        return ClearanceNeeded(self.question.id, zones, ended_on)

    @property
    def blocks(self) -> bool:
        """Whether there is no session because of it."""
        return self.question.blocks_session or self.needed is not None


def yeses(
    answers: Mapping[str, Answer], clearances: Iterable[Clearance], today: str, layout: MatLayout
) -> tuple[Yes, ...]:
    """Take each yes, the gravest first.

    Raises
    ------
    MessageError
        If a question or a place is unknown, a place does not suit its question, or a no names one.
    """
    for question, answer in answers.items():
        _check(question, answer, layout)
    given = tuple(clearances)
    asked = [q for q in QUESTIONS if q.id in answers and answers[q.id].yes]
    return tuple(_yes(q, answers[q.id], given, today, layout) for q in asked)


def unanswered(answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """List the questions that have no answer."""
    return tuple(question.id for question in QUESTIONS if question.id not in answers)


def _check(question: str, answer: Answer, layout: MatLayout) -> None:
    if question not in BY_ID:
        raise MessageError(f"no question {question!r}; there are {', '.join(BY_ID)}")
    if answer.where and not answer.yes:
        raise MessageError(f"{question}: a no that names {', '.join(answer.where)}")
    finest = BY_ID[question].where
    places = {"person": (), "foot": FEET, "zone": (*FEET, *layout.zone_ids)}[finest]
    for place in answer.where:
        if place not in places:
            raise MessageError(f"{question}: no place {place!r}; there are {list(places)}")


def _yes(
    question: Question,
    answer: Answer,
    clearances: tuple[Clearance, ...],
    today: str,
    layout: MatLayout,
) -> Yes:
    zones = tuple(zone for zone in layout.spec.zone if lies_in(zone, answer.where))
    own = of_question(clearances, question.id)
    return Yes(
        question,
        zones,
        tuple(each for each in own if each.holds_on(today)),
        tuple(each for each in own if each.expires_on < today),
    )
