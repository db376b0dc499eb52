"""Presses by command: a thumb that presses a zone harder the longer it is held."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from drivers.errors import DriverError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout

AT_ONCE_N = 60.0
RISE_N_PER_S = 80.0
MOST_OF_CAPACITY = 0.95
"""Hard enough for every alarm of pressure, never an overload of the cells."""

LET_GO_S = 0.1
FORGET_AFTER_S = 60.0


@dataclass(frozen=True)
class _Press:
    """One zone held from `begin_s` until `end_s`, then let go."""

    zone: int
    begin_s: float
    end_s: float

    def force_n(self, t_s: NDArray[np.float64], most_n: float) -> NDArray[np.float64]:
        """Newtons at times `t_s`, same shape."""
        held_s = np.minimum(t_s, self.end_s) - self.begin_s
        hold_n = np.minimum(AT_ONCE_N + RISE_N_PER_S * held_s, most_n)
        left = np.clip(1.0 - (t_s - self.end_s) / LET_GO_S, 0.0, 1.0)
        return np.where(t_s > self.begin_s, hold_n * left, 0.0)


class Presses:
    """The presses on a mat; a press changes nothing up to the time it was given for.

    Parameters
    ----------
    layout : MatLayout
        The mat.

    Notes
    -----
    `press` may be called from another thread than `on_top_of`.
    """

    def __init__(self, layout: MatLayout) -> None:
        capacity_n = np.bincount(
            layout.cell_zone, weights=layout.capacity_n, minlength=len(layout.zone_ids)
        )
        self._most_n = MOST_OF_CAPACITY * capacity_n
        self._presses: tuple[_Press, ...] = ()
        self._lock = Lock()

    def press(self, zone_index: int, t_s: float, seconds: float) -> None:
        """Press a zone, or go on with a press of it that is running.

        Parameters
        ----------
        zone_index : int
            Index in the layout.
        t_s : float
            After when, on the clock of `on_top_of`.
        seconds : float
            Until how long after; a running press never becomes shorter, but 0 lets go at `t_s`.

        Raises
        ------
        DriverError
            If `seconds` is negative or not finite.
        """
        if not (math.isfinite(seconds) and seconds >= 0):
            raise DriverError(f"a press takes 0 seconds or more, not {seconds}")
        with self._lock:
            recent = [p for p in self._presses if p.end_s > t_s - FORGET_AFTER_S]
            running = [p for p in recent if p.zone == zone_index and p.end_s > t_s]
            rest = [p for p in recent if p not in running]
            now = [_held(p, t_s, seconds) for p in running]
            if not now and seconds:
                now = [_Press(zone_index, t_s, t_s + seconds)]
            self._presses = (*rest, *now)

    def on_top_of(
        self, force_n: NDArray[np.float64], t_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Add the presses to the forces of a person.

        Parameters
        ----------
        force_n : ndarray of float64, shape (n, n_zones)
            Not changed.
        t_s : ndarray of float64, shape (n,)

        Returns
        -------
        ndarray of float64, shape (n, n_zones)
            A press lifts no zone above 0.95 of what its cells are made for.
        """
        total_n = force_n.copy()
        # One look at the tuple: the other thread only ever replaces it whole.
        for press in self._presses:
            most_n = float(self._most_n[press.zone])
            before_n = total_n[:, press.zone]
            room_n = np.maximum(most_n - before_n, 0.0)
            total_n[:, press.zone] = before_n + np.minimum(press.force_n(t_s, most_n), room_n)
        return total_n


def _held(press: _Press, t_s: float, seconds: float) -> _Press:
    end_s = max(press.end_s, t_s + seconds) if seconds else t_s
    return replace(press, end_s=end_s)
