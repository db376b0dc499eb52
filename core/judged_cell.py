"""One cell as the rules of `core.diagnosis_rules` look at it: figures and what they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.datasheet import FAST_RATE_HZ, INTERNAL_OSCILLATOR, SLOW_RATE_HZ
from core.frames import Status

if TYPE_CHECKING:
    from core.calibration import CellCalibration
    from core.cell_figures import CellFigures

SILENT_SHARE = 0.01
"""A cell that is silent for more than this is no cell to rely on."""

DESYNC_BAD = 3
"""As in the rule for `cell_desync`: so many in 10 s are a fault (DESIGN section 6)."""

MOVING_ABOVE = 0.0
"""Correlation of successive differences: noise has -0.5, a load that moves is above 0."""

ALL_WELL = "Fine."


def is_silent(figures: CellFigures) -> bool:
    """Whether a cell does not answer for longer than a moment."""
    return figures.share(Status.TIMEOUT) > SILENT_SHARE


def out_of_step(figures: CellFigures) -> bool:
    """Whether a cell was out of step often enough to be called so."""
    return figures.statuses.get(str(Status.DESYNC.name), 0) >= DESYNC_BAD


@dataclass(frozen=True)
class Judged:
    """What the rules look at.

    Attributes
    ----------
    figures : CellFigures
    n_desync_cells : int
        Cells of the mat that were out of step, as `out_of_step` has it.
    all_silent : bool
        Whether no cell of the mat can be relied on to answer.
    nominal_rate_hz : float
    datasheet_counts_rms : float
        Noise of the data sheet.
    calibration : CellCalibration or None
    high_us_p999 : float or None
        99.9 % of the pulses of its clock were shorter.
    learnt_rate_hz : float or None
        Pace of its oscillator as the bank has learnt it, where it does.
    shares_clock : bool
        Whether its clock line drives other cells too.
    """

    figures: CellFigures
    n_desync_cells: int
    all_silent: bool
    nominal_rate_hz: float
    datasheet_counts_rms: float
    calibration: CellCalibration | None
    high_us_p999: float | None
    learnt_rate_hz: float | None = None
    shares_clock: bool = False

    @property
    def pace_hz(self) -> float | None:
        """Pace of the oscillator: as learnt from its edges, else by the frames."""
        return self.learnt_rate_hz or self.figures.oscillator_hz

    @property
    def lost_pct(self) -> float:
        """Conversions lost, of all there were."""
        lost = self.figures.lost
        return 100.0 * lost / max(self.figures.n_delivered + lost, 1)

    @property
    def rate_ratio(self) -> float | None:
        """Pace of the oscillator over the nominal rate."""
        return None if self.pace_hz is None else self.pace_hz / self.nominal_rate_hz

    @property
    def rate_ppm(self) -> float | None:
        """How far the oscillator is off the nominal rate."""
        return None if self.rate_ratio is None else (self.rate_ratio - 1.0) * 1e6

    @property
    def all_well(self) -> str:
        """What is said of a good cell."""
        low, high = INTERNAL_OSCILLATOR
        own = self.nominal_rate_hz in (SLOW_RATE_HZ, FAST_RATE_HZ)
        if own and self.rate_ratio is not None and low <= self.rate_ratio <= high:
            return f"Fine; it runs on its internal oscillator, {self.pace_hz:.3g} SPS."
        return ALL_WELL

    def newtons(self, counts: float | None) -> float | None:
        """Turn a difference in counts into newtons; None if either is not known."""
        if counts is None or self.calibration is None:
            return None
        return counts / self.calibration.counts_per_n

    @property
    def load_n(self) -> float | None:
        """Mean force above the zero of the calibration."""
        mean = self.figures.mean_counts
        if mean is None or self.calibration is None:
            return None
        return self.newtons(mean - self.calibration.zero_counts)

    def n(self, status: Status) -> int:
        """How often a status was seen."""
        return self.figures.statuses.get(str(status.name), 0)

    @property
    def noise_times(self) -> float:
        """Noise over that of the data sheet; 0 if not known."""
        return (self.figures.noise_counts_rms or 0.0) / self.datasheet_counts_rms

    @property
    def moves(self) -> bool:
        """Whether what looks like noise is a load that moves."""
        return self.figures.smooth is not None and self.figures.smooth > MOVING_ABOVE
