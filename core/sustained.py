"""The rule on long loads: light pressure that never lets go (DESIGN section 6).

Seconds of the frames' own clock are judged at the first frame after. A second is loaded for a zone
if its mean reaches 4.67 kPa, or if nobody knows: the zone was unknown or gave no valid frame. Two
minutes with a whole foot unloaded empty that foot's history and clear its alarms; nothing else
does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.class_limits import EXCLUDED
from core.latch import SEEN_US
from core.load_history import SECONDS, SHORT_SECONDS, LoadHistory
from core.units import US_PER_S
from core.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from core.windows import Batch
    from core.wire import AlarmState, Priority
    from core.zone_limits import ZoneLimits

RELIEF_S = 120
"""Seconds with every zone of a foot unloaded that count as relief."""


class Change(NamedTuple):
    """What became of the alarm of a zone at a frame; `priority` is None once it is cleared."""

    frame: int
    zone: int
    state: AlarmState
    was: Priority | None
    priority: Priority | None


class _Row(NamedTuple):
    """What is too long for a class: loaded seconds of the last so many."""

    priority: Priority
    loaded: int
    seconds: int


_ROWS = {
    0: _Row("low", 900, SECONDS),
    1: _Row("medium", 855, SECONDS),
    2: _Row("medium", 285, SHORT_SECONDS),
    # Never reached: an excluded zone has a rule of its own.
    EXCLUDED: _Row("low", SECONDS + 1, SECONDS),
}


class Sustained:
    """The rule on all zones of a mat.

    Parameters
    ----------
    limits : ZoneLimits
    is_right : ndarray of bool, shape (n_zones,)
        Which foot each zone is under.

    Attributes
    ----------
    history : LoadHistory
        Of whoever is on the mat.
    watches : list of Watch
        One of each zone.
    reliefs : list of int
        How often each foot, left and right, was relieved.
    """

    def __init__(self, limits: ZoneLimits, is_right: NDArray[np.bool_]) -> None:
        n_zones = len(is_right)
        self._feet = (~is_right, is_right)
        self.history = LoadHistory.empty(n_zones)
        self.watches = [Watch(clear_us=None) for _ in range(n_zones)]
        self._relief_s = [0, 0]
        self.reliefs = [0, 0]
        self._second: int | None = None
        self._before = np.zeros((2, n_zones), np.int64)
        self._unknown = np.zeros(n_zones, bool)
        self.adopt(limits)

    def adopt(self, limits: ZoneLimits) -> None:
        """Take the limits of another profile."""
        self._bound_cn = limits.sustained_cn
        self._rows = [_ROWS[int(each)] for each in limits.classes]
        self._need_s = np.array([row.loaded for row in self._rows])
        self._is_short = np.array([row.seconds == SHORT_SECONDS for row in self._rows])
        self.recount()

    def recount(self) -> None:
        """Look at another history, or by another class, from now on."""
        for watch, over in zip(self.watches, self._over().tolist(), strict=True):
            watch.holds = over

    def feed(self, batch: Batch) -> Iterator[Change]:
        """Go through a batch.

        Yields
        ------
        Change
            In order of frames.
        """
        if self._second is None:
            self._second = int(batch.t_us[0]) // US_PER_S
            self._before = batch.sums[0, :2].copy()
        turns = self._turns(batch.t_us, self._second)
        begin = 0
        for turn in [*turns, len(batch.t_us)]:
            self._see(batch, begin, turn)
            yield from self._sound_again(batch, begin, turn)
            if turn < len(batch.t_us):
                yield from self._close(batch, turn, int(batch.t_us[turn]) // US_PER_S)
            begin = turn

    @staticmethod
    def _turns(t_us: NDArray[np.int64], second: int) -> list[int]:
        """Find the first frames of later seconds."""
        if int(t_us[-1]) // US_PER_S == second:
            return []
        if len(t_us) == 1:
            return [0]
        seconds = t_us // US_PER_S
        later = (np.flatnonzero(seconds[1:] != seconds[:-1]) + 1).tolist()
        return later if int(seconds[0]) == second else [0, *later]

    def _see(self, batch: Batch, start: int, stop: int) -> None:
        dark = batch.unknown[start:stop] | ~batch.seen[start:stop]
        if np.count_nonzero(dark):
            self._unknown |= dark.any(axis=0)

    def _sound_again(self, batch: Batch, start: int, stop: int) -> Iterator[Change]:
        """Raise anew what was acknowledged and still holds."""
        for zone, watch in enumerate(self.watches):
            if watch.seen_us is not None and watch.holds:
                due_us = watch.seen_us + SEEN_US
                at = start + int(np.searchsorted(batch.t_us[start:stop], due_us))
                if at < stop:
                    yield from self._step(at, zone, batch, over=True)

    def _close(self, batch: Batch, at: int, second: int) -> Iterator[Change]:
        """Judge the second that is over, and those without any frame since."""
        assert self._second is not None  # noqa: S101 - feed() began with one
        total, count = batch.sums[at, :2] - self._before
        loaded = self._unknown | (count == 0) | (total >= count * self._bound_cn)
        for zone, was in self._push(loaded):
            yield Change(at, zone, "cleared", was, None)
        for _ in range(min(second - self._second - 1, SECONDS)):
            self._push(np.ones_like(loaded))
        self._second, self._before = second, batch.sums[at, :2].copy()
        self._unknown = np.zeros_like(loaded)
        over = self._over()
        standing = [watch.priority is not None for watch in self.watches]
        for zone in np.flatnonzero(over | standing).tolist():
            yield from self._step(at, zone, batch, over=bool(over[zone]))

    def _push(self, loaded: NDArray[np.bool_]) -> list[tuple[int, Priority]]:
        """Add a second; return the zones whose alarm a relief has cleared, and how grave it was."""
        self.history.push(loaded)
        cleared: list[tuple[int, Priority]] = []
        for foot, zones in enumerate(self._feet):
            bears = np.count_nonzero(loaded & zones)
            self._relief_s[foot] = 0 if bears else self._relief_s[foot] + 1
            # Two minutes off are a relief only of what was borne, by whoever it is said to be.
            if self._relief_s[foot] >= RELIEF_S and self._bore(zones):
                self.reliefs[foot] += bool(self.history.long_count[zones].any())
                self.history.empty_zones(zones)
                cleared += self._clear(zones)
        return cleared

    def _bore(self, zones: NDArray[np.bool_]) -> bool:
        standing = any(self.watches[zone].priority for zone in np.flatnonzero(zones))
        return standing or bool(np.count_nonzero(self.history.long_count[zones]))

    def _clear(self, zones: NDArray[np.bool_]) -> Iterator[tuple[int, Priority]]:
        for zone in np.flatnonzero(zones).tolist():
            watch = self.watches[zone]
            if watch.priority:
                yield zone, watch.priority
            watch.clear()
            watch.holds = False

    def _step(self, at: int, zone: int, batch: Batch, *, over: bool) -> Iterator[Change]:
        watch = self.watches[zone]
        was = watch.priority
        # Of another class now, it is graver only once it is too long for that class too.
        priority = self._rows[zone].priority if over else watch.priority or "low"
        state = watch.step(int(batch.t_us[at]), holds=over, priority=priority)
        if state:
            yield Change(at, zone, state, was, watch.priority)

    def _over(self) -> NDArray[np.bool_]:
        count = np.where(self._is_short, self.history.short_count, self.history.long_count)
        return np.asarray(count >= self._need_s)
