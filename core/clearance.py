"""What a doctor or foot clinic has cleared: for what, where, by whom, from when until when.

A clearance opens the gate of its question for a while. It never makes a class less strict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from core.certificate import expired
from core.dates import Date, day_number
from core.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from core.layout_spec import ZoneSpec

LONGEST_DAYS = 366
"""A clearance for longer is none: feet change. Engineering default."""

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Place = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
"""A zone id, or `left` or `right` for a whole foot."""


class Clearance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recorded clearance.

    Attributes
    ----------
    question : str
        Id of the question whose yes was cleared.
    who, role : str
        Of whoever cleared it; neither may be empty.
    given_on, expires_on : str
        First and last day on which it holds; at most `LONGEST_DAYS` apart.
    where : tuple of str
        Zones or feet; empty: wherever it is.

    Raises
    ------
    MessageError
        If a date does not exist, or the two are in no order or too far apart.
    """

    question: str
    who: Words
    role: Words
    given_on: Date
    expires_on: Date
    where: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        days = day_number(self.expires_on) - day_number(self.given_on)
        if not 0 <= days <= LONGEST_DAYS:
            raise MessageError(
                f"a clearance from {self.given_on} until {self.expires_on}: it must end "
                f"0 to {LONGEST_DAYS} days after it was given"
            )

    def holds_on(self, today: str) -> bool:
        """Whether it has begun and is not past; its last day counts."""
        return self.given_on <= today and not expired(self.expires_on, today)


def lies_in(zone: ZoneSpec, where: Collection[str]) -> bool:
    """Whether a zone is one of some places; no place at all is everywhere."""
    return not where or zone.id in where or zone.foot in where


def of_question(clearances: Iterable[Clearance], question: str) -> list[Clearance]:
    """Take those of one question, the one that ends last first."""
    own = [each for each in clearances if each.question == question]
    return sorted(own, key=lambda each: each.expires_on, reverse=True)


def uncovered(zones: Iterable[ZoneSpec], holding: Sequence[Clearance]) -> tuple[str, ...]:
    """List the zones that none of the clearances covers."""
    return tuple(z.id for z in zones if not any(lies_in(z, each.where) for each in holding))
