"""In force is only what the mat has confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from dashboard.profiles.holding import ADVICE, Facts, Kind, holding
from dashboard.store.people import Enrolment

if TYPE_CHECKING:
    from dashboard.messages import MatLink


@dataclass(frozen=True)
class Case:
    held: int | None
    newest: int | None
    link: MatLink | None
    problem: str | None
    kind: Kind
    words: str


@pytest.mark.parametrize(
    "case",
    [
        Case(8, 8, "online", None, "in_force", "confirmed version 8 on"),
        Case(8, 8, "offline", None, "in_force", "that was its last word"),
        Case(7, 8, "online", None, "sent", "confirmed version 7 before"),
        Case(None, 8, "online", None, "sent", "not known"),
        Case(None, 8, "unknown", None, "unreached", "Version 8 is saved here"),
        Case(7, 8, "offline", None, "unreached", "confirmed version 7"),
        Case(7, 8, "online", "no such zone", "refused", "It says: no such zone."),
        Case(None, 8, None, None, "elsewhere", "saved here"),
        Case(None, None, "online", None, "none", ""),
        Case(5, None, "online", None, "none", ""),
        Case(9, 8, "online", None, "sent", "confirmed version 9 before"),
    ],
)
def test_words(case: Case) -> None:
    enrolment = Enrolment("hall", "p", case.held, 1.8e9 if case.held else None)
    found = holding(Facts(enrolment, case.newest, case.link, case.problem))
    assert (found.kind, case.words in found.text) == (case.kind, True)
    assert bool(ADVICE[found.kind]) == (found.kind != "in_force")
