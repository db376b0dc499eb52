"""Strokes and rolls: load that wanders slowly along a foot and back.

The centre of the load on a step's zones of one foot is followed, in thousandths of the way from
the rearmost to the foremost of them. It has turned when it has come back by `SWING`; a stroke lasts
from one turn towards the toes to the next, and counts at 0.1 to 0.5 Hz.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.detector import Detector
from core.pace import Pace
from core.sight import by_foot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.coach_state import Verdict
    from core.detector import CueName
    from core.routine_plan import Aim, PlanStep
    from core.sight import Sight

PACE = Pace(2_000_000, 10_000_000)
"""0.5 to 0.1 Hz. research/science.md row 17 proposes 0.1 to 0.3 Hz; engineering default."""

SWING = {"stroke": 150, "roll": 250}
"""Least way of the load, thousandths: engineering defaults."""

LEAST_CN = 500
"""Below 5 N on these zones of a foot there is no centre: engineering default."""


class Strokes(Detector):
    """Counts strokes or rolls of each foot.

    Parameters
    ----------
    step : PlanStep
        With at least two zones of each foot, one farther towards the toes.
    """

    def __init__(self, step: PlanStep) -> None:
        self._feet = tuple(_Foot(aims, SWING[step.action]) for aims in by_foot(step.aims))
        super().__init__(step, [foot.name for foot in self._feet])

    def feed(self, sight: Sight, verdict: Verdict | None) -> Sequence[CueName]:
        """Follow each foot by one frame."""
        for foot in self._feet:
            self.counts[foot.name] += foot.feed(sight)
        return ()

    def restart(self) -> None:
        """Begin with the next stroke."""
        for foot in self._feet:
            foot.restart()


class _Foot:
    """The way of the load on one foot."""

    def __init__(self, aims: Sequence[Aim], swing: int) -> None:
        self.name = aims[0].foot
        self._aims = aims
        self._swing = swing
        self._rear_mm = min(aim.y_mm for aim in aims)
        self._length_mm = max(aim.y_mm for aim in aims) - self._rear_mm
        self.restart()

    def restart(self) -> None:
        """Know nothing of before."""
        self._forward: bool | None = None
        self._rearmost, self._foremost = 1001, -1
        self._turned_us: int | None = None

    def feed(self, sight: Sight) -> bool:
        """Tell whether a stroke ends with this frame."""
        place = self._place(sight)
        if place is None:
            self.restart()
            return False
        self._rearmost = min(self._rearmost, place)
        self._foremost = max(self._foremost, place)
        if self._forward is not True and place - self._rearmost >= self._swing:
            self._forward, self._foremost = True, place
            return self._turn(sight)
        if self._forward is not False and self._foremost - place >= self._swing:
            self._forward, self._rearmost = False, place
        return False

    def _turn(self, sight: Sight) -> bool:
        before_us, self._turned_us = self._turned_us, sight.t_us
        return before_us is not None and PACE.fits(sight.t_us - before_us, sight.frame_us)

    def _place(self, sight: Sight) -> int | None:
        """Centre of the load; None where it is too light, or not known."""
        moment, total_cn = 0, 0
        for aim in self._aims:
            if sight.is_unknown(aim):
                return None
            load_cn = max(sight.value_cn[aim.index], 0)
            total_cn += load_cn
            moment += load_cn * (aim.y_mm - self._rear_mm)
        return moment * 1000 // (total_cn * self._length_mm) if total_cn >= LEAST_CN else None
