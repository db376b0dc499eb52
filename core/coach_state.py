"""What the coach shows: one frozen struct, as it goes into a message."""

from __future__ import annotations

from typing import Literal

import msgspec

from core.routine_spec import Action  # noqa: TC001 - read at run time by msgspec

Verdict = Literal["no_contact", "too_light", "right", "too_hard", "unknown"]
"""What a target or a frame is, against the band of a step."""

Phase = Literal["ready", "running", "paused", "done", "stopped"]


class TargetZone(msgspec.Struct, frozen=True):
    """A zone that the step aims at; the band is an estimated peak. None before the first frame."""

    zone: str
    low_kpa: float
    top_kpa: float
    verdict: Verdict | None


class StepState(msgspec.Struct, frozen=True):
    """The step that runs.

    Attributes
    ----------
    number : int
        From 1.
    name, action, say : str
    traditional : tuple of str
    targets : tuple of TargetZone
    verdict : str or None
        Of all targets; None in a rest.
    done, planned : int
        Repetitions.
    counts : dict of str to int
        Repetitions by foot, zone or point.
    hold_left_s : float or None
        How much longer to hold, or to keep the feet off.
    left_s : float
        How much longer the step takes at most.
    """

    number: int
    name: str
    action: Action
    say: str
    traditional: tuple[str, ...]
    targets: tuple[TargetZone, ...]
    verdict: Verdict | None
    done: int
    planned: int
    counts: dict[str, int]
    hold_left_s: float | None
    left_s: float


class CoachState(msgspec.Struct, frozen=True):
    """Where a routine stands.

    Attributes
    ----------
    routine, name : str
    phase : str
    steps : int
        How many there are.
    left_s : float
        How much longer the routine takes at most.
    step : StepState or None
        None once it is over.
    """

    routine: str
    name: str
    phase: Phase
    steps: int
    left_s: float
    step: StepState | None
