"""What cells do slowly: creep under load, and a zero that wanders with time and temperature.

Sources: creep of 0.02 to 0.05 % of the load is what data sheets of bar cells give for 5 to 30
minutes; their zeros move by 0.02 to 0.05 % of full scale for 10 K.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.datasheet import COUNTS_MAX, COUNTS_MIN
from core.frames import VOID, Status
from drivers.waves import Sway

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames

    Array = NDArray[np.float64]

CREEP_SHARE = 0.0003
CREEP_TAKES_S = 300.0
"""Time constant: after it, 63 % of the creep is there."""

STEP_S = 1.0
"""How often creep looks at the load: at whole multiples, so that batches change nothing."""

KEPT_STEPS = 600
"""Steps that can still be asked for; a bank looks back by a frame or two."""

WARM_UP_K = 4.0
WARM_UP_TAKES_S = 900.0
ROOM_K = 1.5
ROOM_SLOWER = 1.0 / 600.0
"""The room's temperature moves like sway, 600 times slower: with periods of 9 minutes and more."""

S_PER_H = 3600.0
_DRIFT_STREAM = 4


class Creep:
    """Force that a cell shows beyond its load, because it has carried it for a while.

    A first-order lag: it follows the load's history, back to the start of the bank.

    Parameters
    ----------
    n_zones : int
    share : float
        Of the load, in the end.
    """

    def __init__(self, n_zones: int, share: float) -> None:
        self._share = share
        self._keep = float(np.exp(-STEP_S / CREEP_TAKES_S))
        # Lagged load at step `_first` and the steps after it.
        self._first = -1
        self._lagged_n = [np.zeros(n_zones), np.zeros(n_zones)]

    def on_top_of(self, force_n: Array, after_s: Array, load_at: Callable[[Array], Array]) -> Array:
        """Add creep.

        Parameters
        ----------
        force_n : ndarray of float64, shape (n, n_zones)
            Not changed.
        after_s : ndarray of float64, shape (n,)
            Since the start, rising.
        load_at : callable
            Gives the load, shape (m, n_zones), at times of shape (m,), none after `after_s[-1]`.

        Returns
        -------
        ndarray of float64, shape (n, n_zones)
        """
        step = after_s / STEP_S
        whole = np.floor(step).astype(np.int64)
        self._follow(int(whole[-1]), load_at)
        # Between the two steps before: a second late, and without a look into the future.
        before, latest = self._lagged(whole - 1), self._lagged(whole)
        return force_n + self._share * (before + (latest - before) * (step - whole)[:, None])

    def _follow(self, last: int, load_at: Callable[[Array], Array]) -> None:
        steps = np.arange(self._first + len(self._lagged_n), last + 1)
        if not len(steps):
            return
        for load_n in np.nan_to_num(load_at(np.asarray(steps * STEP_S, np.float64))):
            self._lagged_n.append(load_n + self._keep * (self._lagged_n[-1] - load_n))
        gone = max(len(self._lagged_n) - KEPT_STEPS, 0)
        del self._lagged_n[:gone]
        self._first += gone

    def _lagged(self, step: NDArray[np.int64]) -> Array:
        return np.array([self._lagged_n[max(k - self._first, 0)] for k in step.tolist()])


class Drift:
    """Zeros that wander, as counts added to what the converters deliver.

    Parameters
    ----------
    calibration : Calibration
        Of the cells, for their slopes.
    n_per_h : float
        Newtons an hour, of every cell.
    n_per_k : float
        Newtons a kelvin: how widely the cells differ, 1 sigma.
    seed : int
        Of the cells and of the room.
    """

    def __init__(self, calibration: Calibration, n_per_h: float, n_per_k: float, seed: int) -> None:
        rng = np.random.default_rng((seed, _DRIFT_STREAM))
        self._slopes = calibration.counts_per_n
        self._n_per_h = n_per_h
        self._n_per_k = n_per_k * rng.standard_normal(len(self._slopes))
        self._room = Sway(rng)

    def warmer_k(self, after_s: Array) -> Array:
        """Kelvins above the temperature at the start, at times of the same shape."""
        warm_up = WARM_UP_K * -np.expm1(-after_s / WARM_UP_TAKES_S)
        room = self._room.at(after_s * ROOM_SLOWER) - self._room.at(np.zeros(1))
        return np.asarray(warm_up + ROOM_K * room)

    def onto(self, frames: CellFrames, after_s: Array) -> CellFrames:
        """Add the drift to frames; what is at an end of the converter stays there.

        Parameters
        ----------
        frames : CellFrames
            Not changed.
        after_s : ndarray of float64, shape (n_frames,)
            Since the start.
        """
        zero_n = (after_s * (self._n_per_h / S_PER_H))[:, None]
        zero_n = zero_n + self.warmer_k(after_s)[:, None] * self._n_per_k
        fixed = frames.status & int(VOID | Status.SATURATED) != 0
        moved = frames.counts + np.rint(zero_n * self._slopes)
        counts = np.where(fixed, frames.counts, np.clip(moved, COUNTS_MIN, COUNTS_MAX))
        at_end = ~fixed & ((counts == COUNTS_MAX) | (counts == COUNTS_MIN))
        status = frames.status | at_end * np.uint16(Status.SATURATED)
        return replace(frames, counts=counts.astype(np.int32), status=status.astype(np.uint16))
