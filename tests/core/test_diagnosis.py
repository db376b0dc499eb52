"""Diagnosis: figures that come out true, one row of the table each, nothing broken called good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import Calibration, CalibrationSpec, CellCalibration
from core.cell_figures import CellFigures, cell_figures, spikes_of
from core.clock_figures import ClockFigures
from core.diagnosis import Asked, CellDiagnosis, Diagnosis, diagnose
from core.diagnosis_rules import RULES
from core.frames import VOID, CellFrames, Status
from core.judged_cell import Judged
from core.layout import load_layout

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LAYOUT = load_layout("full16")
N = 16
SLOPE = -4000.0
ZERO = 12_000.0
CALIBRATION = Calibration(
    CalibrationSpec(LAYOUT.hash, "2024-05-01", (CellCalibration(ZERO, SLOPE),) * N), LAYOUT
)
GRAMS_PER_COUNT, TARE_COUNTS = 0.0012627829559, 1974271.5


def quiet(n_frames: int = 800, rate_hz: float = 80.0, seed: int = 1) -> CellFrames:
    """Give what a good bank reads of an empty mat."""
    rng = np.random.default_rng(seed)
    shape = (n_frames, N)
    return CellFrames(
        seq=np.arange(n_frames),
        t_s=50.0 + np.arange(n_frames) / rate_hz,
        counts=np.rint(ZERO + 39.0 * rng.standard_normal(shape)).astype(np.int32),
        status=np.zeros(shape, np.uint16),
        age_s=np.zeros(shape, np.float32),
        lost=np.zeros(shape, np.int32),
    )


def asked(
    rate_hz: float = 80.0, *, calibrated: bool = True, clock: ClockFigures | None = None
) -> Asked:
    return Asked(rate_hz, 128, CALIBRATION if calibrated else None, clock)


def judged(frames: CellFrames, what: Asked | None = None) -> Diagnosis:
    return diagnose(frames, LAYOUT, what or asked())


def test_a_good_mat_is_good_and_its_figures_are_true() -> None:
    found = judged(quiet())
    assert (found.verdict, {cell.rule for cell in found.cells}) == ("good", {""})
    assert (found.n_frames, found.nominal_rate_hz, found.calibrated) == (800, 80.0, True)
    assert found.seconds == pytest.approx(799 / 80)
    cell = found.cells[2]
    assert (cell.cell, cell.zone, cell.advice) == (3, LAYOUT.spec.cell[2].zone, "Fine.")
    assert (cell.dout, cell.sck) == (LAYOUT.spec.cell[2].dout, LAYOUT.spec.cell[2].sck)
    assert cell.figures.rate_hz == pytest.approx(80.0)
    assert cell.rate_ppm == pytest.approx(0.0, abs=0.5)
    assert cell.figures.noise_counts_rms == pytest.approx(39.0, rel=0.1)
    assert cell.noise_n_rms == pytest.approx(39.0 / 4000, rel=0.1)
    assert cell.figures.smooth == pytest.approx(-0.5, abs=0.1)
    assert cell.load_n == pytest.approx(0.0, abs=0.01)
    assert (cell.lost_pct, cell.saturated_pct, cell.figures.statuses) == (0.0, 0.0, {})
    assert cell.figures.range_used_pct == pytest.approx(0.145, abs=0.01)
    assert 100 < cell.figures.n_unique_codes < 300
    assert cell.clock_high_us_p50 is cell.clock_high_us_p999 is cell.learnt_rate_hz is None


@given(drift_counts_per_min=st.floats(-5e4, 5e4))
def test_noise_does_not_see_drift_and_drift_is_measured(drift_counts_per_min: float) -> None:
    frames = quiet()
    slope = np.rint(drift_counts_per_min / 60 * (frames.t_s - 50.0)).astype(np.int32)
    frames.counts[:, 0] += slope
    cell = judged(frames).cells[0]
    assert cell.figures.noise_counts_rms == pytest.approx(39.0, rel=0.12)
    sd, measured = cell.figures.drift_sd_counts_per_min, cell.figures.drift_counts_per_min
    assert sd is not None
    assert measured is not None
    assert sd == pytest.approx(39.0 * np.sqrt(12 / 800) / 10 * 60, rel=0.12)
    assert measured == pytest.approx(drift_counts_per_min, abs=5 * sd)
    assert cell.drift_n_per_min == pytest.approx(measured / SLOPE)


T_S = np.arange(800) / 80.0
PART = slice(200, 470)
SPOIL: dict[str, tuple[tuple[str, object, object], ...]] = {
    "open_wire": (("status", PART, Status.TIMEOUT),),
    "brown_out": (
        ("status", PART, Status.TIMEOUT),
        ("status", slice(470, 474), Status.SETTLING),
    ),
    "swapped_wires": (("status", slice(100, 110), Status.DESYNC),),
    "dout_stuck": (
        ("status", slice(100, 103), Status.DESYNC),
        ("status", slice(103, None), Status.TIMEOUT),
    ),
    "saturated": (("counts", 5, 2**23 - 1), ("status", 5, Status.SATURATED)),
    "stuck_code": (("status", slice(300, 310), Status.STUCK),),
    "slow_clock": (("status", PART, Status.SLOW_SCK),),
    "noisy": (("add", PART, np.random.default_rng(9).normal(0, 900, 270)),),
    "too_few": (("status", slice(4, None), Status.SETTLING),),
    "loaded": (("add", slice(None), 20 * SLOPE),),
    "moving": (("add", slice(None), 9000 * np.sin(T_S * 9)),),
    "losses": (("lost", slice(None, None, 10), 1),),
    "clock_stretched": (("status", 5, Status.SLOW_SCK),),
    "interrupted": (("status", 5, Status.TIMEOUT),),
    "restarted": (("status", slice(5, 9), Status.SETTLING),),
    "collisions": (("status", 5, Status.COLLISION),),
    "spikes": (("add", 5, 12_000),),
    "range": (("add", slice(None), 8_000_000),),
    "drift": (("add", slice(None), 40 * T_S),),
}
"""What breaks cell 4 so that a row of the table holds: field, rows, value."""


def spoil(frames: CellFrames, name: str) -> None:
    for field, rows, value in SPOIL[name]:
        column = getattr(frames, field.replace("add", "counts"))[:, 3:4]
        if field == "add":
            value = column[rows, 0] + np.rint(np.asarray(value, float)).astype(np.int32)  # noqa: PLW2901
        column[rows, 0] = value
    if name == "swapped_wires":
        frames.status[:, 4] = frames.status[:, 3]


ROWS = [rule for rule in RULES if rule.name not in ("rate_off", "all_silent")]


@pytest.mark.parametrize("rule", ROWS, ids=lambda rule: rule.name)
def test_each_row_of_the_table(rule: object) -> None:
    name, verdict = (getattr(rule, key) for key in ("name", "verdict"))
    frames = quiet()
    spoil(frames, name)
    found = judged(frames, asked(calibrated=name != "range"))
    cell = found.cells[3]
    assert (cell.rule, cell.verdict) == (name, verdict)
    assert cell.advice == getattr(rule, "advice")  # noqa: B009 - a row, whatever its type
    others = [c for c in found.cells if c.cell not in ((4, 5) if name == "swapped_wires" else (4,))]
    assert {c.verdict for c in others} == {"good"}
    assert found.verdict == verdict


def test_every_bad_stands_before_every_check_and_advice_is_one_sentence() -> None:
    verdicts = [rule.verdict for rule in RULES]
    assert verdicts == sorted(verdicts)
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.advice.endswith(".")
        assert rule.advice.count(". ") == 0


@pytest.mark.parametrize(
    ("nominal_hz", "real_hz", "rule", "words"),
    [
        (80.0, 93.0, "", "internal oscillator, 93 SPS"),
        (10.0, 11.7, "", "internal oscillator, 11.7 SPS"),
        (80.0, 80.5, "", "Fine."),
        (100.0, 116.0, "", "Fine."),
        (80.0, 11.7, "rate_off", "RATE pin"),
        (10.0, 93.0, "rate_off", "RATE pin"),
        (80.0, 60.0, "rate_off", "RATE pin"),
    ],
)
def test_rates(nominal_hz: float, real_hz: float, rule: str, words: str) -> None:
    cell = judged(quiet(rate_hz=real_hz), asked(nominal_hz)).cells[0]
    assert cell.rule == rule
    assert words in cell.advice
    assert cell.rate_ppm == pytest.approx((real_hz / nominal_hz - 1) * 1e6, abs=200)


def test_the_pace_is_that_of_the_oscillator_whatever_was_lost() -> None:
    frames = quiet()
    keep = np.ones(800, bool)
    keep[[100, 101, 300]] = False
    frames.status[500:560, 0] = Status.TIMEOUT
    kept = CellFrames(*(getattr(frames, n)[keep] for n in frames.__dataclass_fields__))
    kept.lost[100], kept.lost[298] = 2, 1
    cell = judged(kept).cells[0]
    assert cell.figures.oscillator_hz == pytest.approx(80.0, rel=1e-4)
    assert cell.figures.rate_hz == pytest.approx(80.0 * (800 - 63) / 800, rel=1e-3)
    assert cell.figures.lost == 3


def test_clock_figures_are_shown_and_judged() -> None:
    high = np.full(N, 5.0)
    high[1], high[2] = 55.0, np.nan
    clock = ClockFigures(high / 2, high, high * 2, np.full(N, 92.7))
    cells = judged(quiet(), asked(clock=clock)).cells
    assert (cells[0].verdict, cells[1].rule, cells[2].verdict) == (
        "good",
        "clock_stretched",
        "good",
    )
    shown = (cells[0].clock_high_us_p50, cells[0].clock_high_us_p999, cells[0].clock_high_us_max)
    assert shown == (2.5, 5.0, 10.0)
    assert cells[0].learnt_rate_hz == 92.7
    assert cells[2].clock_high_us_p999 is None


def test_a_cell_without_calibration_has_no_newtons_and_its_drift_is_judged_in_counts() -> None:
    frames = quiet()
    frames.counts[:, 3] += np.rint(40 * (frames.t_s - 50)).astype(np.int32)
    cells = judged(frames, asked(calibrated=False)).cells
    assert cells[0].noise_n_rms is cells[0].drift_n_per_min is cells[0].load_n is None
    assert [cell.cell for cell in cells if cell.rule == "drift"] == [4]


def test_one_frame_and_silence_are_not_good() -> None:
    for frames in (quiet()[:1], quiet()[:5]):
        found = judged(frames)
        assert {cell.rule for cell in found.cells} == {"too_few"}
        assert found.verdict == "bad"
        assert found.cells[0].figures.rate_hz is found.cells[0].figures.noise_counts_rms is None
    silent = quiet(20)
    silent.status[:] = Status.TIMEOUT
    found = judged(silent)
    assert {cell.rule for cell in found.cells} == {"all_silent"}
    assert found.cells[0].figures.range_used_pct is found.cells[0].load_n is None


def test_a_drift_that_is_not_known_is_none() -> None:
    drift = RULES[-1]
    assert drift.name == "drift"
    n = np.arange(3)
    few = cell_figures(n * 12_500, n.astype(np.int32), n.astype(np.uint16) * 0, n.astype(np.int32))
    assert not drift.holds(Judged(few, 0, False, 80.0, 39.0, None, None))


def test_the_same_code_all_the_time_is_stuck_whatever_the_bank_says() -> None:
    frames = quiet()
    frames.counts[:, 3] = 77
    assert judged(frames).cells[3].rule == "stuck_code"


def test_settling_at_the_start_is_normal() -> None:
    frames = quiet()
    frames.status[:20] = Status.SETTLING
    assert judged(frames).verdict == "good"
    frames.status[20:40] = Status.SETTLING
    assert {cell.rule for cell in judged(frames).cells} == {"restarted"}


BITS = [int(bit) for bit in VOID | Status.SATURATED]
"""Not GLITCH: one sound code in 512 is called one."""


@given(
    seed=st.integers(0, 2**32),
    bits=st.lists(st.sampled_from(BITS), min_size=1, max_size=3),
    share=st.floats(0.001, 1.0),
)
def test_no_cell_with_a_reading_that_was_not_usable_is_good(
    seed: int, bits: list[int], share: float
) -> None:
    rng = np.random.default_rng(seed)
    frames = quiet(200)
    hit = rng.random(200) < share
    hit[int(rng.integers(8, 200))] = True
    frames.status[hit, 3] = rng.choice(bits, int(hit.sum())).astype(np.uint16)
    assert judged(frames).cells[3].verdict != "good"


def test_it_goes_out_as_json() -> None:
    found = msgspec.json.decode(msgspec.json.encode(judged(quiet())))
    assert set(found) == set(Diagnosis.__struct_fields__)
    assert set(found["cells"][0]) == set(CellDiagnosis.__struct_fields__)
    assert set(found["cells"][0]["figures"]) == set(CellFigures.__struct_fields__)


def test_a_step_is_no_spike_and_few_values_have_none() -> None:
    values = np.zeros(40)
    values[20:] = 5000.0
    assert not spikes_of(values).any()
    values[10] = 900.0
    values[30] = 5007.0
    assert np.flatnonzero(spikes_of(values)).tolist() == [10]
    assert not spikes_of(np.array([0.0, 900.0, 0.0])).any()


@pytest.fixture(scope="module")
def scale_counts(shared_data: Path) -> NDArray[np.int32]:
    """Sum of four real HX711s on a scale; hours of drift, then handling (its NOTE.md)."""
    grams = np.loadtxt(shared_data / "hx711_scale_4cells" / "samples_a931659.txt")
    counts: NDArray[np.int32] = np.rint(grams / GRAMS_PER_COUNT + TARE_COUNTS).astype(np.int32)
    return counts


def figures_of(counts: NDArray[np.int32]) -> CellFigures:
    n = len(counts)
    return cell_figures(
        np.arange(n) * 1_000_000, counts, np.zeros(n, np.uint16), np.zeros(n, np.int32)
    )


def test_a_real_scale_has_the_noise_and_drift_that_are_known(
    scale_counts: NDArray[np.int32],
) -> None:
    found = figures_of(scale_counts[:6000])
    assert found.noise_counts_rms == pytest.approx(23.0, abs=5.0)
    grams = found.drift_counts_per_min
    assert grams is not None
    assert grams * GRAMS_PER_COUNT * 100 == pytest.approx(-4.6, abs=0.8)
    assert found.drift_sd_counts_per_min is not None
    assert abs(grams) > 50 * found.drift_sd_counts_per_min
    assert found.n_spikes == 0


def test_real_spikes_are_seen_as_such(scale_counts: NDArray[np.int32]) -> None:
    grams = (scale_counts - TARE_COUNTS) * GRAMS_PER_COUNT
    spikes = np.flatnonzero(spikes_of(scale_counts.astype(float)))
    # Quiet hours have none; after them somebody handles the spool, and knocks it.
    assert {round(value) for value in grams[spikes]} >= {309, 626}
    assert spikes.min() > 6000
    assert figures_of(scale_counts).n_spikes == len(spikes)
