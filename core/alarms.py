"""The safety engine: which rule is raised on which zone, frame by frame (DESIGN section 6).

Rules are rows of one table. Every rule is evaluated at every frame, bad ones too, on integers,
so that the verdict does not depend on how frames were batched.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.contact import Contact
from core.latch import Column, Latch
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
        self._busy = np.zeros(n_zones, bool)
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
        masks = {rule.name: self._judge(rule, batch) for rule in RULES}
        wake = self._wake(batch, at_once, masks)
        found: list[tuple[int, AlarmEvent]] = []
        if wake.any():
            valid_us = self._valid_us(batch)
            for zone in np.flatnonzero(wake):
                columns = {
                    rule.name: _column(
                        batch, valid_us, int(zone), masks[rule.name], at_once[rule.at_once]
                    )
                    for rule in RULES
                }
                found += self._zone(int(zone), batch, valid_us, columns, contact)
                self._busy[zone] = self._is_busy(int(zone))
        self._last_t_us = int(batch.t_us[-1])
        self._was_unknown = batch.unknown[-1]
        self._over = {rule.name: masks[rule.name][0][-1] for rule in RULES}
        return Judged(batch, contact, tuple(event for _, event in sorted(found, key=_order)))

    def is_over(self, rule: str, zone: int) -> bool:
        """Whether the condition of a rule, or of a fault, held in the newest frame."""
        over = self._over.get(rule, self._was_unknown)
        return bool(over[zone])

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

    def _judge(self, rule: MeanRule, batch: Batch) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether the condition holds, and whether it is clear of it by its hysteresis."""
        total, count = batch.sums[rule.window_us]
        bound = count * self._cn[rule.name]
        over = (total >= bound) & batch.seen & ~batch.unknown
        return over, 10 * total < 9 * bound

    def _wake(
        self,
        batch: Batch,
        at_once: dict[str, NDArray[np.bool_]],
        masks: dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    ) -> NDArray[np.bool_]:
        """Zones on which something may change; the others need no further look."""
        wake = self._busy | batch.unknown.any(axis=0) | self._was_unknown
        for rule in RULES:
            wake |= masks[rule.name][0].any(axis=0) | at_once[rule.at_once].any(axis=0)
        return wake

    def _is_busy(self, zone: int) -> bool:
        """Whether the next frames of a zone matter even if nothing new holds in them."""
        return self._lost[zone].latch.busy or any(
            self._latches[rule.name][zone].busy for rule in RULES
        )

    def _valid_us(self, batch: Batch) -> NDArray[np.int64]:
        """Cumulative time of intervals that end in a valid frame, shape (n_frames + 1, n_zones)."""
        before = batch.t_us[0] if self._last_t_us is None else self._last_t_us
        steps = np.diff(batch.t_us, prepend=before)[:, None] * batch.valid
        return np.concatenate((np.zeros((1, steps.shape[1]), np.int64), np.cumsum(steps, axis=0)))

    def _zone(
        self,
        zone: int,
        batch: Batch,
        valid_us: NDArray[np.int64],
        columns: dict[str, Column],
        contact: NDArray[np.bool_],
    ) -> Iterator[tuple[int, AlarmEvent]]:
        """Go through the batch of one zone, cut where it becomes unknown."""
        unknown = batch.unknown[:, zone]
        new = unknown & ~np.concatenate(([self._was_unknown[zone]], unknown[:-1]))
        nothing = np.zeros_like(unknown)
        silence = _column(batch, valid_us, zone, (nothing, ~unknown), nothing)
        cuts = sorted({0, *np.flatnonzero(new).tolist(), len(unknown)})
        for start, stop in itertools.pairwise(cuts):
            if new[start]:
                yield from self._lose(zone, start, int(batch.t_us[start]), contact[start])
            for rule in RULES:
                latch = self._latches[rule.name][zone]
                raised = latch.raised
                for at in latch.advance(columns[rule.name], start, stop):
                    raised = not raised
                    yield at, self._changed(rule, batch, at, zone, raised=raised)
            lost = self._lost[zone]
            for at in lost.clear(silence, start, stop):
                yield at, self._event(int(batch.t_us[at]), zone, lost.rule, "cleared", None)

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


def _column(
    batch: Batch,
    valid_us: NDArray[np.int64],
    zone: int,
    judged: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    at_once: NDArray[np.bool_],
) -> Column:
    over, calm = judged
    if over.ndim == 2:
        over, calm, at_once = over[:, zone], calm[:, zone], at_once[:, zone]
    return Column(batch.t_us, batch.valid[:, zone], over, calm, at_once, valid_us[:, zone])


def _order(found: tuple[int, AlarmEvent]) -> tuple[int, int, bool, int, str]:
    at, event = found
    raised = event.state != "cleared"
    return at, event.zone, raised, PRIORITIES.index(event.priority), event.rule
