"""Under which conditions cells are simulated: gain, creep, drift, faults. Plain by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.calibration import Calibration
from core.datasheet import REFERENCE_GAIN, noise_counts_rms
from drivers.converter import Converter
from drivers.drift import CREEP_SHARE, Creep, Drift
from drivers.fault_frames import FaultFrames

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from core.calibration import CalibrationSpec
    from core.frames import CellFrames
    from core.layout import MatLayout
    from drivers.cell_faults import CellFault


@dataclass(frozen=True)
class Conditions:
    """What a scenario asks of the cells, beside who is on the mat.

    Attributes
    ----------
    gain : int
        Of the converters: 128, 64 or 32.
    creep : bool
        Whether cells give way under load.
    drift_n_per_h : float
        How far every zero wanders in an hour.
    drift_n_per_k : float
        How widely zeros wander with temperature, 1 sigma.
    faults : tuple of CellFault
    """

    gain: int = REFERENCE_GAIN
    creep: bool = False
    drift_n_per_h: float = 0.0
    drift_n_per_k: float = 0.0
    faults: tuple[CellFault, ...] = ()

    @property
    def drifts(self) -> bool:
        """Whether zeros wander."""
        return bool(self.drift_n_per_h or self.drift_n_per_k)


PLAIN = Conditions()
"""Whole cells, gain 128."""


class Cells:
    """Cells and converters under their conditions.

    Parameters
    ----------
    layout : MatLayout
    rate_hz : float
        Conversions per second.
    seed : int
        Same seed, same cells, same noise, same wandering.
    conditions : Conditions

    Raises
    ------
    DriverError
        If a fault is of a cell that is not there, or two of one cell overlap.
    """

    def __init__(
        self, layout: MatLayout, rate_hz: float, seed: int, conditions: Conditions
    ) -> None:
        self._converter = Converter(layout, rate_hz, seed, conditions.gain)
        calibration = Calibration(self.calibration_spec(""), layout)
        self._creep = Creep(len(layout.zone_ids), CREEP_SHARE) if conditions.creep else None
        self._drift = (
            Drift(calibration, conditions.drift_n_per_h, conditions.drift_n_per_k, seed)
            if conditions.drifts
            else None
        )
        noise = noise_counts_rms(rate_hz, conditions.gain)
        n_cells = len(layout.spec.cell)
        self._faults = FaultFrames(conditions.faults, n_cells, rate_hz, noise, seed)

    def calibration_spec(self, calibrated_on: str) -> CalibrationSpec:
        """Give what a perfect calibration of these cells finds; the date is ISO 8601."""
        return self._converter.calibration_spec(calibrated_on)

    def crept_n(
        self,
        force_n: NDArray[np.float64],
        after_s: NDArray[np.float64],
        load_at: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        """Add creep to forces, as `Creep.on_top_of` does."""
        return self._creep.on_top_of(force_n, after_s, load_at) if self._creep else force_n

    def clean(
        self,
        first: int,
        seq: NDArray[np.int64],
        after_s: NDArray[np.float64],
        force_n: NDArray[np.float64],
        lost: NDArray[np.int64],
        more_n: NDArray[np.float64] | None = None,
    ) -> CellFrames:
        """Convert as whole cells do, drift included.

        Parameters
        ----------
        first : int
            Number of the first conversion, for the noise.
        seq : ndarray of int64, shape (n_frames,)
        after_s : ndarray of float64, shape (n_frames,)
            Since the start; becomes the `t_s` of the frames.
        force_n : ndarray of float64, shape (n_frames, n_zones)
        lost : ndarray of int64, shape (n_frames,)
        more_n : ndarray of float64, shape (n_frames, n_cells), optional
            Forces on single cells beside those of the zones.
        """
        frames = self._converter.convert(first, seq, after_s, force_n, lost, more_n)
        return self._drift.onto(frames, after_s) if self._drift else frames

    def spoiled(
        self,
        frames: CellFrames,
        number: NDArray[np.int64],
        clean_counts: Callable[[int], NDArray[np.int32]],
    ) -> CellFrames:
        """Carry out the faults, as `FaultFrames.apply` does."""
        return self._faults.apply(frames, number, clean_counts)
