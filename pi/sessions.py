"""Sessions of one run of the daemon: who began and ended them, for `state`, card and record.

| session | goes on to | when                                                                |
|---------|------------|---------------------------------------------------------------------|
| none    | running    | contact (`core.presence`), `session.start`, the button              |
| running | none       | 180 s without contact, `session.stop`, the button                   |
| running | aborted    | the daemon ended in it: the next one says so, and never resumes it  |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.errors import MatError
from core.units import US_PER_S
from core.wire import SessionRecord
from pi.session_file import MOST_ROUTINES

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.adherence import Adherence
    from core.engine import Engine
    from core.update import Update
    from core.wire import BegunBy, EndedBy


def _nobody(_record: SessionRecord) -> None:
    """Nobody keeps a record."""


class Sessions:
    """Follows the sessions that the engine knows.

    Parameters
    ----------
    engine : Engine
    boot_id : str
    new_id : callable
        Gives 32 random hex digits.
    keep : callable
        Takes the newest session, whenever it begins or ends, and once a minute.
    before : SessionRecord or None
        The newest session of the daemon before, as it was kept.
    """

    def __init__(
        self,
        engine: Engine,
        boot_id: str,
        new_id: Callable[[], str],
        keep: Callable[[SessionRecord], None],
        before: SessionRecord | None = None,
    ) -> None:
        self._engine = engine
        self._boot_id = boot_id
        self._new_id = new_id
        self._keep = keep
        self._now: SessionRecord | None = None
        self._over: SessionRecord | None = None
        self._aborted: SessionRecord | None = None
        if before and before.ended_by is None:
            self._aborted = msgspec.structs.replace(before, ended_by="aborted")
        self._tell: Callable[[SessionRecord], None] = _nobody

    @property
    def current(self) -> SessionRecord | None:
        """The session that runs."""
        return self._now

    def tell_to(self, tell: Callable[[SessionRecord], None]) -> None:
        """Tell each session when it has begun and when it has ended.

        Parameters
        ----------
        tell : callable
            At once takes the session in which the last daemon ended, if there is one. It may come
            again with the next start, if this daemon ends before another session begins.
        """
        self._tell = tell
        if self._aborted:
            tell(self._aborted)

    def follow(self, update: Update, person: str | None) -> None:
        """Take what the engine found.

        Parameters
        ----------
        update : Update
        person : str or None
            Who is on the mat.
        """
        for change in update.sessions:
            if change.state == "started":
                self._begin(change.t_us, "contact", person)
            else:
                self._end(change.t_us, "away")
        if self._now:
            newest_us = max(self._now.seen_us, int(update.frames.t_us[-1]))
            whose = self._now.person or person
            self._now = msgspec.structs.replace(self._now, seen_us=newest_us, person=whose)

    def start(self, now_s: float, by: BegunBy, person: str | None) -> SessionRecord:
        """Begin a session, whether anybody is on the mat or not.

        Raises
        ------
        MatError
            If one runs.
        """
        self.check_none()
        t_us = round(now_s * US_PER_S)
        self._engine.start_session(t_us)
        return self._begin(t_us, by, person)

    def stop(self, now_s: float, by: EndedBy) -> SessionRecord:
        """End the session that runs.

        Raises
        ------
        MatError
            If none does.
        """
        if self._now is None:
            raise MatError("no session runs")
        t_us = round(now_s * US_PER_S)
        self._engine.stop_session(t_us)
        return self._end(t_us, by)

    def note_routine(self, done: Adherence) -> None:
        """Take what was done of a routine in the session that runs."""
        if self._now:
            routines = (*self._now.routines, done)[-MOST_ROUTINES:]
            self._now = msgspec.structs.replace(self._now, routines=routines)

    def check_none(self) -> None:
        """Refuse to go on while a session runs.

        Raises
        ------
        MatError
        """
        if self._now:
            raise MatError("a session runs already; stop it first")

    def keep(self) -> None:
        """Keep the newest session again: until when it was seen, or in case that failed."""
        newest = self._now or self._over
        if newest:
            self._keep(newest)

    def _begin(self, t_us: int, by: BegunBy, person: str | None) -> SessionRecord:
        begun = SessionRecord(self._new_id(), self._boot_id, person, by, t_us, t_us)
        self._now = begun
        self._note(begun)
        return begun

    def _end(self, t_us: int, by: EndedBy) -> SessionRecord:
        assert self._now is not None  # noqa: S101 - the engine ends what it has begun
        ended = msgspec.structs.replace(self._now, seen_us=t_us, ended_by=by)
        self._now, self._over = None, ended
        self._note(ended)
        return ended

    def _note(self, record: SessionRecord) -> None:
        self._keep(record)
        self._tell(record)
