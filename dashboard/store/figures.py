"""Figures of whole sessions: summary, zones, minutes. Trends never look at frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.store.backend import Backend


class ZoneSummary(msgspec.Struct, frozen=True):
    """A zone in a session; figures as `core.zone_figures.ZoneFigures`."""

    zone: str
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


class Minute(msgspec.Struct, frozen=True):
    """A zone in a minute of a session, from 0; pressures are None without contact."""

    minute: int
    zone: str
    mean_pressure_kpa: float | None
    max_peak_est_kpa: float | None
    dose_kpa_s: float
    contact_s: float


class Figures(msgspec.Struct, frozen=True):
    """All figures of a session.

    Attributes
    ----------
    summary : str
        JSON of `core.sessions.Summary`.
    formulas : int
        Their version.
    n_lost : int
        Frames that are missing.
    zones : tuple of ZoneSummary
    minutes : tuple of Minute
    """

    summary: str
    formulas: int
    n_lost: int
    zones: tuple[ZoneSummary, ...]
    minutes: tuple[Minute, ...]


class FigureRows:
    """Rows of figures.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def put(self, session: int, figures: Figures) -> None:
        """Put figures in the place of those before; the session is whole, and nothing is due."""
        self._db.execute(
            "UPDATE session SET summary = ?, formulas = ?, n_lost = ?, whole = 1, stale = 0 "
            "WHERE key = ?",
            figures.summary, figures.formulas, figures.n_lost, session,
        )  # fmt: skip
        self._replace("zone_summary", session, figures.zones)
        self._replace("minute", session, figures.minutes)

    def summary(self, session: int) -> str | None:
        """Fetch the summary of a session, JSON; None: there is none yet."""
        row = self._db.one("SELECT summary FROM session WHERE key = ?", session)
        return row[0] if row else None

    def zones(self, session: int) -> list[ZoneSummary]:
        """List the zones of a session, by name."""
        rows = self._db.rows("SELECT * FROM zone_summary WHERE session = ? ORDER BY zone", session)
        return [ZoneSummary(*row[1:]) for row in rows]

    def minutes(self, session: int) -> list[Minute]:
        """List the minutes of a session, in order."""
        rows = self._db.rows(
            "SELECT * FROM minute WHERE session = ? ORDER BY minute, zone", session
        )
        return [Minute(*row[1:]) for row in rows]

    def _replace(self, table: str, session: int, rows: Iterable[msgspec.Struct]) -> None:
        self._db.execute(f"DELETE FROM {table} WHERE session = ?", session)  # noqa: S608
        values = [(session, *msgspec.structs.astuple(row)) for row in rows]
        if values:
            places = ", ".join("?" * len(values[0]))
            self._db.many(f"INSERT INTO {table} VALUES ({places})", values)  # noqa: S608
