"""Records of mats into the store, many in one transaction; what may be acknowledged afterwards."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from core.errors import MessageError
from core.log_record import KINDS, MAX_RECORD_BYTES
from dashboard.recording.content import store_content
from dashboard.recording.dating import date_sessions
from dashboard.recording.judge import Log, caught_up, judge, read
from dashboard.store.logs import BESIDE, COPY, COPY_BESIDE, KEPT, LogRow, RecordRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.log_record import Earlier, Record
    from dashboard.recording.judge import Standing, Verdict
    from dashboard.store.repository import Store

_FIRST_SEQ = slice(21, 29)
"""Where a record says what the mat still has: the only bytes that differ when it is sent again."""

_STANDINGS: dict[Standing, int] = {
    "kept": KEPT, "copy": COPY, "beside": BESIDE, "copy_beside": COPY_BESIDE,
}  # fmt: skip


class Came(NamedTuple):
    """A message as it came.

    Attributes
    ----------
    mat : str
        By its topic.
    payload : bytes
    """

    mat: str
    payload: bytes


@dataclass(frozen=True)
class Committed:
    """What a batch was.

    Attributes
    ----------
    logs : dict of str to Log
        Of each mat that sent a record: how the log stands that it sent of last.
    n_new : int
        Records whose content was not here.
    n_damaged : int
    unknown : dict of str to int
        Messages of mats that are not known, of which nothing was kept.
    is_due : bool
        Whether figures of a session are to be made.
    """

    logs: dict[str, Log]
    n_new: int
    n_damaged: int
    unknown: dict[str, int]
    is_due: bool


def commit(store: Store, batch: Iterable[Came], now_s: float) -> Committed:
    """Store what is lacking, within a transaction; the same batch again changes nothing.

    Parameters
    ----------
    store : Store
    batch : iterable of Came
    now_s : float
        s since 1970.
    """
    by_mat: dict[str, list[bytes]] = {}
    for mat, payload in batch:
        by_mat.setdefault(mat, []).append(payload)
    known = {mat: store.mats.get(mat) is not None for mat in by_mat}
    desks = {mat: MatDesk(store, mat, now_s) for mat in by_mat if known[mat]}
    for mat, desk in desks.items():
        for payload in by_mat[mat]:
            desk.take(payload)
        desk.finish()
    unknown = {mat: len(payloads) for mat, payloads in by_mat.items() if not known[mat]}
    for mat, n_messages in unknown.items():
        store.mats.unknown_heard(mat, n_messages, now_s)
    return Committed(
        logs={mat: desk.last for mat, desk in desks.items() if desk.last},
        n_new=sum(desk.n_new for desk in desks.values()),
        n_damaged=sum(desk.n_damaged for desk in desks.values()),
        unknown=unknown,
        is_due=bool(store.sessions.due()),
    )


def last_log(store: Store, mat: str) -> Log | None:
    """Find how the log stands that a mat sent of last; None: it has sent nothing."""
    row = store.logs.last(mat)
    return _log(row) if row else None


def set_aside(store: Store, came: Came, why: str, now_s: float) -> None:
    """Keep a message of a known mat as it came, among the damaged."""
    if store.mats.get(came.mat):
        MatDesk(store, came.mat, now_s).damage(came.payload, why)


class MatDesk:
    """Takes the records of one mat, within one transaction.

    Parameters
    ----------
    store : Store
    mat : str
        A known one.
    now_s : float
        s since 1970.

    Attributes
    ----------
    last : Log or None
        How the log stands that sent last.
    n_new, n_damaged : int
    """

    def __init__(self, store: Store, mat: str, now_s: float) -> None:
        self._store, self._mat, self._now_s = store, mat, now_s
        self._held = StoreHeld(store, mat)
        self.last: Log | None = None
        self.n_new = self.n_damaged = 0
        self._dates = False

    def take(self, payload: bytes) -> None:
        """Take a record, or something damaged."""
        try:
            record = read(payload)
        except MessageError as error:
            self.damage(payload, str(error))
            return
        verdict = judge(record, self._held)
        self.last = verdict.log
        if verdict.standing != "known":
            self._keep(record, verdict)

    def finish(self) -> None:
        """Note what is of the mat as a whole."""
        if self.last:
            self._store.mats.heard(self._mat, self._now_s)
            self._store.logs.heard(self._mat, self._held.key(self.last.log_id))
        if self._dates:
            date_sessions(self._store, self._mat)

    def _keep(self, record: Record, verdict: Verdict) -> None:
        key = self._held.key(record.log_id)
        for lost in verdict.lost:
            self._store.logs.lose(key, *lost, self._now_s)
        body = self._content(record) if verdict.standing in ("kept", "beside") else None
        was = record.was
        self._store.logs.add(
            RecordRow(
                log=key,
                seq=record.seq,
                crc32=record.crc32,
                kind=KINDS.index(record.kind),
                standing=_STANDINGS[verdict.standing],
                was_log=was.log_id if was else None,
                was_seq=was.seq if was else None,
                was_crc=was.crc32 if was else None,
                body=body,
            )
        )
        self.last = caught_up(verdict.log, self._held)
        self._held.change(self.last)

    def _content(self, record: Record) -> bytes | None:
        """Store what a record says; return what is to be kept as it came."""
        self.n_new += 1
        self._dates |= record.kind in ("session", "clock")
        try:
            store_content(self._store, self._mat, record)
        except MessageError:
            return record.body
        return None

    def damage(self, payload: bytes, why: str) -> None:
        """Keep a message as it came."""
        self.n_damaged += 1
        at = _FIRST_SEQ
        digest = zlib.crc32(payload[: at.start] + payload[at.stop :])
        kept = payload[:MAX_RECORD_BYTES]
        self._store.logs.damage(self._mat, digest, kept, why[:200], self._now_s)


class StoreHeld:
    """What the store has of one mat, as `dashboard.recording.judge.Held`; a log is read once.

    Parameters
    ----------
    store : Store
    mat : str
    """

    def __init__(self, store: Store, mat: str) -> None:
        self._store, self._mat = store, mat
        self._rows: dict[str, LogRow] = {}

    def key(self, log_id: str) -> int:
        """Key of a log, which is added if need be."""
        if self.log(log_id) is None:
            key = self._store.logs.key(self._mat, log_id)
            self._rows[log_id] = LogRow(key, log_id, 0, 0, 0)
        return self._rows[log_id].key

    def change(self, log: Log) -> None:
        """Note how a log stands."""
        row = self._rows[log.log_id]
        now = LogRow(row.key, log.log_id, log.next_seq, int(log.wanting), int(log.forked))
        if now != row:
            self._store.logs.change(now)
            self._rows[log.log_id] = now

    def log(self, log_id: str) -> Log | None:
        """See `Held.log`."""
        row = self._rows.get(log_id) or self._store.logs.find(self._mat, log_id)
        if row is None:
            return None
        self._rows[log_id] = row
        return _log(row)

    def sums(self, log_id: str, seq: int) -> tuple[int, ...]:
        """See `Held.sums`."""
        row = self._rows.get(log_id)
        return self._store.logs.sums(row.key, seq) if row else ()

    def has_origin(self, origin: Earlier) -> bool:
        """See `Held.has_origin`."""
        return self._store.logs.has_origin(self._mat, origin.log_id, origin.seq, origin.crc32)

    def behind(self, log_id: str, seq: int) -> int | None:
        """See `Held.behind`."""
        row = self._rows.get(log_id)
        return self._store.logs.behind(row.key, seq) if row else None

    def first_from(self, log_id: str, seq: int, stop: int) -> int:
        """See `Held.first_from`."""
        row = self._rows.get(log_id)
        return self._store.logs.first_from(row.key, seq, stop) if row else stop


def _log(row: LogRow) -> Log:
    return Log(row.log_id, row.next_seq, bool(row.wanting), bool(row.forked))
