"""A seated person who does what the coach says, as forces: for tests of routines and of safety.

Both feet rest on the mat with the weight of the lower legs; what a step asks for comes on top. The
person hears the coach twice a second and answers as a person would who is good at it. Options:
pressing too hard, and leaving the feet on in the rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.coach import Coach
from core.contact import Contact
from core.frames import ForceFrames, ZoneStatus, join_force_frames
from core.profiles import Profile
from core.zone_limits import limits_for

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from core.layout import MatLayout
    from core.routine_plan import Aim, Plan, PlanStep
    from core.routine_spec import Mode
    from core.zone_limits import ZoneLimits

    Array = NDArray[np.float64]

S = 1_000_000
LISTENS_US = 500_000
STROKE_S, TAP_S, HOLD_S, LET_GO_S = 4.0, 0.5, 5.6, 1.4
"""Length of one of each."""

LEG_KPA = {"heel": 6.0, "arch": 0.0, "toes": 1.2}
"""Zone mean under feet that rest: 6 kPa is what research/science.md gives for sitting at most."""

BALL_KPA = 3.0
NOISE_CN = 4.0


@dataclass(frozen=True)
class Seen:
    """What the coach asks of an update."""

    frames: ForceFrames
    value_cn: NDArray[np.int64]
    status: NDArray[np.uint8]


class Watcher:
    """Values and contact of frames that are all good, without an engine."""

    def __init__(self, contact_cn: NDArray[np.int64]) -> None:
        self._contact = Contact(len(contact_cn))
        self._contact_cn = contact_cn

    def see(self, frames: ForceFrames) -> Seen:
        on = self._contact.feed(frames.force_cn, self._contact_cn)
        status = np.uint8(ZoneStatus.VALID) | on * np.uint8(ZoneStatus.CONTACT)
        return Seen(frames, frames.force_cn, status.astype(np.uint8))


def limits_of(
    layout: MatLayout,
    classes: dict[str, int] | None = None,
    unset: int = 1,
    caps_kpa: dict[str, float] | None = None,
    mode: Mode = "seated",
) -> ZoneLimits:
    """Limits of a person whose foot is of unknown size."""
    return limits_for(layout, profile_of(classes, unset, caps_kpa, mode))


def profile_of(
    classes: dict[str, int] | None = None,
    unset: int = 1,
    caps_kpa: dict[str, float] | None = None,
    mode: Mode = "seated",
) -> Profile:
    return Profile(mode=mode, classes=classes or {}, unset_class=unset, caps_kpa=caps_kpa or {})


def resting_cn(layout: MatLayout, limits: ZoneLimits, feet: Collection[str]) -> Array:
    """Forces under feet that rest, shape (n_zones,); a foot that takes no part is off the mat."""
    names = [zone.split("_")[1] for zone in layout.zone_ids]
    kpa = np.array([LEG_KPA.get(name, BALL_KPA) for name in names])
    on = [foot in feet for foot in np.where(layout.is_right, "right", "left")]
    return kpa * on * limits.scale.area_cm2 * 10.0


def follow(  # noqa: PLR0917 - as many as the questions that tests ask
    plan: Plan,
    layout: MatLayout,
    limits: ZoneLimits,
    rate_hz: float,
    seconds: float,
    rests: bool = True,
    seed: int = 1,
    hard: float = 1.0,
) -> ForceFrames:
    """Do a plan, again and again, for so many seconds.

    Parameters
    ----------
    plan : Plan
    layout : MatLayout
    limits : ZoneLimits
    rate_hz : float
    seconds : float
    rests : bool
        False: the feet stay on.
    seed : int
        Of the unevenness of the presses, and of the noise.
    hard : float
        Factor on what is added to the weight of the legs.
    """
    person = _Person(plan, layout, limits, rate_hz, seed, rests=rests, hard=hard)
    n_frames = int(seconds * rate_hz)
    parts = []
    made = 0
    each = max(int(LISTENS_US * rate_hz / S), 1)
    while made < n_frames:
        n = min(each, n_frames - made)
        parts.append(person.go_on(made, n))
        made += n
    return join_force_frames(parts)


class _Person:
    def __init__(
        self,
        plan: Plan,
        layout: MatLayout,
        limits: ZoneLimits,
        rate_hz: float,
        seed: int,
        *,
        rests: bool,
        hard: float,
    ) -> None:
        self._plan = plan
        self._rate_hz = rate_hz
        self._rests = rests
        self._hard = hard
        self._rng = np.random.default_rng(seed)
        self._rest_cn = resting_cn(layout, limits, plan.feet)
        self._watcher = Watcher(limits.contact_cn)
        self._coach = Coach(plan)
        self._coach.start(0)
        self._step, self._since_us = 0, 0

    def go_on(self, first: int, n: int) -> ForceFrames:
        seq = np.arange(first, first + n)
        t_us = np.rint(seq * S / self._rate_hz).astype(np.int64)
        state = self._coach.state
        if state.step is None:
            self._coach = Coach(self._plan)
            self._coach.start(int(t_us[0]))
            self._step, state = 0, self._coach.state
        assert state.step is not None
        if state.step.number != self._step:
            self._step, self._since_us = state.step.number, int(t_us[0])
        step = self._plan.steps[self._step - 1]
        cn = self._forces_cn(step, (t_us - self._since_us) / S)
        noise = self._rng.normal(0.0, NOISE_CN, cn.shape)
        # Nobody pushes from below: an empty mat reads its noise about zero.
        force = np.rint(cn + noise).astype(np.int64)
        frames = ForceFrames(seq, t_us, force, np.ones(force.shape, bool))
        self._coach.feed(self._watcher.see(frames))
        return frames

    def _forces_cn(self, step: PlanStep, t_s: Array) -> Array:
        """Forces during a step, t_s from its beginning."""
        if step.action == "rest" and self._rests:
            return np.zeros((len(t_s), len(self._rest_cn)))
        base = self._rest_cn.copy()
        for aim in step.aims:
            base[aim.index] = _under_cn(step, aim, base[aim.index])
        cn = np.tile(base, (len(t_s), 1))
        if step.aims:
            at = [aim.index for aim in step.aims]
            middle = np.array([_middle_cn(aim) for aim in step.aims])
            cn[:, at] += self._hard * _shares(step, t_s) * (middle - base[at])
        return cn


def _middle_cn(aim: Aim) -> float:
    return (aim.low_cn + aim.top_cn) / 2


def _under_cn(step: PlanStep, aim: Aim, rest_cn: float) -> float:
    """Force under a zone while it is not pressed: lighter than at rest where that were too much."""
    if step.action in ("tap", "hold"):
        return min(rest_cn, 0.7 * aim.low_cn)
    return rest_cn if rest_cn < _middle_cn(aim) else _middle_cn(aim) / 2


def _shares(step: PlanStep, t_s: Array) -> Array:
    """How far the way to the middle of its band each zone is pressed, 0 to 1, (n, n_aims)."""
    if step.action in ("stroke", "roll"):
        return _wave(np.array([aim.y_mm for aim in step.aims]), t_s[:, None])
    if step.action == "tap":
        pressed = np.sin(2 * np.pi * t_s / TAP_S) * 1.5
    else:
        at = t_s % (HOLD_S + LET_GO_S) - LET_GO_S / 2
        pressed = np.minimum(at, HOLD_S - at) / 0.2
    return np.clip(pressed, 0.0, 1.0)[:, None]


def _wave(y_mm: NDArray[np.int64], t_s: Array) -> Array:
    """Press under a point that wanders from the rearmost zone to the foremost and back."""
    rear, front = y_mm.min(), y_mm.max()
    at_mm = rear + (front - rear) * (1 - np.cos(2 * np.pi * t_s / STROKE_S)) / 2
    shares: Array = np.clip(1.2 - np.abs(at_mm - y_mm) / (0.5 * (front - rear) + 10), 0.0, 1.0)
    return shares
