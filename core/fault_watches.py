"""Faults of the cells of each zone, as long as their conditions hold (DESIGN section 6).

Low while that foot is off the mat, medium once it is on; the conditions themselves come from
`core.health` and from zero tracking. `zero_drift` is cleared by a tare only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.columns import in_any_frame
from core.drift import DRIFT
from core.rules import AlarmEvent, Found
from core.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from core.wire import AlarmState, Priority

_CLEAR_US: dict[str, int | None] = {
    DRIFT: None,
    # Its condition already contains "none in 10 s".
    "cell_desync": 0,
}


class FaultWatches:
    """Faults of all zones.

    Parameters
    ----------
    is_right : ndarray of bool, shape (n_zones,)
        Which foot each zone is under.

    Attributes
    ----------
    watches : dict of (int, str) to Watch
        By zone and name; those that have ever held.
    """

    def __init__(self, is_right: NDArray[np.bool_]) -> None:
        self._is_right = is_right
        self.watches: dict[tuple[int, str], Watch] = {}

    def feed(
        self,
        t_us: list[int],
        conditions: Mapping[str, NDArray[np.bool_]],
        contact: NDArray[np.bool_],
    ) -> Iterator[Found]:
        """Go through a batch.

        Parameters
        ----------
        t_us : list of int
        conditions : mapping of str to ndarray of bool, shape (n_frames, n_zones)
            One that is left out holds nowhere.
        contact : ndarray of bool, shape (n_frames, n_zones)
        """
        awake = {key for key, watch in self.watches.items() if watch.busy}
        for name, holds in conditions.items():
            for zone in np.flatnonzero(in_any_frame(holds)).tolist():
                awake.add((zone, name))
                self.watches.setdefault(
                    (zone, name), Watch(clear_us=_CLEAR_US.get(name, 2_000_000))
                )
        if not awake:
            return
        never = [False] * len(t_us)
        loaded = [_any_of(contact[:, foot]) for foot in (~self._is_right, self._is_right)]
        for zone, name in sorted(awake):
            held = conditions[name][:, zone].tolist() if name in conditions else never
            yield from self._go(zone, name, t_us, held, loaded[int(self._is_right[zone])])

    def clear(self, name: str, t_us: int) -> list[AlarmEvent]:
        """Clear one kind everywhere, whatever its condition."""
        events = []
        for (zone, rule), watch in sorted(self.watches.items()):
            if rule == name and watch.priority:
                events.append(fault_event(t_us, zone, name, "cleared", watch.priority))
                watch.clear()
        return events

    def _go(
        self, zone: int, name: str, t_us: list[int], held: list[bool], loaded: list[bool]
    ) -> Iterator[Found]:
        watch = self.watches[zone, name]
        for at, (t, holds, touched) in enumerate(zip(t_us, held, loaded, strict=True)):
            if holds or watch.busy:
                before = watch.priority
                state = watch.step(t, holds=holds, priority="medium" if touched else "low")
                if state:
                    yield at, fault_event(t, zone, name, state, watch.priority or before or "low")


def _any_of(contact: NDArray[np.bool_]) -> list[bool]:
    loaded = np.asarray(contact.any(axis=1))
    return [bool(each) for each in loaded]


def fault_event(
    t_us: int, zone: int, name: str, state: AlarmState, priority: Priority
) -> AlarmEvent:
    """Say what became of a fault of a zone."""
    return AlarmEvent(t_us, zone, name, "fault", priority, state)
