"""Limits of people on a layout, worked out once, in the integers that rules compare."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.class_limits import EXCLUDED, EXCLUDED_KPA, FRAGILE, ClassLimits
from core.pressure import PressureScale, fits_poorly
from core.units import CN_PER_N, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from core.layout import MatLayout
    from core.profiles import Profile

CONTACT_KPA = 2.0
"""Zone mean from which a zone counts as in contact; off below half of it."""

SUSTAINED_KPA = 4.67
"""35 mmHg: zone mean from which a second counts as loaded (research/science.md 1.1)."""

OFF_CN = 2**40
"""A limit that no force reaches: the zone has no such rule."""

EXCLUDED_S = 0.5
"""How long contact on an excluded zone must last."""

STANDING_SHARE, STANDING_UNKNOWN_N = 0.45, 300.0
"""Total that is taken for standing: of body weight, or when that is unknown."""


@dataclass(frozen=True)
class ZoneLimits:
    """What holds on each zone, whoever it comes from.

    Attributes
    ----------
    scale : PressureScale
        Areas of the smallest foot of these people on this mat.
    rows : tuple of ClassLimits
        Of each zone.
    classes : ndarray of int64, shape (n_zones,)
        The highest class of these people.
    version : int
        The highest of their profiles.
    mode : str
        `standing` only if all of them may stand.
    standing_cn : int
        Total above which one of them stands, 0.01 N.
    weight_cn : int or None
        Body weight, 0.01 N; None if it is unknown, or whose it is.
    fit_poor : bool
        Whether the feet of one of them are much smaller than the mat is made for.
    """

    scale: PressureScale
    rows: tuple[ClassLimits, ...]
    classes: NDArray[np.int64]
    version: int
    mode: Literal["seated", "standing"]
    standing_cn: int
    weight_cn: int | None
    fit_poor: bool

    @cached_property
    def excluded(self) -> NDArray[np.bool_]:
        """Shape (n_zones,): which must not be touched."""
        return np.asarray(self.classes == EXCLUDED)

    @cached_property
    def fragile(self) -> bool:
        """Whether any zone must not be stood on."""
        return bool((self.classes >= FRAGILE).any())

    def kpa(self, name: str) -> NDArray[np.float64]:
        """Shape (n_zones,): a limit of each zone by name, e.g. `warning`; inf where there is none.

        `excluded_contact` has one on excluded zones only, the others everywhere else.
        """
        if name == "excluded_contact":
            return np.where(self.excluded, EXCLUDED_KPA, math.inf)
        return np.array([getattr(row, f"{name}_kpa") for row in self.rows], float)

    def shown_kpa(self, name: str) -> NDArray[np.float64]:
        """Shape (n_zones,): a limit as pages show it: of an excluded zone, where contact begins."""
        return np.where(self.excluded, EXCLUDED_KPA, self.kpa(name))

    def cn(self, name: str) -> NDArray[np.int64]:
        """Shape (n_zones,): a limit as a force of the zone, 0.01 N; `OFF_CN`: none."""
        return self._peak_cn(self.kpa(name))

    def shown_cn(self, name: str) -> NDArray[np.int64]:
        """Shape (n_zones,): `shown_kpa` as a force of the zone, 0.01 N."""
        return self._peak_cn(self.shown_kpa(name))

    def persistence_us(self, name: str) -> NDArray[np.int64]:
        """Shape (n_zones,): how long a limit must be reached, microseconds."""
        fixed = {"advisory": 0.0, "excluded_contact": EXCLUDED_S}
        seconds = [fixed.get(name, getattr(row, f"{name}_s", 0.0)) for row in self.rows]
        return np.array([0 if s == math.inf else round(s * US_PER_S) for s in seconds], np.int64)

    @cached_property
    def contact_cn(self) -> NDArray[np.int64]:
        """Shape (n_zones,): force from which a zone is in contact, 0.01 N."""
        return np.ceil(CONTACT_KPA * self.scale.area_cm2 * 10.0).astype(np.int64)

    @cached_property
    def sustained_cn(self) -> NDArray[np.int64]:
        """Shape (n_zones,): force from which a second counts as loaded, 0.01 N."""
        return np.floor(SUSTAINED_KPA * self.scale.area_cm2 * 10.0).astype(np.int64)

    def _peak_cn(self, kpa: NDArray[np.float64]) -> NDArray[np.int64]:
        there = np.isfinite(kpa)
        return np.where(there, self.scale.peak_cn(np.where(there, kpa, 0.0)), OFF_CN)


def limits_for(layout: MatLayout, *profiles: Profile) -> ZoneLimits:
    """Work out what holds on a layout: of several profiles the strictest figure each.

    Raises
    ------
    ProfileError
        If a profile belongs to another mat, or passes the hard bounds.
    """
    for profile in profiles:
        profile.check(layout.zone_ids)
    return ZoneLimits(
        scale=min(_scales(layout, profiles), key=lambda scale: float(scale.area_cm2.sum())),
        rows=tuple(_strictest(zone, profiles) for zone in layout.zone_ids),
        classes=np.array([max(p.class_of(z) for p in profiles) for z in layout.zone_ids], np.int64),
        version=max(profile.version for profile in profiles),
        mode="standing" if all(p.mode == "standing" for p in profiles) else "seated",
        standing_cn=min(_standing_cn(profile) for profile in profiles),
        weight_cn=_weight_cn(profiles[0]) if len(profiles) == 1 else None,
        fit_poor=any(fits_poorly(layout, profile.foot_mm) for profile in profiles),
    )


def _scales(layout: MatLayout, profiles: Sequence[Profile]) -> list[PressureScale]:
    return [PressureScale.of(layout, profile.foot_mm) for profile in profiles]


def _strictest(zone: str, profiles: Sequence[Profile]) -> ClassLimits:
    """Row of a zone; excluded by one, it is excluded for all, whose other limits then go unused."""
    rows = [profile.row(zone) for profile in profiles]
    excluded = [row for row in rows if row.limit_kpa == math.inf]
    return excluded[0] if excluded else reduce(ClassLimits.stricter, rows)


def _standing_cn(profile: Profile) -> int:
    weight_n = profile.weight_n
    share_n = STANDING_UNKNOWN_N if weight_n is None else STANDING_SHARE * weight_n
    return math.floor(share_n * CN_PER_N)


def _weight_cn(profile: Profile) -> int | None:
    return None if profile.weight_n is None else math.floor(profile.weight_n * CN_PER_N)
