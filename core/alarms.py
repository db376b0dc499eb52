"""The safety engine: which rule is raised on which zone, frame by frame (DESIGN section 6).

Rules are rows of one table. Every rule is evaluated at every frame, bad ones too, on integers,
so that the verdict does not depend on how frames were batched.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from core.columns import Column, Columns, Masks, Times
from core.contact import Contact
from core.latch import Latch
from core.taps import TapCounter
from core.windows import Batch, Windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from core.frames import ForceFrames
    from core.profiles import ZoneLimits
    from core.wire import AlarmState, Priority

PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high")
"""Rising."""


@dataclass(frozen=True)
class MeanRule:
    """A rule on the mean of the estimated peak over a window.

    Attributes
    ----------
    name : str
        Also the name of its limit and persistence in the profile.
    priority : str
    window_us : int
    latching : bool
        Whether it clears only after a person has acknowledged it.
    at_once : str
        What raises it without persistence: `taps` or `ceiling`.
    """

    name: str
    priority: Priority
    window_us: int
    latching: bool
    at_once: Literal["taps", "ceiling"]


RULES = (
    MeanRule("warning", "medium", 1_000_000, latching=False, at_once="taps"),
    MeanRule("limit", "high", 250_000, latching=True, at_once="ceiling"),
)
_BY_NAME = {rule.name: rule for rule in RULES}
LOST_RULE = "zone_lost"
STALE_RULE = "stale"


@dataclass(frozen=True)
class AlarmEvent:
    """One change of one alarm.

    Attributes
    ----------
    t_us : int
        Time of the frame, or of the acknowledgement.
    zone : int
        Index of the zone.
    rule, kind, priority, state : str
        As in docs/protocol.md.
    value_kpa, limit_kpa : float or None
        Estimated peak that the rule saw, and its limit; None for a fault.
    """

    t_us: int
    zone: int
    rule: str
    kind: Literal["alarm", "fault"]
    priority: Priority
    state: AlarmState
    value_kpa: float | None
    limit_kpa: float | None


@dataclass(frozen=True)
class Judged:
    """Frames and what the rules found in them.

    Attributes
    ----------
    batch : Batch
        The frames with their windows.
    contact : ndarray of bool, shape (n_frames, n_zones)
    events : tuple of AlarmEvent
        In order: by frame, zone, clear before raise, priority low to high, rule name.
    """

    batch: Batch
    contact: NDArray[np.bool_]
    events: tuple[AlarmEvent, ...]


class _Scene(NamedTuple):
    """A batch with everything that rules look at."""

    batch: Batch
    times: Times
    columns: list[Columns]
    contact: NDArray[np.bool_]


class Safety:
    """All rules on all zones of one person on one mat.

    Parameters
    ----------
    limits : ZoneLimits
    is_right : ndarray of bool, shape (n_zones,)
        Which foot each zone is under.
    """

    def __init__(self, limits: ZoneLimits, is_right: NDArray[np.bool_]) -> None:
        n_zones = len(is_right)
        self._scale = limits.scale
        self._is_right = is_right
        self._kpa = {rule.name: limits.kpa(rule.name) for rule in RULES}
        self._cn = {rule.name: limits.cn(rule.name) for rule in RULES}
        self._windows = Windows(tuple(rule.window_us for rule in RULES), limits.cn("ceiling"))
        self._taps = TapCounter(self._cn["limit"])
        self._contact = Contact(limits.contact_cn)
        self._latches = {
            rule.name: [
                Latch(int(us), latching=rule.latching) for us in limits.persistence_us(rule.name)
            ]
            for rule in RULES
        }
        self._lost = [_Lost() for _ in range(n_zones)]
        self._last_t_us: int | None = None
        self._was_unknown = np.zeros(n_zones, bool)
        self._busy = [np.zeros(n_zones, bool) for _ in RULES]
        self._faulty = np.zeros(n_zones, bool)
        self._over = {rule.name: np.zeros(n_zones, bool) for rule in RULES}

    def feed(self, frames: ForceFrames) -> Judged:
        """Judge the next frames.

        Parameters
        ----------
        frames : ForceFrames
            At least one.
        """
        batch = self._windows.feed(frames)
        contact = self._contact.feed(batch.value_cn)
        at_once = {"taps": self._taps.feed(batch), "ceiling": batch.ceiling}
        masks = [self._judge(rule, batch, at_once[rule.at_once]) for rule in RULES]
        woken = [busy | mask.wakes for busy, mask in zip(self._busy, masks, strict=True)]
        silent = batch.unknown.any(axis=0) | self._was_unknown | self._faulty
        wake = np.logical_or.reduce([*woken, silent])
        found: list[tuple[int, AlarmEvent]] = []
        if wake.any():
            times = Times.of(batch, self._last_t_us)
            columns = [Columns.of(times, mask) for mask in masks]
            scene = _Scene(batch, times, columns, contact)
            for zone in np.flatnonzero(wake).tolist():
                rules = [at for at, awake in enumerate(woken) if awake[zone]]
                found += self._zone(zone, scene, rules, silent=bool(silent[zone]))
        self._last_t_us = int(batch.t_us[-1])
        self._was_unknown = batch.unknown[-1]
        self._over = {rule.name: mask.over[-1] for rule, mask in zip(RULES, masks, strict=True)}
        return Judged(batch, contact, tuple(event for _, event in sorted(found, key=_order)))

    def over_now(self, rule: str) -> NDArray[np.bool_]:
        """Shape (n_zones,): where a rule's condition, or a fault's, held in the newest frame."""
        return self._over.get(rule, self._was_unknown)

    def acknowledge(self, t_us: int, zone: int | None, rule: str | None) -> list[AlarmEvent]:
        """Take note that a person beside the mat has seen what is raised.

        Parameters
        ----------
        t_us : int
            When.
        zone, rule : int, str or None
            Which; None for all.
        """
        events = []
        for name, index, latch in self._all_latches():
            if rule in (None, name) and zone in (None, index) and latch.acknowledge():
                events.append(self._event(t_us, index, name, "acknowledged", None))
        return events

    def _all_latches(self) -> Iterator[tuple[str, int, Latch]]:
        for zone, lost in enumerate(self._lost):
            for rule in RULES:
                yield rule.name, zone, self._latches[rule.name][zone]
            yield lost.rule, zone, lost.latch

    def _judge(self, rule: MeanRule, batch: Batch, at_once: NDArray[np.bool_]) -> Masks:
        total, count = batch.sums[rule.window_us]
        bound = count * self._cn[rule.name]
        over = (total >= bound) & batch.seen & ~batch.unknown
        return Masks(over, 10 * total < 9 * bound, at_once)

    def _zone(
        self, zone: int, scene: _Scene, rules: list[int], *, silent: bool
    ) -> list[tuple[int, AlarmEvent]]:
        """Go through the batch of one zone, with the rules that are awake on it."""
        if silent:
            found = list(self._cut(zone, scene, rules))
        else:
            found = list(self._advance(zone, scene, rules, (0, len(scene.times.t_us))))
        for busy, rule in zip(self._busy, RULES, strict=True):
            busy[zone] = self._latches[rule.name][zone].busy
        self._faulty[zone] = self._lost[zone].latch.raised
        return found

    def _advance(
        self, zone: int, scene: _Scene, rules: list[int], frames: tuple[int, int]
    ) -> Iterator[tuple[int, AlarmEvent]]:
        for index in rules:
            rule = RULES[index]
            latch = self._latches[rule.name][zone]
            raised = latch.raised
            for at in latch.advance(scene.columns[index].zone(zone), *frames):
                raised = not raised
                yield at, self._changed(rule, scene.batch, at, zone, raised=raised)

    def _cut(self, zone: int, scene: _Scene, rules: list[int]) -> Iterator[tuple[int, AlarmEvent]]:
        """Go through a batch in which the zone is or was unknown, cut where it becomes so."""
        unknown = scene.batch.unknown[:, zone]
        new = unknown & ~np.concatenate(([self._was_unknown[zone]], unknown[:-1]))
        nothing = np.zeros_like(scene.batch.unknown)
        silence = Columns.of(scene.times, Masks(nothing, ~scene.batch.unknown, nothing)).zone(zone)
        cuts = sorted({0, *np.flatnonzero(new).tolist(), len(unknown)})
        for start, stop in itertools.pairwise(cuts):
            t_us = scene.times.t_us
            if new[start]:
                yield from self._lose(zone, start, t_us[start], scene.contact[start])
            yield from self._advance(zone, scene, rules, (start, stop))
            lost = self._lost[zone]
            for at in lost.clear(silence, start, stop):
                yield at, self._event(t_us[at], zone, lost.rule, "cleared", None)

    def _lose(
        self, zone: int, at: int, t_us: int, contact: NDArray[np.bool_]
    ) -> Iterator[tuple[int, AlarmEvent]]:
        """Say that a zone has become unknown, as gravely as what it may be hiding."""
        latches = [(rule, self._latches[rule.name][zone]) for rule in RULES]
        hidden = [rule.priority for rule, latch in latches if latch.busy]
        for _, latch in latches:
            latch.end_pending()
        loaded = contact[self._is_right == self._is_right[zone]].any()
        if self._lost[zone].begin(hidden, "medium" if loaded else "low"):
            yield at, self._event(t_us, zone, self._lost[zone].rule, "raised", None)

    def _changed(
        self, rule: MeanRule, batch: Batch, at: int, zone: int, *, raised: bool
    ) -> AlarmEvent:
        total, count = (array[at, zone] for array in batch.sums[rule.window_us])
        mean_n = total / count / 100.0
        seen_n = max(mean_n, batch.value_cn[at, zone] / 100.0) if raised else mean_n
        value_kpa = float(seen_n * self._scale.peak_kpa_per_n[zone])
        state: AlarmState = "raised" if raised else "cleared"
        return self._event(int(batch.t_us[at]), zone, rule.name, state, value_kpa)

    def _event(
        self, t_us: int, zone: int, rule: str, state: AlarmState, value_kpa: float | None
    ) -> AlarmEvent:
        for row in RULES:
            if row.name == rule:
                limit = float(self._kpa[rule][zone])
                return AlarmEvent(t_us, zone, rule, "alarm", row.priority, state, value_kpa, limit)
        priority = self._lost[zone].priority
        return AlarmEvent(t_us, zone, rule, "fault", priority, state, None, None)


class _Lost:
    """The fault of a zone that has become unknown, as grave as what it may be hiding."""

    def __init__(self) -> None:
        self.latch = Latch(0, latching=False)
        self.rule = STALE_RULE
        self.priority: Priority = "low"

    def begin(self, hidden: list[Priority], otherwise: Priority) -> bool:
        """Raise it unless it stands already; return whether it was raised."""
        if self.latch.raised:
            return False
        self.rule = LOST_RULE if hidden else STALE_RULE
        self.priority = max(hidden, key=PRIORITIES.index) if hidden else otherwise
        self.latch.raise_now(latching=self.priority == "high")
        return True

    def clear(self, silence: Column, start: int, stop: int) -> list[int]:
        """Frames at which it clears: after 2 s of valid frames, at most one in a stretch."""
        return self.latch.advance(silence, start, stop) if self.latch.raised else []


def _order(found: tuple[int, AlarmEvent]) -> tuple[int, int, bool, int, str]:
    at, event = found
    raised = event.state != "cleared"
    return at, event.zone, raised, PRIORITIES.index(event.priority), event.rule
