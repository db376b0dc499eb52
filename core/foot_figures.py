"""What each foot bore, in figures. Definitions: docs/metrics.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.balance import centre_mm
from core.bouts import Bouts
from core.geometry import centroid_mm
from core.layout import FEET, to_foot_fraction
from core.sway import Sway, SwayTrace
from core.units import CN_PER_N, US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout
    from core.rows import Rows
    from core.zone_limits import ZoneLimits

REGIONS = {"heel": 0.0, "midfoot": 0.28, "forefoot": 0.51, "toes": 0.81}
"""Where each region of a foot begins, of its length from the heel (research/science.md 2.1)."""


class FootFigures(msgspec.Struct, frozen=True):
    """One foot. Shares are of its own load; None where it bore nothing or was never known.

    `fore_pct` is toes and forefoot together; `contact_area_cm2` is of the plates that were touched;
    `loaded_s` is the time with any of its zones at 4.67 kPa or more.
    """

    max_force_n: float | None
    mean_force_n: float | None
    toes_pct: float | None
    forefoot_pct: float | None
    midfoot_pct: float | None
    heel_pct: float | None
    fore_pct: float | None
    max_contact_area_cm2: float | None
    mean_contact_area_cm2: float | None
    fti_n_s: float
    contact_s: float
    longest_contact_s: float
    loaded_s: float
    longest_loaded_s: float
    reliefs: int
    cop: Sway


class FootSums:
    """Running sums of one foot, over the frames in which all its zones are valid.

    Parameters
    ----------
    layout : MatLayout
    limits : ZoneLimits
    foot : str
        `left` or `right`.
    rate_hz : float
    """

    def __init__(self, layout: MatLayout, limits: ZoneLimits, foot: str, rate_hz: float) -> None:
        self._zones = np.flatnonzero(layout.is_right == (foot == "right"))
        self._at_mm = layout.at_mm[self._zones]
        self._regions = _regions(layout)[self._zones]
        scale = limits.scale
        self._area_cm2 = (scale.area_cm2 * scale.contact_fraction)[self._zones]
        self._region_cn = np.zeros(len(REGIONS), np.int64)
        self._max_cn: int | None = None
        self._n_contact = 0
        self._times_touched = np.zeros(len(self._zones), np.int64)
        self._max_area_cm2: float | None = None
        self._loaded_cn = limits.sustained_cn[self._zones]
        self._twice_cn_us = 0
        self._contact, self._loaded = Bouts(1), Bouts(1)
        self._trace = SwayTrace(rate_hz)
        self._last: Rows | None = None

    def add(self, rows: Rows) -> None:
        """Take the next frames."""
        force_cn = rows.force_cn[:, self._zones]
        whole = np.asarray(rows.valid[:, self._zones].all(axis=1))
        centre = centre_mm(np.where(whole[:, None], force_cn, 0), self._at_mm)
        self._trace.add(centre, rows.joined)
        touched = rows.contact[:, self._zones]
        on = np.asarray(whole & touched.any(axis=1))
        self._sum(force_cn[on], touched[on])
        self._integrate(rows.after(self._last))
        self._last = rows

    def figures(self, reliefs: int) -> FootFigures:
        """Work out the figures of what was taken so far.

        Parameters
        ----------
        reliefs : int
            As the rule on long loads has counted them.
        """
        share = dict(zip(REGIONS, self._shares(), strict=True))
        toes, forefoot = share["toes"], share["forefoot"]
        n = self._n_contact
        return FootFigures(
            max_force_n=None if self._max_cn is None else self._max_cn / CN_PER_N,
            mean_force_n=int(self._region_cn.sum()) / n / CN_PER_N if n else None,
            toes_pct=toes,
            forefoot_pct=forefoot,
            midfoot_pct=share["midfoot"],
            heel_pct=share["heel"],
            fore_pct=None if toes is None or forefoot is None else toes + forefoot,
            max_contact_area_cm2=self._max_area_cm2,
            mean_contact_area_cm2=float(self._times_touched @ self._area_cm2) / n if n else None,
            fti_n_s=self._twice_cn_us / 2 / CN_PER_N / US_PER_S,
            contact_s=self._contact.total_s()[0],
            longest_contact_s=self._contact.longest_s()[0],
            loaded_s=self._loaded.total_s()[0],
            longest_loaded_s=self._loaded.longest_s()[0],
            reliefs=reliefs,
            cop=self._trace.figures(),
        )

    def _sum(self, force_cn: NDArray[np.int64], touched: NDArray[np.bool_]) -> None:
        """Add frames in which the foot is known and in contact."""
        if not len(force_cn):
            return
        top_cn = int(force_cn.sum(axis=1).max())
        self._max_cn = top_cn if self._max_cn is None else max(self._max_cn, top_cn)
        np.add.at(self._region_cn, self._regions, force_cn.sum(axis=0))
        self._n_contact += len(force_cn)
        self._times_touched += touched.sum(axis=0)
        area_cm2 = float((touched * self._area_cm2).sum(axis=1).max())
        self._max_area_cm2 = max(self._max_area_cm2 or 0.0, area_cm2)

    def _integrate(self, rows: Rows) -> None:
        """Add what goes on between neighbours, with no gap between."""
        valid, force_cn = rows.valid[:, self._zones], rows.force_cn[:, self._zones]
        contact = rows.contact[:, self._zones]
        total_cn = force_cn.sum(axis=1)
        use_us = rows.dt_us * rows.both(np.asarray(valid.all(axis=1)))
        self._twice_cn_us += int((use_us * (total_cn[1:] + total_cn[:-1])).sum())
        loaded = valid & (force_cn >= self._loaded_cn)
        for bouts, on in ((self._contact, contact), (self._loaded, loaded)):
            bouts.add(rows.dt_us, rows.both(np.asarray(on.any(axis=1)))[:, None])

    def _shares(self) -> list[float | None]:
        whole = int(self._region_cn.sum())
        return [100.0 * int(part) / whole if whole > 0 else None for part in self._region_cn]


def _regions(layout: MatLayout) -> NDArray[np.int64]:
    """Shape (n_zones,): which region of the foot each zone belongs to, by its centroid."""
    spec = layout.spec
    along = [
        to_foot_fraction(zone.foot, centroid_mm(zone.polygon_mm), spec.foot_mm)[1]
        for zone in spec.zone
    ]
    return np.searchsorted(list(REGIONS.values())[1:], along, side="right").astype(np.int64)


def foot_sums(layout: MatLayout, limits: ZoneLimits, rate_hz: float) -> dict[str, FootSums]:
    """Begin the sums of both feet."""
    return {foot: FootSums(layout, limits, foot, rate_hz) for foot in FEET}
