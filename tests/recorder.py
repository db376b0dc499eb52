"""The one recorder of a mat, small and in memory, as docs/protocol.md tells it.

Shares no code with the dashboard's; what a mat promises is tested against this.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Self

import msgspec

from core.errors import MessageError
from core.log_record import Earlier, Gap, Record, unpack_record
from core.wire import Ack


@dataclass
class Log:
    """What is known of one log."""

    next_seq: int = 0
    records: dict[int, Record] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)
    """Numbers that a gap stands for, or that the mat no longer has."""


@dataclass
class Ledger:
    """Everything that was committed.

    Attributes
    ----------
    logs : dict of str to Log
    kept : list of Record
        What it has, each once, in the order in which it came.
    beside : list of Record
        Other histories under a known number.
    damaged : list of bytes
    n_lost : int
        Records that the mat had no room for.
    """

    logs: dict[str, Log] = field(default_factory=dict)
    kept: list[Record] = field(default_factory=list)
    beside: list[Record] = field(default_factory=list)
    damaged: list[bytes] = field(default_factory=list)
    n_lost: int = 0
    _origins: set[Earlier] = field(default_factory=set)
    _last: str = ""
    _forked: set[str] = field(default_factory=set)
    _wanting: set[str] = field(default_factory=set)

    def take(self, payload: bytes) -> None:
        """Commit what it lacks."""
        try:
            record = unpack_record(payload)
        except MessageError:
            self.damaged.append(payload)
            return
        self._last = record.log_id
        if record.log_id not in self.logs and record.seq > record.first_seq:
            # What came before was acknowledged once, by whoever had this place before.
            self._wanting.add(record.log_id)
        log = self.logs.setdefault(record.log_id, Log())
        known = log.records.get(record.seq)
        if known is None:
            self._commit(log, record)
        elif known.crc32 != record.crc32:
            self._forked.add(record.log_id)
            if record not in self.beside:
                self.beside.append(record)
                self._origins.add(record.origin)

    def ack(self) -> Ack | None:
        """What it says of the log that last sent; None: nothing has come."""
        if not self._last:
            return None
        following = self.logs[self._last].next_seq
        want = following if self._last in self._wanting else None
        return Ack(self._last, following, want, fork=self._last in self._forked)

    def put_back(self) -> None:
        """Hear that this is an older state of it: from now on it wants what is missing since."""
        self._wanting.update(self.logs)

    def backup(self) -> Self:
        """Copy it as it is now."""
        return copy.deepcopy(self)

    def _commit(self, log: Log, record: Record) -> None:
        log.records[record.seq] = record
        if record.first_seq > log.next_seq:
            self.n_lost += record.first_seq - log.next_seq
            log.covered.update(range(log.next_seq, record.first_seq))
        if record.kind == "gap":
            gap = msgspec.json.decode(record.body, type=Gap)
            log.covered.update(range(gap.from_seq, gap.to_seq + 1))
        if record.origin not in self._origins:
            self._origins.add(record.origin)
            self._keep(record)
        while log.next_seq in log.records or log.next_seq in log.covered:
            log.next_seq += 1

    def _keep(self, record: Record) -> None:
        if record.kind == "gap":
            gap = msgspec.json.decode(record.body, type=Gap)
            self.n_lost += gap.to_seq - gap.from_seq + 1
        self.kept.append(record)
