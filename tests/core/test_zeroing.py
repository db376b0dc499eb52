"""Tare: what it takes for an empty mat, and every doubt that refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import Engine
from core.errors import MatError
from core.frames import Status
from core.profiles import Profile
from core.zeroing import ASK_ABOVE_N, REFUSE_ABOVE_N, Refusal, Tared, tare
from tests.core.cells import Bench
from tests.core.support import calibrated, small_layout

LAYOUT = small_layout(("r_heel", "l_toes", "l_heel", "l_toes"))
CALIBRATION = calibrated(LAYOUT, [4383.0, -4400.0, 4300.0, 4500.0])
CONTACT_N = np.array([7.2, 3.46, 4.0])
ON = "2026-11-25T10:00:00+00:00"


def tared(cells_n: list[float], *, confirmed: bool = False, seed: int = 1) -> Tared | Refusal:
    frames = Bench(CALIBRATION, seed=seed).frames(3.0, cells_n)
    return tare(CALIBRATION, frames, ON, CONTACT_N, confirmed=confirmed)


@given(st.lists(st.floats(-1.9, 1.9), min_size=4, max_size=4), st.integers(0, 99))
def test_the_new_zero_is_what_the_empty_mat_shows(cells_n: list[float], seed: int) -> None:
    found = tared(cells_n, seed=seed)
    assert isinstance(found, Tared)
    again = Bench(found.calibration, noise_counts=0.0)
    empty = Bench(CALIBRATION, noise_counts=0.0).frames(1.0, cells_n)
    assert np.abs(found.calibration.forces(empty).force_cn).max() <= 1
    assert again.n_cells == 4
    assert found.moved_n == pytest.approx(cells_n, abs=0.005)
    assert found.from_reference_n == pytest.approx(cells_n, abs=0.005)
    assert found.noise_n == pytest.approx([39 / 4400] * 4, rel=0.3)
    assert found.calibration.id != CALIBRATION.id
    assert found.calibration.spec.tared_on == ON
    assert found.calibration.spec.calibrated_on == CALIBRATION.spec.calibrated_on


def test_the_zero_of_the_calibration_is_kept_whatever_is_tared() -> None:
    first = tared([1.0, 1.0, 1.0, 1.0])
    assert isinstance(first, Tared)
    frames = Bench(CALIBRATION, seed=5).frames(3.0, [1.5, 1.5, 1.5, 1.5])
    second = tare(first.calibration, frames, ON, CONTACT_N)
    assert isinstance(second, Tared)
    assert second.moved_n == pytest.approx([0.5] * 4, abs=0.01)
    assert second.from_reference_n == pytest.approx([1.5] * 4, abs=0.01)
    kept = second.calibration.reference_zero_counts
    assert kept.tolist() == CALIBRATION.zero_counts.tolist()


def test_far_from_the_reference_asks_first_and_further_refuses() -> None:
    for cells_n in ([0, 0, ASK_ABOVE_N + 0.1, 0], [0, -ASK_ABOVE_N - 0.1, 0, 0]):
        refusal = tared(cells_n)
        assert isinstance(refusal, Refusal)
        assert refusal.asks
        assert "2.1 N from the calibration's zero" in refusal.text
        assert isinstance(tared(cells_n, confirmed=True), Tared)
    for sign in (1, -1):
        refusal = tared([0, 0, 0, sign * (REFUSE_ABOVE_N + 0.1)], confirmed=True)
        assert isinstance(refusal, Refusal)
        assert not refusal.asks
        assert refusal.text.startswith("cell 4: ")


@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.GLITCH, Status.SATURATED])
def test_a_bad_reading_refuses(status: Status) -> None:
    frames = Bench(CALIBRATION).frames(3.0)
    frames.status[5, 2] = int(status)
    refusal = tare(CALIBRATION, frames, ON, CONTACT_N, confirmed=True)
    assert isinstance(refusal, Refusal)
    assert refusal.text.startswith("cell 3: ")


def test_a_zone_that_seems_touched_asks_although_each_cell_is_near() -> None:
    """The toes have two cells: 1.9 N on each are 3.8 N on the zone."""
    frames = Bench(CALIBRATION).frames(3.0, [0, 1.9, 0, 1.9])
    small = np.array([3.7, 3.46, 4.0])
    refusal = tare(CALIBRATION, frames, ON, small)
    assert isinstance(refusal, Refusal)
    assert refusal.asks
    assert refusal.text.startswith("l_toes +3.8 N: something seems to lie there")
    assert isinstance(tare(CALIBRATION, frames, ON, small, confirmed=True), Tared)
    assert isinstance(tare(CALIBRATION, frames, ON, CONTACT_N), Tared)


def test_a_steady_person_is_not_an_empty_mat() -> None:
    """Quiet standing sways by a few per cent: on 20 N that is far above the noise."""
    frames = Bench(CALIBRATION).frames(3.0, lambda t_s: 15 + 0.3 * np.sin(2 * t_s)[:, None])
    refusal = tare(CALIBRATION, frames, ON, CONTACT_N, confirmed=True)
    assert isinstance(refusal, Refusal)
    assert "not steady" in refusal.text


def test_an_engine_tares_from_its_last_seconds() -> None:
    engine = Engine(LAYOUT, Profile(), CALIBRATION)
    bench = Bench(CALIBRATION)
    early = engine.tare(ON)
    assert isinstance(early, Refusal)
    assert "not enough readings" in early.text
    engine.feed(bench.frames(2.0))
    assert isinstance(engine.tare(ON), Refusal)
    engine.feed(bench.frames(3.0, [1.0, 1.0, 1.0, 1.0]))
    found = engine.tare(ON)
    assert isinstance(found, Tared)
    assert engine.calibration is found.calibration
    update = engine.feed(bench.frames(1.0, [1.0, 1.0, 1.0, 1.0]))
    assert np.abs(update.value_cn).max() <= 6
    with pytest.raises(MatError, match="no zero to set"):
        Engine(LAYOUT, Profile()).tare(ON)
