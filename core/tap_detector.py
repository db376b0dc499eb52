"""Taps: each zone struck lightly and let go, one to three times a second.

A tap begins at the frame that reaches the band after the zone was let go (80 % of its lower end),
and is judged when the zone is let go again: above the band it was too hard. It counts if it begins
1/3 to 1 s after the tap before it on that zone, so the first of a run sets the pace and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.detector import Detector
from core.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.coach_state import Verdict
    from core.detector import CueName
    from core.routine_plan import Aim, PlanStep
    from core.sight import Sight

PACE = Pace(333_333, 1_000_000)
"""3 to 1 Hz (research/science.md row 24)."""

SHOWN_US = 1_000_000
"""So long a good tap is shown as right: at 1 Hz until the next one."""


class Taps(Detector):
    """Counts taps of each zone.

    Parameters
    ----------
    step : PlanStep
    """

    def __init__(self, step: PlanStep) -> None:
        self._zones = tuple(_Zone(aim) for aim in step.aims)
        self._good_us: int | None = None
        super().__init__(step, [aim.zone for aim in step.aims])

    def feed(self, sight: Sight, verdict: Verdict | None) -> Sequence[CueName]:
        """Follow each zone by one frame."""
        cues: set[CueName] = set()
        for zone in self._zones:
            ended = zone.feed(sight)
            if ended == "too_hard":
                cues.add("too_hard")
            elif ended:
                self._good_us = sight.t_us
                self.counts[zone.name] += ended == "counts"
        return tuple(cues)

    def restart(self) -> None:
        """Begin with the next tap."""
        self._good_us = None
        for zone in self._zones:
            zone.restart()

    @property
    def at_work(self) -> bool:
        """Whether a tap is under way."""
        return any(zone.is_struck for zone in self._zones)

    def shown(self, verdict: Verdict | None, t_us: int) -> Verdict | None:
        """Show a tap for a while: between taps there is no contact, and that is right."""
        recent = self._good_us is not None and t_us - self._good_us <= SHOWN_US
        return "right" if recent and verdict in ("no_contact", "too_light") else verdict


class _Zone:
    """The taps of one zone."""

    def __init__(self, aim: Aim) -> None:
        self.name = aim.zone
        self._aim = aim
        self.restart()

    @property
    def is_struck(self) -> bool:
        """Whether a tap is under way."""
        return self._highest_cn is not None

    def restart(self) -> None:
        """Know nothing of before."""
        self._loose = False
        self._began_us: int | None = None
        self._at_pace = False
        self._highest_cn: int | None = None

    def feed(self, sight: Sight) -> str | None:
        """Tell how a tap that ends here was: `counts`, `off_pace` or `too_hard`."""
        if sight.is_unknown(self._aim):
            self.restart()
            return None
        value_cn = sight.value_cn[self._aim.index]
        if self._highest_cn is not None:
            self._highest_cn = max(self._highest_cn, value_cn)
        elif self._loose and value_cn >= self._aim.low_cn:
            self._begin(sight, value_cn)
        if not sight.is_loose(self._aim):
            return None
        self._loose = True
        return self._end()

    def _begin(self, sight: Sight, value_cn: int) -> None:
        before_us, self._began_us = self._began_us, sight.t_us
        self._highest_cn, self._loose = value_cn, False
        self._at_pace = before_us is not None and PACE.fits(sight.t_us - before_us, sight.frame_us)

    def _end(self) -> str | None:
        highest_cn, self._highest_cn = self._highest_cn, None
        if highest_cn is None:
            return None
        if highest_cn > self._aim.top_cn:
            return "too_hard"
        return "counts" if self._at_pace else "off_pace"
