"""The durable log of a mat on its card: one transaction for all that waits, then it is safe."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from core.log_record import MAX_BODY_BYTES, Gap, Record, moved, pack_record
from core.log_sender import LogState
from pi.log_rows import AT_ONCE, LogRows
from pi.outbox_room import make_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from core.log_record import Kind
    from pi.outbox_room import Room

_log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """What the sampler wants kept.

    Attributes
    ----------
    number : int
        Rises within a boot; an entry that is handed over again is stored once.
    kind : str
    body : bytes
    """

    number: int
    kind: Kind
    body: bytes


class Outbox:
    """The log of one mat.

    Parameters
    ----------
    path : Path
    room : Room
    new_id : callable
        Makes the name of a log: 16 random hex digits.

    Raises
    ------
    sqlite3.Error
        If the file cannot be opened or is damaged. The methods raise it, too.
    """

    def __init__(self, path: Path, room: Room, new_id: Callable[[], str]) -> None:
        self._room, self._new_id = room, new_id
        self._rows = LogRows(path)
        with self._rows.transaction():
            self._rows.execute(
                "INSERT OR IGNORE INTO log VALUES (1, ?, 0, 0, 0, '', 0)", self._new_id()
            )

    @property
    def state(self) -> LogState:
        """How the log stands on the card."""
        log_id, end, following, sent = self._rows.one(
            "SELECT log_id, end_seq, next_seq, sent_seq FROM log"
        )
        (first,) = self._rows.one("SELECT min(seq) FROM record")
        return LogState(log_id, end if first is None else first, end, following, sent)

    def append(self, boot_id: str, entries: Iterable[Entry], now_s: float) -> LogState:
        """Store entries that are not there yet; on the card when this returns.

        Parameters
        ----------
        boot_id : str
            Of the daemon that they come from.
        entries : iterable of Entry
        now_s : float
            Wall clock, s since 1970, right or wrong: it decides only what goes after a week.
        """
        with self._rows.transaction():
            state = self.state
            boot, number = self._rows.one("SELECT boot_id, number FROM log")
            end, last = state.end_seq, number if boot == boot_id else 0
            for entry in entries:
                if entry.number > last:
                    self._rows.insert(_record(state.log_id, end, entry), now_s)
                    end, last = end + 1, entry.number
            self._rows.execute(
                "UPDATE log SET end_seq = ?, boot_id = ?, number = ?", end, boot_id, last
            )
            make_room(self._rows, replace(state, end_seq=end), self._room, now_s)
        return self.state

    def send(self, wanted: range) -> list[bytes]:
        """Mark records as sent, on the card, and pack them.

        Numbers that a gap covers have no record of their own, and go with it.
        """
        state = self.state
        records = self._rows.records(state.log_id, state.first_seq, self._whole(state, wanted))
        if records:
            with self._rows.transaction():
                sent = _behind(records[-1])
                self._rows.execute("UPDATE log SET sent_seq = max(sent_seq, ?)", sent)
        return [pack_record(record) for record in records]

    def _whole(self, state: LogState, wanted: range) -> range:
        """Begin with the gap that covers the first number, if one does."""
        before = self._rows.last_before(wanted.start, state.log_id)
        inside = before is not None and _behind(before) > wanted.start
        return range(before.seq, wanted.stop) if before and inside else wanted

    def acknowledge(self, next_seq: int) -> None:
        """Take note how far the recorder has it, forwards or back."""
        with self._rows.transaction():
            self._rows.execute("UPDATE log SET next_seq = ?", next_seq)

    def begin_new_log(self) -> LogState:
        """Move what nobody has acknowledged to a log of another name; the rest goes."""
        log_id = self._new_id()
        with self._rows.transaction():
            old = self.state
            end = self._move(old, log_id)
            self._rows.execute(
                "UPDATE log SET log_id = ?, end_seq = ?, next_seq = 0, sent_seq = 0", log_id, end
            )
        return self.state

    def _move(self, old: LogState, log_id: str) -> int:
        """Give new numbers to what nobody has acknowledged; return the next one."""
        self._rows.execute("DELETE FROM record WHERE seq < ?", old.next_seq)
        start, end = old.next_seq, 0
        # Some at a time: all of them may be more than the memory of the machine.
        while some := self._rows.records(old.log_id, 0, range(start, old.end_seq), AT_ONCE):
            for record in some:
                fresh, end = _renumbered(moved(record, log_id, end, 0))
                # A new number is never above the old one, so that it is free.
                self._rows.change(record.seq, fresh)
            start = some[-1].seq + 1
        self._rows.count()
        return end

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()


def _record(log_id: str, seq: int, entry: Entry) -> Record:
    """Make the record of an entry; one too long for any leaves a gap, and holds up nothing."""
    if len(entry.body) > MAX_BODY_BYTES:
        what = "event=record_too_long kind=%s bytes=%d most=%d"
        _log.error(what, entry.kind, len(entry.body), MAX_BODY_BYTES)
        return Record(log_id, seq, 0, "gap", msgspec.json.encode(Gap(seq, seq)))
    return Record(log_id, seq, 0, entry.kind, entry.body)


def _behind(record: Record) -> int:
    """Next number after a record and what it covers."""
    if record.kind != "gap":
        return record.seq + 1
    return msgspec.json.decode(record.body, type=Gap).to_seq + 1


def _renumbered(record: Record) -> tuple[Record, int]:
    """Let a moved gap cover as many numbers as before, from its new one on.

    Returns
    -------
    Record, int
        And the next number.
    """
    if record.kind != "gap":
        return record, record.seq + 1
    gap = msgspec.json.decode(record.body, type=Gap)
    last = record.seq + gap.to_seq - gap.from_seq
    return replace(record, body=msgspec.json.encode(Gap(record.seq, last))), last + 1
