"""What the mat knows of the people on it, and whose limits hold.

A profile is versioned and comes from outside; the bounds of `core.class_limits` hold whatever
arrives. Until a person is chosen, the strictest of all who are enrolled holds on each zone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from core.class_limits import (
    CLASS_LIMITS,
    EXCLUDED,
    EXCLUDED_KPA,
    HARD_BOUNDS,
    capped,
    check_edit,
)
from core.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.class_limits import ClassLimits

Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""What a packed message has room for."""

Length = Annotated[float, msgspec.Meta(gt=50, lt=400)]
Pressure = Annotated[float, msgspec.Meta(ge=EXCLUDED_KPA, le=1_000)]
"""Less is contact: a limit below would never let an alarm clear."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=60)]
Mass = Annotated[float, msgspec.Meta(ge=20, le=400)]
Class = Annotated[int, msgspec.Meta(ge=0, le=3)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class LimitEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Limits of one zone that a clinician has set; what is left out stays as the class has it.

    Attributes
    ----------
    who, when, why : str
        Name, date (ISO 8601) and reason; none may be empty.
    """

    who: Words
    when: Words
    why: Words
    advisory_kpa: Pressure | None = None
    warning_kpa: Pressure | None = None
    warning_s: Seconds | None = None
    limit_kpa: Pressure | None = None
    limit_s: Seconds | None = None
    ceiling_kpa: Pressure | None = None

    def on(self, row: ClassLimits) -> ClassLimits:
        """Put the edit over the row of a class.

        Raises
        ------
        ProfileError
            If the result passes the hard bounds, or its pressures do not rise.
        """
        row = replace(
            row,
            warning_s=min(row.warning_s, HARD_BOUNDS.warning_s),
            limit_s=min(row.limit_s, HARD_BOUNDS.limit_s),
        )
        figures = {name: getattr(self, name) for name in HARD_BOUNDS.__dataclass_fields__}
        edited = replace(row, **{k: value for k, value in figures.items() if value is not None})
        check_edit(edited)
        return edited


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the mat knows of one person. Versions only rise.

    Attributes
    ----------
    version : int
    mode : str
        `seated` or `standing`; decides what is allowed and how an alarm is worded.
    foot_mm : tuple of float or None
        Length and width of the foot; None when unknown.
    body_mass_kg : float or None
    classes : dict of str to int
        Class of skin and sensation of each zone.
    unset_class : int
        Class of the zones that `classes` leaves out.
    edits : dict of str to LimitEdit
        Zones whose limits a clinician has set.
    caps_kpa : dict of str to float
        Estimated peak that the person found tender, by zone: lowers the limits there.
    """

    version: Version = 1
    mode: Literal["seated", "standing"] = "seated"
    foot_mm: tuple[Length, Length] | None = None
    body_mass_kg: Mass | None = None
    classes: dict[str, Class] = {}
    unset_class: Class = 1
    edits: dict[str, LimitEdit] = {}
    caps_kpa: dict[str, Pressure] = {}

    @property
    def weight_n(self) -> float | None:
        """Body weight, newtons; None when unknown."""
        # Here: the dashboard reads profiles, and numpy is loaded only where frames are.
        from core.units import NEWTON_PER_KGF  # noqa: PLC0415

        return None if self.body_mass_kg is None else self.body_mass_kg * NEWTON_PER_KGF

    def class_of(self, zone: str) -> int:
        """Class of a zone."""
        return self.classes.get(zone, self.unset_class)

    def row(self, zone: str) -> ClassLimits:
        """Limits of a zone: those of its class, as edited, not above the personal cap.

        Raises
        ------
        ProfileError
            If an edit passes the hard bounds.
        """
        chosen = self.class_of(zone)
        row = CLASS_LIMITS[chosen]
        if chosen == EXCLUDED:
            return row
        try:
            row = self.edits[zone].on(row) if zone in self.edits else row
        except ProfileError as error:
            raise ProfileError(f"zone {zone}: {error}") from None
        return capped(row, self.caps_kpa[zone]) if zone in self.caps_kpa else row

    def check(self, zone_ids: Collection[str]) -> None:
        """Refuse a profile of another mat, whose words on a zone would be lost, or a wrong edit.

        Raises
        ------
        ProfileError
            If it names a zone that is not there, or an edit passes the hard bounds or does not
            rise on the class of its zone.
        """
        named = {*self.classes, *self.edits, *self.caps_kpa}
        unknown = sorted(named - set(zone_ids))
        if unknown:
            raise ProfileError(
                f"the profile names {', '.join(unknown)}, which this mat does not have; "
                f"it has {', '.join(zone_ids)}"
            )
        for zone in self.edits:
            self.row(zone)


MISSING = Profile(unset_class=2)
"""Holds on a mat that has had a profile and has none: class 2 everywhere."""


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is enrolled on a mat, and who of them is on it.

    Attributes
    ----------
    profiles : dict of str to Profile
        By the person's id.
    chosen : str or None
        Who is on the mat; None: nobody knows, or not one of them.
    had_one : bool
        Whether this mat has ever had a profile.
    removed : dict of str to int
        The last version of who is enrolled no more, by id, the oldest first.
    """

    profiles: dict[str, Profile] = {}
    chosen: str | None = None
    had_one: bool = False
    removed: dict[str, Version] = {}

    @property
    def person(self) -> str | None:
        """Id of who is on the mat, if it is somebody enrolled."""
        return self.chosen if self.chosen in self.profiles else None

    @property
    def missing(self) -> bool:
        """Whether there ought to be a profile and is none."""
        return self.had_one and not self.profiles

    @property
    def in_force(self) -> tuple[Profile, ...]:
        """Profiles whose strictest figures hold; at least one."""
        if self.missing:
            return (MISSING,)
        if self.person is not None:
            return (self.profiles[self.person],)
        return tuple(self.profiles.values()) or (Profile(),)
