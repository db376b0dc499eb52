"""One step of a routine while it runs: its clock, its detector, what is right and too hard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.adherence import StepAdherence
from core.coach_state import StepState, TargetZone
from core.holds import Holds
from core.rests import Rests
from core.sight import by_foot
from core.strokes import Strokes
from core.tap_detector import Taps
from core.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.adherence import Ending
    from core.coach_state import Verdict
    from core.detector import CueName, Detector
    from core.routine_plan import PlanStep
    from core.sight import Sight

TOO_HARD_US = 500_000
"""So long above the band is said by a beep: engineering default."""

TOO_HARD_AGAIN_US = 3_000_000
"""And again after so long, at the earliest: engineering default."""


class StepRun:
    """A step, begun or not.

    Parameters
    ----------
    step : PlanStep

    Attributes
    ----------
    step : PlanStep
    detector : Detector
    ended : str
        As in `StepAdherence`.
    """

    def __init__(self, step: PlanStep) -> None:
        self.step = step
        self.detector = _detector(step)
        self.ended: Ending = "not_begun"
        self._feet = by_foot(step.aims)
        self._clock_us = self._in_band_us = self._out_of_band_us = 0
        self._verdict: Verdict | None = None
        self._sight: Sight | None = None
        self._hard_us = 0
        self._warned_us: int | None = None

    @property
    def is_rest(self) -> bool:
        """Whether the feet are to be off."""
        return self.step.action == "rest"

    @property
    def left_us(self) -> int:
        """How much longer it takes at most."""
        return max(self.step.longest_us - self._clock_us, 0)

    def feed(self, sight: Sight, step_us: int, *, paused: bool) -> Iterator[CueName]:
        """Take one frame.

        Parameters
        ----------
        sight : Sight
        step_us : int
            Time since the frame before, gaps too: the clock goes on in a gap.
        paused : bool
            The clock stands, and the detector too, unless the step is a rest.
        """
        before = self._verdict
        self._sight = sight
        self._verdict = sight.feet(self._feet) if self._feet else None
        if paused and not self.detector.goes_on_in_pause:
            self.restart()
            return
        self._clock_us += 0 if paused else step_us
        was_at_work = self.detector.at_work
        found = self.detector.feed(sight, self._verdict)
        if was_at_work and self.detector.at_work:
            self._count_band(before, sight.frame_us)
        yield from (name for name in found if name != "too_hard")
        if self._is_too_hard(before, sight.frame_us) or "too_hard" in found:
            yield from self._say_too_hard(sight.t_us)

    def restart(self) -> None:
        """Forget what was begun: there was a gap, or an alarm."""
        self.detector.restart()
        self._hard_us = 0

    def is_over(self) -> Ending | None:
        """Say why it is over, if it is."""
        if self.detector.is_over:
            return "done"
        return "time" if self.left_us == 0 else None

    def state(self, number: int) -> StepState:
        """Show where it stands."""
        step, detector, sight = self.step, self.detector, self._sight
        left_us = detector.left_us
        shown = detector.shown(self._verdict, sight.t_us) if sight else None
        return StepState(
            number=number,
            name=step.name,
            action=step.action,
            say=step.say,
            traditional=step.traditional,
            targets=tuple(
                TargetZone(a.zone, a.low_kpa, a.top_kpa, sight.zone(a) if sight else None)
                for a in step.aims
            ),
            verdict=shown,
            done=detector.done,
            planned=detector.planned,
            counts=dict(detector.counts),
            hold_left_s=None if left_us is None else left_us / US_PER_S,
            left_s=self.left_us / US_PER_S,
        )

    def adherence(self) -> StepAdherence:
        """Say what was done of it."""
        detector = self.detector
        return StepAdherence(
            name=self.step.name,
            action=self.step.action,
            ended=self.ended,
            done=detector.done,
            planned=detector.planned,
            counts=dict(detector.counts),
            covered=sum(count > 0 for count in detector.counts.values()),
            units=len(detector.counts),
            seconds=self._clock_us / US_PER_S,
            in_band_s=self._in_band_us / US_PER_S,
            out_of_band_s=self._out_of_band_us / US_PER_S,
        )

    def _count_band(self, before: Verdict | None, frame_us: int) -> None:
        """Count an interval as in the band if both its ends are; as out if it is in contact."""
        if before == self._verdict == "right":
            self._in_band_us += frame_us
        elif self._verdict in ("right", "too_light", "too_hard"):
            self._out_of_band_us += frame_us

    def _is_too_hard(self, before: Verdict | None, frame_us: int) -> bool:
        """Tell whether it has been too hard for some time."""
        hard = before == self._verdict == "too_hard"
        self._hard_us = self._hard_us + frame_us if hard else 0
        return self._hard_us >= TOO_HARD_US

    def _say_too_hard(self, t_us: int) -> Iterator[CueName]:
        if self._warned_us is None or t_us - self._warned_us >= TOO_HARD_AGAIN_US:
            self._warned_us = t_us
            yield "too_hard"


def _detector(step: PlanStep) -> Detector:
    kinds: dict[str, type[Detector]] = {
        "stroke": Strokes, "roll": Strokes, "tap": Taps, "hold": Holds, "rest": Rests,
    }  # fmt: skip
    return kinds[step.action](step)
