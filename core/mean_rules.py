"""Every rule on a mean, on every zone, as one table; and the zones that cannot be read.

All conditions of a batch are worked out at once, rules by frames by zones. Where nothing can
change, that is all it costs; the rest is searched by the latches.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.cell_loads import CAPACITY_BP
from core.columns import Columns, Masks, Times, in_any_frame
from core.faults import ZoneFaults
from core.latch import BREAK, CALM, HEAT, NEVER_US, STIR, Latch
from core.mean_events import EXCLUDED, RULE_INDEX, MeanEvents
from core.rules import RULES, AlarmEvent, Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from core.rules import Latched
    from core.windows import Batch
    from core.wire import Priority
    from core.zone_limits import ZoneLimits

_OVERLOAD = RULE_INDEX["overload"]


class _Scene(NamedTuple):
    """A batch with everything that is looked at."""

    batch: Batch
    masks: Masks
    columns: Columns
    silence: Columns
    loaded: tuple[bytes, bytes]
    others: Callable[[int, int], Priority | None]


class MeanRules:
    """Rules on means, and `stale` and `zone_lost`, of all zones of a mat.

    Parameters
    ----------
    limits : ZoneLimits
    is_right : ndarray of bool, shape (n_zones,)
        Which foot each zone is under.

    Attributes
    ----------
    events : MeanEvents
    """

    def __init__(self, limits: ZoneLimits, is_right: NDArray[np.bool_]) -> None:
        n_zones = len(is_right)
        self._is_right = is_right
        self._latches = [
            [Latch(0, latching=rule.latching) for _ in range(n_zones)] for rule in RULES
        ]
        self._waits = np.full((len(RULES), n_zones), HEAT, np.int8)
        self._waiting = [(self._waits == each)[:, None] for each in range(4)]
        self._waits_any = self._breakable = False
        self._until_us = np.full((len(RULES), n_zones), NEVER_US)
        self._faults = [ZoneFaults(zone) for zone in range(n_zones)]
        self._faulty = np.zeros(n_zones, bool)
        self._was_unknown = np.zeros(n_zones, bool)
        self._holds = np.zeros((len(RULES), n_zones), bool)
        self._last_t_us: int | None = None
        self._valid_us = np.zeros(n_zones, np.int64)
        self.events = MeanEvents(limits)
        self.adopt(limits)

    def adopt(self, limits: ZoneLimits) -> None:
        """Take another profile's limits: runs begin anew, what is raised stays until it clears."""
        n_zones = len(self._is_right)
        self.events.adopt(limits)
        self._any_excluded = bool(limits.excluded.any())
        full = np.full(n_zones, CAPACITY_BP)
        cn = [limits.cn(rule.name) if rule.of == "force" else full for rule in RULES]
        self._bound = np.array(cn)[:, None]
        for rule, latches in zip(RULES, self._latches, strict=True):
            held_us = limits.persistence_us(rule.name).tolist()
            for latch, persistence_us in zip(latches, held_us, strict=True):
                latch.restart(persistence_us)
        for faults in self._faults:
            for fault in faults.both:
                fault.latch.interrupt()
        for at, zone in np.argwhere(self._waits).tolist():
            self._remember(at, zone)

    def masks(
        self, batch: Batch, least_cn: NDArray[np.int64], at_once: dict[str, NDArray[np.bool_]]
    ) -> Masks:
        """Work out the conditions of all rules.

        Parameters
        ----------
        batch : Batch
        least_cn : ndarray of int64, shape (n_zones,) or (n_frames, n_zones)
            Force below which nobody can tell contact from a zero that is off.
        at_once : dict of str to ndarray of bool, shape (n_frames, n_zones)
            What raises rules without persistence, by name.
        """
        self.events.look(batch, least_cn)
        need = batch.count * self._bounds(least_cn)
        calm = 10 * batch.total < 9 * need
        # A cell at its capacity is not above it.
        need[_OVERLOAD] += 1
        holds = (batch.total >= need) & batch.seen
        now = np.zeros(holds.shape, bool)
        for at, rule in enumerate(RULES):
            if rule.at_once:
                now[at] = at_once[rule.at_once]
        self._holds = holds[:, -1]
        return Masks(holds, holds & ~batch.unknown, calm & ~now, now)

    def feed(
        self,
        batch: Batch,
        masks: Masks,
        contact: NDArray[np.bool_],
        others: Callable[[int, int], Priority | None],
    ) -> list[Found]:
        """Go through the zones on which something may change.

        Parameters
        ----------
        batch : Batch
        masks : Masks
            Of the batch.
        contact : ndarray of bool, shape (n_frames, n_zones)
        others : callable
            Takes a frame and a zone; returns how grave what stands there beside is.
        """
        if self._waits_any:
            self.events.top.follow(batch)
        silent = in_any_frame(batch.unknown) | self._was_unknown | self._faulty
        times = Times.of(batch, self._last_t_us, self._valid_us)
        awake = self._awake(masks, times)
        found: list[Found] = []
        if np.count_nonzero(silent) or np.count_nonzero(awake):
            columns = Columns.of(times, masks)
            if np.count_nonzero(silent):
                scene = self._scene(batch, masks, columns, times, contact, others)
                for zone in np.flatnonzero(silent).tolist():
                    found += self._cut(zone, scene)
            for at, zone in np.argwhere(awake & ~silent).tolist():
                found += self._advance(at, zone, columns, (0, len(batch.t_us)))
        self._last_t_us, self._valid_us = int(batch.t_us[-1]), times.valid_us[-1]
        self._was_unknown = batch.unknown[-1]
        return found

    def holds_now(self, zone: int, rule: str) -> bool:
        """Whether the condition of a rule, or the silence of a zone, holds as far as is known."""
        if rule in RULE_INDEX:
            return bool(self._holds[RULE_INDEX[rule], zone])
        return bool(self._was_unknown[zone])

    def acknowledge(
        self, t_us: int, zone: int, rule: str | None, *, beside: bool
    ) -> Iterator[AlarmEvent]:
        """Take note that a person has seen what is raised on a zone; a rule of None is all."""
        for at, row in enumerate(RULES):
            if rule in (None, row.name) and self._latches[at][zone].acknowledge(
                t_us, beside=beside
            ):
                self._remember(at, zone)
                yield self.events.event(row.name, zone, -1, "acknowledged", t_us)
        for fault in self._faults[zone].both:
            if rule in (None, fault.rule) and fault.latch.acknowledge(t_us, beside=beside):
                yield fault.event(t_us, zone, "acknowledged")

    def restore(self, zone: int, kept: Latched) -> AlarmEvent | None:
        """Raise what stood before a restart; None for a rule that there is no longer."""
        faults = self._faults[zone]
        if kept.rule == faults.lost.rule:
            faults.lost.begin(kept.priority)
            self._faulty[zone] = True
            return faults.lost.event(kept.t_us, zone, "raised")
        if kept.rule not in RULE_INDEX:
            return None
        at = RULE_INDEX[kept.rule]
        self._latches[at][zone].raise_now(latching=RULES[at].latching)
        self.events.top.forget(at, zone)
        self._remember(at, zone)
        limit = self.events.limit(at, zone)
        return AlarmEvent(
            kept.t_us, zone, kept.rule, "alarm", RULES[at].priority, "raised", kept.value, limit
        )

    def _bounds(self, least_cn: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self._any_excluded:
            return self._bound
        rows = 1 if least_cn.ndim == 1 else len(least_cn)
        bound = np.repeat(self._bound, rows, axis=1)
        np.maximum(bound[EXCLUDED], least_cn, out=bound[EXCLUDED])
        return bound

    def _awake(self, masks: Masks, times: Times) -> NDArray[np.bool_]:
        """Shape (n_rules, n_zones): where a latch may change in a batch."""
        hot, waits = masks.over | masks.at_once, self._waiting
        if not self._waits_any:
            return in_any_frame(hot)
        changing = hot & waits[HEAT] | ~masks.calm & waits[STIR] | masks.calm & waits[CALM]
        if self._breakable:
            changing |= (times.valid & ~masks.over | masks.at_once) & waits[BREAK]
        now_us = np.where(waits[STIR][:, 0], times.valid_us[-1], times.t_us[-1])
        return np.asarray(in_any_frame(changing) | (self._until_us <= now_us))

    def _advance(
        self, at: int, zone: int, columns: Columns, frames: tuple[int, int]
    ) -> list[Found]:
        latch = self._latches[at][zone]
        stood = latch.raised
        changes = latch.advance(columns.zone(at, zone), *frames)
        self._remember(at, zone)
        for k, state in changes:
            if state == "raised" and not stood:
                self.events.begin(at, zone, k)
            stood = state == "raised"
        return [(k, self.events.event(RULES[at].name, zone, k, state)) for k, state in changes]

    def _remember(self, at: int, zone: int) -> None:
        waits, self._until_us[at, zone] = self._latches[at][zone].waits_for
        if waits != self._waits[at, zone]:
            self._waits[at, zone] = waits
            self._waiting = [(self._waits == each)[:, None] for each in range(4)]
            self._waits_any = bool(np.count_nonzero(self._waits))
            self._breakable = bool(np.count_nonzero(self._waiting[BREAK]))

    def _scene(
        self,
        batch: Batch,
        masks: Masks,
        columns: Columns,
        times: Times,
        contact: NDArray[np.bool_],
        others: Callable[[int, int], Priority | None],
    ) -> _Scene:
        silence = Columns.of(times, _silence(batch.unknown))
        left, right = (contact[:, foot].any(axis=1) for foot in (~self._is_right, self._is_right))
        loaded = np.asarray(left).tobytes(), np.asarray(right).tobytes()
        return _Scene(batch, masks, columns, silence, loaded, others)

    def _cut(self, zone: int, scene: _Scene) -> Iterator[Found]:
        """Go through a batch in which a zone is or was unknown, cut where it becomes so."""
        unknown, all_us = scene.batch.unknown, scene.columns.t_us
        new = unknown[:, zone] & ~np.append(self._was_unknown[zone], unknown[:-1, zone])
        silence = scene.silence.zone(0, zone)
        loaded = scene.loaded[int(self._is_right[zone])]
        cuts = sorted({0, *np.flatnonzero(new).tolist(), len(all_us)})
        for start, stop in itertools.pairwise(cuts):
            if new[start]:
                hidden = self._interrupt(zone, scene, start)
                touched = bool(loaded[start])
                for event in self._faults[zone].lose(all_us[start], hidden, loaded=touched):
                    yield start, event
            for at in range(len(RULES)):
                yield from self._advance(at, zone, scene.columns, (start, stop))
            yield from self._faults[zone].advance(silence, loaded, start, stop)
        self._faulty[zone] = self._faults[zone].standing

    def _interrupt(self, zone: int, scene: _Scene, at: int) -> list[Priority]:
        """End what is pending on a lost zone; return the priorities of all that it may hide."""
        hidden: list[Priority] = []
        for row, (rule, latches) in enumerate(zip(RULES, self._latches, strict=True)):
            there = scene.masks.holds[row, at, zone] or scene.masks.at_once[row, at, zone]
            if latches[zone].busy or there:
                hidden.append(rule.priority)
            latches[zone].interrupt()
        other = scene.others(at, zone)
        return [*hidden, other] if other else hidden


def _silence(unknown: NDArray[np.bool_]) -> Masks:
    """Take being unknown for a condition."""
    holds = unknown[None]
    return Masks(holds, holds, ~holds, np.zeros_like(holds))
