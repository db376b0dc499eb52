"""Guides a person through a plan, frame by frame. No clock, no I/O; time is in the frames.

| phase   | goes on to | when                                                               |
|---------|------------|--------------------------------------------------------------------|
| ready   | running    | `start`                                                            |
| running | paused     | an alarm stands (the caller says so): clock and detectors stand    |
| paused  | running    | none stands any more                                               |
| running | done       | the last step is over                                              |
| all     | stopped    | `stop`; a routine that is done stays done                          |

A step is over when all its repetitions are done, by its longest time, by `next`, or because the
rest that lies ahead is due. `feed(a)` then `feed(b)` gives, bit for bit, what `feed(a + b)` gives:
every time is a sum of whole microseconds, every comparison one of whole 0.01 N.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.adherence import Adherence, adherence
from core.coach_beeps import Cue
from core.coach_state import CoachState
from core.frames import check_rising
from core.rests import Rests
from core.routine_spec import RoutineError
from core.sight import Sight
from core.step_run import StepRun
from core.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from core.adherence import Ending
    from core.coach_state import Phase
    from core.routine_plan import Plan

GAP_US = 500_000
"""A longer interval between frames counts for nothing: nobody knows what was in it."""

LIVE = ("running", "paused")


class _Times(Protocol):
    @property
    def t_us(self) -> NDArray[np.int64]:
        """Shape (n_frames,)."""


class Seen(Protocol):
    """What the coach asks of an `Update` of the engine."""

    @property
    def frames(self) -> _Times:
        """Their times."""

    @property
    def value_cn(self) -> NDArray[np.int64]:
        """Shape (n_frames, n_zones): last valid force, 0.01 N."""

    @property
    def status(self) -> NDArray[np.uint8]:
        """Shape (n_frames, n_zones): bits of `ZoneStatus`."""


class Coach:
    """One routine, from its start to its end.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._runs = [StepRun(step) for step in plan.steps]
        self._phase: Phase = "ready"
        self._at = 0
        self._now_us: int | None = None
        self._seen_us: int | None = None
        self._loaded = False
        self._stretch_us = 0

    @property
    def resting(self) -> bool:
        """Whether a rest runs: the session must not end for want of contact."""
        return self._phase in LIVE and self._run.is_rest

    @property
    def state(self) -> CoachState:
        """Where it stands, as data."""
        over = self._phase in ("done", "stopped")
        left_us = 0 if over else sum(run.left_us for run in self._runs[self._at :])
        return CoachState(
            routine=self._plan.routine,
            name=self._plan.name,
            phase=self._phase,
            steps=len(self._runs),
            left_s=left_us / US_PER_S,
            step=None if over else self._run.state(self._at + 1),
        )

    @property
    def adherence(self) -> Adherence:
        """What was done so far of what was planned."""
        return adherence(self._plan.routine, [run.adherence() for run in self._runs])

    def start(self, t_us: int) -> tuple[Cue, ...]:
        """Begin; frames before this time are passed over.

        Raises
        ------
        RoutineError
            If it has begun already.
        """
        if self._phase != "ready":
            raise RoutineError("this routine has begun already; make a new coach")
        self._phase, self._now_us = "running", t_us
        return (Cue(t_us, "begun"), *self._begin(0, t_us))

    def next(self) -> tuple[Cue, ...]:
        """Go on with the next step, because a person says so."""
        if self._phase not in LIVE or self._now_us is None:
            return ()
        return tuple(self._end("next", self._now_us))

    def stop(self) -> tuple[Cue, ...]:
        """End it, because a person says so: never refused."""
        was_live = self._phase in LIVE
        if was_live:
            self._run.ended = "stopped"
        if self._phase != "done":
            self._phase = "stopped"
        return (Cue(self._now_us or 0, "ended"),) if was_live else ()

    def feed(self, seen: Seen, *, paused: bool = False) -> tuple[Cue, ...]:
        """Take a batch of frames.

        Parameters
        ----------
        seen : Update
        paused : bool
            Whether an alarm of medium or high priority stands, in the whole batch.

        Returns
        -------
        tuple of Cue
            What is to be heard, in order of time.

        Raises
        ------
        FrameError
            If time goes back.
        """
        t_us = seen.frames.t_us
        check_rising(t_us, self._seen_us)
        rows = zip(t_us.tolist(), seen.value_cn.tolist(), seen.status.tolist(), strict=True)
        cues = [cue for row in rows for cue in self._frame(*row, paused=paused)]
        if len(t_us):
            self._seen_us = int(t_us[-1])
        return tuple(cues)

    @property
    def _run(self) -> StepRun:
        return self._runs[self._at]

    def _frame(
        self, t_us: int, value_cn: list[int], status: list[int], *, paused: bool
    ) -> Iterator[Cue]:
        if self._phase not in LIVE or self._now_us is None or t_us < self._now_us:
            return
        step_us, self._now_us = t_us - self._now_us, t_us
        self._phase = "paused" if paused else "running"
        self._stretch_us += step_us
        if step_us > GAP_US:
            self._run.restart()
        sight = Sight(t_us, step_us if step_us <= GAP_US else 0, value_cn, status)
        self._loaded = self._loaded or not sight.is_empty()
        yield from (Cue(t_us, name) for name in self._run.feed(sight, step_us, paused=paused))
        yield from self._go_on(t_us)

    def _go_on(self, t_us: int) -> Iterator[Cue]:
        """End the step if it is over, or if a rest is due."""
        over = self._run.is_over()
        if over:
            yield from self._end(over, t_us)
        elif self._stretch_us >= self._plan.stretch_us and not self._run.is_rest:
            rests = (at for at in range(self._at, len(self._runs)) if self._runs[at].is_rest)
            at = next(rests, None)
            if at is not None:
                yield from self._end("rest_due", t_us, at)

    def _end(self, why: Ending, t_us: int, at: int | None = None) -> Iterator[Cue]:
        run = self._run
        run.ended = why
        if run.is_rest:
            self._stretch_us, self._loaded = 0, False
        yield from self._begin(self._at + 1 if at is None else at, t_us)

    def _begin(self, at: int, t_us: int) -> Iterator[Cue]:
        """Begin a step, or be done."""
        if at == len(self._runs):
            self._phase = "done"
            yield Cue(t_us, "done")
            return
        self._at = at
        self._run.ended = "running"
        if isinstance(self._run.detector, Rests):
            self._run.detector.loaded = self._loaded
        yield Cue(t_us, "rest" if self._run.is_rest else "step")
