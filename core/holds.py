"""Holds: one point pressed into its band for some seconds, then let go.

| state | goes on to | when                                                     | says       |
|-------|------------|----------------------------------------------------------|------------|
| open  | held       | each foot is in its band or above                        |            |
| held  | held       | for the first time each foot is in its band              | hold_begun |
| held  | done       | in the band for the shortest time: counts                | hold_done  |
| held  | late       | held, in the band or not, for more than the longest time | let_go     |
| done  | late       | the same                                                 | let_go     |
| all   | open       | a foot has let go: each of its zones below 80 % of its   |            |
|       |            | band, or unknown                                         |            |

Time counts as in the band if both frames of an interval are. Above the band it does not, and yet
the hold goes on: who presses too hard is told so, and cannot make up for it by holding longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from core.detector import Detector
from core.sight import by_foot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.coach_state import Verdict
    from core.detector import CueName
    from core.routine_plan import PlanStep
    from core.sight import Sight

State = Literal["open", "held", "done", "late"]

POINT = "point"
"""The one unit of a hold."""


class Holds(Detector):
    """Counts holds of one point.

    Parameters
    ----------
    step : PlanStep
    """

    def __init__(self, step: PlanStep) -> None:
        super().__init__(step, [POINT])
        self._feet = by_foot(step.aims)
        self._shortest_us, self._longest_us = step.hold_us
        self.restart()

    def restart(self) -> None:
        """Begin with the next hold."""
        self._state: State = "open"
        self._held_us = self._in_band_us = 0
        self._was_right = self._said = False

    @property
    def at_work(self) -> bool:
        """Whether a hold is under way: between holds no band is asked for."""
        return self._state != "open"

    @property
    def left_us(self) -> int | None:
        """How much longer to hold; None while nothing is held."""
        if self._state == "open":
            return None
        return max(self._shortest_us - self._in_band_us, 0) if self._state == "held" else 0

    def feed(self, sight: Sight, verdict: Verdict | None) -> Sequence[CueName]:
        """Follow the point by one frame."""
        if self._state == "open":
            return self._begin(verdict)
        if any(all(sight.is_loose(aim) for aim in aims) for aims in self._feet):
            self.restart()
            return ()
        self._held_us += sight.frame_us
        self._in_band_us += sight.frame_us if verdict == "right" and self._was_right else 0
        return (*self._greet(verdict), *self._judge())

    def _begin(self, verdict: Verdict | None) -> Sequence[CueName]:
        if verdict not in ("right", "too_hard"):
            return ()
        self._state = "held"
        return self._greet(verdict)

    def _greet(self, verdict: Verdict | None) -> Sequence[CueName]:
        """Say once that the band is reached: who presses too hard is not told to go on."""
        self._was_right = verdict == "right"
        if self._said or not self._was_right:
            return ()
        self._said = True
        return ("hold_begun",)

    def _judge(self) -> Sequence[CueName]:
        if self._state == "late":
            return ()
        if self._held_us > self._longest_us:
            self._state = "late"
            return ("let_go",)
        if self._state == "held" and self._in_band_us >= self._shortest_us:
            self._state = "done"
            self.counts[POINT] += 1
            return ("hold_done",)
        return ()
