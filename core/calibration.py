"""Counts to newtons and back: one zero and one slope for each cell."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from core.certificate import CellFigures  # noqa: TC001 - msgspec reads the annotation at run time
from core.errors import CalibrationError
from core.frames import BAD, CellFrames, ForceFrames
from core.steadiness import DATASHEET_NOISE_COUNTS
from core.units import to_cn, to_us
from core.zone_cells import ZoneCells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout


FULL_SCALE_COUNTS = 2**23
"""What a 24-bit converter can tell apart on one side of zero."""

NEGATIVE_MAX_N = 20.0
"""A cell further below zero cannot be trusted; a tare of more is refused as well (engineering)."""

MIN_COUNTS_PER_N = 1.0
"""A cell that moves less than this cannot tell 0.01 N from noise, by far."""


class CellCalibration(msgspec.Struct, frozen=True, omit_defaults=True):
    """What turns the counts of one cell into newtons.

    Attributes
    ----------
    zero_counts : float
        Counts of the unloaded cell, as last tared.
    counts_per_n : float
        Negative for a cell wired the other way.
    reference_zero_counts : float or None
        Zero that the calibration itself found; None: `zero_counts` is it. A tare never changes
        it, so the drift since the calibration stays visible.
    figures : CellFigures or None
        The certificate; None for a calibration that was made up or written by hand.
    """

    zero_counts: float
    counts_per_n: float
    reference_zero_counts: float | None = None
    figures: CellFigures | None = None


class CalibrationSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A calibration as it is kept in a file (JSON).

    Attributes
    ----------
    layout_hash : str
    calibrated_on : str
        Date, ISO 8601; the oldest of the cells.
    cells : tuple of CellCalibration
    tared_on : str
        When the zeros were last set anew, ISO 8601; empty: by the calibration itself.
    made_for : str
        Which cells it belongs to: empty for real ones, else which made-up ones.
    """

    layout_hash: str
    calibrated_on: str
    cells: tuple[CellCalibration, ...]
    tared_on: str = ""
    made_for: str = ""


@dataclass(frozen=True)
class Calibration:
    """A calibration that fits a layout.

    Attributes
    ----------
    spec : CalibrationSpec
        As kept in the file.
    layout : MatLayout
        The mat it belongs to.
    """

    spec: CalibrationSpec
    layout: MatLayout

    @cached_property
    def id(self) -> str:
        """Eight hex digits that change whenever the calibration or a zero in it does."""
        return hashlib.sha256(msgspec.json.encode(self.spec)).hexdigest()[:8]

    @cached_property
    def zero_counts(self) -> NDArray[np.float64]:
        """Shape (n_cells,): counts of the unloaded cell."""
        return np.array([cell.zero_counts for cell in self.spec.cells], float)

    @cached_property
    def counts_per_n(self) -> NDArray[np.float64]:
        """Shape (n_cells,): counts a newton adds; negative for a cell wired the other way."""
        return np.array([cell.counts_per_n for cell in self.spec.cells], float)

    @cached_property
    def reference_zero_counts(self) -> NDArray[np.float64]:
        """Shape (n_cells,): zero that the calibration found, whatever was tared since."""
        kept = [(cell.reference_zero_counts, cell.zero_counts) for cell in self.spec.cells]
        return np.array([zero if found is None else found for found, zero in kept], float)

    @cached_property
    def noise_n(self) -> NDArray[np.float64]:
        """Shape (n_cells,): noise of one reading, rms; the datasheet's where none was measured."""
        figures = [cell.figures for cell in self.spec.cells]
        assumed_n = DATASHEET_NOISE_COUNTS / abs(self.counts_per_n)
        return np.array(
            [a if f is None else f.noise_n for a, f in zip(assumed_n, figures, strict=True)], float
        )

    @property
    def expires_on(self) -> str:
        """Date on which the first of its cells expires; empty: none does."""
        return min(
            (cell.figures.expires_on for cell in self.spec.cells if cell.figures), default=""
        )

    @cached_property
    def _zones(self) -> ZoneCells:
        return ZoneCells(self.layout)

    def forces(self, frames: CellFrames) -> ForceFrames:
        """Turn counts into the forces of the zones.

        Parameters
        ----------
        frames : CellFrames
            From a bank of the same layout.

        Returns
        -------
        ForceFrames
            The force of a zone is the sum of its cells, rounded to 0.01 N; a zone is not valid
            in a frame in which one of its cells has a bit of `BAD`, or is far below zero.

        Raises
        ------
        CalibrationError
            If the number of cells differs.
        """
        zones_n, bad = self.zones_n(frames)
        return ForceFrames(
            frames.seq, to_us(frames.t_s), to_cn(zones_n), ~bad, int(frames.lost.sum())
        )

    def zones_n(self, frames: CellFrames) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Turn counts into exact forces of the zones, and tell which are bad.

        Parameters
        ----------
        frames : CellFrames
            From a bank of the same layout.

        Returns
        -------
        ndarray of float64, ndarray of bool, both (n_frames, n_zones)

        Raises
        ------
        CalibrationError
            If the number of cells differs.
        """
        if frames.counts.shape[1] != len(self.spec.cells):
            raise CalibrationError(
                f"{frames.counts.shape[1]} cells read, {len(self.spec.cells)} calibrated"
            )
        cells_n = (frames.counts - self.zero_counts) / self.counts_per_n
        # Nothing pulls at a plate: far below zero, the lower end of the range too, is a fault that
        # would be taken off the load of the zone's other cells.
        cell_bad = (frames.status & int(BAD) != 0) | (cells_n < -NEGATIVE_MAX_N)
        combine = self._zones.combine
        return combine(np.add, cells_n), combine(np.logical_or, cell_bad)

    def per_zone(self, cells: NDArray[Any]) -> NDArray[Any]:
        """Sum up what the cells of each zone have.

        Parameters
        ----------
        cells : ndarray, shape (..., n_cells)

        Returns
        -------
        ndarray, shape (..., n_zones)
        """
        return self._zones.combine(np.add, cells)

    def counts(self, cells_n: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn newtons on the cells into ideal, unrounded counts.

        Parameters
        ----------
        cells_n : ndarray of float64, shape (n_frames, n_cells)
        """
        return cells_n * self.counts_per_n + self.zero_counts


def fit_to(spec: CalibrationSpec, layout: MatLayout) -> Calibration:
    """Check that a calibration belongs to a layout.

    Raises
    ------
    CalibrationError
        If it was made for another layout, or a slope is unusable.
    """
    if spec.layout_hash != layout.hash:
        raise CalibrationError(
            f"the calibration is for layout {spec.layout_hash}, this mat is {layout.spec.id} "
            f"({layout.hash}); calibrate it again"
        )
    if len(spec.cells) != len(layout.spec.cell):
        raise CalibrationError(f"{len(layout.spec.cell)} cells, {len(spec.cells)} calibrated")
    for index, cell in enumerate(spec.cells):
        full_counts = abs(cell.counts_per_n) * layout.capacity_n[index]
        if full_counts > FULL_SCALE_COUNTS and math.isfinite(full_counts):
            raise CalibrationError(
                f"cell {index + 1}: {cell.counts_per_n:g} counts per newton leave no room for its "
                f"{layout.capacity_n[index]:g} N; were the masses in kg? calibrate it again"
            )
        usable = MIN_COUNTS_PER_N < abs(cell.counts_per_n) < FULL_SCALE_COUNTS
        zeros = (cell.zero_counts, cell.reference_zero_counts or 0.0)
        if not (usable and all(abs(zero) < FULL_SCALE_COUNTS for zero in zeros)):
            raise CalibrationError(
                f"cell {index + 1}: zero at {cell.zero_counts:g} counts, {cell.counts_per_n:g} "
                "counts per newton is no load cell; calibrate it again"
            )
    return Calibration(spec, layout)


def decode_calibration(text: bytes, layout: MatLayout, source: str) -> Calibration:
    """Read a calibration file.

    Raises
    ------
    CalibrationError
        With `source` and reason.
    """
    try:
        return fit_to(msgspec.json.decode(text, type=CalibrationSpec), layout)
    except (msgspec.DecodeError, UnicodeDecodeError, CalibrationError) as error:
        raise CalibrationError(f"{source}: {error}") from None
