"""Sessions: a label on a stretch of record, whose it is, and when it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend, Row


Between = tuple[int, int | None]


class Told(NamedTuple):
    """What the mat tells of a session; the last word counts.

    Attributes
    ----------
    person : str or None
        As the mat knows them.
    begun_by : str
    ended_by : str or None
        None: it runs.
    begin_us, end_us : int
        `end_us` is the last frame of it that is known.
    routines : str
        What was done of them, JSON.
    log, seq : int
        Key of the log that told it, and under which number.
    """

    person: str | None
    begun_by: str
    ended_by: str | None
    begin_us: int
    end_us: int
    routines: str
    log: int
    seq: int


class SessionRow(msgspec.Struct, frozen=True):
    """A session.

    Attributes
    ----------
    key : int
    mat, boot_id, id : str
    person : str or None
        Whose it is; None: unassigned.
    begun_by, ended_by : str or None
        None while the mat has not told.
    begin_us, end_us : int or None
        On the clock of its boot.
    begin_earliest_s, begin_latest_s : float or None
        True time of its beginning, s since 1970: the same where it is exact, else bounds; None
        where nothing is known.
    whole : bool
        All up to its end is here, or lost.
    n_lost : int or None
        Frames that are missing in it; None: not worked out.
    """

    key: int
    mat: str
    boot_id: str
    id: str
    person: str | None
    begun_by: str | None
    ended_by: str | None
    begin_us: int | None
    end_us: int | None
    begin_earliest_s: float | None
    begin_latest_s: float | None
    whole: bool
    n_lost: int | None


_WHOLE = SessionRow.__struct_fields__.index("whole")
_SELECT = (
    "SELECT session.key, boot.mat, boot.boot_id, session.id, person, begun_by, ended_by, "
    "session.begin_us, session.end_us, begin_earliest_s, begin_latest_s, whole, n_lost "
    "FROM session JOIN boot ON boot.key = session.boot"
)


class Sessions:
    """Rows of sessions.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def key(self, boot: int, session_id: str) -> int | None:
        """Find the key of a session, which is made if need be; None: it was deleted."""
        found = self._db.one("SELECT key FROM session WHERE boot = ? AND id = ?", boot, session_id)
        if not found and self._is_deleted(boot, session_id):
            return None
        found = found or self._db.one(
            "INSERT INTO session (boot, id, whole, stale) VALUES (?, ?, 0, 1) "
            "RETURNING key",
            boot, session_id,
        )  # fmt: skip
        assert found  # noqa: S101 - RETURNING of an insert
        return int(found[0])

    def tell(self, key: int, told: Told) -> None:
        """Take note of what the mat tells of a session, unless it has told more already.

        Somebody who is known by that id is set as its person.
        """
        self._db.execute(
            "UPDATE session SET person = (SELECT id FROM person WHERE id = ?), person_said = ?, "
            "begun_by = ?, ended_by = ?, begin_us = ?, end_us = ?, routines = ?, end_log = ?, "
            "end_seq = ?, stale = 1 "
            "WHERE key = ? AND (ended_by IS NULL OR (? AND end_us <= ?))",
            told.person, *told, key, told.ended_by is not None, told.end_us,
        )  # fmt: skip

    def touch(self, key: int) -> None:
        """Take note that something of a session has come."""
        self._db.execute("UPDATE session SET stale = 1 WHERE key = ? AND stale <> 1", key)

    def touch_at(self, boot: int, t_us: int) -> None:
        """Take note that something has come which may be of the session at that time."""
        self._db.execute(
            "UPDATE session SET stale = 1 WHERE boot = ? AND stale <> 1 AND begin_us <= ? "
            "AND end_us >= ?",
            boot, t_us, t_us,
        )  # fmt: skip

    def forget(self, boot: int, session_id: str, between_us: Between | None = None) -> None:
        """Delete a session with all that belongs to it; nothing that comes late brings it back.

        Parameters
        ----------
        boot : int
        session_id : str
        between_us : (int, int or None), optional
            When it was, if that is told now; the end is None while it runs.
        """
        row = self._db.one(
            "SELECT begin_us, CASE WHEN ended_by IS NULL THEN NULL ELSE end_us END FROM session "
            "WHERE boot = ? AND id = ?",
            boot, session_id,
        )  # fmt: skip
        begin_us, end_us = between_us or row or (None, None)
        self._db.execute(
            "INSERT INTO deleted_session VALUES (?, ?, ?, ?) ON CONFLICT (boot, id) DO UPDATE SET "
            "begin_us = excluded.begin_us, end_us = excluded.end_us",
            boot, session_id, begin_us, end_us,
        )  # fmt: skip
        self._db.execute(
            "DELETE FROM event WHERE boot = ? AND t_us >= ? AND (? IS NULL OR t_us <= ?)",
            boot, begin_us, end_us, end_us,
        )  # fmt: skip
        self._db.execute("DELETE FROM session WHERE boot = ? AND id = ?", boot, session_id)

    def is_deleted_at(self, boot: int, t_us: int) -> bool:
        """Whether a session that was deleted was going on at a time."""
        row = self._db.one(
            "SELECT 1 FROM deleted_session WHERE boot = ? AND begin_us <= ? "
            "AND (end_us IS NULL OR end_us >= ?)",
            boot, t_us, t_us,
        )  # fmt: skip
        return row is not None

    def of_person(self, person: str) -> list[tuple[int, str]]:
        """List the sessions of somebody, known by that id or not: key of the start, and id."""
        rows = self._db.rows(
            "SELECT boot, id FROM session WHERE person = ? OR person_said = ?", person, person
        )
        return [(boot, session_id) for boot, session_id in rows]

    def all_of_person(self, person: str) -> list[SessionRow]:
        """List the sessions of somebody, in the order in which they were told."""
        rows = self._db.rows(f"{_SELECT} WHERE person = ? ORDER BY session.key", person)
        return [_session(row) for row in rows]

    def count(self) -> int:
        """Count all sessions."""
        row = self._db.one("SELECT count(*) FROM session")
        return int(row[0]) if row else 0

    def count_without_figures(self) -> int:
        """Count sessions that have ended and have no figures."""
        row = self._db.one(
            "SELECT count(*) FROM session WHERE ended_by IS NOT NULL AND summary IS NULL"
        )
        return int(row[0]) if row else 0

    def due(self) -> list[int]:
        """List the sessions that are whole to their end, and whose figures are to be made."""
        rows = self._db.rows(
            "SELECT session.key FROM session JOIN log ON log.key = end_log WHERE stale = 1 "
            "AND ended_by IS NOT NULL AND next_seq > end_seq ORDER BY session.key"
        )
        return [key for (key,) in rows]

    def spoil(self, key: int) -> None:
        """Take note that no figures can be made of what is here."""
        self._db.execute("UPDATE session SET stale = 2 WHERE key = ?", key)

    def try_again(self, formulas: int | None = None) -> None:
        """Let figures be made that could not be, or are not of this version of the formulas."""
        self._db.execute("UPDATE session SET stale = 1 WHERE stale = 2")
        if formulas is not None:
            self._db.execute(
                "UPDATE session SET stale = 1 WHERE stale = 0 AND formulas <> ?", formulas
            )

    def date(self, key: int, earliest_s: float | None, latest_s: float | None) -> None:
        """Say when a session began."""
        self._db.execute(
            "UPDATE session SET begin_earliest_s = ?, begin_latest_s = ? WHERE key = ?",
            earliest_s, latest_s, key,
        )  # fmt: skip

    def get(self, key: int) -> SessionRow | None:
        """Find a session."""
        row = self._db.one(f"{_SELECT} WHERE session.key = ?", key)
        return _session(row) if row else None

    def all(self, mat: str) -> list[SessionRow]:
        """List the sessions of a mat, in the order in which it told of them."""
        rows = self._db.rows(f"{_SELECT} WHERE boot.mat = ? ORDER BY session.key", mat)
        return [_session(row) for row in rows]

    def _is_deleted(self, boot: int, session_id: str) -> bool:
        row = self._db.one(
            "SELECT 1 FROM deleted_session WHERE boot = ? AND id = ?", boot, session_id
        )
        return row is not None


def _session(row: Row) -> SessionRow:
    values = list(row)
    values[_WHOLE] = bool(values[_WHOLE])
    return SessionRow(*values)
