"""Load cells and HX711 converters on paper: newtons on the zones in, counts out.

Models: a zero offset and a slope of each cell's own, the converter's noise, rounding and clipping
to 24 bits. Creep and drift are in `drift`. Does not model: hysteresis, cross-talk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.calibration import Calibration, CalibrationSpec, CellCalibration
from core.datasheet import COUNTS_MAX, COUNTS_MIN, REFERENCE_GAIN, noise_counts_rms
from core.frames import CellFrames, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout

COUNTS_AT_CAPACITY = 2_147_484
"""Of a cell of 1 mV/V: full scale, 2^23 counts, is 3.9 mV/V at a gain of 128."""

SLOPE_SPREAD = 0.05
ZERO_SPREAD_COUNTS = 60_000.0

NOISE_BLOCK_FRAMES = 256
_CELLS_STREAM, _NOISE_STREAM = 1, 2


def true_calibration(
    layout: MatLayout, seed: int, calibrated_on: str, gain: int = REFERENCE_GAIN
) -> CalibrationSpec:
    """Make up the cells of a mat.

    Parameters
    ----------
    layout : MatLayout
        The mat.
    seed : int
        Same seed, same cells.
    calibrated_on : str
        Date to put in, ISO 8601.
    gain : int
        Of the converters: 128, 64 or 32.

    Returns
    -------
    CalibrationSpec
        What a perfect calibration of this mat finds.
    """
    rng = np.random.default_rng((seed, _CELLS_STREAM))
    n_cells = len(layout.spec.cell)
    zeros = rng.uniform(-ZERO_SPREAD_COUNTS, ZERO_SPREAD_COUNTS, n_cells).round(1)
    spread = rng.uniform(1.0 - SLOPE_SPREAD, 1.0 + SLOPE_SPREAD, n_cells)
    slopes = COUNTS_AT_CAPACITY * gain / REFERENCE_GAIN / layout.capacity_n * spread
    cells = tuple(map(CellCalibration, zeros.tolist(), slopes.tolist()))
    made_for = f"made-up cells, seed {seed}"
    if gain != REFERENCE_GAIN:
        made_for += f", gain {gain}"
    return CalibrationSpec(layout.hash, calibrated_on, cells, made_for=made_for)


class Noise:
    """Unit noise that depends on the number of the frame only, not on how frames are batched.

    Parameters
    ----------
    n_cells : int
        Columns.
    seed : int
        Same seed, same noise.
    """

    def __init__(self, n_cells: int, seed: int) -> None:
        self._n_cells = n_cells
        self._seed = seed
        self._number = -1
        self._values = np.zeros((0, n_cells))

    def take(self, first: int, n_frames: int) -> NDArray[np.float64]:
        """Noise of frames `first` to `first + n_frames - 1`.

        Returns
        -------
        ndarray of float64, shape (n_frames, n_cells)
            Standard normal.
        """
        out = np.empty((n_frames, self._n_cells))
        done = 0
        while done < n_frames:
            number, at = divmod(first + done, NOISE_BLOCK_FRAMES)
            part = self._block(number)[at : at + n_frames - done]
            out[done : done + len(part)] = part
            done += len(part)
        return out

    def _block(self, number: int) -> NDArray[np.float64]:
        if number != self._number:
            rng = np.random.default_rng((self._seed, _NOISE_STREAM, number))
            self._values = rng.standard_normal((NOISE_BLOCK_FRAMES, self._n_cells))
            self._number = number
        return self._values


class Converter:
    """All cells and converters of a mat.

    Parameters
    ----------
    layout : MatLayout
        The mat.
    rate_hz : float
        Conversions per second; the noise depends on it.
    seed : int
        Same seed, same cells, same noise.
    gain : int
        128, 64 or 32.
    """

    def __init__(
        self, layout: MatLayout, rate_hz: float, seed: int, gain: int = REFERENCE_GAIN
    ) -> None:
        self._layout = layout
        self._seed = seed
        self._gain = gain
        self._calibration = Calibration(true_calibration(layout, seed, "", gain), layout)
        self._noise = Noise(len(layout.spec.cell), seed)
        self._noise_counts_rms = noise_counts_rms(rate_hz, gain)
        per_zone = np.bincount(layout.cell_zone, minlength=len(layout.zone_ids))
        self._share = 1.0 / per_zone[layout.cell_zone]

    def calibration_spec(self, calibrated_on: str) -> CalibrationSpec:
        """Give what a perfect calibration of these cells finds; the date is ISO 8601."""
        return true_calibration(self._layout, self._seed, calibrated_on, self._gain)

    def convert(
        self,
        first: int,
        seq: NDArray[np.int64],
        t_s: NDArray[np.float64],
        force_n: NDArray[np.float64],
        lost: NDArray[np.int64],
        more_n: NDArray[np.float64] | None = None,
    ) -> CellFrames:
        """Turn forces into what the converters deliver.

        Parameters
        ----------
        first : int
            Number of the first conversion, for the noise.
        seq : ndarray of int64, shape (n_frames,)
        t_s : ndarray of float64, shape (n_frames,)
        force_n : ndarray of float64, shape (n_frames, n_zones)
            Shared equally by the cells of a zone; NaN = these cells deliver nothing.
        lost : ndarray of int64, shape (n_frames,)
            Frames lost since the frame before.
        more_n : ndarray of float64, shape (n_frames, n_cells), optional
            Forces on single cells beside those of the zones.

        Returns
        -------
        CellFrames
            TIMEOUT where there was no force, SATURATED where 24 bits do not hold it.
        """
        cells_n = force_n[:, self._layout.cell_zone] * self._share
        cells_n = cells_n if more_n is None else cells_n + more_n
        noise = self._noise.take(first, len(seq)) * self._noise_counts_rms
        exact = np.rint(self._calibration.counts(cells_n) + noise)
        void = np.isnan(exact)
        exact[void] = 0.0
        counts = np.clip(exact, COUNTS_MIN, COUNTS_MAX)
        # A real converter that stands at its end says so by the value alone.
        saturated = ~void & ((counts == COUNTS_MAX) | (counts == COUNTS_MIN))
        status = void * int(Status.TIMEOUT) + saturated * int(Status.SATURATED)
        age_s = np.where(void, np.inf, 0.0)
        return CellFrames(
            seq=seq,
            t_s=t_s,
            counts=counts.astype(np.int32),
            status=status.astype(np.uint16),
            age_s=age_s.astype(np.float32),
            lost=np.repeat(lost[:, None], len(self._share), axis=1).astype(np.int32),
        )
