"""Rests in a plan: where skin is fragile more of them, and never a plan longer than half an hour.

A zone of class 2 is loaded for too long after 285 of 300 s, so a rest begins after 270 s at the
latest, and one ends the routine. What then no longer fits is left out, the last steps first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.routine_checks import LONGEST_S
from core.routine_plan import PlanStep
from core.routine_spec import REST_S
from core.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FRAGILE_STRETCH_US = 270 * US_PER_S
"""Engineering default: 15 s less than the rule on long loads of class 2, to lift the feet."""

REST = PlanStep(
    name="Rest",
    action="rest",
    say="Lift both feet off the mat and keep them off",
    aims=(),
    repetitions=1,
    hold_us=(0, 0),
    rest_us=round(REST_S * US_PER_S),
    longest_us=145 * US_PER_S,
)
"""A rest that no file asked for."""


def with_rests(
    steps: Iterable[PlanStep], *, fragile: bool
) -> tuple[tuple[PlanStep, ...], tuple[str, ...]]:
    """Lay out the rests of a plan.

    Parameters
    ----------
    steps : iterable of PlanStep
    fragile : bool
        Whether any zone in use is of class 2.

    Returns
    -------
    tuple of PlanStep, tuple of str
        The steps, and what is to be said about them.
    """
    kept = list(steps)
    laid = _laid(kept, fragile=fragile)
    dropped = []
    while sum(step.longest_us for step in laid) > LONGEST_S * US_PER_S:
        dropped.append(kept.pop())
        laid = _laid(kept, fragile=fragile)
    notes = ["You rest more often: a part of your foot must not be loaded for long."] * fragile
    names = dict.fromkeys(step.name for step in reversed(dropped) if step.action != "rest")
    if names:
        notes.append(f"Left out, to stay below half an hour: {', '.join(names)}.")
    return tuple(laid), tuple(notes)


def _laid(steps: Sequence[PlanStep], *, fragile: bool) -> list[PlanStep]:
    laid: list[PlanStep] = []
    loaded_us = 0
    for step in steps:
        if fragile and step.action != "rest":
            step = _shortened(step)  # noqa: PLW2901 - the same step, as it is done here
            if loaded_us + step.longest_us > FRAGILE_STRETCH_US:
                laid.append(REST)
                loaded_us = 0
        loaded_us = 0 if step.action == "rest" else loaded_us + step.longest_us
        laid.append(step)
    return _tidy([*laid, REST] if fragile else laid)


def _shortened(step: PlanStep) -> PlanStep:
    return msgspec.structs.replace(step, longest_us=min(step.longest_us, FRAGILE_STRETCH_US))


def _tidy(steps: Iterable[PlanStep]) -> list[PlanStep]:
    """Drop a rest that nothing was done before."""
    tidy: list[PlanStep] = []
    for step in steps:
        if step.action != "rest" or (tidy and tidy[-1].action != "rest"):
            tidy.append(step)
    return tidy
