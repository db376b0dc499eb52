"""A recorder over the judgement alone, in memory: what it holds, as `Held`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import MessageError
from dashboard.recording.judge import Log, Lost, ack_of, caught_up, judge, read

if TYPE_CHECKING:
    from core.log_record import Earlier, Record
    from core.wire import Ack


@dataclass
class Memory:
    """Holds records in memory.

    Attributes
    ----------
    kept, beside : list of Record
        What it has, each once, in the order in which it came.
    lost : list of (str, Lost)
        By log.
    damaged : list of bytes
    """

    logs: dict[str, Log] = field(default_factory=dict)
    own: dict[tuple[str, int], Record] = field(default_factory=dict)
    others: dict[tuple[str, int], list[Record]] = field(default_factory=dict)
    kept: list[Record] = field(default_factory=list)
    beside: list[Record] = field(default_factory=list)
    lost: list[tuple[str, Lost]] = field(default_factory=list)
    damaged: list[bytes] = field(default_factory=list)
    origins: set[Earlier] = field(default_factory=set)
    last: str = ""

    def take(self, payload: bytes) -> None:
        try:
            record = read(payload)
        except MessageError:
            self.damaged.append(payload)
            return
        verdict = judge(record, self)
        place, self.last = (record.log_id, record.seq), record.log_id
        self.logs[self.last] = verdict.log
        self.lost += [(self.last, lost) for lost in verdict.lost]
        if verdict.standing in ("kept", "copy"):
            self.own[place] = record
        elif verdict.standing in ("beside", "copy_beside"):
            self.others.setdefault(place, []).append(record)
        if verdict.standing in ("kept", "beside"):
            assert record.origin not in self.origins
            (self.kept if verdict.standing == "kept" else self.beside).append(record)
            self.origins.add(record.origin)
        self.logs[self.last] = caught_up(self.logs[self.last], self)

    def ack(self) -> Ack:
        return ack_of(self.logs[self.last])

    # As `Held`.

    def log(self, log_id: str) -> Log | None:
        return self.logs.get(log_id)

    def sums(self, log_id: str, seq: int) -> tuple[int, ...]:
        place = (log_id, seq)
        here = [self.own[place]] if place in self.own else []
        return tuple(record.crc32 for record in (*here, *self.others.get(place, [])))

    def has_origin(self, origin: Earlier) -> bool:
        return origin in self.origins

    def behind(self, log_id: str, seq: int) -> int | None:
        covers = [
            lost.to_seq + 1
            for its_log, lost in self.lost
            if its_log == log_id and lost.cause != "beside" and lost.from_seq <= seq <= lost.to_seq
        ]
        held = [seq + 1] if (log_id, seq) in self.own else []
        return max(covers + held, default=None)

    def first_from(self, log_id: str, seq: int, stop: int) -> int:
        covered = (n for n in range(seq, stop) if self.behind(log_id, n) is not None)
        return next(covered, stop)
