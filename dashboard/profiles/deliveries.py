"""Which profile is to be sent next: pure, told the time.

A profile that is sent once more changes nothing on a mat that has it, and its answer says that the
card has it. So what is not known to be there is simply sent again, now and then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIRST_GAP_S, LONGEST_GAP_S = 10.0, 300.0
"""Between two attempts at the same version: doubled each time. A mat takes 6 changes a minute."""


class Errand(NamedTuple):
    """A version of somebody's profile, for one start of the mat: another start is asked anew."""

    person: str
    version: int
    boot_id: str


@dataclass
class _Attempt:
    errand: Errand
    at_s: float
    gap_s: float
    is_held: bool = False
    problem: str | None = None


class Deliveries:
    """What was sent to one mat, and what became of it."""

    def __init__(self) -> None:
        self._attempts: dict[str, _Attempt] = {}

    def due(self, newest: Mapping[str, int], boot_id: str, now_s: float) -> Errand | None:
        """Choose what to send now; None: nothing.

        Parameters
        ----------
        newest : mapping of str to int
            Newest version of everybody who uses the mat.
        boot_id : str
            Of the mat.
        now_s : float
            Monotonic.
        """
        errands = (Errand(person, version, boot_id) for person, version in newest.items())
        waiting = [(self._due_s(errand), errand) for errand in errands]
        due_s, errand = min(waiting, default=(float("inf"), None))
        return errand if due_s <= now_s else None

    def begin(self, errand: Errand, now_s: float) -> None:
        """Note that something is sent."""
        before = self._same(errand)
        gap_s = min(2 * before.gap_s, LONGEST_GAP_S) if before else FIRST_GAP_S
        problem = before.problem if before else None
        self._attempts[errand.person] = _Attempt(errand, now_s, gap_s, problem=problem)

    def end(self, errand: Errand, *, is_held: bool, problem: str | None = None) -> None:
        """Note what the mat answered; an answer about an older version says nothing."""
        attempt = self._same(errand)
        if attempt:
            attempt.is_held, attempt.problem = is_held, problem

    def doubt(self, people: Iterable[str]) -> None:
        """Let the profiles of some people be sent again, as soon as their turn comes."""
        for person in people:
            if person in self._attempts:
                self._attempts[person].is_held = False

    def problem(self, person: str, version: int) -> str | None:
        """Tell why the mat refused a version, in its words; None: it has not."""
        attempt = self._attempts.get(person)
        return attempt.problem if attempt and attempt.errand.version == version else None

    def _same(self, errand: Errand) -> _Attempt | None:
        attempt = self._attempts.get(errand.person)
        return attempt if attempt and attempt.errand == errand else None

    def _due_s(self, errand: Errand) -> float:
        attempt = self._same(errand)
        if attempt is None:
            return float("-inf")
        return float("inf") if attempt.is_held else attempt.at_s + attempt.gap_s
