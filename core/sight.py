"""What the coach sees in one frame, and what it says of the pressure on what a step aims at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.frames import ZoneStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.coach_state import Verdict
    from core.routine_plan import Aim

_CONTACT, _UNKNOWN = int(ZoneStatus.CONTACT), int(ZoneStatus.UNKNOWN)

_OF_A_FOOT: tuple[Verdict, ...] = ("too_hard", "unknown", "right", "too_light", "no_contact")
"""A foot is what comes first here of its zones: one in the band will do, unless one is above."""

_OF_BOTH: tuple[Verdict, ...] = ("too_hard", "unknown", "no_contact", "too_light", "right")
"""Both feet are what comes first here: each must be in its band."""


class Sight(NamedTuple):
    """One frame.

    Attributes
    ----------
    t_us : int
    frame_us : int
        Time since the frame before; 0 at the first one and after a gap, which counts for nothing.
    value_cn, status : sequence of int
        Of each zone of the mat, as in `Update`.
    """

    t_us: int
    frame_us: int
    value_cn: Sequence[int]
    status: Sequence[int]

    def is_unknown(self, aim: Aim) -> bool:
        """Whether nobody knows what a zone bears."""
        return bool(self.status[aim.index] & _UNKNOWN)

    def is_loose(self, aim: Aim) -> bool:
        """Whether a zone was let go: below 80 % of the lower end of its band, or unknown."""
        return self.is_unknown(aim) or 5 * self.value_cn[aim.index] < 4 * aim.low_cn

    def is_empty(self) -> bool:
        """Whether no zone is in contact, for certain."""
        touched = _CONTACT | _UNKNOWN
        return not any(bits & touched for bits in self.status)

    def zone(self, aim: Aim) -> Verdict:
        """Judge one zone by its band. Without contact it is never 0 kPa that is right or light."""
        bits, value_cn = self.status[aim.index], self.value_cn[aim.index]
        if bits & _UNKNOWN:
            return "unknown"
        if value_cn > aim.top_cn:
            return "too_hard"
        if value_cn >= aim.low_cn:
            return "right"
        return "too_light" if bits & _CONTACT else "no_contact"

    def feet(self, feet: Iterable[Iterable[Aim]]) -> Verdict:
        """Judge what a step aims at, foot by foot."""
        found = {_first(_OF_A_FOOT, {self.zone(aim) for aim in aims}) for aims in feet}
        return _first(_OF_BOTH, found)


def by_foot(aims: Iterable[Aim]) -> tuple[tuple[Aim, ...], ...]:
    """Sort what is aimed at by foot, left first."""
    sides = {foot: tuple(aim for aim in aims if aim.foot == foot) for foot in ("left", "right")}
    return tuple(side for side in sides.values() if side)


def _first(order: Iterable[Verdict], found: set[Verdict]) -> Verdict:
    return next(each for each in order if each in found)
