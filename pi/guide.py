"""What guides people on a mat, beside its warnings: safety depends on none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.enrolment import PersonId  # noqa: TC001 - msgspec reads the annotation at run time
from core.errors import MatError
from core.frames import ZoneStatus
from core.units import US_PER_S
from pi.commands import NoArgs, OnceKept, Verb
from pi.routine_run import RoutineArgs

if TYPE_CHECKING:
    from core.adherence import Adherence
    from core.routine_plan import Plan
    from core.signals import Step
    from core.update import Update
    from core.wire import BegunBy, State
    from pi.roster import Roster
    from pi.routine_run import RoutineRun
    from pi.sessions import Sessions
    from pi.shelf import Shelf
    from pi.starts import Starts


class StartArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`session.start`: who is on the mat; left out: as it was."""

    person: PersonId | None = None


class SessionId(msgspec.Struct, frozen=True):
    """Result of `session.start` and `session.stop`."""

    session: str


class Begun(msgspec.Struct, frozen=True):
    """Result of `routine.start`.

    Attributes
    ----------
    session : str
    steps : int
    longest_s : float
    notes : tuple of str
        Sentences for the person: what was left out, and why.
    """

    session: str
    steps: int
    longest_s: float
    notes: tuple[str, ...]


class Done(msgspec.Struct, frozen=True):
    """Result of `routine.stop`: repetitions."""

    done: int
    planned: int


class Guide:
    """People, sessions and routines of a mat.

    Parameters
    ----------
    roster : Roster
    sessions : Sessions
    routine : RoutineRun
    shelf : Shelf
    starts : Starts

    Attributes
    ----------
    sessions : Sessions
        For whoever keeps a record: see `Sessions.tell_to`.
    """

    def __init__(
        self,
        roster: Roster,
        sessions: Sessions,
        routine: RoutineRun,
        shelf: Shelf,
        starts: Starts,
    ) -> None:
        self._roster = roster
        self.sessions = sessions
        self._routine = routine
        self._shelf, self._starts = shelf, starts
        self._touched = False
        self._told: str | None = None

    def verbs(self) -> dict[str, Verb]:
        """Give what may be asked."""
        return {
            **self._roster.verbs(),
            **self._shelf.verbs(),
            "session.start": Verb(StartArgs, self._start),
            "session.stop": Verb(NoArgs, self._stop, always=True),
            "routine.start": Verb(RoutineArgs, self._begin_routine),
            "routine.next": Verb(NoArgs, self._next_step),
            "routine.stop": Verb(NoArgs, self._stop_routine, always=True),
        }

    def follow(self, update: Update) -> None:
        """Take what the engine found."""
        self._touched = bool((update.status[-1] & ZoneStatus.CONTACT).any())
        self._note(self._routine.follow(update))
        if any(change.state == "ended" for change in update.sessions):
            self._leave_routine()
        self.sessions.follow(update, self._roster.people.person)

    def settle(self) -> None:
        """Let the engine know which sessions count, before it judges another frame."""
        self._starts.follow(self.sessions.current, self._roster.people)

    def dress(self, state: State) -> State:
        """Put into `state` what the engine does not know."""
        return msgspec.structs.replace(state, session=self._session, step=self._routine.state)

    def has_news(self) -> bool:
        """Tell whether something has begun or ended since this was asked last."""
        before, self._told = self._told, self._session
        return self._routine.has_news() or self._told != before

    def take_beeps(self) -> tuple[Step, ...]:
        """Give what the routine lets people hear now, once."""
        return self._routine.take_beeps()

    def begin_for_button(self, now_s: float) -> None:
        """Begin the routine that is the button's, and a session if none runs.

        Raises
        ------
        MatError
            If there is none, or it is not for who is on the mat.
        """
        choice = self._shelf.for_button
        if choice.routine is None:
            raise MatError("no routine is chosen for the button")
        self._begin(RoutineArgs(choice.routine, feet=choice.feet), now_s, "button")

    def end_routine(self) -> bool:
        """End the routine that runs; say whether one did."""
        was_live = self._routine.is_live
        if was_live:
            self._note(self._routine.stop())
        return was_live

    def end_session(self, now_s: float) -> bool:
        """End the session that runs, if somebody is on the mat; say whether it has."""
        ends = self.sessions.current is not None and self._touched
        if ends:
            self._leave_routine()
            self.sessions.stop(now_s, "button")
        return ends

    def keep(self) -> None:
        """Keep how things stand: once a minute."""
        self._roster.keep()
        self.sessions.keep()
        self._shelf.keep()
        self._starts.keep(self.sessions.current)

    @property
    def _session(self) -> str | None:
        return self.sessions.current.id if self.sessions.current else None

    def _start(self, args: StartArgs, now_s: float) -> SessionId | OnceKept:
        self.sessions.check_none()
        written = None if args.person is None else self._roster.choose(args.person, now_s)
        person = self._roster.people.person
        begun = SessionId(self.sessions.start(now_s, "command", person).id)
        return OnceKept(begun, written) if written else begun

    def _stop(self, _args: NoArgs, now_s: float) -> SessionId:
        if self.sessions.current:
            self._leave_routine()
        return SessionId(self.sessions.stop(now_s, "command").id)

    def _begin_routine(self, args: RoutineArgs, now_s: float) -> Begun:
        plan = self._begin(args, now_s, "command")
        longest_s = plan.longest_us / US_PER_S
        return Begun(self._session or "", len(plan.steps), longest_s, plan.notes)

    def _begin(self, args: RoutineArgs, now_s: float, by: BegunBy) -> Plan:
        plan = self._routine.plan(args)
        if not self.sessions.current:
            self.sessions.start(now_s, by, self._roster.people.person)
        self._routine.start(plan, now_s)
        return plan

    def _next_step(self, _args: NoArgs, _now_s: float) -> None:
        self._note(self._routine.next())

    def _stop_routine(self, _args: NoArgs, _now_s: float) -> Done:
        found = self._routine.stop()
        self._note(found)
        return Done(found.done, found.planned)

    def _leave_routine(self) -> None:
        """End the routine with its session, and show it no more."""
        self.end_routine()
        self._routine.drop()

    def _note(self, done: Adherence | None) -> None:
        if done:
            self.sessions.note_routine(done)
