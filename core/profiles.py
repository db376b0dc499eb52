"""Whose limits hold: classes of skin and sensation, and what they mean for each zone.

The figures are engineering defaults from DESIGN section 6; none is clinically validated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np

from core.pressure import PressureScale
from core.units import US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout

UNSET_CLASS = 1
"""Class of a zone for which nothing was ever set: reduced sensation."""

CONTACT_KPA = 2.0
"""Zone mean from which a zone counts as in contact; off below half of it."""

Length = Annotated[float, msgspec.Meta(gt=50, lt=400)]


@dataclass(frozen=True)
class ClassLimits:
    """One row of the table: estimated peak in kPa, and for how long."""

    warning_kpa: float
    warning_s: float
    limit_kpa: float
    limit_s: float
    ceiling_kpa: float


CLASS_LIMITS = {1: ClassLimits(150.0, 2.0, 200.0, 1.0, 400.0)}
"""Limits by class of skin and sensation."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the mat knows of the person on it. Versions only rise.

    Attributes
    ----------
    version : int
    mode : str
        `seated` or `standing`; decides how an alarm is worded.
    foot_mm : tuple of float or None
        Length and width of the foot; None when unknown.
    """

    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    mode: Literal["seated", "standing"] = "seated"
    foot_mm: tuple[Length, Length] | None = None


@dataclass(frozen=True)
class ZoneLimits:
    """The limits of a profile on a layout, in the integers that rules compare.

    Attributes
    ----------
    scale : PressureScale
        Areas of this person on this mat.
    """

    scale: PressureScale

    @cached_property
    def rows(self) -> tuple[ClassLimits, ...]:
        """The row of the table that holds for each zone."""
        return tuple(CLASS_LIMITS[UNSET_CLASS] for _ in self.scale.area_cm2)

    def kpa(self, name: str) -> NDArray[np.float64]:
        """Shape (n_zones,): a limit of each zone by name, e.g. `warning`, kPa."""
        return np.array([getattr(row, f"{name}_kpa") for row in self.rows], float)

    def cn(self, name: str) -> NDArray[np.int64]:
        """Shape (n_zones,): the same limit as a force of the zone, 0.01 N."""
        return self.scale.peak_cn(self.kpa(name))

    def persistence_us(self, name: str) -> NDArray[np.int64]:
        """Shape (n_zones,): how long it must hold, microseconds."""
        seconds = [getattr(row, f"{name}_s") for row in self.rows]
        return np.array([round(s * US_PER_S) for s in seconds], np.int64)

    @cached_property
    def contact_cn(self) -> NDArray[np.int64]:
        """Shape (n_zones,): force from which a zone is in contact, 0.01 N."""
        return np.ceil(CONTACT_KPA * self.scale.area_cm2 * 10.0).astype(np.int64)


def limits_for(layout: MatLayout, profile: Profile) -> ZoneLimits:
    """Work out the limits of a profile on a layout, once."""
    return ZoneLimits(PressureScale.of(layout, profile.foot_mm))
