"""The safety engine: which rule is raised on which zone, frame by frame (DESIGN section 6).

Every rule is evaluated at every frame, bad ones too, on integers, so that the verdict does not
depend on how frames were batched.
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.cell_loads import CAPACITY_BP
from core.contact import Contact
from core.fault_watches import FaultWatches, fault_event
from core.mat_rules import MatRules
from core.mean_rules import MeanRules
from core.rules import RULES, SUSTAINED, AlarmEvent, Found, event_order
from core.sustained import Sustained
from core.taps import TapCounter
from core.units import CN_PER_N
from core.windows import Batch, Windows
from core.zone_limits import SUSTAINED_KPA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from core.frames import CellView, ForceFrames
    from core.presence import SessionChange
    from core.rules import Key, Latched
    from core.watch import Watch
    from core.wire import AlarmState, Priority
    from core.zone_limits import ZoneLimits

_MEAN_RULES = {rule.name for rule in RULES}


class Look(NamedTuple):
    """Frames as the rules see them.

    Attributes
    ----------
    batch : Batch
        The frames with their windows.
    contact : ndarray of bool, shape (n_frames, n_zones)
    known : ndarray of bool, shape (n_frames, n_zones)
        The zone has a value that is not too old.
    least_cn : ndarray of int64, shape (n_zones,) or (n_frames, n_zones)
        Of `CellView`.
    """

    batch: Batch
    contact: NDArray[np.bool_]
    known: NDArray[np.bool_]
    least_cn: NDArray[np.int64]


class Judged(NamedTuple):
    """What the rules found in frames.

    Attributes
    ----------
    t_us : list of int
        Times of the frames.
    found : list of (int, AlarmEvent)
        In order: by frame, zone, clear before raise, priority low to high, rule name.
    sessions : tuple of SessionChange
    """

    t_us: list[int]
    found: list[Found]
    sessions: tuple[SessionChange, ...]


class Safety:
    """All rules on all zones of one mat.

    Parameters
    ----------
    limits : ZoneLimits
    is_right : ndarray of bool, shape (n_zones,)
        Which foot each zone is under.

    Attributes
    ----------
    sustained : Sustained
    mat : MatRules
    """

    def __init__(self, limits: ZoneLimits, is_right: NDArray[np.bool_]) -> None:
        self._n_zones = len(is_right)
        self._windows = Windows(limits.cn("ceiling"))
        self._contact = Contact(self._n_zones)
        self._means = MeanRules(limits, is_right)
        self._cell_faults = FaultWatches(is_right)
        self.sustained = Sustained(limits, is_right)
        self.mat = MatRules(limits)
        self._batch: Batch | None = None
        self._take(limits)

    def adopt(self, limits: ZoneLimits) -> None:
        """Take another profile's limits: runs begin anew, what is raised stays until it clears."""
        self._windows.set_ceiling(limits.cn("ceiling"))
        for part in (self._means, self.sustained, self.mat):
            part.adopt(limits)
        for _, watch in self._watches():
            watch.restart()
        self._take(limits)

    def _take(self, limits: ZoneLimits) -> None:
        self._taps = TapCounter(limits.cn("limit"))
        self._contact_cn = limits.contact_cn
        self._mean_kpa_per_n = limits.scale.mean_kpa_per_n.tolist()

    def look(self, frames: ForceFrames, cells: CellView) -> Look:
        """Take the next frames in.

        Parameters
        ----------
        frames : ForceFrames
            At least one.
        cells : CellView
            Of the same frames.
        """
        batch = self._windows.feed(frames, cells)
        contact_cn = np.maximum(self._contact_cn, cells.least_cn)
        contact = self._contact.feed(batch.value_cn, contact_cn)
        return Look(batch, contact, batch.seen & ~batch.unknown, cells.least_cn)

    def judge(
        self,
        look: Look,
        conditions: Mapping[str, NDArray[np.bool_]],
        total_cn: NDArray[np.int64],
    ) -> Judged:
        """Judge the frames that were just looked at.

        Parameters
        ----------
        look : Look
        conditions : mapping of str to ndarray of bool, shape (n_frames, n_zones)
            Where faults of cells hold; one that is left out holds nowhere.
        total_cn : ndarray of int64, shape (n_frames,)
            Force of the known zones.
        """
        batch, contact = look.batch, look.contact
        self._batch = batch
        t_us = batch.t_us.tolist()
        touched = np.asarray(contact.any(axis=1)).tolist()
        found, sessions = self.mat.feed(t_us, total_cn.tolist(), touched)
        found += self._on_zones(look)
        found += self._cell_faults.feed(t_us, conditions, contact)
        return Judged(t_us, sorted(found, key=event_order), sessions)

    def _on_zones(self, look: Look) -> list[Found]:
        """Judge means and long loads; what is lost is as grave as either."""
        batch = look.batch
        at_once = {
            "taps": self._taps.feed(batch),
            "ceiling": batch.ceiling,
            "overload": batch.load_bp > CAPACITY_BP,
        }
        before = [watch.priority for watch in self.sustained.watches]
        changes = list(self.sustained.feed(batch))

        def long_load(frame: int, zone: int) -> Priority | None:
            here = [c.priority for c in changes if c.zone == zone and c.frame <= frame]
            return here[-1] if here else before[zone]

        masks = self._means.masks(batch, look.least_cn, at_once)
        found = self._means.feed(batch, masks, look.contact, long_load)
        for frame, zone, state, was, priority in changes:
            event = self._long_load(frame, zone, state, priority or was or "low")
            found.append((frame, event))
        return found

    def holds_now(self, key: Key) -> bool:
        """Whether the condition of an alarm or a fault holds, as far as is known."""
        watch = self._watch(key)
        zone, rule = key
        if watch is None and zone is not None:
            return self._means.holds_now(zone, rule)
        return watch is not None and watch.holds

    def highest(self, raised: AlarmEvent) -> float | None:
        """Highest value since an alarm was raised, in the unit of its rule; None for a fault."""
        if raised.zone is None or raised.rule not in _MEAN_RULES:
            return raised.value
        return self._means.events.highest(raised.zone, raised)

    def acknowledge(
        self, t_us: int, zone: int | None, rule: str | None, *, beside: bool
    ) -> list[AlarmEvent]:
        """Take note that a person has seen what is raised.

        Parameters
        ----------
        t_us : int
            When.
        zone, rule : int, str or None
            Which; None for all.
        beside : bool
            Whether that person is beside the mat.
        """
        events: list[AlarmEvent] = []
        for index in range(self._n_zones) if zone is None else (zone,):
            events += self._means.acknowledge(t_us, index, rule, beside=beside)
        for key, watch in self._watches():
            wanted = zone in (None, key[0]) and rule in (None, key[1])
            if wanted and watch.acknowledge(t_us, beside=beside):
                events.append(self.say(key, -1, "acknowledged", watch.priority or "low", t_us))
        return events

    def restore(self, zone: int, kept: Latched) -> AlarmEvent | None:
        """Raise what stood before a restart; None for a rule that there is no longer."""
        return self._means.restore(zone, kept)

    def clear_fault(self, name: str, t_us: int) -> list[AlarmEvent]:
        """Clear a fault of cells everywhere, whatever its condition."""
        return self._cell_faults.clear(name, t_us)

    def say(
        self, key: Key, frame: int, state: AlarmState, priority: Priority, t_us: int | None = None
    ) -> AlarmEvent:
        """Say what became of something at a frame of the newest batch."""
        zone, rule = key
        at_us = self._t_us(frame) if t_us is None else t_us
        if zone is None:
            return self.mat.event(at_us, rule, frame, state, priority)
        if rule == SUSTAINED:
            return replace(self._long_load(frame, zone, state, priority), t_us=at_us)
        if rule in _MEAN_RULES:
            return self._means.events.event(rule, zone, frame, state, at_us)
        return fault_event(at_us, zone, rule, state, priority)

    def _t_us(self, frame: int) -> int:
        return int(self._batch.t_us[frame]) if self._batch else 0

    def _long_load(
        self, frame: int, zone: int, state: AlarmState, priority: Priority
    ) -> AlarmEvent:
        value_cn = int(self._batch.value_cn[frame, zone]) if self._batch else 0
        value = value_cn / CN_PER_N * self._mean_kpa_per_n[zone]
        at_us = self._t_us(frame)
        return AlarmEvent(at_us, zone, SUSTAINED, "alarm", priority, state, value, SUSTAINED_KPA)

    def _watch(self, key: Key) -> Watch | None:
        zone, rule = key
        if zone is None:
            return self.mat.watches.get(rule)
        if rule == SUSTAINED:
            return self.sustained.watches[zone]
        return self._cell_faults.watches.get((zone, rule))

    def _watches(self) -> Iterator[tuple[Key, Watch]]:
        """Everything that is one condition, zone after zone, then the mat."""
        for zone, watch in enumerate(self.sustained.watches):
            yield (zone, SUSTAINED), watch
        # In an order of their own, not of who came first in a batch.
        yield from sorted(self._cell_faults.watches.items(), key=itemgetter(0))
        for rule, watch in self.mat.watches.items():
            yield (None, rule), watch
