"""What a routine must keep to, beyond the bounds of each field: a table of checks.

A long load needs relief: 855 loaded seconds of 900 raise `sustained`, 120 seconds with a whole foot
unloaded end it. So no stretch without a rest may last 14 minutes by the longest times of its steps,
also when the routine is done again at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.routine_spec import REST_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.routine_spec import RoutineSpec, StepSpec

    Finding = tuple[int, str, str]
    """Index of the step, key, reason."""

STRETCH_S = 840.0
"""A rest begins before minute 14 of a stretch."""

LONGEST_S = 1770.0
"""A whole routine: half a minute less than the half hour after which the mat says to stop."""

FASTEST_S = {"stroke": 2.0, "roll": 2.0, "tap": 1 / 3}
"""Least time of one repetition."""

_NOT_FOR_REST = ("targets", "repetitions", "band_kpa", "standing_band_kpa", "comfort")


def _fields(step: StepSpec) -> Iterator[tuple[str, str]]:
    """Say what a step has too much or too little of."""
    if step.action == "rest":
        for key in _NOT_FOR_REST:
            if getattr(step, key):
                yield key, f"a rest has no {key}; remove it"
        return
    if not step.targets:
        yield "targets", f"a {step.action} needs targets, e.g. heel; add them"
    if len(set(step.targets)) < len(step.targets):
        yield "targets", "a target stands twice; remove one"
    if step.repetitions is None:
        yield "repetitions", f"a {step.action} needs repetitions; add them"


def _bands(step: StepSpec) -> Iterator[tuple[str, str]]:
    """Say which band is none."""
    for key in ("band_kpa", "standing_band_kpa", "comfort"):
        band = getattr(step, key)
        if band is not None and band[0] >= band[1]:
            yield key, f"{key} must rise: {band[0]:g} to {band[1]:g} does not"
    if step.comfort and (step.band_kpa or step.standing_band_kpa):
        yield "comfort", "a band is either in kPa or relative to comfort; remove one"
    if step.hold_s[0] > step.hold_s[1]:
        yield "hold_s", f"hold_s must not fall: {step.hold_s[0]:g} to {step.hold_s[1]:g} does"


def _times(step: StepSpec) -> Iterator[tuple[str, str]]:
    """Say which time is too short for what is asked."""
    if step.action == "rest":
        if step.rest_s < REST_S:
            yield "rest_s", f"{step.rest_s:g} s do not relieve a foot; at least {REST_S:g}"
        if step.longest_s < step.rest_s:
            yield "longest_s", f"{step.longest_s:g} s are shorter than the rest of {step.rest_s:g}"
        return
    each_s = step.hold_s[0] if step.action == "hold" else FASTEST_S[step.action]
    if step.longest_s < each_s * (step.repetitions or 0):
        yield "longest_s", f"{step.longest_s:g} s are too short for {step.repetitions} repetitions"


_OF_A_STEP: tuple[Callable[[StepSpec], Iterator[tuple[str, str]]], ...] = (_fields, _bands, _times)


def _steps(spec: RoutineSpec) -> Iterator[Finding]:
    for index, step in enumerate(spec.step):
        for check in _OF_A_STEP:
            yield from ((index, key, reason) for key, reason in check(step))


def _stretches(spec: RoutineSpec) -> Iterator[Finding]:
    """Find steps that end too long after the last rest, in a second round too."""
    loaded_s = 0.0
    for index, step in [*enumerate(spec.step)] * 2:
        loaded_s = 0.0 if step.action == "rest" else loaded_s + step.whole_s
        if loaded_s > STRETCH_S:
            where = f"{loaded_s:g} s without a rest, counting on into a second round"
            yield index, "longest_s", f"{where}; put a rest before {STRETCH_S:g} s"


def _whole(spec: RoutineSpec) -> Iterator[Finding]:
    """Find the steps with which it is too long."""
    whole_s = 0.0
    for index, step in enumerate(spec.step):
        whole_s += step.whole_s
        if whole_s > LONGEST_S:
            yield index, "longest_s", f"{whole_s:g} s in all; at most {LONGEST_S:g}"


def _work(spec: RoutineSpec) -> Iterator[Finding]:
    if all(step.action == "rest" for step in spec.step):
        yield 0, "action", "nothing but rests; add a step"


CHECKS: tuple[Callable[[RoutineSpec], Iterator[Finding]], ...] = (_steps, _work, _whole, _stretches)
"""All checks, in the order in which they are made."""
