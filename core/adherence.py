"""What was done of what was planned. It says nothing of the person, and is no score.

`done` of `planned` are repetitions: of each foot, zone or point no more than planned. In all they
are summed. Seconds are of frames, gaps left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from core.routine_spec import Action  # noqa: TC001 - read at run time by msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Ending = Literal["not_begun", "running", "done", "time", "next", "rest_due", "stopped"]
"""Why a step ended: all done, its longest time, a person, a rest that was due, the end."""


class StepAdherence(msgspec.Struct, frozen=True):
    """One step.

    Attributes
    ----------
    name, action : str
    ended : str
    done, planned : int
    counts : dict of str to int
        Repetitions by foot, zone or point, also those beyond the plan.
    covered, units : int
        How many of those have at least one.
    seconds, in_band_s, out_of_band_s : float
        How long the step took, pauses left out; how long its target was in the band, and in
        contact outside of it.
    """

    name: str
    action: Action
    ended: Ending
    done: int
    planned: int
    counts: dict[str, int]
    covered: int
    units: int
    seconds: float
    in_band_s: float
    out_of_band_s: float


class Adherence(msgspec.Struct, frozen=True):
    """A routine."""

    routine: str
    steps: tuple[StepAdherence, ...]
    done: int
    planned: int
    in_band_s: float
    out_of_band_s: float


def adherence(routine: str, steps: Iterable[StepAdherence]) -> Adherence:
    """Sum up the steps of a routine, in their order."""
    each = tuple(steps)
    return Adherence(
        routine=routine,
        steps=each,
        done=sum(step.done for step in each),
        planned=sum(step.planned for step in each),
        in_band_s=sum(step.in_band_s for step in each),
        out_of_band_s=sum(step.out_of_band_s for step in each),
    )
