"""The questions before a session, the gravest first, and what a yes does.

The list is that of research/science.md section 8, rows 29 to 31; the classes are those of its
table 1.4. Every figure and every choice here is an engineering default.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core.class_limits import EXCLUDED, FRAGILE

Finest = Literal["person", "foot", "zone"]


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question.

    Attributes
    ----------
    id : str
        Never changes.
    ask : str
        The sentence to ask.
    about : str
        What a yes is about, within a sentence.
    where : str
        The finest place that a yes may name.
    say : str
        What to show after a yes; `{where}` is `left heel`, `{feet}` is `left foot`.
    to_class : int or None
        Class that the zones get, unless theirs is stricter. Class 3 blocks the foot.
    blocks_session : bool
        Whether there is no session, whatever anybody has cleared.
    needs_clearance : bool
        Whether there is no session until a clearance is recorded.
    seated_only : bool
    """

    id: str
    ask: str
    about: str
    where: Finest
    say: str
    to_class: int | None = None
    blocks_session: bool = False
    needs_clearance: bool = False
    seated_only: bool = False


_OFF = "Keep your {feet} off the mat today, and show it to your care team."

QUESTIONS: tuple[Question, ...] = (
    Question(
        id="blood_clot",
        ask="Do you have a blood clot in a leg, or could it be one?",
        about="a blood clot",
        where="person",
        say="Keep off the mat, and call a doctor today. Pressing near a clot can do harm.",
        blocks_session=True,
    ),
    Question(
        id="numbness_worse",
        ask="Are your feet more numb than at your last session?",
        about="numbness that became worse",
        where="person",
        say="Leave out this session, and tell your care team that your feet are more numb.",
        blocks_session=True,
    ),
    Question(
        id="ulcer_open",
        ask="Is there an open ulcer on your feet? Show where.",
        about="an open ulcer",
        where="zone",
        say="Open ulcer: {where}. " + _OFF,
        to_class=EXCLUDED,
        needs_clearance=True,
    ),
    Question(
        id="infection",
        ask="Is anything on your feet infected? Show where.",
        about="an infection",
        where="zone",
        say="Infected: {where}. " + _OFF,
        to_class=EXCLUDED,
    ),
    Question(
        id="broken_skin",
        ask="Is the skin of your feet broken anywhere? Show where.",
        about="broken skin",
        where="zone",
        say="Broken skin: {where}. " + _OFF,
        to_class=EXCLUDED,
    ),
    Question(
        id="inflamed",
        ask="Is a spot on your feet red and hot? Show where.",
        about="inflamed skin",
        where="zone",
        say="Inflamed: {where}. " + _OFF,
        to_class=EXCLUDED,
    ),
    Question(
        id="swollen",
        ask="Is a foot swollen? Show where.",
        about="swelling",
        where="zone",
        say="Swollen: {where}. " + _OFF,
        to_class=EXCLUDED,
    ),
    Question(
        id="sore",
        ask="Is a spot on your feet sore? Show where.",
        about="a sore spot",
        where="zone",
        say="Sore: {where}. " + _OFF,
        to_class=EXCLUDED,
    ),
    Question(
        id="ulcer_healed",
        ask="Did you have an ulcer on your feet that has healed? Show where.",
        about="a healed ulcer",
        where="zone",
        say="Healed ulcer: {where}. Press gently; your limit there is low.",
        to_class=FRAGILE,
        needs_clearance=True,
    ),
    Question(
        id="poor_circulation",
        ask="Has anyone told you that the blood flow in your feet is poor? Say which foot.",
        about="poor blood flow",
        where="foot",
        say="Poor blood flow: {where}. Press gently; your limit there is low.",
        to_class=FRAGILE,
        needs_clearance=True,
    ),
    Question(
        id="fragile_skin",
        ask="Is the skin of your feet thin or easily hurt anywhere? Show where.",
        about="fragile skin",
        where="zone",
        say="Fragile skin: {where}. Press gently; your limit there is low.",
        to_class=FRAGILE,
    ),
    Question(
        id="dizzy",
        ask="Do you get dizzy when you stand?",
        about="dizziness",
        where="person",
        say="Sit for this session. You could fall when you stand.",
        seated_only=True,
    ),
)
"""All of them; each must be answered before a session."""

BY_ID = {question.id: question for question in QUESTIONS}
"""By their ids."""
