"""What a routine has become for one person on one mat: steps to coach, and sentences."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.routine_spec import Action, Foot, Line, Mode  # noqa: TC001 - read at run time by msgspec

_DAY = r"^\d{4}-\d{2}-\d{2}"


class Clearance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clinician's word that a locked routine may be done: name, and date (ISO 8601)."""

    who: Line
    when: Annotated[str, msgspec.Meta(pattern=_DAY, max_length=40)]


class Variant(msgspec.Struct, frozen=True):
    """For whom, and how.

    Attributes
    ----------
    mode : str
    feet : tuple of str
    rate_hz : float
        Frames a second that the mat delivers.
    caps_kpa : dict of str to float
        Personal caps by zone, as in the profile.
    cleared : Clearance or None
    """

    mode: Mode = "seated"
    feet: tuple[Foot, ...] = ("left", "right")
    rate_hz: float = 80.0
    caps_kpa: dict[str, float] = {}
    cleared: Clearance | None = None


class Aim(msgspec.Struct, frozen=True):
    """A zone that a step aims at, and its band.

    Attributes
    ----------
    index : int
        Of the zone on the mat.
    zone, foot : str
    y_mm : int
        How far towards the toes its force acts, mat frame.
    low_kpa, top_kpa : float
        Estimated peak.
    low_cn, top_cn : int
        The same as forces of the zone, 0.01 N; these are compared.
    """

    index: int
    zone: str
    foot: Foot
    y_mm: int
    low_kpa: float
    top_kpa: float
    low_cn: int
    top_cn: int


class PlanStep(msgspec.Struct, frozen=True):
    """One step as it will be coached: one point of a hold, or all zones of another action.

    Attributes
    ----------
    name, action, say : str
    aims : tuple of Aim
        None in a rest.
    repetitions : int
        Of each foot (stroke, roll), zone (tap) or of the point (hold); 1 for a rest.
    hold_us : tuple of int
        Shortest and longest hold.
    rest_us, longest_us : int
    traditional : tuple of str
    """

    name: str
    action: Action
    say: str
    aims: tuple[Aim, ...]
    repetitions: int
    hold_us: tuple[int, int]
    rest_us: int
    longest_us: int
    traditional: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A routine that can be coached.

    Attributes
    ----------
    routine, name, mode : str
    feet : tuple of str
        Those that take part.
    steps : tuple of PlanStep
    notes : tuple of str
        Sentences for the person: what was left out, and why.
    stretch_us : int
        A rest that is planned begins after so long at the latest, also when alarms have paused.
    """

    routine: str
    name: str
    mode: Mode
    feet: tuple[Foot, ...]
    steps: tuple[PlanStep, ...]
    notes: tuple[str, ...]
    stretch_us: int

    @property
    def longest_us(self) -> int:
        """Length if every step takes its longest time."""
        return sum(step.longest_us for step in self.steps)


class PlanRefused(msgspec.Struct, frozen=True):
    """A routine that this person cannot do now, and why in a sentence."""

    routine: str
    reason: str
