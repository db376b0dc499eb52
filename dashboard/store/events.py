"""Changes of alarms, as the mats told them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

_COLUMNS = (
    "t_us, kind, rule, zone, priority, state, value_kpa, limit_kpa, profile_version, "
    "instruction, reason"
)


class EventRow(msgspec.Struct, frozen=True):
    """One change of one alarm; fields as `event` in docs/protocol.md, time in µs of its boot."""

    t_us: int
    kind: str
    rule: str
    zone: str | None
    priority: str
    state: str
    value_kpa: float | None
    limit_kpa: float | None
    profile_version: int
    instruction: str
    reason: str


class Events:
    """Rows of events.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, boot: int, event: EventRow) -> None:
        """Add a change; which session it belongs to is found out when that is whole."""
        self._db.execute(
            f"INSERT INTO event (boot, {_COLUMNS}) "  # noqa: S608
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            boot, *msgspec.structs.astuple(event),
        )  # fmt: skip

    def assign(self, session: int) -> None:
        """Find the changes that were within a session."""
        self._db.execute(
            "UPDATE event SET session = ? WHERE session IS NULL AND EXISTS (SELECT 1 FROM session "
            "WHERE session.key = ? AND session.boot = event.boot "
            "AND event.t_us BETWEEN session.begin_us AND session.end_us)",
            session, session,
        )  # fmt: skip

    def of(self, session: int) -> list[EventRow]:
        """List the changes within a session, in order of time."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM event WHERE session = ? ORDER BY t_us, key",  # noqa: S608
            session,
        )
        return [EventRow(*row) for row in rows]
