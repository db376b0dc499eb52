"""The durable logs of mats: which numbers came, which are lost, what was damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

MOST_DAMAGED = 1_000
"""Damaged messages of one mat that are kept; more are only counted."""

KEPT, COPY, BESIDE, COPY_BESIDE = range(4)
"""How a record stands: `dashboard.recording.judge`."""

_OWN = f"standing IN ({KEPT}, {COPY})"
_FIRST = f"standing IN ({KEPT}, {BESIDE})"


class LogRow(NamedTuple):
    """A log.

    Attributes
    ----------
    key : int
    log_id : str
    next_seq : int
    wanting, forked : int
        0 or 1.
    """

    key: int
    log_id: str
    next_seq: int
    wanting: int
    forked: int


class RecordRow(NamedTuple):
    """A record that came; `was_…` are None unless it stood elsewhere first.

    Attributes
    ----------
    log : int
        Key of its log.
    seq, crc32 : int
    kind : int
        As on the wire.
    standing : int
    was_log : str or None
    was_seq, was_crc : int or None
    body : bytes or None
        Only what has no table of its own.
    """

    log: int
    seq: int
    crc32: int
    kind: int
    standing: int
    was_log: str | None = None
    was_seq: int | None = None
    was_crc: int | None = None
    body: bytes | None = None


class LogHealth(msgspec.Struct, frozen=True):
    """How the log of a mat does.

    Attributes
    ----------
    n_records : int
        That are here, each once.
    n_lost : int
        That will not come.
    n_beside : int
        Of other histories under a known number; they are part of `n_records`.
    n_damaged : int
        Messages that could not be read, each copy counted.
    n_unreadable : int
        Records that are whole and not understood; kept as they came.
    """

    n_records: int
    n_lost: int
    n_beside: int
    n_damaged: int
    n_unreadable: int

    @property
    def is_whole(self) -> bool:
        """Whether all that came is here and understood."""
        return not (self.n_lost or self.n_damaged or self.n_unreadable)


class Logs:
    """Rows of logs.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def find(self, mat: str, log_id: str) -> LogRow | None:
        """Find a log of a mat."""
        row = self._db.one(
            "SELECT key, log_id, next_seq, wanting, forked FROM log WHERE mat = ? AND log_id = ?",
            mat, log_id,
        )  # fmt: skip
        return LogRow(*row) if row else None

    def last(self, mat: str) -> LogRow | None:
        """Find the log that a mat sent of last."""
        row = self._db.one(
            "SELECT key, log_id, next_seq, wanting, forked FROM log WHERE mat = ? "
            "ORDER BY heard DESC LIMIT 1",
            mat,
        )
        return LogRow(*row) if row else None

    def key(self, mat: str, log_id: str) -> int:
        """Find the key of a log, which is made if need be."""
        found = self.find(mat, log_id)
        if found:
            return found.key
        row = self._db.one(
            "INSERT INTO log (mat, log_id, next_seq, wanting, forked, heard) "
            "VALUES (?, ?, 0, 0, 0, 0) RETURNING key",
            mat, log_id,
        )  # fmt: skip
        assert row  # noqa: S101 - RETURNING of an insert
        return int(row[0])

    def change(self, log: LogRow) -> None:
        """Note how a log stands."""
        self._db.execute(
            "UPDATE log SET next_seq = ?, wanting = ?, forked = ? WHERE key = ?",
            log.next_seq, log.wanting, log.forked, log.key,
        )  # fmt: skip

    def heard(self, mat: str, key: int) -> None:
        """Note that this log of a mat is the one that sent last."""
        self._db.execute(
            "UPDATE log SET heard = (SELECT max(heard) + 1 FROM log WHERE mat = ?) WHERE key = ?",
            mat, key,
        )  # fmt: skip

    def want_all(self) -> None:
        """Note that all logs may lack what was acknowledged: the store was put back."""
        self._db.execute("UPDATE log SET wanting = 1")

    def sums(self, log: int, seq: int) -> tuple[int, ...]:
        """List the sums of the records under a number, the log's own first."""
        rows = self._db.rows(
            "SELECT crc32 FROM record WHERE log = ? AND seq = ? ORDER BY standing", log, seq
        )
        return tuple(crc32 for (crc32,) in rows)

    def has_origin(self, mat: str, log_id: str, seq: int, crc32: int) -> bool:
        """Whether a record that stood there first is here, under whatever number."""
        there = self._db.one(
            f"SELECT 1 FROM record JOIN log ON log.key = record.log "  # noqa: S608
            f"WHERE log.mat = ? AND log.log_id = ? AND seq = ? AND crc32 = ? AND {_FIRST}",
            mat, log_id, seq, crc32,
        )  # fmt: skip
        return there is not None or self._has_moved(mat, log_id, seq, crc32)

    def _has_moved(self, mat: str, log_id: str, seq: int, crc32: int) -> bool:
        moved = self._db.one(
            "SELECT 1 FROM record JOIN log ON log.key = record.log "
            "WHERE was_log = ? AND was_seq = ? AND was_crc = ? AND log.mat = ?",
            log_id, seq, crc32, mat,
        )  # fmt: skip
        return moved is not None

    def behind(self, log: int, seq: int) -> int | None:
        """Next number behind what covers this one; None: nothing does."""
        row = self._db.one(
            "SELECT max(to_seq) FROM lost WHERE log = ? AND from_seq <= ? AND to_seq >= ? "
            "AND cause <> 'beside'",
            log, seq, seq,
        )  # fmt: skip
        if row and row[0] is not None:
            return int(row[0]) + 1
        held = self._db.one(
            f"SELECT 1 FROM record WHERE log = ? AND seq = ? AND {_OWN}",  # noqa: S608
            log, seq,
        )  # fmt: skip
        return seq + 1 if held else None

    def first_from(self, log: int, seq: int, stop: int) -> int:
        """First number in a range that is here or lost; `stop`: none is."""
        if self.behind(log, seq) is not None:
            return seq
        row = self._db.one(
            f"SELECT min(at) FROM (SELECT min(seq) AS at FROM record "  # noqa: S608
            f"WHERE log = ? AND seq >= ? AND {_OWN} UNION ALL "
            "SELECT min(from_seq) FROM lost WHERE log = ? AND from_seq >= ? "
            "AND cause <> 'beside') AS found",
            log, seq, log, seq,
        )  # fmt: skip
        found = row[0] if row else None
        return stop if found is None else min(int(found), stop)

    def add(self, record: RecordRow) -> None:
        """Add a record whose number and sum are new."""
        self._db.execute(
            "INSERT INTO record "
            "(log, seq, crc32, kind, standing, was_log, was_seq, was_crc, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *record,
        )

    def lose(self, log: int, from_seq: int, to_seq: int, cause: str, now_s: float) -> None:
        """Note that numbers are lost, both ends included."""
        self._db.execute(
            "INSERT INTO lost VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            log, from_seq, to_seq, cause, now_s,
        )  # fmt: skip

    def damage(self, mat: str, digest: int, payload: bytes, why: str, now_s: float) -> None:
        """Keep a message that cannot be read; a copy of one is only counted."""
        known = self._db.execute(
            "UPDATE damaged SET n_times = n_times + 1, heard_s = ? WHERE mat = ? AND digest = ?",
            now_s, mat, digest,
        )  # fmt: skip
        self._db.execute("UPDATE mat SET n_damaged = n_damaged + 1 WHERE id = ?", mat)
        row = self._db.one("SELECT count(*) FROM damaged WHERE mat = ?", mat)
        if known or (row and row[0] >= MOST_DAMAGED):
            return
        self._db.execute(
            "INSERT INTO damaged (mat, digest, n_times, heard_s, why, payload) "
            "VALUES (?, ?, 1, ?, ?, ?)",
            mat, digest, now_s, why, payload,
        )  # fmt: skip

    def health(self, mat: str) -> LogHealth:
        """Count what is here of a mat's logs, and what is not."""
        return LogHealth(
            n_records=self._count(mat, _FIRST),
            n_lost=self._n_lost(mat),
            n_beside=self._count(mat, f"standing = {BESIDE}"),
            n_damaged=self._one("SELECT n_damaged FROM mat WHERE id = ?", mat),
            n_unreadable=self._count(mat, "body IS NOT NULL"),
        )

    def _count(self, mat: str, where: str) -> int:
        return self._one(
            f"SELECT count(*) FROM record JOIN log ON log.key = record.log "  # noqa: S608
            f"WHERE log.mat = ? AND {where}",
            mat,
        )

    def _n_lost(self, mat: str) -> int:
        """Count what was given up, less what came late, or is the record that tells of it."""
        numbers = self._one(
            "SELECT coalesce(sum(to_seq - from_seq + 1), 0) FROM lost "
            "JOIN log ON log.key = lost.log WHERE log.mat = ? AND cause <> 'copy'",
            mat,
        )
        late = self._one(
            "SELECT count(*) FROM lost JOIN log ON log.key = lost.log JOIN record "  # noqa: S608
            "ON record.log = lost.log AND record.seq BETWEEN from_seq AND to_seq "
            f"WHERE log.mat = ? AND cause IN ('gap', 'gone') AND {_OWN} AND NOT "
            "(cause = 'gap' AND record.seq = from_seq)",
            mat,
        )
        return numbers - late

    def _one(self, query: str, *values: object) -> int:
        row = self._db.one(query, *values)
        return int(row[0]) if row else 0
