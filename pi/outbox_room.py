"""What a log gives up when there is no room: what is needed least, and it says what is missing.

| gives up, in this order                    | leaves                                       |
|--------------------------------------------|----------------------------------------------|
| acknowledged and older than a week         | nothing: the log begins later                |
| acknowledged, the oldest first             | nothing                                      |
| chunks that nobody has, the oldest first   | one record of kind `gap` for each run        |
| the rest that nobody has                   | the same                                     |

Each only when nothing is left of the one above; some at a time, the next call goes on.

What was sent and not acknowledged stays: the recorder may have it, and a gap in its place would be
another history under one name. That is one window at most.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from core.log_record import KINDS, Gap, Record
from pi.log_rows import AT_ONCE

if TYPE_CHECKING:
    from pathlib import Path

    from core.log_sender import LogState
    from pi.log_rows import LogRows

_CHUNK, _GAP = KINDS.index("chunk"), KINDS.index("gap")

KEEP_S = 7 * 86_400.0
"""Acknowledged records stay so long, for a recorder that is put back to an older state."""


@dataclass(frozen=True)
class Room:
    """How much a log may take.

    Attributes
    ----------
    folder : Path
        Where its file is.
    max_bytes : int
        Of the records.
    free_bytes : int
        What is to stay free on the card.
    """

    folder: Path
    max_bytes: int = 512_000_000
    free_bytes: int = 200_000_000

    def excess(self, rows: LogRows) -> int:
        """Bytes too many now; not above 0: none."""
        card = os.statvfs(self.folder)
        free = card.f_bavail * card.f_frsize + rows.free_bytes
        return max(rows.n_bytes - self.max_bytes, min(self.free_bytes - free, rows.n_bytes))


def make_room(rows: LogRows, state: LogState, room: Room, now_s: float) -> None:
    """Give up records within a transaction, some at a time; the next call goes on.

    Parameters
    ----------
    rows : LogRows
    state : LogState
    room : Room
    now_s : float
        Wall clock, s since 1970, right or wrong: it decides only about `KEEP_S`.
    """
    safe = rows.oldest("seq < ?", state.next_seq)
    for seq, length, stored_s in safe:
        if room.excess(rows) <= 0 and stored_s >= now_s - KEEP_S:
            return
        rows.delete(seq, length)
    if len(safe) == AT_ONCE:
        return
    fresh = max(state.next_seq, state.sent_seq)
    for where in (f"kind = {_CHUNK}", f"kind NOT IN ({_CHUNK}, {_GAP})"):
        found = rows.oldest(f"seq >= ? AND {where}", fresh)
        for seq, length, _ in found:
            if room.excess(rows) <= 0:
                return
            rows.delete(seq, length)
            _leave_gap(rows, state.log_id, seq, fresh)
        if len(found) == AT_ONCE:
            return


def _leave_gap(rows: LogRows, log_id: str, seq: int, fresh: int) -> None:
    """Put a gap in the place of a record, one with the gaps beside it."""
    first, last = seq, seq
    for record in (rows.last_before(seq - 1, log_id), rows.last_before(seq + 1, log_id)):
        gap = _gap_beside(record, seq, fresh)
        if record and gap:
            rows.delete(record.seq, len(record.body))
            first, last = min(first, gap.from_seq), max(last, gap.to_seq)
    body = msgspec.json.encode(Gap(first, last))
    rows.insert(Record(log_id, first, 0, "gap", body), 0.0)


def _gap_beside(record: Record | None, seq: int, fresh: int) -> Gap | None:
    """Gap that ends just before a number or begins just behind it, if it was never sent."""
    if record is None or record.kind != "gap" or record.seq < fresh:
        return None
    gap = msgspec.json.decode(record.body, type=Gap)
    return gap if seq in (gap.to_seq + 1, gap.from_seq - 1) else None
