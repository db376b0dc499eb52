"""A session in figures: what each zone bore, how the load swayed, what was raised.

Definitions: docs/metrics.md. Means are over frames in contact; integrals are trapezoids on the
true times; gaps are never bridged. Forces and times are integers and so are their sums: the same
frames in any batches give the same figures bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from core.foot_figures import FootFigures, foot_sums
from core.rows import Rows
from core.sway import Sway, SwayTrace
from core.units import CN_PER_N, US_PER_S
from core.zone_figures import ZoneFigures, ZoneSums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.engine import Engine
    from core.presence import SessionChange
    from core.rules import AlarmEvent
    from core.update import Update

FORMULAS = 1
"""Version of the definitions in docs/metrics.md; figures of different versions do not compare."""

GAP_PERIODS = 2.5
"""An interval longer than this many periods is a gap."""


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


class SessionFigures(msgspec.Struct, frozen=True):
    """A session that began or ended by itself."""

    t_s: float
    state: Literal["started", "ended"]


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
    symmetry_index_pct: float | None
    feet: dict[str, FootFigures]
    sessions: tuple[SessionFigures, ...]
    formulas: int = FORMULAS


class Summariser:
    """Collects updates of an engine into a summary, in constant memory but for the COP.

    Parameters
    ----------
    engine : Engine
        Whose updates will come, each to be added before the engine is fed again.
    rate_hz : float
        Nominal rate of the recording.
    """

    def __init__(self, engine: Engine, rate_hz: float) -> None:
        self._engine = engine
        self._rate_hz = rate_hz
        self._gap_us = GAP_PERIODS * US_PER_S / rate_hz
        self._trace = SwayTrace(rate_hz)
        self._zones = ZoneSums(engine.limits)
        self._feet = foot_sums(engine.layout, engine.limits, rate_hz)
        self._first_us: int | None = None
        self._last_us = 0
        self._n_frames = 0
        self._n_whole = self._sum_cn = 0
        self._max_cn: int | None = None
        self._share_cn = np.zeros(2, np.int64)
        # The engine may have run before: what it counted until now is not of this recording.
        self._reliefs = self._reliefs_before = engine.reliefs
        self._events: list[AlarmEvent] = []
        self._sessions: list[SessionChange] = []

    def add(self, update: Update) -> None:
        """Take the next update."""
        t_us = update.frames.t_us
        joined = self._joined(t_us)
        whole = np.asarray(update.frames.valid.all(axis=1))
        self._trace.add(np.where(whole[:, None], update.balance.cop_mm, np.nan), joined)
        rows = Rows.of(update, joined)
        self._zones.add(rows)
        for foot in self._feet.values():
            foot.add(rows)
        self._sum_totals(update, whole)
        self._events += update.events
        self._sessions += update.sessions
        self._reliefs = self._engine.reliefs
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
            zones=self._zones.figures(self._engine.layout.zone_ids),
            cop=self._trace.figures(),
            events=tuple(self._figures(event) for event in self._events),
            symmetry_index_pct=_symmetry_pct(int(share[0]), int(share[1])),
            feet=self._foot_figures(),
            sessions=tuple(SessionFigures(c.t_us / US_PER_S, c.state) for c in self._sessions),
        )

    def _foot_figures(self) -> dict[str, FootFigures]:
        reliefs = np.subtract(self._reliefs, self._reliefs_before).tolist()
        both = zip(self._feet.items(), reliefs, strict=True)
        return {foot: sums.figures(n_reliefs) for (foot, sums), n_reliefs in both}

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


def _symmetry_pct(left_cn: int, both_cn: int) -> float | None:
    """Symmetry index 100 (R - L) / (0.5 (R + L)) (Robinson 1987): 0 is even, above it right."""
    return 100.0 * (both_cn - 2 * left_cn) / (0.5 * both_cn) if both_cn else None
