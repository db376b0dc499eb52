"""A verdict and one advice for each cell, from what a bank read of it; pure.

The rules are a table in order of gravity; the first that holds speaks. Sources: research on the
HX711 (docs/diagnose.md) and its data sheet in `core.datasheet`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from core.cell_figures import CellFigures, cell_figures
from core.datasheet import noise_counts_rms
from core.diagnosis_rules import RULES
from core.frames import Status
from core.judged_cell import Judged, is_silent, out_of_step
from core.units import to_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.clock_figures import ClockFigures
    from core.frames import CellFrames
    from core.layout import MatLayout

Verdict = Literal["good", "check", "bad"]
VERDICTS: tuple[Verdict, ...] = ("good", "check", "bad")
"""From best to worst."""

PPM = 1e6

START_PERIODS = 25
"""Longest that converters settle at a start, with a margin."""


class CellDiagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One cell; None where something is not known.

    Attributes
    ----------
    cell : int
        Counted from 1, in the order of the layout.
    zone : str
    dout, sck : int or None
        Its pins (BCM), where the layout has them.
    verdict : str
        `good`, `check` or `bad`.
    rule : str
        Name of the rule that held, "" for none.
    advice : str
        One sentence: what it is, what to do.
    figures : CellFigures
    rate_ppm : float or None
        Of the oscillator, off the nominal rate.
    lost_pct : float
        Of all conversions.
    saturated_pct : float
        Of all frames.
    noise_n_rms, drift_n_per_min, load_n : float or None
        In newtons, where the cell is calibrated; `load_n` is the mean above its zero.
    clock_high_us_p50, clock_high_us_p999, clock_high_us_max : float or None
        How long SCK was high, where the bank knows.
    learnt_rate_hz : float or None
        Conversions per second, as the bank learnt them.
    """

    cell: int
    zone: str
    dout: int | None
    sck: int | None
    verdict: Verdict
    rule: str
    advice: str
    figures: CellFigures
    rate_ppm: float | None
    lost_pct: float
    saturated_pct: float
    noise_n_rms: float | None
    drift_n_per_min: float | None
    load_n: float | None
    clock_high_us_p50: float | None
    clock_high_us_p999: float | None
    clock_high_us_max: float | None
    learnt_rate_hz: float | None


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The whole mat.

    Attributes
    ----------
    seconds : float
        From the first frame to the last.
    n_frames : int
    nominal_rate_hz : float
        What the bank should deliver.
    gain : int
    calibrated : bool
    verdict : str
        The worst of its cells.
    cells : tuple of CellDiagnosis
    """

    seconds: float
    n_frames: int
    nominal_rate_hz: float
    gain: int
    calibrated: bool
    verdict: Verdict
    cells: tuple[CellDiagnosis, ...]


@dataclass(frozen=True)
class Asked:
    """What is known of a bank beside its frames.

    Attributes
    ----------
    rate_hz : float
        What it should deliver.
    gain : int
        Of its converters.
    calibration : Calibration or None
    clock : ClockFigures or None
    """

    rate_hz: float
    gain: int
    calibration: Calibration | None = None
    clock: ClockFigures | None = None


def diagnose(frames: CellFrames, layout: MatLayout, asked: Asked) -> Diagnosis:
    """Judge every cell of a mat that nobody touched meanwhile.

    Parameters
    ----------
    frames : CellFrames
        All that was read, at least one frame.
    layout : MatLayout
    asked : Asked

    Returns
    -------
    Diagnosis
    """
    frames = _after_start(frames, asked.rate_hz)
    t_us = to_us(frames.t_s)
    columns = range(len(layout.spec.cell))
    figures = [
        cell_figures(t_us, frames.counts[:, n], frames.status[:, n], frames.lost[:, n])
        for n in columns
    ]
    seen = _Mat(sum(map(out_of_step, figures)), len(figures) > 1 and all(map(is_silent, figures)))
    cells = tuple(_cell(n, figures[n], seen, layout, asked) for n in columns)
    return Diagnosis(
        seconds=float(t_us[-1] - t_us[0]) / PPM,
        n_frames=len(frames),
        nominal_rate_hz=asked.rate_hz,
        gain=asked.gain,
        calibrated=asked.calibration is not None,
        verdict=max((cell.verdict for cell in cells), key=VERDICTS.index),
        cells=cells,
    )


def _after_start(frames: CellFrames, rate_hz: float) -> CellFrames:
    """Leave out how the converters settle at the start, which takes some two times nine periods."""
    settling = (frames.status & int(Status.SETTLING) != 0).any(axis=1)
    may_settle = frames.t_s < frames.t_s[0] + START_PERIODS / rate_hz
    first = int(np.argmin(settling & may_settle))
    return frames[first:]


class _Mat(NamedTuple):
    """What the cells of a mat have in common."""

    n_desync_cells: int
    all_silent: bool


def _cell(
    index: int, figures: CellFigures, seen: _Mat, layout: MatLayout, asked: Asked
) -> CellDiagnosis:
    spec = layout.spec.cell[index]
    calibrated = None if asked.calibration is None else asked.calibration.spec.cells[index]
    clock = asked.clock
    judged = Judged(
        figures,
        seen.n_desync_cells,
        seen.all_silent,
        asked.rate_hz,
        noise_counts_rms(asked.rate_hz, asked.gain),
        calibrated,
        None if clock is None else _known(clock.high_us_p999, index),
        None if clock is None else _known(clock.learnt_rate_hz, index),
        spec.sck is not None and sum(cell.sck == spec.sck for cell in layout.spec.cell) > 1,
    )
    rule = next((rule for rule in RULES if rule.holds(judged)), None)
    return CellDiagnosis(
        cell=index + 1,
        zone=spec.zone,
        dout=spec.dout,
        sck=spec.sck,
        verdict="good" if rule is None else rule.verdict,
        rule="" if rule is None else rule.name,
        advice=judged.all_well if rule is None else rule.advice,
        figures=figures,
        rate_ppm=judged.rate_ppm,
        lost_pct=judged.lost_pct,
        saturated_pct=figures.share(Status.SATURATED) * 100,
        noise_n_rms=_size(judged.newtons(figures.noise_counts_rms)),
        drift_n_per_min=judged.newtons(figures.drift_counts_per_min),
        load_n=judged.load_n,
        clock_high_us_p50=None if clock is None else _known(clock.high_us_p50, index),
        clock_high_us_p999=judged.high_us_p999,
        clock_high_us_max=None if clock is None else _known(clock.high_us_max, index),
        learnt_rate_hz=None if clock is None else _known(clock.learnt_rate_hz, index),
    )


def _known(values: NDArray[np.float64], index: int) -> float | None:
    value = float(values[index])
    return value if np.isfinite(value) else None


def _size(value: float | None) -> float | None:
    """Without its sign: a cell may be wired the other way round, noise has none."""
    return None if value is None else abs(value)
