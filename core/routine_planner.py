"""A routine for one person on one mat: which foot, sitting or standing, which band on which zone.

| what stands against it                     | what follows                                   |
|--------------------------------------------|------------------------------------------------|
| a class 3 zone under a foot                | that foot is left out whole, and it says so    |
| no foot left, or nothing to do             | refused                                        |
| standing with a zone of class 2 or 3, or   | refused                                        |
| without a profile that allows it           |                                                |
| locked, and no class 0 throughout          | refused, also without a clinician's clearance  |
| fewer than 40 frames a second              | taps are left out, and it says so              |
| no zone under a target, or no room for it  | that target is left out, and it says so        |
| a zone of class 2                          | more rests (`core.routine_rests`)              |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.class_limits import EXCLUDED, FRAGILE
from core.routine_bands import Asked, OnMat, aim
from core.routine_checks import STRETCH_S
from core.routine_plan import Plan, PlanRefused, PlanStep, Variant
from core.routine_rests import FRAGILE_STRETCH_US, with_rests
from core.routine_targets import where, whose, zones_of
from core.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.layout import MatLayout
    from core.routine_plan import Aim
    from core.routine_spec import Foot, RoutineSpec, StepSpec, Target
    from core.zone_limits import ZoneLimits

TAP_RATE_HZ = 40.0
"""Below this a tap may fall between two frames (DESIGN section 6)."""

FEET: tuple[Foot, ...] = ("left", "right")
MODE_WORDS = {"seated": "sitting", "standing": "standing"}


def plan_for(
    spec: RoutineSpec, layout: MatLayout, limits: ZoneLimits, variant: Variant | None = None
) -> Plan | PlanRefused:
    """Fit a routine to a person on a mat, or say why it cannot be done.

    Parameters
    ----------
    spec : RoutineSpec
    layout : MatLayout
    limits : ZoneLimits
        Of the person, on this layout.
    variant : Variant, optional
        Sitting, both feet, 80 frames a second if left out.
    """
    return _Planner(spec, layout, limits, variant or Variant()).plan()


class _Planner:
    """Plans one routine, collecting what is to be said."""

    def __init__(
        self, spec: RoutineSpec, layout: MatLayout, limits: ZoneLimits, variant: Variant
    ) -> None:
        self._spec = spec
        self._layout = layout
        self._limits = limits
        self._variant = variant
        self._notes: list[str] = []
        self._feet = tuple(foot for foot in FEET if self._takes_part(foot))

    def plan(self) -> Plan | PlanRefused:
        """Say yes with a plan, or no with a reason."""
        for reason in self._objections():
            return PlanRefused(self._spec.id, reason)
        steps = [made for step in self._spec.step for made in self._made(step)]
        fragile = bool((self._classes(self._feet) == FRAGILE).any())
        rested, notes = with_rests(steps, fragile=fragile)
        if all(step.action == "rest" for step in rested):
            reason = " ".join(("Nothing of this routine is left for you now.", *self._notes))
            return PlanRefused(self._spec.id, reason)
        said = tuple(dict.fromkeys((*self._notes, *notes)))
        mode = self._variant.mode
        stretch_us = FRAGILE_STRETCH_US if fragile else _us(STRETCH_S)
        return Plan(self._spec.id, self._spec.name, mode, self._feet, rested, said, stretch_us)

    def _takes_part(self, foot: Foot) -> bool:
        if foot not in self._variant.feet:
            return False
        classes = self._classes((foot,))
        if not len(classes):
            self._notes.append(f"This mat has nothing under {whose((foot,))}.")
        elif (classes == EXCLUDED).any():
            self._notes.append(
                f"{whose((foot,)).capitalize()} is left out: a part of it must not be pressed."
            )
        else:
            return True
        return False

    def _objections(self) -> Iterator[str]:
        """Say what forbids the routine, the gravest first."""
        spec, mode = self._spec, self._variant.mode
        if not self._feet:
            yield " ".join(("No foot is left for this routine.", *self._notes))
        if mode == "standing" and self._limits.fragile:
            yield "Sit down for this: a part of your feet must not be stood on."
        if mode == "standing" and self._limits.mode != mode:
            yield "Sit down for this: nobody has allowed you to stand on the mat."
        if mode not in spec.modes:
            yield f"This routine is not for {MODE_WORDS[mode]}."
        if spec.locked and self._classes(self._feet).any():
            yield "This routine is only for feet with full feeling and sound skin."
        if spec.locked and self._variant.cleared is None:
            yield "This routine is locked until a clinician has cleared it for you."

    def _classes(self, feet: Iterable[Foot]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        wanted = [foot == "right" for foot in feet]
        return self._limits.classes[np.isin(self._layout.is_right, wanted)]

    def _made(self, step: StepSpec) -> Iterator[PlanStep]:
        """Turn a step of the file into those that are coached."""
        if self._is_left_out(step):
            return
        say = (step.standing_say if self._variant.mode == "standing" else None) or step.say
        if step.action == "rest":
            yield _planned(step, (), say)
            return
        teams = [(foot,) for foot in self._feet] if step.feet == "in_turn" else [self._feet]
        points = [(each,) for each in step.targets] if step.action == "hold" else [step.targets]
        for targets in points:
            for feet in teams:
                aims = tuple(self._aims(step, targets, feet))
                if aims:
                    yield _planned(step, aims, say.replace("{where}", where(targets[0], feet)))

    def _is_left_out(self, step: StepSpec) -> bool:
        mode, rate_hz = self._variant.mode, self._variant.rate_hz
        if mode not in step.modes:
            self._notes.append(f"{step.name}: left out, it is not for {MODE_WORDS[mode]}.")
            return True
        if step.action == "tap" and rate_hz < TAP_RATE_HZ:
            self._notes.append(
                f"{step.name}: left out, this mat looks {rate_hz:.0f} times a second "
                f"and taps need {TAP_RATE_HZ:.0f}."
            )
            return True
        return False

    def _aims(
        self, step: StepSpec, targets: Iterable[Target], feet: Iterable[Foot]
    ) -> Iterator[Aim]:
        """Aim at the zones of targets, each zone once."""
        for foot in feet:
            found = {a.index: a for target in targets for a in self._under(step, target, foot)}
            aims = found.values()
            if step.action in ("stroke", "roll") and len({each.y_mm for each in aims}) < 2:
                self._notes.append(
                    f"{step.name}: without {whose((foot,))}, one zone alone shows no way."
                )
                continue
            yield from aims

    def _under(self, step: StepSpec, target: Target, foot: Foot) -> list[Aim]:
        """Aim at the zones of one target; if there are none, say why."""
        asked = Asked(step, self._variant.mode, self._variant.caps_kpa)
        mat = OnMat(self._layout, self._limits)
        zones = zones_of(self._layout, target, foot)
        aims = [each for index in zones if (each := aim(asked, mat, index, foot))]
        if not aims:
            low = "your limit there is too low to aim at"
            why = low if zones else "this mat has no zone there"
            self._notes.append(f"{step.name}: without {where(target, (foot,))}, {why}.")
        return aims


def _planned(step: StepSpec, aims: tuple[Aim, ...], say: str) -> PlanStep:
    return PlanStep(
        name=step.name,
        action=step.action,
        say=say,
        aims=aims,
        repetitions=step.repetitions or 1,
        hold_us=(_us(step.hold_s[0]), _us(step.hold_s[1])),
        rest_us=_us(step.rest_s),
        longest_us=_us(step.longest_s),
        traditional=step.traditional,
    )


def _us(seconds: float) -> int:
    return round(seconds * US_PER_S)
