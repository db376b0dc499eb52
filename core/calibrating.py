"""The guided calibration: takes frames and answers, gives steps and fits; no I/O, no clock.

Its states are the table at the head of `core.calibration_table`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.calibration import FULL_SCALE_COUNTS
from core.calibration_fit import (
    LEAST_STEP_COUNTS,
    CellFit,
    FitRefusedError,
    Point,
    check_masses,
    fit_cells,
)
from core.calibration_table import TABLE, Input, Live, Phase, Step
from core.errors import CalibrationError, MatError
from core.steadiness import WINDOW_S, Reading, Recent, UnsteadyError, take_reading
from core.units import NEWTON_PER_KGF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames
    from core.layout import MatLayout

NEIGHBOUR_SHARE = 0.02
"""Of the named cell's counts, that a cell of another plate may move by (docs/hardware.md)."""

LATE_AFTER_S = 60.0
"""A step that is not steady by then is asked for again, with the reason."""


class Calibrating:
    """One guided calibration of some cells of a mat.

    Parameters
    ----------
    layout : MatLayout
    cells : sequence of int
        Which; indices in the layout.
    masses_kg : sequence of float
        Put on each cell from the lightest to the heaviest and back.
    before : Calibration, optional
        For the other cells of a plate of which only some are calibrated.
    repeats : int
        How often the masses are put on.
    allow_reversed : bool

    Raises
    ------
    CalibrationError
        If a mass is refused, a cell is not there, or another cell of a plate was never calibrated.

    Attributes
    ----------
    phase : Phase
    refusal : str
        Why the last step or plate was refused; empty otherwise.
    fits : dict of int to CellFit
        Of the plates that were accepted.
    review : dict of int to CellFit
        Of the plate that is to be accepted now.
    """

    def __init__(
        self,
        layout: MatLayout,
        cells: Sequence[int],
        masses_kg: Sequence[float],
        before: Calibration | None = None,
        *,
        repeats: int = 1,
        allow_reversed: bool = False,
    ) -> None:
        for cell in cells:
            if not 0 <= cell < len(layout.spec.cell):
                raise CalibrationError(f"no cell {cell + 1}; there are {len(layout.spec.cell)}")
            check_masses(masses_kg, float(layout.capacity_n[cell]), cell)
        if not cells:
            raise CalibrationError("no cell to calibrate; name one")
        self._layout = layout
        self._before = before
        self._allow_reversed = allow_reversed
        self._plates = [
            [cell for cell in sorted(set(cells)) if layout.cell_zone[cell] == zone]
            for zone in range(len(layout.zone_ids))
        ]
        self._plates = [plate for plate in self._plates if plate]
        self._up_down = (*sorted(set(masses_kg)), *sorted(set(masses_kg))[-2::-1]) * repeats
        for plate in self._plates:
            self._known(plate)
        self.phase = Phase.WAITING
        self.refusal = ""
        self._since_s: float | None = None
        self.fits: dict[int, CellFit] = {}
        self.review: dict[int, CellFit] = {}
        self._begin_plate()

    @property
    def step(self) -> Step:
        """What the mat is to look like now."""
        return self._steps[self._at]

    @property
    def plate(self) -> tuple[int, ...]:
        """The cells that are calibrated together now."""
        return tuple(self._plates[0])

    @property
    def progress(self) -> tuple[int, int]:
        """Steps of this plate that are measured, and all of them."""
        return self._at, len(self._steps)

    def answer(self, given: Input) -> None:
        """Take what a person says.

        Raises
        ------
        MatError
            If that is no answer in this phase.
        """
        if given is Input.ACCEPT and self.phase is Phase.REVIEW and len(self._plates) == 1:
            given = Input.FINISH
        if (self.phase, given) not in TABLE:
            raise MatError(f"{given.name.lower()} is no answer while {self.phase.name.lower()}")
        {
            Input.READY: self._begin_step,
            Input.ACCEPT: self._accept,
            Input.FINISH: self._accept,
            Input.REPEAT: self._begin_plate,
        }.get(given, lambda: None)()
        self._go(given)

    def take(self, frames: CellFrames) -> Live:
        """Take frames; while measuring, go on once they are steady and what the step asks for.

        Parameters
        ----------
        frames : CellFrames
            Later than all before.
        """
        cell = self.step.cells[0]
        live = Live(int(frames.counts[-1, cell]), self._moved_pct(frames, cell), 0.0, "")
        if self.phase is not Phase.MEASURING:
            return live
        t_s = float(frames.t_s[-1])
        self._since_s = t_s if self._since_s is None else self._since_s
        self._recent.add(frames)
        window = self._recent.window()
        if window is None:
            return live._replace(share=min((t_s - self._since_s) / WINDOW_S, 1.0))
        try:
            reading = take_reading(window, self._watched())
            self._check_load(reading)
        except UnsteadyError as error:
            if t_s - self._since_s > LATE_AFTER_S:
                self.refusal = str(error)
                self._go(Input.LATE)
            return live._replace(share=1.0, why=str(error))
        self._keep(reading)
        return live._replace(share=1.0)

    def _go(self, given: Input) -> None:
        self.phase = TABLE[self.phase, given]

    def _begin_plate(self) -> None:
        plate = self._plates[0]
        self._steps = [Step(tuple(plate), 0.0)]
        for cell in plate:
            self._steps += [Step((cell,), mass_kg) for mass_kg in self._up_down]
            self._steps.append(Step((cell,), 0.0))
        self._at = 0
        self._runs: dict[int, list[Point]] = {cell: [] for cell in plate}
        self._empty_counts: NDArray[np.float64] | None = None
        self.review = {}
        self._begin_step()

    def _begin_step(self) -> None:
        self.refusal = ""
        self._recent = Recent(WINDOW_S)
        self._since_s = None

    def _accept(self) -> None:
        self.fits.update(self.review)
        self._plates.pop(0)
        if self._plates:
            self._begin_plate()

    def _watched(self) -> list[int]:
        """List the cells that must be steady: all of the plate, for they share the load."""
        zone = self._layout.cell_zone[self.step.cells[0]]
        return [int(cell) for cell in np.flatnonzero(self._layout.cell_zone == zone)]

    def _known(self, plate: Sequence[int]) -> dict[int, float]:
        """Slopes of a plate's cells that are not calibrated now."""
        zone = self._layout.cell_zone[plate[0]]
        others = [int(c) for c in np.flatnonzero(self._layout.cell_zone == zone) if c not in plate]
        if others and self._before is None:
            raise CalibrationError(
                f"cell {others[0] + 1} lies under the same plate and was never calibrated; "
                "calibrate both together"
            )
        slopes = self._before.counts_per_n if self._before else np.zeros(0)
        return {cell: float(slopes[cell]) for cell in others}

    def _moved_pct(self, frames: CellFrames, cell: int) -> float:
        if self._empty_counts is None:
            return 0.0
        moved = float(frames.counts[-1, cell] - self._empty_counts[cell])
        return 100.0 * moved / FULL_SCALE_COUNTS

    def _check_load(self, reading: Reading) -> None:
        """Refuse a cell that is loaded where it should be empty, or the other way round.

        Raises
        ------
        UnsteadyError
        """
        if self._empty_counts is None:
            return
        for cell in self.step.cells:
            moved = abs(reading.mean_counts[cell] - self._empty_counts[cell])
            loaded = bool(moved >= LEAST_STEP_COUNTS)
            if self.step.mass_kg and not loaded:
                raise UnsteadyError(
                    f"cell {cell + 1}: its counts moved by {moved / FULL_SCALE_COUNTS:.2%} of the "
                    "span, 1 % is needed; put the mass right on top of it, or take a heavier one"
                )
            if loaded and not self.step.mass_kg:
                raise UnsteadyError(f"cell {cell + 1}: not empty; take the mass off")
        if self.step.mass_kg:
            self._check_neighbours(abs(reading.mean_counts - self._empty_counts))

    def _check_neighbours(self, moved: NDArray[np.float64]) -> None:
        """Refuse a mass that lies partly on another plate."""
        named = self.step.cells[0]
        elsewhere = self._layout.cell_zone != self._layout.cell_zone[named]
        most = max(NEIGHBOUR_SHARE * moved[named], LEAST_STEP_COUNTS / 10)
        if (moved[elsewhere] > most).any():
            other = int(np.argmax(np.where(elsewhere, moved, 0.0)))
            raise UnsteadyError(
                f"cell {other + 1} of another plate moved too: the mass must lie on this plate "
                "alone, and the plates must not touch each other"
            )

    def _keep(self, reading: Reading) -> None:
        step = self.step
        force_n = step.mass_kg * NEWTON_PER_KGF
        for cell in step.cells:
            sd_counts = float(reading.sd_counts[cell])
            point = Point(force_n, reading.mean_counts, sd_counts, reading.n_readings)
            self._runs[cell].append(point)
        if not step.mass_kg:
            self._empty_counts = reading.mean_counts
        if self._at + 1 < len(self._steps):
            self._at += 1
            self._go(Input.STEADY)
            return
        self._fit()

    def _fit(self) -> None:
        try:
            self.review = fit_cells(
                self._runs, self._known(self.plate), allow_reversed=self._allow_reversed
            )
        except FitRefusedError as error:
            self.refusal = str(error)
            self._go(Input.UNFIT)
            return
        self._go(Input.FITTED)
