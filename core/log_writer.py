"""Frames into chunks for the durable log: second by second, while somebody is on the mat.

An empty mat is not written down, for the sake of the card: from `AFTER_US` behind the last contact
on, chunks are held back, and the last `BEFORE` of them come out before the next contact. The first
chunk behind such a pause says that it was one, so that nobody takes it for a loss.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from core.chunk import Chunk
from core.chunk_head import NO_SESSION
from core.frames import ZoneStatus
from core.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.chunk_head import ChunkHead
    from core.update import Update

BEFORE = 5
"""Chunks before a contact."""

AFTER_US = 60 * US_PER_S
"""Time behind the last contact."""


@dataclass
class LogWriter:
    """Makes the chunks of one start of a mat.

    Attributes
    ----------
    always : bool
        Whether an empty mat is written down, too.
    """

    always: bool = False
    _parts: list[Chunk] = field(default_factory=list)
    _held: deque[Chunk] = field(default_factory=lambda: deque(maxlen=BEFORE))
    _touched_us: int | None = None
    _paused: bool = False

    def add(self, update: Update, head: ChunkHead) -> list[Chunk]:
        """Take frames; return the chunks that are to be kept and are whole.

        Parameters
        ----------
        update : Update
        head : ChunkHead
            What these frames belong to; where it changes, a chunk ends.
        """
        ready: list[Chunk] = []
        for part in _by_second(update, head):
            if self._parts and not _go_together(self._parts[-1], part):
                ready += self.flush()
            self._parts.append(part)
        return ready

    def flush(self) -> list[Chunk]:
        """End the chunk that is not whole yet."""
        if not self._parts:
            return []
        chunk, self._parts = _joined(self._parts), []
        return list(self._pass(chunk))

    def _pass(self, chunk: Chunk) -> Iterator[Chunk]:
        """Hold a chunk back, or let it go with those before it."""
        touched = bool((chunk.status & ZoneStatus.CONTACT).any())
        if touched:
            self._touched_us = int(chunk.t_us[-1])
        if self.always or touched or self._lately(chunk) or chunk.head.session != NO_SESSION:
            for each in (*self._held, chunk):
                yield replace(each, resumed=self._paused)
                self._paused = False
            self._held.clear()
            return
        self._paused |= len(self._held) == BEFORE
        self._held.append(chunk)

    def _lately(self, chunk: Chunk) -> bool:
        return self._touched_us is not None and chunk.t_us[0] - self._touched_us < AFTER_US


def _by_second(update: Update, head: ChunkHead) -> Iterator[Chunk]:
    """Cut a batch where a second begins, and where frames are missing."""
    seq, t_us = update.frames.seq, update.frames.t_us
    cuts = np.flatnonzero((np.diff(t_us // US_PER_S) != 0) | (np.diff(seq) != 1)) + 1
    for rows in np.split(np.arange(len(seq)), cuts):
        yield Chunk(head, int(seq[rows[0]]), t_us[rows], update.value_cn[rows], update.status[rows])


def _go_together(before: Chunk, after: Chunk) -> bool:
    return (
        before.head == after.head
        and before.t_us[-1] // US_PER_S == after.t_us[0] // US_PER_S
        and before.seq + len(before.t_us) == after.seq
    )


def _joined(parts: list[Chunk]) -> Chunk:
    return replace(
        parts[0],
        t_us=np.concatenate([part.t_us for part in parts]),
        force_cn=np.concatenate([part.force_cn for part in parts]),
        status=np.concatenate([part.status for part in parts]),
    )
