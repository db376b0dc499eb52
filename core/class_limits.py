"""What each class of skin and sensation may bear, and the bounds that nobody may pass.

| class | who                                                              |
|-------|------------------------------------------------------------------|
| 0     | intact skin and sensation                                        |
| 1     | reduced sensation; also where nothing was ever set               |
| 2     | fragile skin, healed ulcer, poor circulation: seated only        |
| 3     | excluded: no contact at all                                      |

The figures are engineering defaults from DESIGN section 6; none is clinically validated.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf

from core.errors import ProfileError

FRAGILE, EXCLUDED = 2, 3
"""Classes that other rules ask for."""

UNSET_CLASS = 1
"""Class of a zone for which nothing was ever set: reduced sensation."""

EXCLUDED_KPA = 4.67
"""35 mmHg: estimated peak that is contact on an excluded zone (research/science.md 1.1)."""


@dataclass(frozen=True)
class ClassLimits:
    """One row of the table: estimated peak in kPa, and for how long in seconds."""

    advisory_kpa: float
    warning_kpa: float
    warning_s: float
    limit_kpa: float
    limit_s: float
    ceiling_kpa: float

    def stricter(self, other: ClassLimits) -> ClassLimits:
        """Take the smaller of each figure."""
        return ClassLimits(*(min(pair) for pair in zip(_row(self), _row(other), strict=True)))

    def scaled(self, factor: float) -> ClassLimits:
        """Scale the pressures and keep the times."""
        return ClassLimits(*(
            value * (factor if name.endswith("_kpa") else 1.0)
            for name, value in zip(FIGURES, _row(self), strict=True)
        ))  # fmt: skip


FIGURES = tuple(field.name for field in fields(ClassLimits))
"""Names of the figures of a row."""

CLASS_LIMITS = {
    0: ClassLimits(150.0, 200.0, 5.0, 400.0, 0.5, 600.0),
    1: ClassLimits(100.0, 150.0, 2.0, 200.0, 1.0, 400.0),
    2: ClassLimits(50.0, 75.0, 1.0, 100.0, 0.5, 200.0),
    EXCLUDED: ClassLimits(inf, inf, inf, inf, inf, inf),
}
"""Limits by class. An excluded zone has a rule of its own, which any contact breaks."""

HARD_BOUNDS = ClassLimits(150.0, 250.0, 5.0, 400.0, 0.5, 600.0)
"""What no edit may pass, whoever asks: the times are those of class 0."""

_CAP_ROW = CLASS_LIMITS[UNSET_CLASS]


def capped(row: ClassLimits, cap_kpa: float) -> ClassLimits:
    """Lower a row to what a person found tender.

    The cap takes the place of the limit of class 1; the other pressures keep their distance.
    """
    return row.stricter(_CAP_ROW.scaled(cap_kpa / _CAP_ROW.limit_kpa))


def check_edit(row: ClassLimits) -> None:
    """Refuse an edited row beyond the hard bounds, or in no order.

    Raises
    ------
    ProfileError
        With the figure and its bound.
    """
    for name, value, bound in zip(FIGURES, _row(row), _row(HARD_BOUNDS), strict=True):
        if value > bound:
            raise ProfileError(f"{name} {value:g} is above {bound:g}, the most that anyone may set")
    rising = (row.advisory_kpa, row.warning_kpa, row.limit_kpa, row.ceiling_kpa)
    if list(rising) != sorted(rising):
        shown = ", ".join(f"{value:g}" for value in rising)
        raise ProfileError(f"advisory, warning, limit and ceiling must rise: {shown} kPa do not")


def _row(limits: ClassLimits) -> tuple[float, ...]:
    return tuple(getattr(limits, name) for name in FIGURES)
