"""What a comfort mapping found, and how it lowers the limits of a person until the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from core.class_limits import EXCLUDED
from core.dates import Date, month_later
from core.errors import MatError

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.profiles import Profile

LEAST_CAP_KPA = 20
"""A zone that is tender below this should rather not be pressed at all. Engineering default."""

Found = Annotated[int, msgspec.Meta(ge=0, le=1_000)]


class ComfortMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a person found it tender.

    Attributes
    ----------
    mapped_on : str
        Date.
    found_kpa : dict of str to int or None
        Estimated peak at the mark by zone, rounded down; None: not tender up to the warning. A
        zone that was never pressed is not in it.
    """

    mapped_on: Date
    found_kpa: dict[str, Found | None]

    @property
    def keep_off(self) -> tuple[str, ...]:
        """Zones that are proposed as class 3."""
        return tuple(zone for zone, kpa in self.tender_kpa.items() if kpa < LEAST_CAP_KPA)

    @property
    def tender_kpa(self) -> dict[str, int]:
        """Estimated peak of the zones that are tender."""
        return {zone: kpa for zone, kpa in self.found_kpa.items() if kpa is not None}


def with_comfort(profile: Profile, found: ComfortMap, declined: Collection[str] = ()) -> Profile:
    """Make the next version of a profile, with the personal caps of a mapping.

    A zone that was never pressed keeps its cap; one that is not tender loses it. What is proposed
    as class 3 becomes it, unless somebody declined that: then the lowest cap holds there.

    Parameters
    ----------
    profile : Profile
    found : ComfortMap
    declined : collection of str
        Zones of `found.keep_off` that keep their class.

    Raises
    ------
    MatError
        If a zone was declined that was not proposed.
    ProfileError
        If an edit passes the hard bounds.
    """
    stray = sorted(set(declined) - set(found.keep_off))
    if stray:
        raise MatError(f"nothing was proposed for {', '.join(stray)}")
    kept = {zone: kpa for zone, kpa in profile.caps_kpa.items() if zone not in found.found_kpa}
    bare = msgspec.structs.replace(profile, caps_kpa={})
    caps = {
        zone: float(min(max(kpa, LEAST_CAP_KPA), bare.row(zone).limit_kpa))
        for zone, kpa in found.tender_kpa.items()
    }
    off = {zone: EXCLUDED for zone in found.keep_off if zone not in declined}
    return msgspec.structs.replace(
        profile,
        version=profile.version + 1,
        caps_kpa={**kept, **caps},
        classes={**profile.classes, **off},
    )


def due_on(found: ComfortMap) -> str:
    """Date of the next mapping: a month later.

    Raises
    ------
    MessageError
        If the date of the mapping does not exist.
    """
    return month_later(found.mapped_on)


def is_due(found: ComfortMap | None, today: str) -> bool:
    """Whether a mapping is due: none was made, none of its zones was pressed, or a month is over.

    Raises
    ------
    MessageError
        If the date of the mapping does not exist.
    """
    return found is None or not found.found_kpa or today >= due_on(found)
