"""The session that runs, on the card: a daemon that died in one knows it on the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from core.adherence import Adherence  # noqa: TC001 - msgspec reads the annotation at run time
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path

SESSION_FILE = "session.json"

BegunBy = Literal["contact", "command", "button"]
EndedBy = Literal["away", "command", "button", "aborted"]
"""`away`: 180 s without contact. `aborted`: the daemon ended, of itself or not."""

MOST_ROUTINES = 10
"""More are not kept: whoever starts and stops them all day fills no memory."""


class SessionRecord(msgspec.Struct, frozen=True):
    """A session, as it goes into the record. Times are of the clock of its boot id.

    Attributes
    ----------
    id : str
        32 hex digits.
    boot_id : str
    person : str or None
        Who was on the mat when it began, else who was said to be first while it ran.
    begun_by : str
    begin_us : int
    seen_us : int
        The last frame of it that is known; its end, once it has ended.
    ended_by : str or None
        None while it runs.
    routines : tuple of Adherence
        What was done of the routines in it that are over, the newest `MOST_ROUTINES`.
    """

    id: str
    boot_id: str
    person: str | None
    begun_by: BegunBy
    begin_us: int
    seen_us: int
    ended_by: EndedBy | None = None
    routines: tuple[Adherence, ...] = ()


class SessionFile:
    """The file of the newest session.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._card = SlowCard(path, "session")
        self._kept: SessionRecord | None = None

    def load(self) -> SessionRecord | None:
        """Read the newest session; None if there was none."""
        return self._card.read(SessionRecord)

    def keep(self, record: SessionRecord) -> None:
        """Write how it stands, if that has changed or could not be written before."""
        if record != self._kept or self._card.failed:
            self._kept = record
            self._card.write(msgspec.json.encode(record))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()
