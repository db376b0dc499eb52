"""What a simulated person does: phases one after the other, over and over. Data only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise

from drivers.errors import DriverError


@dataclass(frozen=True)
class Stand:
    """Stand on both feet."""

    seconds: float


@dataclass(frozen=True)
class StepOff:
    """Leave the mat, one foot after the other; step on again when the phase is over."""

    seconds: float


@dataclass(frozen=True)
class Shift:
    """Lean until the left foot carries `left_share` of the weight, 0 to 1."""

    left_share: float
    seconds: float


@dataclass(frozen=True)
class Tap:
    """Someone taps a zone: half sine waves of `force_n`, `hz` of them a second."""

    zone: str
    hz: float
    force_n: float
    seconds: float


@dataclass(frozen=True)
class Press:
    """Someone presses a zone steadily."""

    zone: str
    force_n: float
    seconds: float


Phase = Stand | StepOff | Shift | Tap | Press


@dataclass(frozen=True)
class Scenario:
    """Phases, looped. The person steps on at the start, or after a `StepOff` that comes first.

    Attributes
    ----------
    phases : tuple of Phase
        Each longer than 0 s.

    Raises
    ------
    DriverError
        If a phase cannot be played.
    """

    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        if not self.phases:
            raise DriverError("a scenario needs a phase")
        for phase in self.phases:
            values = [v for v in vars(phase).values() if not isinstance(v, str)]
            good = all(math.isfinite(v) and v >= 0 for v in values) and phase.seconds > 0
            if not good or (isinstance(phase, Shift) and phase.left_share > 1):
                raise DriverError(f"not playable: {phase}")

    @property
    def seconds(self) -> float:
        """Length of one round."""
        return math.fsum(phase.seconds for phase in self.phases)

    @property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """Begin and end of each phase within a round, seconds."""
        return tuple(pairwise(accumulate((p.seconds for p in self.phases), initial=0.0)))

    @property
    def first_on_s(self) -> float:
        """When the person first steps on; infinite for someone who never does."""
        for phase, (begin_s, _) in zip(self.phases, self.spans, strict=True):
            if not isinstance(phase, StepOff):
                return begin_s
        return math.inf

    @property
    def away_spans(self) -> tuple[tuple[float, float], ...]:
        """Begin and end of each absence, seconds; one at the end may go on into the next round."""
        away: list[tuple[float, float]] = []
        for phase, (begin_s, end_s) in zip(self.phases, self.spans, strict=True):
            if isinstance(phase, StepOff):
                joined = bool(away) and away[-1][1] == begin_s
                away.append((away.pop()[0] if joined else begin_s, end_s))
        if len(away) > 1 and away[0][0] == 0.0 and away[-1][1] == self.spans[-1][1]:
            _, first_end_s = away.pop(0)
            begin_s, end_s = away.pop()
            away.append((begin_s, end_s + first_end_s))
        return tuple(away)


EMPTY = Scenario((StepOff(600.0),))
"""Nobody on the mat."""

CALM = Scenario((Stand(600.0),))
"""Quiet standing with its sway and its shifts of weight."""

COMING_AND_GOING = Scenario((Stand(90.0), StepOff(20.0)))
"""For watching contact begin and end."""
