"""Rests: both feet off the mat, every zone of it known and without contact, for long enough.

A pause by an alarm does not stop a rest: that the feet are off is what an alarm asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.detector import Detector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.coach_state import Verdict
    from core.detector import CueName
    from core.routine_plan import PlanStep
    from core.sight import Sight

MAT = "mat"
"""The one unit of a rest."""


class Rests(Detector):
    """Watches one rest.

    Parameters
    ----------
    step : PlanStep

    Attributes
    ----------
    loaded : bool
        Whether anybody was on the mat since the last rest: an empty mat that stays empty has
        rested long enough, but nobody has done anything.
    """

    goes_on_in_pause = True

    def __init__(self, step: PlanStep) -> None:
        super().__init__(step, [MAT])
        self._rest_us = step.rest_us
        self.loaded = False
        self.restart()

    def restart(self) -> None:
        """Begin to wait anew: whoever was not seen may have stepped on."""
        self._off_us: int | None = None

    @property
    def left_us(self) -> int | None:
        """How much longer the feet must stay off."""
        return self._rest_us - min(self._off_us or 0, self._rest_us)

    @property
    def is_over(self) -> bool:
        """Whether the feet were off for long enough."""
        return self.left_us == 0

    def feed(self, sight: Sight, verdict: Verdict | None) -> Sequence[CueName]:
        """Follow the rest by one frame."""
        if not sight.is_empty():
            self.loaded, self._off_us = True, None
        else:
            # The interval before the first empty frame was not empty.
            self._off_us = 0 if self._off_us is None else self._off_us + sight.frame_us
        if self.is_over and self.loaded:
            self.counts[MAT] = 1
        return ()
