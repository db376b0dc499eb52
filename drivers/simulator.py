"""A simulated mat: a person on it, cells and converters under it, on the clock given.

Delivers what `hx711` would, faults of wiring and timing where a scenario asks for them;
`converter` and `person` say what they leave out. A reset changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from drivers.base import CellBank, is_due
from drivers.conditions import PLAIN, Cells
from drivers.errors import DriverError
from drivers.presses import Presses
from drivers.weights import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration import CalibrationSpec
    from core.frames import CellFrames
    from core.layout import MatLayout
    from drivers.base import Clock
    from drivers.conditions import Conditions
    from drivers.person import Person

MAX_AWAY_S = 1.0
"""A reader that was away longer gets the newest frame; what it missed is lost."""


class Simulator(CellBank):
    """A bank of cells under a simulated person.

    Frame k is at exactly start + k / rate_hz. Its values depend on k, the seeds and the presses
    given before its time, never on how frames were batched.

    Parameters
    ----------
    layout : MatLayout
        The mat.
    person : Person
        Who is on it; the person's time begins at `start`.
    clock : Clock
        Time.
    rate_hz : float
        Frames per second.
    seed : int
        Of the cells and their noise.
    conditions : Conditions
        Gain, creep, drift and faults.

    Raises
    ------
    DriverError
        If no mat runs at that rate, or a fault cannot be played.
    """

    def __init__(
        self,
        layout: MatLayout,
        person: Person,
        clock: Clock,
        rate_hz: float = 80.0,
        seed: int = 0,
        *,
        conditions: Conditions = PLAIN,
    ) -> None:
        super().__init__(layout, clock, rate_hz, "simulator")
        if not 0.1 <= rate_hz <= 1000.0:
            raise DriverError(f"a simulated mat runs at 0.1 to 1000 frames a second, not {rate_hz}")
        self._person = person
        self._cells = Cells(layout, rate_hz, seed, conditions)
        self._presses = Presses(layout)
        self._weights = Weights(len(layout.spec.cell))
        self._start_s = 0.0
        self._next = 0
        self._last = -1

    def calibration_spec(self, calibrated_on: str) -> CalibrationSpec:
        """Give what a perfect calibration of this mat finds; the date is ISO 8601."""
        return self._cells.calibration_spec(calibrated_on)

    def press(self, zone_id: str, seconds: float) -> None:
        """Press a zone from now on, harder the longer; go on with a press that is running.

        Parameters
        ----------
        zone_id : str
            A zone of the layout.
        seconds : float
            How long; 0 lets go now.

        Raises
        ------
        DriverError
            If there is no such zone, or the time is negative or not finite.
        BankNotStartedError, BankClosedError
        """
        self._check_usable()
        if zone_id not in self._layout.zone_ids:
            known = ", ".join(self._layout.zone_ids)
            raise DriverError(f"no zone {zone_id!r}; this mat has {known}")
        self._presses.press(self._layout.zone_ids.index(zone_id), self._newest_s(), seconds)

    def place(self, cell: int, force_n: float) -> None:
        """Put a weight right on top of a cell from now on, in place of what lay there.

        Parameters
        ----------
        cell : int
            Index in the layout.
        force_n : float
            0 takes it off.

        Raises
        ------
        DriverError
            If there is no such cell, or the force is none that its cell could bear.
        BankNotStartedError, BankClosedError
        """
        self._check_usable()
        cells = self._layout.spec.cell
        if not (0 <= cell < len(cells) and 0 <= force_n <= cells[cell].capacity_n):
            raise DriverError(f"{force_n:g} N cannot be put on cell {cell + 1} of {len(cells)}")
        self._weights.place(cell, force_n, self._newest_s())

    def _start(self) -> None:
        self._start_s = self._clock.now_s()

    def _read(self, deadline_s: float) -> CellFrames | None:
        if not is_due(self._time_of(self._next), deadline_s):
            return None
        self._clock.wait_until(self._time_of(self._next))
        now_s = self._clock.now_s()
        newest = self._newest(now_s)
        if now_s - self._time_of(self._next) > MAX_AWAY_S:
            self._next = newest
        frames = self._frames(self._next, newest + 1)
        self._last, self._next = newest, newest + 1
        return frames

    def _time_of(self, number: int) -> float:
        return self._start_s + number / self._rate_hz

    def _newest(self, now_s: float) -> int:
        """Find the newest frame due by now, whichever way the division rounds."""
        number = int((now_s - self._start_s) * self._rate_hz) + 1
        while self._time_of(number) > now_s:
            number -= 1
        return number

    def _newest_s(self) -> float:
        """Tell the time of the newest frame, read or not, from which on a change may count."""
        return max(self._newest(self._clock.now_s()), 0) / self._rate_hz

    def _frames(self, begin: int, end: int) -> CellFrames:
        number = np.arange(begin, end, dtype=np.int64)
        lost = np.diff(number, prepend=self._last) - 1
        clean = self._clean(number, lost)
        frames = self._cells.spoiled(clean, number, self._clean_counts)
        return replace(frames, t_s=self._start_s + frames.t_s)

    def _clean(self, number: NDArray[np.int64], lost: NDArray[np.int64]) -> CellFrames:
        """Give frames of whole cells; `t_s` counts from the start."""
        after_s = number / self._rate_hz
        force_n = self._cells.crept_n(self._force_n(after_s), after_s, self._force_n)
        more_n = self._weights.cells_n(after_s)
        return self._cells.clean(int(number[0]), number, after_s, force_n, lost, more_n)

    def _clean_counts(self, number: int) -> NDArray[np.int32]:
        one = np.array([number], np.int64)
        counts: NDArray[np.int32] = self._clean(one, np.zeros(1, np.int64)).counts[0]
        return counts

    def _force_n(self, after_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._presses.on_top_of(self._person.forces_n(after_s), after_s)
