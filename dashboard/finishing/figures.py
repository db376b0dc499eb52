"""Frames of a session to its figures. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.engine import Engine
from core.frames import ForceFrames, ZoneStatus
from core.rows import Rows
from core.sessions import GAP_PERIODS, EventFigures, Summariser
from core.units import US_PER_S
from core.zone_figures import ZoneSums
from dashboard.store.figures import Figures, Minute, ZoneSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.chunk import Chunk
    from core.layout import MatLayout
    from core.profiles import Profile
    from core.zone_figures import ZoneFigures
    from dashboard.store.events import EventRow

MINUTE_US = 60 * US_PER_S


def figures_of(
    chunks: Sequence[Chunk],
    layout: MatLayout,
    profile: Profile,
    events: Sequence[EventRow],
    between_us: tuple[int, int],
) -> Figures:
    """Work out the figures of a session.

    Parameters
    ----------
    chunks : sequence of Chunk
        In order of time, at least one, all of one start and layout.
    layout : MatLayout
    profile : Profile
        Whose areas count.
    events : sequence of EventRow
        As they happened: the mat's own word, not judged again.
    between_us : (int, int)
        When the session began and ended.
    """
    engine, rate_hz = Engine(layout, profile), chunks[0].head.rate_hz
    summariser, minutes = Summariser(engine, rate_hz), Minutes(engine, rate_hz)
    for number, frames in _by_minute(chunks, between_us[0]):
        update = engine.feed_forces(frames)
        summariser.add(update)
        minutes.add(number, Rows.of(update, minutes.joined(update.frames.t_us)))
    summary = summariser.result()
    told = tuple(_event(event) for event in events)
    summary = msgspec.structs.replace(summary, events=told, sessions=())
    return Figures(
        summary=msgspec.json.encode(summary).decode(),
        formulas=summary.formulas,
        n_lost=n_lost(chunks, between_us),
        zones=tuple(_zone(name, zone) for name, zone in summary.zones.items()),
        minutes=tuple(minutes.rows),
    )


def n_lost(chunks: Sequence[Chunk], between_us: tuple[int, int]) -> int:
    """Count the frames that are missing within a session, and at its ends beyond a second."""
    within = sum(
        max(after.seq - before.seq - len(before.t_us), 0)
        for before, after in itertools.pairwise(chunks)
    )
    ends_us = (
        int(chunks[0].t_us[0]) - between_us[0],
        between_us[1] - int(chunks[-1].t_us[-1]),
    )
    rate_hz = chunks[0].head.rate_hz
    return within + sum(int(us * rate_hz / US_PER_S) for us in ends_us if us > US_PER_S)


class Minutes:
    """Sums of each minute of a session; the interval between two belongs to the later one.

    Parameters
    ----------
    engine : Engine
    rate_hz : float

    Attributes
    ----------
    rows : list of Minute
    """

    def __init__(self, engine: Engine, rate_hz: float) -> None:
        self._engine = engine
        self._gap_us = GAP_PERIODS * US_PER_S / rate_hz
        self._last: Rows | None = None
        self.rows: list[Minute] = []

    def joined(self, t_us: np.ndarray) -> np.ndarray:
        """Say of each frame whether no gap lies before it."""
        first_us = t_us[0] if self._last is None else t_us[0] - self._last.t_us[-1]
        return np.concatenate(([first_us], np.diff(t_us))) <= self._gap_us

    def add(self, number: int, rows: Rows) -> None:
        """Take the frames of the next minute, all of them."""
        sums = ZoneSums(self._engine.limits, self._last)
        sums.add(rows)
        self._last = rows
        zones = sums.figures(self._engine.layout.zone_ids)
        self.rows += [_minute(number, name, zone) for name, zone in zones.items()]


def _by_minute(chunks: Sequence[Chunk], begin_us: int) -> list[tuple[int, ForceFrames]]:
    seq = np.concatenate([chunk.seq + np.arange(len(chunk.t_us)) for chunk in chunks])
    t_us = np.concatenate([chunk.t_us for chunk in chunks])
    force_cn = np.concatenate([chunk.force_cn for chunk in chunks])
    valid = np.concatenate([chunk.status for chunk in chunks]) & ZoneStatus.VALID != 0
    number = (t_us - begin_us) // MINUTE_US
    cuts = np.flatnonzero(np.diff(number)) + 1
    return [
        (int(number[rows[0]]), ForceFrames(seq[rows], t_us[rows], force_cn[rows], valid[rows]))
        for rows in np.split(np.arange(len(t_us)), cuts)
    ]


def _zone(name: str, zone: ZoneFigures) -> ZoneSummary:
    return ZoneSummary(name, **msgspec.structs.asdict(zone))


def _minute(number: int, name: str, zone: ZoneFigures) -> Minute:
    return Minute(
        minute=number,
        zone=name,
        mean_pressure_kpa=zone.mean_pressure_kpa,
        max_peak_est_kpa=zone.max_peak_est_kpa if zone.contact_s else None,
        dose_kpa_s=zone.dose_kpa_s,
        contact_s=zone.contact_s,
    )


def _event(event: EventRow) -> EventFigures:
    return EventFigures(
        t_s=event.t_us / US_PER_S,
        kind="fault" if event.kind == "fault" else "alarm",
        rule=event.rule,
        zone=event.zone,
        priority=event.priority,
        state=event.state,
        value=event.value_kpa,
        limit=event.limit_kpa,
    )
