"""A session in figures: what each zone bore, how the load swayed, what was raised.

Definitions: docs/metrics.md. Means are over frames in contact; integrals are trapezoids on the
true times; gaps are never bridged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from core.frames import ZoneStatus
from core.sway import Sway, SwayTrace
from core.units import CN_PER_N, US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.engine import Engine, Update
    from core.rules import AlarmEvent

DOSE_KPA = 4.67
"""35 mmHg: zone mean above which pressure is summed as dose (`research` in DESIGN section 10)."""

GAP_PERIODS = 2.5
"""An interval longer than this many periods is a gap."""


class ZoneFigures(msgspec.Struct, frozen=True):
    """One zone. Units are in the names; None where the zone was never in contact or valid."""

    max_force_n: float | None
    mean_force_n: float | None
    max_pressure_kpa: float | None
    mean_pressure_kpa: float | None
    max_peak_est_kpa: float | None
    fti_n_s: float
    pti_kpa_s: float
    dose_kpa_s: float
    contact_s: float


class TotalForce(msgspec.Struct, frozen=True):
    """Force on the mat over the frames in which every zone was valid."""

    mean: float | None
    max: float | None


class EventFigures(msgspec.Struct, frozen=True):
    """One change of one alarm."""

    t_s: float
    kind: Literal["alarm", "fault"]
    rule: str
    zone: str | None
    priority: str
    state: str
    value: float | None
    limit: float | None


class Summary(msgspec.Struct, frozen=True):
    """Everything that `reflexmat analyze --json` prints."""

    duration_s: float
    n_frames: int
    rate_hz: float
    total_force_n: TotalForce
    left_share_pct: float | None
    zones: dict[str, ZoneFigures]
    cop: Sway
    events: tuple[EventFigures, ...]


class Summariser:
    """Collects updates of an engine into a summary, in constant memory but for the COP.

    Parameters
    ----------
    engine : Engine
        Whose updates will come.
    rate_hz : float
        Nominal rate of the recording.
    """

    def __init__(self, engine: Engine, rate_hz: float) -> None:
        self._engine = engine
        self._rate_hz = rate_hz
        self._gap_us = GAP_PERIODS * US_PER_S / rate_hz
        self._trace = SwayTrace(rate_hz)
        self._zones = _ZoneSums(engine.limits.scale.mean_kpa_per_n)
        self._first_us: int | None = None
        self._last_us = 0
        self._n_frames = 0
        self._n_whole = self._sum_cn = 0
        self._max_cn: int | None = None
        self._share_cn = np.zeros(2, np.int64)
        self._events: list[AlarmEvent] = []

    def add(self, update: Update) -> None:
        """Take the next update."""
        t_us = update.frames.t_us
        joined = self._joined(t_us)
        whole = np.asarray(update.frames.valid.all(axis=1))
        self._trace.add(np.where(whole[:, None], update.balance.cop_mm, np.nan), joined)
        self._zones.add(update, joined)
        self._sum_totals(update, whole)
        self._events += update.events
        self._n_frames += len(t_us)
        self._last_us = int(t_us[-1])

    def result(self) -> Summary:
        """Work out the summary of what was taken so far."""
        share = self._share_cn
        first_us = self._last_us if self._first_us is None else self._first_us
        return Summary(
            duration_s=(self._last_us - first_us) / US_PER_S,
            n_frames=self._n_frames,
            rate_hz=self._rate_hz,
            total_force_n=TotalForce(
                mean=self._sum_cn / self._n_whole / CN_PER_N if self._n_whole else None,
                max=None if self._max_cn is None else self._max_cn / CN_PER_N,
            ),
            left_share_pct=100.0 * int(share[0]) / int(share[1]) if share[1] else None,
            zones=self._zones.figures(self._engine),
            cop=self._trace.figures(),
            events=tuple(self._figures(event) for event in self._events),
        )

    def _joined(self, t_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self._first_us is None:
            self._first_us = int(t_us[0])
            # Nothing comes before the first frame: that interval is a gap.
            return np.concatenate(([False], np.diff(t_us) <= self._gap_us))
        return np.diff(t_us, prepend=self._last_us) <= self._gap_us

    def _sum_totals(self, update: Update, whole: NDArray[np.bool_]) -> None:
        total = update.balance.total_cn[whole]
        if len(total):
            highest = int(total.max())
            self._n_whole += len(total)
            self._sum_cn += int(total.sum())
            self._max_cn = highest if self._max_cn is None else max(self._max_cn, highest)
        use = whole & ~np.isnan(update.balance.left_share_pct)
        force = update.frames.force_cn[use]
        left = ~self._engine.layout.is_right
        self._share_cn += [force[:, left].sum(), force.sum()]

    def _figures(self, event: AlarmEvent) -> EventFigures:
        zone = event.zone
        return EventFigures(
            t_s=event.t_us / US_PER_S,
            kind=event.kind,
            rule=event.rule,
            zone=None if zone is None else self._engine.layout.zone_ids[zone],
            priority=event.priority,
            state=event.state,
            value=event.value,
            limit=event.limit,
        )


class _ZoneSums:
    """Running sums of each zone."""

    def __init__(self, mean_kpa_per_n: NDArray[np.float64]) -> None:
        n_zones = len(mean_kpa_per_n)
        self._kpa_per_n = mean_kpa_per_n
        self._max_cn = np.full(n_zones, np.iinfo(np.int64).min)
        self._contact_cn = np.zeros(n_zones, np.int64)
        self._n_contact = np.zeros(n_zones, np.int64)
        self._fti_n_s, self._dose_kpa_s, self._contact_s = np.zeros((3, n_zones))
        self._last: _Rows | None = None

    def add(self, update: Update, joined: NDArray[np.bool_]) -> None:
        rows = _Rows.of(update, self._kpa_per_n)
        force_cn = update.frames.force_cn
        lowest = np.iinfo(np.int64).min
        self._max_cn = np.maximum(self._max_cn, np.where(rows.valid, force_cn, lowest).max(axis=0))
        touched = rows.valid & rows.contact
        self._contact_cn += np.where(touched, force_cn, 0).sum(axis=0)
        self._n_contact += touched.sum(axis=0)
        # The very first frame has no neighbour before it.
        if self._last is None:
            self._integrate(rows, joined[1:])
        else:
            self._integrate(self._last.then(rows), joined)
        self._last = rows.newest()

    def _integrate(self, rows: _Rows, joined: NDArray[np.bool_]) -> None:
        """Add the trapezoids between neighbours that are both valid, with no gap between."""
        dt_s = np.diff(rows.t_us)[:, None] / US_PER_S
        use_s = dt_s * (rows.valid[1:] & rows.valid[:-1] & joined[:, None])
        self._fti_n_s += (use_s * (rows.force_n[1:] + rows.force_n[:-1]) / 2).sum(axis=0)
        self._dose_kpa_s += (use_s * (rows.dose_kpa[1:] + rows.dose_kpa[:-1]) / 2).sum(axis=0)
        self._contact_s += (use_s * (rows.contact[1:] & rows.contact[:-1])).sum(axis=0)

    def figures(self, engine: Engine) -> dict[str, ZoneFigures]:
        peak = engine.limits.scale.peak_kpa_per_n
        return {
            zone: self._figures(index, float(peak[index]))
            for index, zone in enumerate(engine.layout.zone_ids)
        }

    def _figures(self, index: int, peak_kpa_per_n: float) -> ZoneFigures:
        kpa_per_n = float(self._kpa_per_n[index])
        n_contact = int(self._n_contact[index])
        seen = int(self._max_cn[index]) != np.iinfo(np.int64).min
        highest = int(self._max_cn[index]) / CN_PER_N if seen else None
        mean = int(self._contact_cn[index]) / n_contact / CN_PER_N if n_contact else None
        fti_n_s = float(self._fti_n_s[index])
        return ZoneFigures(
            max_force_n=highest,
            mean_force_n=mean,
            max_pressure_kpa=_times(highest, kpa_per_n),
            mean_pressure_kpa=_times(mean, kpa_per_n),
            max_peak_est_kpa=_times(highest, peak_kpa_per_n),
            fti_n_s=fti_n_s,
            pti_kpa_s=fti_n_s * kpa_per_n,
            dose_kpa_s=float(self._dose_kpa_s[index]),
            contact_s=float(self._contact_s[index]),
        )


class _Rows(msgspec.Struct, frozen=True):
    """Frames as integrals need them."""

    t_us: Any
    valid: Any
    contact: Any
    force_n: Any
    dose_kpa: Any

    @classmethod
    def of(cls, update: Update, kpa_per_n: NDArray[np.float64]) -> _Rows:
        force_n = update.frames.force_cn / CN_PER_N
        return cls(
            update.frames.t_us,
            update.frames.valid,
            update.status & ZoneStatus.CONTACT != 0,
            force_n,
            np.maximum(force_n * kpa_per_n - DOSE_KPA, 0.0),
        )

    def newest(self) -> _Rows:
        return _Rows(*(getattr(self, name)[-1:] for name in self.__struct_fields__))

    def then(self, later: _Rows) -> _Rows:
        return _Rows(
            *(
                np.concatenate((getattr(self, name), getattr(later, name)))
                for name in self.__struct_fields__
            )
        )


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
