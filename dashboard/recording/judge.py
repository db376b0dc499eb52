"""What a recorder does with one record, and how far it has a log. Touches nothing.

| the record                                     | stands as                              |
|------------------------------------------------|----------------------------------------|
| its number is free, its origin not held        | `kept`                                 |
| its number is free, its origin held            | `copy`: only its number counts         |
| its number and its sum are known               | `known`: nothing is to be done         |
| its number is known with another sum           | `beside`, or `copy_beside`; a fork     |

`next` of a log moves over all that is held or lost. What the mat no longer has, and was never
here, is lost; so is what a gap stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from core.errors import MessageError
from core.log_record import Gap, unpack_record
from core.wire import Ack

if TYPE_CHECKING:
    from core.log_record import Earlier, Record

Standing = Literal["kept", "copy", "beside", "copy_beside", "known"]
Cause = Literal["gap", "gone", "copy", "beside"]
"""Why numbers are lost: no room on the mat; it begins later now; the gap is counted where it stood
first; it is one of another history, and stands for no number of this one."""

MOST_SEQ = 2**62
"""A number from here on is no number of a mat, nor of a database."""


@dataclass(frozen=True)
class Log:
    """What is known of a log as a whole.

    Attributes
    ----------
    log_id : str
    next_seq : int
        All below is held, or recorded as lost.
    wanting : bool
        This recorder may lack what it once acknowledged: each ack says from where to send again.
    forked : bool
        Two histories go by this name: each ack says that the mat is to begin another.
    """

    log_id: str
    next_seq: int = 0
    wanting: bool = False
    forked: bool = False


class Lost(NamedTuple):
    """Numbers that will not come, both ends included."""

    from_seq: int
    to_seq: int
    cause: Cause


class Held(Protocol):
    """What the recorder has of one mat."""

    def log(self, log_id: str) -> Log | None:
        """Find a log; None: never heard of."""

    def sums(self, log_id: str, seq: int) -> tuple[int, ...]:
        """List the sums of what is held under a number: first that of the log."""

    def has_origin(self, origin: Earlier) -> bool:
        """Whether a record that stood there first is held, under whatever number."""

    def behind(self, log_id: str, seq: int) -> int | None:
        """Next number behind the record or the loss that covers this one; None: nothing does."""

    def first_from(self, log_id: str, seq: int, stop: int) -> int:
        """First number from `seq` on that is held or lost; `stop` if none is below it."""


@dataclass(frozen=True)
class Verdict:
    """What is to be stored of a record.

    Attributes
    ----------
    standing : str
    lost : tuple of Lost
    log : Log
        As it is then, but for `next_seq`: see `caught_up`.
    """

    standing: Standing
    lost: tuple[Lost, ...]
    log: Log


def read(payload: bytes) -> Record:
    """Decode a record as it came.

    Raises
    ------
    MessageError
        If it is damaged, or its numbers are none.
    """
    record = unpack_record(payload)
    if not record.first_seq <= record.seq < MOST_SEQ:
        raise MessageError(f"record: number {record.seq} of a log from {record.first_seq} on")
    if record.was and record.was.seq >= MOST_SEQ:
        raise MessageError(f"record: it stood first at {record.was.seq}")
    return record


def judge(record: Record, held: Held) -> Verdict:
    """Say what is to be done with a record."""
    log = held.log(record.log_id) or _heard_first(record)
    sums = held.sums(record.log_id, record.seq)
    if record.crc32 in sums:
        # A fork stays one, and is told again: the mat has not heard it.
        return Verdict("known", (), log)
    copied = held.has_origin(record.origin)
    if sums:
        lost = _gap(record, "beside")
        return Verdict("copy_beside" if copied else "beside", lost, replace(log, forked=True))
    gone = _gone(log, record.first_seq, held)
    lost = (*gone, *_gap(record, "copy" if copied else "gap"))
    return Verdict("copy" if copied else "kept", lost, log)


def caught_up(log: Log, held: Held) -> Log:
    """Move `next` over all that is held or lost."""
    seq = log.next_seq
    while (behind := held.behind(log.log_id, seq)) is not None:
        seq = behind
    return replace(log, next_seq=seq)


def ack_of(log: Log) -> Ack:
    """Say what of a log is safe."""
    return Ack(log.log_id, log.next_seq, log.next_seq if log.wanting else None, fork=log.forked)


def gap_of(record: Record) -> Gap:
    """Read what a gap stands for.

    Raises
    ------
    MessageError
        If it is none that begins at its own number.
    """
    try:
        gap = msgspec.json.decode(record.body, type=Gap)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"gap: {error}") from None
    if not record.seq == gap.from_seq <= gap.to_seq < MOST_SEQ:
        raise MessageError(f"gap: {gap.from_seq} to {gap.to_seq} at {record.seq}")
    return gap


def _heard_first(record: Record) -> Log:
    # What came before was acknowledged once, by whoever had this place before.
    return Log(record.log_id, wanting=record.seq > record.first_seq)


def _gone(log: Log, first_seq: int, held: Held) -> tuple[Lost, ...]:
    """Find what lies between `next` and what the mat still has, and is not here."""
    found, seq = [], log.next_seq
    while seq < first_seq:
        stop = held.first_from(log.log_id, seq, first_seq)
        if stop > seq:
            found.append(Lost(seq, stop - 1, "gone"))
        seq = held.behind(log.log_id, stop) or first_seq
    return tuple(found)


def _gap(record: Record, cause: Cause) -> tuple[Lost, ...]:
    if record.kind != "gap":
        return ()
    try:
        gap = gap_of(record)
    except MessageError:
        # It is kept as it is, and stands for its own number only.
        return ()
    return (Lost(gap.from_seq, gap.to_seq, cause),)
