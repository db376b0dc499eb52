"""Force of a zone to pressure: its mean, and an estimate of the local peak under it.

A load cell knows the mean over its plate. The peak is *estimated* as
force / (area x contact fraction) x peak ratio (`research` in DESIGN section 2); the ratio was
measured on walking adults and is good to about a third, so two digits are shown, no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.units import kpa_per_n

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout

UNKNOWN_FOOT_MM = (230.0, 87.0)
"""Length and width assumed for a foot of unknown size: a small one, which warns earlier."""


FIT_SHARE = 0.7
"""Length times width of a foot, over that of the layout's, below which the plates do not fit it."""


def fits_poorly(layout: MatLayout, foot_mm: tuple[float, float] | None) -> bool:
    """Whether a foot is known to be much smaller than the one that a layout is made for."""
    if foot_mm is None or not layout.spec.scale_areas:
        return False
    own_length, own_width = layout.spec.foot_mm
    return foot_mm[0] * foot_mm[1] < FIT_SHARE * own_length * own_width


def contact_area_cm2(layout: MatLayout, foot_mm: tuple[float, float] | None) -> NDArray[np.float64]:
    """Areas in contact, scaled from the layout's foot to a person's.

    Parameters
    ----------
    layout : MatLayout
    foot_mm : tuple of float or None
        Length and width of the person's foot; None takes `UNKNOWN_FOOT_MM`.

    Returns
    -------
    ndarray of float64, shape (n_zones,)
        Square centimetres; never more than the layout states.
    """
    if not layout.spec.scale_areas:
        return layout.area_cm2
    length, width = foot_mm or UNKNOWN_FOOT_MM
    own_length, own_width = layout.spec.foot_mm
    return layout.area_cm2 * min(1.0, (length * width) / (own_length * own_width))


@dataclass(frozen=True)
class PressureScale:
    """Factors between the forces of the zones and their pressures, for one person on one mat.

    Attributes
    ----------
    area_cm2, contact_fraction, peak_ratio : ndarray of float64, shape (n_zones,)
    """

    area_cm2: NDArray[np.float64]
    contact_fraction: NDArray[np.float64]
    peak_ratio: NDArray[np.float64]

    @classmethod
    def of(cls, layout: MatLayout, foot_mm: tuple[float, float] | None) -> PressureScale:
        """Return the factors of a layout for a foot of a given size."""
        area = contact_area_cm2(layout, foot_mm)
        return cls(area, layout.contact_fraction, layout.peak_ratio)

    @cached_property
    def mean_kpa_per_n(self) -> NDArray[np.float64]:
        """Shape (n_zones,): zone mean pressure of one newton."""
        return kpa_per_n(self.area_cm2)

    @cached_property
    def peak_kpa_per_n(self) -> NDArray[np.float64]:
        """Shape (n_zones,): estimated peak pressure of one newton."""
        return kpa_per_n(self.area_cm2 * self.contact_fraction) * self.peak_ratio

    def peak_cn(self, kpa: NDArray[np.float64]) -> NDArray[np.int64]:
        """Force at which the estimated peak of each zone reaches a pressure, 0.01 N.

        Rounded down, in doubles, in this order (DESIGN section 6), so that every reader agrees.
        """
        exact = kpa * self.area_cm2 * self.contact_fraction * 10.0 / self.peak_ratio
        return np.floor(exact).astype(np.int64)
