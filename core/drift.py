"""The fault `zero_drift`: a zero is farther off than tracking may follow. Only a tare ends it.

| state        | goes on to   | when                                     |
|--------------|--------------|------------------------------------------|
| none         | raised       | zero tracking says so                    |
| raised low   | raised medium| contact begins on that foot              |
| raised       | acknowledged | a person says so                         |
| acknowledged | raised       | 120 s later, or it has become medium     |
| all          | none         | the mat is tared                         |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.latch import SEEN_US
from core.rules import AlarmEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from core.wire import AlarmState, Priority

DRIFT = "zero_drift"
"""Name of the rule."""


@dataclass
class _Standing:
    """The fault of one zone."""

    zone: int
    priority: Priority = "low"
    seen_us: int | None = None

    def event(self, t_us: int, state: AlarmState) -> AlarmEvent:
        return AlarmEvent(t_us, self.zone, DRIFT, "fault", self.priority, state, None, None)


class DriftFaults:
    """`zero_drift` of every zone of a mat.

    Parameters
    ----------
    is_right : ndarray of bool, shape (n_zones,)
        Which foot each zone is under.

    Attributes
    ----------
    standing : ndarray of bool, shape (n_zones,)
        Where it stands.
    """

    def __init__(self, is_right: NDArray[np.bool_]) -> None:
        self._is_right = is_right
        self._faults: dict[int, _Standing] = {}
        self.standing = np.zeros(len(is_right), bool)

    def feed(
        self,
        t_us: NDArray[np.int64],
        contact: NDArray[np.bool_],
        begun: Sequence[tuple[int, int]],
    ) -> list[tuple[int, AlarmEvent]]:
        """Go through a batch.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
        contact : ndarray of bool, shape (n_frames, n_zones)
        begun : sequence of (int, int)
            Frame and zone where it begins; none where it stands.

        Returns
        -------
        list of (int, AlarmEvent)
            Frames, and what changed at them.
        """
        found: list[tuple[int, AlarmEvent]] = []
        for fault in list(self._faults.values()):
            found += self._advance(fault, 0, t_us, contact)
        for frame, zone in begun:
            fault = self._begin(zone)
            fault.priority = "medium" if self._loaded(zone, contact)[frame] else "low"
            found.append((frame, fault.event(int(t_us[frame]), "raised")))
            found += self._advance(fault, frame + 1, t_us, contact)
        return found

    def acknowledge(self, t_us: int, zone: int) -> list[AlarmEvent]:
        """Take note that a person has seen it; empty if that is no news."""
        fault = self._faults.get(zone)
        if fault is None or fault.seen_us is not None:
            return []
        fault.seen_us = t_us
        return [fault.event(t_us, "acknowledged")]

    def restore(self, t_us: int, zones: Iterable[int]) -> list[AlarmEvent]:
        """Raise what stood before a restart."""
        return [self._begin(zone).event(t_us, "raised") for zone in zones]

    def clear(self, t_us: int) -> list[AlarmEvent]:
        """Take note of a tare."""
        events = [fault.event(t_us, "cleared") for _, fault in sorted(self._faults.items())]
        self._faults.clear()
        self.standing[:] = False
        return events

    def _begin(self, zone: int) -> _Standing:
        self._faults[zone] = fault = _Standing(zone)
        self.standing[zone] = True
        return fault

    def _loaded(self, zone: int, contact: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Shape (n_frames,): whether the foot of a zone is in contact."""
        return np.asarray(contact[:, self._is_right == self._is_right[zone]].any(axis=1))

    def _advance(
        self, fault: _Standing, start: int, t_us: NDArray[np.int64], contact: NDArray[np.bool_]
    ) -> Iterator[tuple[int, AlarmEvent]]:
        n_frames = grows = len(t_us)
        if fault.priority == "low":
            loaded = np.flatnonzero(self._loaded(fault.zone, contact)[start:])
            grows = start + int(loaded[0]) if len(loaded) else n_frames
        if fault.seen_us is not None:
            again = max(start, int(np.searchsorted(t_us, fault.seen_us + SEEN_US)))
            if again < grows:
                fault.seen_us = None
                yield again, fault.event(int(t_us[again]), "raised")
        if grows < n_frames:
            fault.priority, fault.seen_us = "medium", None
            yield grows, fault.event(int(t_us[grows]), "raised")
