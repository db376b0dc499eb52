"""What a routine file may hold, and within which bounds. Fields as in docs/routines.md."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from core.errors import MatError

Action = Literal["stroke", "roll", "tap", "hold", "rest"]
Mode = Literal["seated", "standing"]
Foot = Literal["left", "right"]
Target = Literal[
    "toes", "ball", "arch", "heel",
    "mth1", "mth23", "mth45", "arch_med", "arch_lat", "heel_med", "heel_lat",
]  # fmt: skip
"""Parts of a foot, by the names that zones have."""

# Bounds that no routine passes, but a slip of the decimal point, nan and inf do.
Pressure = Annotated[float, msgspec.Meta(gt=0, le=400)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=1800)]
Hold = Annotated[float, msgspec.Meta(ge=1, le=60)]
Count = Annotated[int, msgspec.Meta(ge=1, le=200)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]

REST_S = 122.0
"""Both feet off for as long as this holds 120 whole seconds, which is what relieves a foot."""


class RoutineError(MatError, ValueError):
    """A routine that cannot be used; the message names file, line and reason."""


class StepSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[step]]`.

    Attributes
    ----------
    name, say : str
        Heading; what to do, `{where}` stands for the part of the body.
    standing_say : str or None
        What to do when standing, if that is said in another way.
    action : str
    longest_s : float
        After this it goes on with the next; of a hold for each point.
    targets : tuple of str
        Parts of the foot; none for a rest.
    feet : str
        `together`, or `in_turn`: first left, then right.
    repetitions : int or None
        Of each foot (stroke, roll), zone (tap) or point (hold); None for a rest.
    band_kpa, standing_band_kpa : tuple of float or None
        Estimated peak to aim at, lowest and highest; None: that of the class.
    comfort : tuple of float or None
        The same as a share of the zone's personal cap, or of its warning where it has none.
    hold_s : tuple of float
        How long a hold is, shortest and longest.
    rest_s : float
        How long both feet are off in a rest.
    traditional : tuple of str
        Names of reflex points as tradition has them; shown as such.
    modes : tuple of str
        Where the step is for sitting or for standing only.
    """

    name: Line
    say: Line
    action: Action
    longest_s: Seconds
    targets: tuple[Target, ...] = ()
    feet: Literal["together", "in_turn"] = "together"
    repetitions: Count | None = None
    band_kpa: tuple[Pressure, Pressure] | None = None
    standing_band_kpa: tuple[Pressure, Pressure] | None = None
    comfort: tuple[Share, Share] | None = None
    hold_s: tuple[Hold, Hold] = (5.0, 7.0)
    rest_s: Seconds = REST_S
    standing_say: Line | None = None
    traditional: tuple[Line, ...] = ()
    modes: tuple[Mode, ...] = ("seated", "standing")

    @property
    def whole_s(self) -> float:
        """The longest that the step takes two feet."""
        points = len(self.targets) if self.action == "hold" else 1
        return self.longest_s * points * (2 if self.feet == "in_turn" else 1)


class RoutineSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole TOML file, as written.

    Attributes
    ----------
    id, name, about : str
    step : tuple of StepSpec
    modes : tuple of str
    locked : bool
        Only for feet of class 0 throughout that a clinician has cleared.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]{1,32}\Z")]
    name: Line
    about: Line
    step: Annotated[tuple[StepSpec, ...], msgspec.Meta(min_length=1, max_length=40)]
    modes: Annotated[tuple[Mode, ...], msgspec.Meta(min_length=1)] = ("seated", "standing")
    locked: bool = False
