"""What guides people on a mat, beside its warnings: safety depends on none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.enrolment import PersonId  # noqa: TC001 - msgspec reads the annotation at run time
from pi.commands import NoArgs, Verb

if TYPE_CHECKING:
    from core.signals import Answer
    from core.update import Update
    from core.wire import State
    from pi.roster import Roster
    from pi.sessions import Sessions


class StartArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`session.start`: who is on the mat; left out: as it was."""

    person: PersonId | None = None


class SessionId(msgspec.Struct, frozen=True):
    """Result of `session.start` and `session.stop`."""

    session: str


class Guide:
    """People and sessions of a mat.

    Parameters
    ----------
    roster : Roster
    sessions : Sessions

    Attributes
    ----------
    sessions : Sessions
        For whoever keeps a record: see `Sessions.tell_to`.
    """

    def __init__(self, roster: Roster, sessions: Sessions) -> None:
        self._roster = roster
        self.sessions = sessions
        self._told: object = None

    def verbs(self) -> dict[str, Verb]:
        """Give what may be asked."""
        return {
            **self._roster.verbs(),
            "session.start": Verb(StartArgs, self._start),
            "session.stop": Verb(NoArgs, self._stop, always=True),
        }

    def follow(self, update: Update) -> None:
        """Take what the engine found."""
        self.sessions.follow(update, self._roster.people.person)

    def dress(self, state: State) -> State:
        """Put into `state` what the engine does not know."""
        return msgspec.structs.replace(state, session=self._session)

    def has_news(self) -> bool:
        """Tell whether something has begun or ended since this was asked last."""
        before, self._told = self._told, self._session
        return self._told != before

    def press(self, now_s: float) -> Answer:
        """Do what a short press of the mat's button asks for: begin a session, or end it."""
        if self.sessions.current:
            self.sessions.stop(now_s, "button")
        else:
            self.sessions.start(now_s, "button", self._roster.people.person)
        return "done"

    def keep(self) -> None:
        """Keep how things stand: once a minute."""
        self._roster.keep()
        self.sessions.keep()

    @property
    def _session(self) -> str | None:
        return self.sessions.current.id if self.sessions.current else None

    def _start(self, args: StartArgs, now_s: float) -> SessionId:
        self.sessions.check_none()
        if args.person is not None:
            self._roster.choose(args.person, now_s)
        person = self._roster.people.person
        return SessionId(self.sessions.start(now_s, "command", person).id)

    def _stop(self, _args: NoArgs, now_s: float) -> SessionId:
        return SessionId(self.sessions.stop(now_s, "command").id)
