"""What each zone bore, in figures. Definitions: docs/metrics.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.bouts import Bouts
from core.units import CN_PER_N, US_PER_S
from core.zone_limits import SUSTAINED_KPA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.rows import Rows
    from core.zone_limits import ZoneLimits

_LOWEST = np.iinfo(np.int64).min


class ZoneFigures(msgspec.Struct, frozen=True):
    """One zone. Units are in the names; None where the zone was never in contact or valid.

    `loaded_s` is the time with the zone mean at 4.67 kPa or more.
    """

    max_force_n: float | None
    mean_force_n: float | None
    max_pressure_kpa: float | None
    mean_pressure_kpa: float | None
    max_peak_est_kpa: float | None
    fti_n_s: float
    pti_kpa_s: float
    dose_kpa_s: float
    contact_s: float
    longest_contact_s: float
    loaded_s: float
    longest_loaded_s: float


class ZoneSums:
    """Running sums of each zone.

    Parameters
    ----------
    limits : ZoneLimits
    after : Rows, optional
        Frames that come just before the first, and are not of these sums: the interval between is.
    """

    def __init__(self, limits: ZoneLimits, after: Rows | None = None) -> None:
        self._mean_kpa_per_n = limits.scale.mean_kpa_per_n
        self._peak_kpa_per_n = limits.scale.peak_kpa_per_n
        self._loaded_cn = limits.sustained_cn
        n_zones = len(self._loaded_cn)
        self._max_cn = np.full(n_zones, _LOWEST)
        self._contact_cn, self._n_contact = np.zeros((2, n_zones), np.int64)
        self._twice_cn_us = np.zeros(n_zones, np.int64)
        # Of the dose: twice the integral of force, and of 1, over the ends above the threshold.
        self._twice_over_cn_us, self._twice_over_us = np.zeros((2, n_zones), np.int64)
        self._contact, self._loaded = Bouts(n_zones), Bouts(n_zones)
        self._last = after

    def add(self, rows: Rows) -> None:
        """Take the next frames."""
        highest_cn = np.where(rows.valid, rows.force_cn, _LOWEST).max(axis=0)
        self._max_cn = np.maximum(self._max_cn, highest_cn)
        self._contact_cn += np.where(rows.contact, rows.force_cn, 0).sum(axis=0)
        self._n_contact += rows.contact.sum(axis=0)
        self._integrate(rows.after(self._last))
        self._last = rows

    def figures(self, zone_ids: Sequence[str]) -> dict[str, ZoneFigures]:
        """Work out the figures of what was taken so far."""
        return {name: self._figures(zone) for zone, name in enumerate(zone_ids)}

    def _integrate(self, rows: Rows) -> None:
        """Add the trapezoids between neighbours that are both valid, with no gap between."""
        use_us = rows.dt_us[:, None] * rows.both(rows.valid)
        force_cn = rows.force_cn
        self._twice_cn_us += (use_us * (force_cn[1:] + force_cn[:-1])).sum(axis=0)
        over = (force_cn / CN_PER_N * self._mean_kpa_per_n > SUSTAINED_KPA).astype(np.int64)
        over_cn = over * force_cn
        self._twice_over_cn_us += (use_us * (over_cn[1:] + over_cn[:-1])).sum(axis=0)
        self._twice_over_us += (use_us * (over[1:] + over[:-1])).sum(axis=0)
        self._contact.add(rows.dt_us, rows.both(rows.contact))
        self._loaded.add(rows.dt_us, rows.both(rows.valid & (force_cn >= self._loaded_cn)))

    def _figures(self, zone: int) -> ZoneFigures:
        kpa_per_n = float(self._mean_kpa_per_n[zone])
        n_contact, top_cn = int(self._n_contact[zone]), int(self._max_cn[zone])
        highest = None if top_cn == _LOWEST else top_cn / CN_PER_N
        mean = int(self._contact_cn[zone]) / n_contact / CN_PER_N if n_contact else None
        fti_n_s = int(self._twice_cn_us[zone]) / 2 / CN_PER_N / US_PER_S
        return ZoneFigures(
            max_force_n=highest,
            mean_force_n=mean,
            max_pressure_kpa=_times(highest, kpa_per_n),
            mean_pressure_kpa=_times(mean, kpa_per_n),
            max_peak_est_kpa=_times(highest, float(self._peak_kpa_per_n[zone])),
            fti_n_s=fti_n_s,
            pti_kpa_s=fti_n_s * kpa_per_n,
            dose_kpa_s=self._dose_kpa_s(zone, kpa_per_n),
            contact_s=self._contact.total_s()[zone],
            longest_contact_s=self._contact.longest_s()[zone],
            loaded_s=self._loaded.total_s()[zone],
            longest_loaded_s=self._loaded.longest_s()[zone],
        )

    def _dose_kpa_s(self, zone: int, kpa_per_n: float) -> float:
        over_n_s = int(self._twice_over_cn_us[zone]) / 2 / CN_PER_N / US_PER_S
        over_s = int(self._twice_over_us[zone]) / 2 / US_PER_S
        # Of a zone that hardly passes the threshold the difference may round to below zero.
        return max(over_n_s * kpa_per_n - SUSTAINED_KPA * over_s, 0.0)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
