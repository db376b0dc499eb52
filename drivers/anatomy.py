"""How the load of a standing foot spreads over the zones of any layout.

Shares after research/science.md sections 1.3 and 2.1 (Cavanagh's split over the areas of the mean
foot); the medial arch of a normal foot does not touch the ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.layout import FEET, to_foot_fraction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout
    from core.layout_spec import ZoneSpec

HEEL, MIDFOOT, BALL, TOES = "heel", "midfoot", "ball", "toes"

LOAD_SHARE = {HEEL: 0.56, MIDFOOT: 0.08, BALL: 0.30, TOES: 0.06}
"""Of a foot's load in quiet standing."""

TILT = {HEEL: -0.8, MIDFOOT: 0.0, BALL: 1.3, TOES: 1.3}
"""Relative change of a region's load when the body sways forward by one unit."""

_WORDS = {
    HEEL: ("heel",),
    MIDFOOT: ("arch", "midfoot"),
    BALL: ("ball", "mth", "metatars"),
    TOES: ("toe", "hallux"),
}
_BEGINS_AT = {TOES: 0.82, BALL: 0.60, MIDFOOT: 0.29}


@dataclass(frozen=True)
class Spread:
    """Standing load by zone.

    Attributes
    ----------
    share : ndarray of float64, shape (n_zones,)
        Of the foot's load; the zones of each foot sum to 1.
    forward : ndarray of float64, shape (n_zones,)
        Relative gain for one unit of sway towards the toes.
    outward : ndarray of float64, shape (n_zones,)
        Relative gain for one unit of sway towards the little toe.
    """

    share: NDArray[np.float64]
    forward: NDArray[np.float64]
    outward: NDArray[np.float64]


def spread_of(layout: MatLayout) -> Spread:
    """Spread the load over the zones that a layout has under each foot."""
    places = _places(layout)
    regions = [region_of(z, y) for z, (_, y) in zip(layout.spec.zone, places, strict=True)]
    area_cm2 = np.where(_hollow(layout, regions, places[:, 0]), 0.0, layout.area_cm2)
    share = np.zeros(len(regions))
    for foot in FEET:
        of_foot = layout.is_right == (foot == "right")
        for region, load in LOAD_SHARE.items():
            here = of_foot & np.array([r == region for r in regions])
            if area_cm2[here].sum() > 0:
                share[here] = load * area_cm2[here] / area_cm2[here].sum()
        # A layout without some region: the others carry its load.
        share[of_foot] /= share[of_foot].sum() or 1.0
    forward = np.array([TILT[region] for region in regions])
    return Spread(share, forward, 2.0 * places[:, 0] - 1.0)


def region_of(zone: ZoneSpec, y: float) -> str:
    """Region of a zone, by its words, else by where it is.

    Parameters
    ----------
    zone : ZoneSpec
        Its id, anatomy and name are searched, in this order.
    y : float
        Foot fraction: 0 heel, 1 toe tip.
    """
    for text in (zone.id, zone.anatomy.lower(), zone.name.lower()):
        for region, words in _WORDS.items():
            if any(word in text for word in words):
                return region
    return next((region for region, begin in _BEGINS_AT.items() if y >= begin), HEEL)


def _places(layout: MatLayout) -> NDArray[np.float64]:
    """Foot fractions (x, y) where each zone's force acts, shape (n_zones, 2), within the foot."""
    spec = layout.spec
    at = zip(spec.zone, layout.at_mm.tolist(), strict=True)
    fractions = [to_foot_fraction(z.foot, (x, y), spec.foot_mm) for z, (x, y) in at]
    return np.array(fractions).clip(0.0, 1.0)


def _hollow(layout: MatLayout, regions: list[str], x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which zones are a medial arch beside a lateral one."""
    midfoot = np.array([region == MIDFOOT for region in regions])
    hollow = np.zeros(len(regions), bool)
    for right in (False, True):
        here = midfoot & (layout.is_right == right)
        if (x[here] >= 0.5).any():
            hollow |= here & (x < 0.5)
    return hollow
