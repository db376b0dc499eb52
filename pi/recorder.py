"""What a mat writes into its durable log, handed to the link that keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.chunk import pack_chunk
from core.chunk_head import NO_SESSION, ChunkHead
from core.log_record import KINDS
from core.log_writer import LogWriter
from core.wire import ClockRecord, encode
from pi.handover import REC, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from core.chunk import Chunk
    from core.log_record import Kind
    from core.update import Update
    from core.wire import Info


class Recorder:
    """Makes the records of one start of a mat.

    Parameters
    ----------
    send : callable
        Takes a message for the link.
    always : bool
        Whether an empty mat is written down, too.
    """

    def __init__(self, send: Callable[[Message], None], *, always: bool = False) -> None:
        self._send = send
        self._writer = LogWriter(always=always)
        self._clock: ClockRecord | None = None
        self._head: ChunkHead | None = None
        self._info: Info | None = None
        self._session: str | None = None

    def frames(self, update: Update, info: Info, session: str | None = None) -> None:
        """Take frames, and what they belong to."""
        # In each pass, and it changes once in a while.
        if self._head is None or info is not self._info or session != self._session:
            self._head, self._info, self._session = _head(info, session), info, session
        self._chunks(self._writer.add(update, self._head))

    def note(self, kind: Kind, content: msgspec.Struct) -> None:
        """Take an event, or another record that is JSON."""
        self._record(kind, encode(content))

    def clock(self, info: Info) -> None:
        """Take what is known of the wall clock, if it is something else than before."""
        known = ClockRecord(info.boot_id, info.wall, info.wall_not_before_s)
        if known != self._clock:
            self._clock = known
            self.note("clock", known)

    def close(self) -> None:
        """Hand over the second that is not whole."""
        self._chunks(self._writer.flush())

    def _chunks(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            self._record("chunk", pack_chunk(chunk))

    def _record(self, kind: Kind, body: bytes) -> None:
        self._send(Message(REC, bytes([KINDS.index(kind)]) + body))


def _head(info: Info, session: str | None) -> ChunkHead:
    return ChunkHead(
        layout_hash=info.layout.hash,
        calibration_id=info.calibration_id,
        profile_version=info.profile_version,
        rate_hz=info.rate_hz,
        boot_id=info.boot_id,
        session=session or NO_SESSION,
    )
