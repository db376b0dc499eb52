"""The safety engine: which rule is raised on which zone, frame by frame (DESIGN section 6).

Every rule is evaluated at every frame, bad ones too, on integers, so that the verdict does not
depend on how frames were batched. Zones on which nothing can change cost nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.columns import Columns, Masks, Times
from core.contact import Contact
from core.drift import DRIFT, DriftFaults
from core.faults import ZoneFaults
from core.latch import Latch
from core.rules import RULES, AlarmEvent, Latched, MeanRule, event_order
from core.taps import TapCounter
from core.units import CN_PER_N
from core.windows import Batch, Windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from core.frames import ForceFrames
    from core.profiles import ZoneLimits
    from core.wire import AlarmState, Priority
    from core.zero_tracking import Zeroed

Found = tuple[int, AlarmEvent]
"""Frame of a batch, and what changed at it."""


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
    masks: list[Masks]
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
        self._is_right = is_right
        self._kpa_per_n = limits.scale.peak_kpa_per_n.tolist()
        self._kpa = [limits.kpa(rule.name).tolist() for rule in RULES]
        self._cn = [limits.cn(rule.name) for rule in RULES]
        self._windows = Windows(tuple(rule.window_us for rule in RULES), limits.cn("ceiling"))
        self._taps = TapCounter(limits.cn("limit"))
        self._contact_cn = limits.contact_cn
        self._contact = Contact(n_zones)
        self._latches = [
            [Latch(us, latching=rule.latching) for us in limits.persistence_us(rule.name).tolist()]
            for rule in RULES
        ]
        self._faults = [ZoneFaults(zone) for zone in range(n_zones)]
        self._drift = DriftFaults(is_right)
        self._busy = [np.zeros(n_zones, bool) for _ in RULES]
        self._faulty = np.zeros(n_zones, bool)
        self._was_unknown = np.zeros(n_zones, bool)
        self._last_t_us: int | None = None
        self._batch: Batch | None = None
        self._holds: dict[str, NDArray[np.bool_]] = {}

    def feed(self, frames: ForceFrames, zero: Zeroed | None = None) -> Judged:
        """Judge the next frames.

        Parameters
        ----------
        frames : ForceFrames
            At least one.
        zero : Zeroed, optional
            What zero tracking says about them; without it zero is exact.
        """
        batch = self._windows.feed(frames)
        contact_cn, drifted = (zero.contact_cn, zero.drifted) if zero else (self._contact_cn, ())
        contact = self._contact.feed(batch.value_cn, contact_cn)
        at_once = {"taps": self._taps.feed(batch), "ceiling": batch.ceiling}
        masks = [self._judge(at, batch, at_once[rule.at_once]) for at, rule in enumerate(RULES)]
        self._batch = batch
        found = self._look(batch, masks, contact)
        found += self._drift.feed(batch.t_us, contact, drifted)
        self._last_t_us = int(batch.t_us[-1])
        self._was_unknown = batch.unknown[-1]
        self._holds = {rule.name: mask.holds[-1] for rule, mask in zip(RULES, masks, strict=True)}
        self._holds[DRIFT] = self._drift.standing
        return Judged(batch, contact, tuple(event for _, event in sorted(found, key=event_order)))

    def holds_now(self, rule: str) -> NDArray[np.bool_]:
        """Shape (n_zones,): where the condition of a rule or fault holds, as far as is known."""
        return self._holds.get(rule, self._was_unknown)

    def restore(self, zone: int, kept: Latched) -> AlarmEvent | None:
        """Raise what stood before a restart; None for a rule that there is no longer."""
        faults = self._faults[zone]
        if kept.rule == faults.lost.rule:
            faults.lost.begin(kept.priority)
            self._faulty[zone] = True
            return faults.lost.event(kept.t_us, zone, "raised")
        for at, rule in enumerate(RULES):
            if rule.name == kept.rule:
                self._latches[at][zone].raise_now(latching=rule.latching)
                self._busy[at][zone] = True
                value, limit = kept.value_kpa, self._kpa[at][zone]
                return AlarmEvent(
                    kept.t_us, zone, rule.name, "alarm", rule.priority, "raised", value, limit
                )
        return None

    def acknowledge(self, t_us: int, zone: int | None, rule: str | None) -> list[AlarmEvent]:
        """Take note that a person beside the mat has seen what is raised.

        Parameters
        ----------
        t_us : int
            When.
        zone, rule : int, str or None
            Which; None for all.
        """
        zones = range(len(self._faults)) if zone is None else (zone,)
        events = []
        for index in zones:
            for at, row in enumerate(RULES):
                if rule in (None, row.name) and self._latches[at][index].acknowledge(t_us):
                    events.append(self._event(at, index, -1, "acknowledged", t_us))
            events += [
                fault.event(t_us, index, "acknowledged")
                for fault in self._faults[index].both
                if rule in (None, fault.rule) and fault.latch.acknowledge(t_us)
            ]
            if rule in (None, DRIFT):
                events += self._drift.acknowledge(t_us, index)
        return events

    def restore_drift(self, t_us: int, zones: Iterable[int]) -> list[AlarmEvent]:
        """Raise the `zero_drift` that stood before a restart."""
        return self._drift.restore(t_us, zones)

    def clear_drift(self, t_us: int) -> list[AlarmEvent]:
        """Take note that the mat was tared."""
        return self._drift.clear(t_us)

    def _judge(self, at: int, batch: Batch, at_once: NDArray[np.bool_]) -> Masks:
        total, count = batch.sums[RULES[at].window_us]
        bound = count * self._cn[at]
        holds = (total >= bound) & batch.seen
        return Masks(holds, holds & ~batch.unknown, 10 * total < 9 * bound, at_once)

    def _look(self, batch: Batch, masks: list[Masks], contact: NDArray[np.bool_]) -> list[Found]:
        """Go through the zones on which something may change."""
        silent = batch.unknown.any(axis=0) | self._was_unknown | self._faulty
        woken = [busy | mask.wakes for busy, mask in zip(self._busy, masks, strict=True)]
        if not np.logical_or.reduce([silent, *woken]).any():
            return []
        times = Times.of(batch, self._last_t_us)
        columns = [Columns.of(times, mask) for mask in masks]
        scene = _Scene(batch, times, masks, columns, contact)
        found: list[Found] = []
        for zone in np.flatnonzero(silent).tolist():
            found += self._cut(zone, scene)
        for at, awake in enumerate(woken):
            for zone in np.flatnonzero(awake & ~silent).tolist():
                found += self._advance(at, zone, columns[at], (0, len(times.t_us)))
        return found

    def _advance(
        self, at: int, zone: int, columns: Columns, frames: tuple[int, int]
    ) -> list[Found]:
        latch = self._latches[at][zone]
        changes = latch.advance(columns.zone(zone), *frames)
        self._busy[at][zone] = latch.busy
        return [(k, self._event(at, zone, k, state)) for k, state in changes]

    def _cut(self, zone: int, scene: _Scene) -> Iterator[Found]:
        """Go through a batch in which a zone is or was unknown, cut where it becomes so."""
        unknown, t_us = scene.batch.unknown, scene.times.t_us
        new = unknown[:, zone] & ~np.append(self._was_unknown[zone], unknown[:-1, zone])
        nothing = np.zeros_like(unknown)
        silence = Columns.of(scene.times, Masks(unknown, unknown, ~unknown, nothing)).zone(zone)
        loaded = scene.contact[:, self._is_right == self._is_right[zone]].any(axis=1).tobytes()
        cuts = sorted({0, *np.flatnonzero(new).tolist(), len(t_us)})
        for start, stop in itertools.pairwise(cuts):
            if new[start]:
                hidden = self._interrupt(zone, scene.masks, start)
                for event in self._faults[zone].lose(
                    t_us[start], hidden, loaded=bool(loaded[start])
                ):
                    yield start, event
            for at, columns in enumerate(scene.columns):
                yield from self._advance(at, zone, columns, (start, stop))
            yield from self._faults[zone].advance(silence, loaded, start, stop)
        self._faulty[zone] = self._faults[zone].standing

    def _interrupt(self, zone: int, masks: list[Masks], at: int) -> list[Priority]:
        """End what is pending on a lost zone; return the priorities of all that it may hide."""
        hidden: list[Priority] = []
        for rule, latches, mask in zip(RULES, self._latches, masks, strict=True):
            if latches[zone].busy or mask.holds[at, zone]:
                hidden.append(rule.priority)
            latches[zone].interrupt()
        return hidden

    def _event(
        self, at: int, zone: int, frame: int, state: AlarmState, t_us: int | None = None
    ) -> AlarmEvent:
        rule, batch = RULES[at], self._batch
        assert batch is not None  # noqa: S101 - a latch changes only once there is a batch
        value_kpa = _value_n(rule, batch, frame, zone, state) * self._kpa_per_n[zone]
        return AlarmEvent(
            t_us=int(batch.t_us[frame]) if t_us is None else t_us,
            zone=zone,
            rule=rule.name,
            kind="alarm",
            priority=rule.priority,
            state=state,
            value_kpa=value_kpa,
            limit_kpa=self._kpa[at][zone],
        )


def _value_n(rule: MeanRule, batch: Batch, frame: int, zone: int, state: AlarmState) -> float:
    """Force that a rule saw: its mean, and when raised the newest value if that is higher."""
    total, count = (int(array[frame, zone]) for array in batch.sums[rule.window_us])
    newest_cn = int(batch.value_cn[frame, zone])
    mean_cn = total / count
    return (max(mean_cn, newest_cn) if state == "raised" else mean_cn) / CN_PER_N
