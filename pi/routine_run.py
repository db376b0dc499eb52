"""The routine that runs on a mat: core's coach over each update, paused while an alarm stands."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from core.coach import Coach
from core.coach_beeps import BEEPS
from core.errors import MatError
from core.routine_plan import Clearance, Plan, Variant
from core.routine_planner import plan_for
from core.routine_spec import Mode  # noqa: TC001 - msgspec reads the annotation at run time
from core.signals import Step
from core.units import US_PER_S
from pi.logs import quoted
from pi.shelf import BOTH, Feet, RoutineId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.adherence import Adherence
    from core.coach_beeps import Cue
    from core.coach_state import CoachState
    from core.engine import Engine
    from core.routine_spec import RoutineSpec
    from core.standing import ActiveAlarm
    from core.update import Update

CUES_AT_ONCE = 2
"""How a step ended, and what comes next; of more, the newest are played."""

_GAP = Step(250, None, None)
_log = logging.getLogger(__name__)


class RoutineArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`routine.start`.

    Attributes
    ----------
    routine : str
        Id of a shipped one, or of one that came by command.
    mode : str or None
        Sitting or standing; None: as the profile says.
    feet : tuple of str
        Those that take part; what the screening blocked is left out by whoever asks.
    cleared : Clearance or None
        A clinician's word for a locked one.
    """

    routine: RoutineId
    mode: Mode | None = None
    feet: Feet = BOTH
    cleared: Clearance | None = None


class RoutineRun:
    """At most one routine at a time.

    Parameters
    ----------
    engine : Engine
    rate_hz : float
        Frames a second of the mat.
    find : callable
        Gives the routine of an id; RoutineError if there is none.
    """

    def __init__(self, engine: Engine, rate_hz: float, find: Callable[[str], RoutineSpec]) -> None:
        self._engine = engine
        self._rate_hz = rate_hz
        self._find = find
        self._coach: Coach | None = None
        self._limits = engine.limits
        self._beeps: tuple[Step, ...] = ()
        self._paused = self._changed = False
        self.is_live = False

    @property
    def state(self) -> CoachState | None:
        """Where the newest routine stands, until it is dropped."""
        return self._coach.state if self._coach else None

    def plan(self, args: RoutineArgs) -> Plan:
        """Fit a routine to the people on the mat.

        Raises
        ------
        MatError
            If one runs, there is none of that name, or it is not for them: the reason.
        """
        if self.is_live:
            raise MatError("a routine runs already; stop it first")
        spec = self._find(args.routine)
        engine = self._engine
        mode = args.mode or engine.limits.mode
        variant = Variant(mode, args.feet, self._rate_hz, self._caps_kpa(), args.cleared)
        plan = plan_for(spec, engine.layout, engine.limits, variant)
        if not isinstance(plan, Plan):
            raise MatError(plan.reason)
        return plan

    def start(self, plan: Plan, now_s: float) -> None:
        """Begin."""
        self._coach = Coach(plan)
        self._limits = self._engine.limits
        self.is_live = True
        self._take(self._coach.start(round(now_s * US_PER_S)))

    def next(self) -> Adherence | None:
        """Go on with the next step; return what was done if there is none.

        Raises
        ------
        MatError
            If no routine runs.
        """
        coach = self._live()
        self._take(coach.next())
        return self._done_by(coach)

    def stop(self) -> Adherence:
        """End it.

        Raises
        ------
        MatError
            If no routine runs.
        """
        coach = self._live()
        self._take(coach.stop())
        self._end()
        return coach.adherence

    def drop(self) -> None:
        """Show it no more."""
        self._coach = None
        self._changed = True

    def follow(self, update: Update) -> Adherence | None:
        """Take what the engine found; return what was done if the routine has ended by it."""
        if not self.is_live:
            return None
        if self._engine.limits is not self._limits:
            # Its bands were those of other limits.
            _log.warning("event=routine_stopped reason=%s", quoted("other limits hold now"))
            return self.stop()
        coach = self._live()
        paused = any(map(_pauses, self._engine.active))
        self._changed |= paused != self._paused
        self._paused = paused
        try:
            self._take(coach.feed(update, paused=paused))
        # Whatever is wrong with a routine, the mat goes on judging.
        except Exception as error:  # noqa: BLE001
            _log.error("event=routine_failed reason=%s", quoted(error))
            return self.stop()
        return self._done_by(coach)

    def has_news(self) -> bool:
        """Tell whether a step, a pause or an end has come since this was asked last."""
        changed, self._changed = self._changed, False
        return changed

    def take_beeps(self) -> tuple[Step, ...]:
        """Give what is to be heard now, once."""
        beeps, self._beeps = self._beeps, ()
        return beeps

    def _live(self) -> Coach:
        if not self.is_live or self._coach is None:
            raise MatError("no routine runs")
        return self._coach

    def _done_by(self, coach: Coach) -> Adherence | None:
        return None if self.is_live else coach.adherence

    def _take(self, cues: Iterable[Cue]) -> None:
        """Turn cues into tones, and see what they say about the routine."""
        newest = list(cues)[-CUES_AT_ONCE:]
        if newest:
            # A gap between them: two sequences in one would be a third.
            self._beeps = tuple(step for cue in newest for step in (_GAP, *BEEPS[cue.name]))[1:]
            self._changed = True
        if any(cue.name == "done" for cue in newest):
            self._end()
        self._engine.set_resting(resting=self._live_rest())

    def _end(self) -> None:
        self.is_live, self._changed = False, True
        self._engine.set_resting(resting=False)

    def _live_rest(self) -> bool:
        return self.is_live and self._coach is not None and self._coach.resting

    def _caps_kpa(self) -> dict[str, float]:
        """Give the lowest personal cap of each zone among those whose limits hold."""
        caps: dict[str, float] = {}
        for profile in self._engine.people.in_force:
            for zone, cap_kpa in profile.caps_kpa.items():
                caps[zone] = min(cap_kpa, caps.get(zone, cap_kpa))
        return caps


def _pauses(alarm: ActiveAlarm) -> bool:
    """Whether a routine waits for it: a broken buzzer is no reason to."""
    event = alarm.raised
    return event.priority != "low" and (event.kind == "alarm" or event.zone is not None)
