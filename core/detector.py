"""What every detector of a step's action has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.coach_state import Verdict
    from core.routine_plan import PlanStep
    from core.sight import Sight

CueName = Literal[
    "begun", "step", "hold_begun", "hold_done", "let_go", "too_hard", "rest", "done", "ended"
]  # fmt: skip
"""What is said by beeps (`core.coach_beeps`)."""


class Detector(ABC):
    """Counts repetitions of one step, frame by frame.

    Parameters
    ----------
    step : PlanStep
    units : sequence of str
        What is counted apart: feet, zones, or the one point.

    Attributes
    ----------
    counts : dict of str to int
        Repetitions of each unit.
    """

    goes_on_in_pause = False

    def __init__(self, step: PlanStep, units: Sequence[str] = ()) -> None:
        self.counts = dict.fromkeys(units, 0)
        self._each = step.repetitions

    @abstractmethod
    def feed(self, sight: Sight, verdict: Verdict | None) -> Sequence[CueName]:
        """Take one frame and what was judged of it; say what is to be heard."""

    @abstractmethod
    def restart(self) -> None:
        """Forget what was begun; what was counted stays."""

    @property
    def planned(self) -> int:
        """Repetitions of all units."""
        return self._each * len(self.counts)

    @property
    def done(self) -> int:
        """Repetitions done, of each unit no more than planned."""
        return sum(min(count, self._each) for count in self.counts.values())

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.done == self.planned

    @property
    def at_work(self) -> bool:
        """Whether something is being pressed that time in or out of the band is counted of."""
        return True

    @property
    def left_us(self) -> int | None:
        """How much longer to hold or rest; None where nothing is timed."""
        return None

    def shown(self, verdict: Verdict | None, t_us: int) -> Verdict | None:
        """Turn what was judged of the newest frame into what is shown."""
        return verdict
