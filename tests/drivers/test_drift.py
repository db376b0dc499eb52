"""Creep, drift and gain: slow, sized as data sheets say, the same however reads are split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calibration import fit_to
from core.datasheet import COUNTS_MAX, noise_counts_rms, nominal_rate_hz
from core.frames import CellFrames, Status
from core.layout import load_layout
from drivers.base import VirtualClock
from drivers.conditions import Conditions
from drivers.drift import CREEP_SHARE, CREEP_TAKES_S, KEPT_STEPS, Creep, Drift
from drivers.person import Person
from drivers.scenario import EMPTY
from drivers.simulator import Simulator

LAYOUT = load_layout("full16")
SLOW = Conditions(creep=True, drift_n_per_h=3.0, drift_n_per_k=0.05)
PLAIN = Conditions()


def mat(clock: VirtualClock, conditions: Conditions, rate_hz: float = 80.0) -> Simulator:
    person = Person(LAYOUT, 62.0, 1)
    return Simulator(LAYOUT, person, clock, rate_hz, 2, conditions=conditions)


def empty(clock: VirtualClock, conditions: Conditions, rate_hz: float) -> Simulator:
    person = Person(LAYOUT, 62.0, 1, EMPTY)
    return Simulator(LAYOUT, person, clock, rate_hz, 2, conditions=conditions)


def read_all(bank: Simulator, n_frames: int) -> CellFrames:
    with bank:
        parts = [bank.read(10.0) for _ in range(n_frames)]
    names = ("seq", "t_s", "counts", "status", "age_s", "lost")
    return CellFrames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def test_creep_follows_the_load_with_its_time_constant() -> None:
    creep = Creep(2, CREEP_SHARE)
    load_n = np.full((1, 2), 500.0)
    shown = {}
    for t_s in range(2000):
        at = np.array([float(t_s)])
        shown[t_s] = float(creep.on_top_of(load_n, at, lambda t: np.full((len(t), 2), 500.0))[0, 0])
    full_n = 500.0 * CREEP_SHARE
    assert shown[0] == pytest.approx(500.0, abs=0.001)
    assert shown[int(CREEP_TAKES_S)] - 500.0 == pytest.approx(full_n * (1 - np.exp(-1)), rel=0.02)
    assert shown[1999] - 500.0 == pytest.approx(full_n, rel=0.01)


def test_creep_remembers_only_what_can_be_asked_for() -> None:
    creep = Creep(1, CREEP_SHARE)
    for t_s in (0.0, 5000.0, 5001.5):
        creep.on_top_of(np.zeros((1, 1)), np.array([t_s]), lambda t: np.full((len(t), 1), 9.0))
    assert len(creep._lagged_n) == KEPT_STEPS


@pytest.mark.unmeasured
@settings(max_examples=25)
@given(waits_s=st.lists(st.floats(0.0, 0.9), max_size=12))
def test_slow_things_do_not_depend_on_how_reads_are_split(waits_s: list[float]) -> None:
    clock = VirtualClock(7.3)
    with mat(clock, SLOW) as bank:
        parts = [bank.read(1.0)]
        for wait_s in waits_s:
            clock.wait_until(clock.now_s() + wait_s)
            parts.append(bank.read(1.0))
    counts = np.concatenate([part.counts for part in parts])
    whole = read_all(mat(VirtualClock(7.3), SLOW), len(counts))
    np.testing.assert_array_equal(counts, whole.counts)


def test_creep_and_drift_are_off_unless_asked_for() -> None:
    plain = read_all(mat(VirtualClock(), PLAIN), 50)
    slow = read_all(mat(VirtualClock(), SLOW), 50)
    np.testing.assert_array_equal(plain.t_s, slow.t_s)
    assert (plain.counts != slow.counts).any()


def test_an_hour_of_drift() -> None:
    bank = empty(VirtualClock(), Conditions(drift_n_per_h=0.6), 0.5)
    frames = read_all(bank, 1801)
    calibration = fit_to(bank.calibration_spec(""), LAYOUT)
    cells_n = (frames.counts - calibration.zero_counts) / calibration.counts_per_n
    np.testing.assert_allclose(cells_n[-1] - cells_n[0], 0.6, atol=0.05)
    assert not frames.status.any()


def test_cells_differ_in_what_temperature_does_to_them() -> None:
    calibration = fit_to(mat(VirtualClock(), PLAIN).calibration_spec(""), LAYOUT)
    drift = Drift(calibration, 0.0, 0.05, seed=3)
    t_s = np.arange(0.0, 7200.0, 10.0)
    warmer_k = drift.warmer_k(t_s)
    assert warmer_k[0] == 0.0
    assert 1.0 < warmer_k.max() < 8.0
    assert abs(np.diff(warmer_k)).max() < 0.1
    bank = empty(VirtualClock(), Conditions(drift_n_per_k=0.5), 0.5)
    frames = read_all(bank, 900)
    moved_n = (frames.counts[-1] - frames.counts[0].astype(float)) / calibration.counts_per_n
    assert moved_n.std() > 0.5


def test_drift_ends_where_the_converter_ends() -> None:
    frames = read_all(empty(VirtualClock(), Conditions(drift_n_per_h=1e6), 10.0), 100)
    assert (frames.counts[-1] == COUNTS_MAX).all()
    assert (frames.status[-1] == Status.SATURATED).all()
    assert not frames.status[0].any()


@pytest.mark.unmeasured
@pytest.mark.parametrize("gain", [128, 64, 32])
@pytest.mark.parametrize("rate_hz", [10.0, 80.0])
def test_gain_scales_slope_and_noise_alike(gain: int, rate_hz: float) -> None:
    bank = empty(VirtualClock(), Conditions(gain=gain), rate_hz)
    frames = read_all(bank, 1500)
    slopes = fit_to(bank.calibration_spec(""), LAYOUT).counts_per_n
    full = fit_to(mat(VirtualClock(), PLAIN).calibration_spec(""), LAYOUT).counts_per_n
    np.testing.assert_allclose(slopes, full * gain / 128)
    rms = {10.0: 21.0, 80.0: 39.0}[rate_hz] * gain / 128
    np.testing.assert_allclose(frames.counts.std(axis=0), rms, rtol=0.08)
    assert noise_counts_rms(rate_hz, gain) == rms


def test_the_noise_is_that_of_the_data_sheet() -> None:
    lsb_nv = 2 * 0.5 * 5.0 / 128 / 2**24 * 1e9
    assert noise_counts_rms(10.0) * lsb_nv == pytest.approx(50.0, rel=0.03)
    assert noise_counts_rms(80.0) * lsb_nv == pytest.approx(90.0, rel=0.03)
    assert [nominal_rate_hz(rate) for rate in (9.0, 11.7, 93.0, 80.0)] == [10, 10, 80, 80]
