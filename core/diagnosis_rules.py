"""The rules of `reflexmat diagnose`, gravest first: when each holds, and what to do then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.cell_figures import MIN_READINGS
from core.datasheet import FAST_RATE_HZ, INTERNAL_OSCILLATOR, SETTLING_CONVERSIONS, SLOW_RATE_HZ
from core.frames import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.calibration import CellCalibration
    from core.cell_figures import CellFigures

SILENT_SHARE = 0.01
"""A cell that is silent for more than this is no cell to rely on."""

DESYNC_BAD = 3
"""As in the rule for `cell_desync`: so many in 10 s are a fault (DESIGN section 6)."""

SLOW_SHARE = 0.10
NOISY_TIMES = 8.0
"""As in the rule for `cell_noisy`: over 8 times what the data sheet says (DESIGN section 6)."""

MOVING_ABOVE = 0.0
"""Correlation of successive differences: noise has -0.5, a load that moves is above 0."""

RATE_WITHIN = (0.90, INTERNAL_OSCILLATOR[1])
LOST_PCT = 1.0
HIGH_US = 50.0
"""Longest SCK high of the data sheet."""

DRIFT_N_PER_MIN = 0.25
"""In two minutes it uses up all that zero tracking may correct after a tare: 0.5 N."""

LOADED_N = 5.0
"""More than any zero wanders: somebody stands there, or the zero is an old one."""

DRIFT_NOISES_PER_MIN = 20.0
"""Without a calibration: as many times the noise of the data sheet."""

DRIFT_SIGMAS = 5.0
RANGE_PCT = 90.0
ALL_WELL = "Fine."


@dataclass(frozen=True)
class Judged:
    """What the rules look at.

    Attributes
    ----------
    figures : CellFigures
    n_desync_cells : int
        Cells of the mat that were out of step at least once.
    all_silent : bool
        Whether no cell of the mat can be relied on to answer.
    nominal_rate_hz : float
    datasheet_counts_rms : float
        Noise of the data sheet.
    calibration : CellCalibration or None
    high_us_p999 : float or None
        99.9 % of the pulses of its clock were shorter.
    """

    figures: CellFigures
    n_desync_cells: int
    all_silent: bool
    nominal_rate_hz: float
    datasheet_counts_rms: float
    calibration: CellCalibration | None
    high_us_p999: float | None

    @property
    def lost_pct(self) -> float:
        """Conversions lost, of all there were."""
        lost = self.figures.lost
        return 100.0 * lost / max(self.figures.n_delivered + lost, 1)

    @property
    def rate_ratio(self) -> float | None:
        """Pace of the oscillator over the nominal rate."""
        pace_hz = self.figures.oscillator_hz
        return None if pace_hz is None else pace_hz / self.nominal_rate_hz

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
            return (
                f"Fine; it runs on its internal oscillator, {self.figures.oscillator_hz:.3g} SPS."
            )
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


@dataclass(frozen=True)
class Rule:
    """One row of the table.

    Attributes
    ----------
    name : str
    verdict : str
    advice : str
        One sentence, without a full stop in it.
    holds : callable
    """

    name: str
    verdict: Literal["check", "bad"]
    advice: str
    holds: Callable[[Judged], bool]


def is_silent(figures: CellFigures) -> bool:
    """Whether a cell does not answer for longer than a moment."""
    return figures.share(Status.TIMEOUT) > SILENT_SHARE


def out_of_step(figures: CellFigures) -> bool:
    """Whether a cell was out of step often enough to be called so."""
    return figures.statuses.get(str(Status.DESYNC.name), 0) >= DESYNC_BAD


def _drifts(judged: Judged) -> bool:
    drift, sd = judged.figures.drift_counts_per_min, judged.figures.drift_sd_counts_per_min
    if drift is None or sd is None:
        return False
    drift_n = judged.newtons(drift)
    limit = DRIFT_NOISES_PER_MIN * judged.datasheet_counts_rms
    far = abs(drift) > limit if drift_n is None else abs(drift_n) > DRIFT_N_PER_MIN
    return far and abs(drift) > DRIFT_SIGMAS * sd


def _off_rate(judged: Judged) -> bool:
    low, high = RATE_WITHIN
    return judged.rate_ratio is not None and not low <= judged.rate_ratio <= high


RULES: tuple[Rule, ...] = (
    Rule(
        "all_silent",
        "bad",
        "No cell answers: check supply, ground and SCK of the whole mat, and the pins of its "
        "layout.",
        lambda j: j.all_silent,
    ),
    Rule(
        "open_wire",
        "bad",
        "No data: a wire to this cell is open; check DOUT, SCK, supply and ground.",
        lambda j: is_silent(j.figures) and not out_of_step(j.figures) and not j.figures.n_restarts,
    ),
    Rule(
        "brown_out",
        "bad",
        "Falls silent and starts anew: its supply breaks down; check VCC, ground and plugs.",
        lambda j: is_silent(j.figures) and not out_of_step(j.figures),
    ),
    Rule(
        "swapped_wires",
        "bad",
        "Out of step, and just one other cell is too: their DOUT wires are probably swapped.",
        lambda j: out_of_step(j.figures) and j.n_desync_cells == 2,
    ),
    Rule(
        "dout_stuck",
        "bad",
        "Out of step: DOUT is stuck low or clock pulses get lost; look for a short to ground, "
        "and at the SCK wire.",
        lambda j: out_of_step(j.figures),
    ),
    Rule(
        "saturated",
        "bad",
        "At the end of its range: take the load off; if it stays, check the four bridge wires "
        "(E+, E-, A+, A-).",
        lambda j: j.n(Status.SATURATED) > 0,
    ),
    Rule(
        "stuck_code",
        "bad",
        "The same value again and again: check DVDD, AVDD and the bridge wires.",
        lambda j: (
            j.n(Status.STUCK) > 0
            or (j.figures.n_unique_codes == 1 and j.figures.n_delivered >= MIN_READINGS)
        ),
    ),
    Rule(
        "slow_clock",
        "bad",
        "Its clock is held high too long, and it powers down in mid-word: choose another back end "
        "(hx711 with lgpio) or take load off the machine.",
        lambda j: j.figures.share(Status.SLOW_SCK) > SLOW_SHARE,
    ),
    Rule(
        "noisy",
        "bad",
        "Over 8 times the noise of the data sheet: twist and shield its wires, keep them from "
        "mains and motors, give AVDD a clean supply.",
        lambda j: j.noise_times > NOISY_TIMES and not j.moves,
    ),
    Rule(
        "rate_off",
        "bad",
        "Runs at another rate than configured: check its RATE pin (ground: 10 SPS, DVDD: 80 SPS) "
        "and bank.rate_hz.",
        _off_rate,
    ),
    Rule(
        "too_few",
        "bad",
        "Hardly any usable value: measure for longer; if it stays so, check wires and supply.",
        lambda j: j.figures.n_usable < MIN_READINGS,
    ),
    Rule(
        "loaded",
        "check",
        "Carries a load: step off and measure again; if nothing touches the plate, tare the mat.",
        lambda j: abs(j.load_n or 0.0) > LOADED_N,
    ),
    Rule(
        "moving",
        "check",
        "The load moved: step off, touch nothing and measure again.",
        lambda j: j.noise_times > NOISY_TIMES,
    ),
    Rule(
        "losses",
        "check",
        "Over 1 % of its conversions are lost: the machine is too busy, or cells share a clock.",
        lambda j: j.lost_pct > LOST_PCT or j.figures.share(Status.MISSED) * 100 > LOST_PCT,
    ),
    Rule(
        "clock_stretched",
        "check",
        "Clock pulses of over 50 us: choose another back end (hx711 with lgpio) or take load off "
        "the machine.",
        lambda j: j.n(Status.SLOW_SCK) > 0 or (j.high_us_p999 or 0.0) > HIGH_US,
    ),
    Rule(
        "interrupted",
        "check",
        "Silent or out of step for a moment: a loose plug or a dip of the supply; move the cable "
        "while you measure again.",
        lambda j: j.n(Status.TIMEOUT) + j.n(Status.DESYNC) > 0,
    ),
    Rule(
        "restarted",
        "check",
        "Was started anew while it was read: mend the cells that are bad first, then look at "
        "the supply.",
        lambda j: j.figures.n_restarts > 0 or j.n(Status.SETTLING) > SETTLING_CONVERSIONS,
    ),
    Rule(
        "collisions",
        "check",
        "Updated while it was read: cells that share a clock are read too slowly; give each its "
        "own SCK.",
        lambda j: j.n(Status.COLLISION) > 0,
    ),
    Rule(
        "spikes",
        "check",
        "Single values jump: a bit was misread; check ground and SCK wire, shorten its cable.",
        lambda j: j.figures.n_spikes + j.n(Status.GLITCH) > 0,
    ),
    Rule(
        "range",
        "check",
        "Over 90 % of its range is used up: a zero that far off leaves no room for a foot; "
        "check how the cell is mounted.",
        lambda j: (j.figures.range_used_pct or 0.0) > RANGE_PCT,
    ),
    Rule(
        "drift",
        "check",
        "Its zero wanders: let it warm up for 15 minutes, keep sun and draught away, look for "
        "something that leans on the plate.",
        _drifts,
    ),
)
"""Gravest first: every `bad` stands before every `check`."""
