"""The rules of `reflexmat diagnose`, gravest first: when each holds, and what to do then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.cell_figures import MIN_READINGS
from core.datasheet import INTERNAL_OSCILLATOR, SETTLING_CONVERSIONS
from core.frames import Status
from core.judged_cell import Judged, is_silent, out_of_step

if TYPE_CHECKING:
    from collections.abc import Callable


SLOW_SHARE = 0.10
NOISY_TIMES = 8.0
"""As in the rule for `cell_noisy`: over 8 times what the data sheet says (DESIGN section 6)."""


RATE_WITHIN = (0.90, INTERNAL_OSCILLATOR[1])
LOST_PCT, LOST_SHARED_PCT = 1.0, 7.0
"""On a shared clock line a cell loses what it is faster than the slowest: 6 % at +-3 %."""

GLITCH_SHARE = 0.01
"""One sound code in 512 ends in ten bits alike, and is called a glitch (docs/hx711.md)."""

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


def _drifts(judged: Judged) -> bool:
    drift, sd = judged.figures.drift_counts_per_min, judged.figures.drift_sd_counts_per_min
    if drift is None or sd is None:
        return False
    drift_n = judged.newtons(drift)
    limit = DRIFT_NOISES_PER_MIN * judged.datasheet_counts_rms
    far = abs(drift) > limit if drift_n is None else abs(drift_n) > DRIFT_N_PER_MIN
    return far and abs(drift) > DRIFT_SIGMAS * sd


def _lost_limit_pct(judged: Judged) -> float:
    return LOST_SHARED_PCT if judged.shares_clock else LOST_PCT


def _off_rate(judged: Judged) -> bool:
    low, high = RATE_WITHIN
    return judged.rate_ratio is not None and not low <= judged.rate_ratio <= high


RULES: tuple[Rule, ...] = (
    Rule(
        "rate_off",
        "bad",
        "Runs at another rate than configured: check its RATE pin (ground: 10 SPS, DVDD: 80 SPS) "
        "and bank.rate_hz.",
        _off_rate,
    ),
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
        "Many of its conversions are lost: the machine is too busy, or the cells on its clock "
        "line differ by more than 7 %.",
        lambda j: max(j.lost_pct, 100 * j.figures.share(Status.MISSED)) > _lost_limit_pct(j),
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
        lambda j: j.figures.n_spikes > 0 or j.figures.share(Status.GLITCH) > GLITCH_SHARE,
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
