"""Newtons to counts: the cells' own slopes, the datasheet's noise, 24 bits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import fit_to
from core.datasheet import COUNTS_MAX, COUNTS_MIN
from core.frames import CellFrames, Status
from core.layout import load_layout
from drivers.converter import COUNTS_AT_CAPACITY, Converter, Noise

LAYOUT = load_layout("starter8")


def convert(force_n: float, n_frames: int = 1, rate_hz: float = 80.0, seed: int = 1) -> CellFrames:
    number = np.arange(n_frames)
    forces_n = np.full((n_frames, len(LAYOUT.zone_ids)), force_n)
    return Converter(LAYOUT, rate_hz, seed).convert(0, number, number / 80.0, forces_n, number * 0)


@given(cuts=st.lists(st.integers(0, 700), max_size=8))
def test_noise_depends_on_the_number_of_the_frame_only(cuts: list[int]) -> None:
    whole = Noise(3, 7).take(0, 700)
    edges = [0, *sorted(cuts), 700]
    noise = Noise(3, 7)
    parts = [noise.take(a, b - a) for a, b in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize(("rate_hz", "rms"), [(10.0, 21.0), (80.0, 39.0), (100.0, 39.0)])
def test_noise_is_that_of_the_datasheet(rate_hz: float, rms: float) -> None:
    counts = convert(0.0, 20_000, rate_hz).counts
    np.testing.assert_allclose(counts.std(axis=0), rms, rtol=0.03)


def test_cells_differ_within_five_percent_and_by_seed() -> None:
    spec = Converter(LAYOUT, 80.0, 1).calibration_spec("2024-05-01")
    calibration = fit_to(spec, LAYOUT)
    share = calibration.counts_per_n * LAYOUT.capacity_n / COUNTS_AT_CAPACITY
    assert (abs(share - 1) <= 0.05).all()
    assert share.std() > 0.01
    assert abs(calibration.zero_counts).max() > 10_000
    assert spec != Converter(LAYOUT, 80.0, 2).calibration_spec("2024-05-01")


def test_the_cells_of_a_zone_share_its_force() -> None:
    calibration = fit_to(Converter(LAYOUT, 80.0, 1).calibration_spec(""), LAYOUT)
    frames = convert(100.0)
    cells_n = (frames.counts[0] - calibration.zero_counts) / calibration.counts_per_n
    shares = np.bincount(LAYOUT.cell_zone)[LAYOUT.cell_zone]
    assert set(shares) == {1, 2}
    np.testing.assert_allclose(cells_n, 100.0 / shares, atol=0.1)
    zones_n = calibration.forces(frames).force_cn / 100
    np.testing.assert_allclose(zones_n, 100.0, atol=0.1)


@pytest.mark.parametrize(("force_n", "counts"), [(1e5, COUNTS_MAX), (-1e5, COUNTS_MIN)])
def test_clips_to_24_bits_and_says_so(force_n: float, counts: int) -> None:
    frames = convert(force_n)
    assert (frames.counts == counts).all()
    assert (frames.status == Status.SATURATED).all()


def test_no_force_is_no_reading() -> None:
    frames = convert(float("nan"))
    assert (frames.status == Status.TIMEOUT).all()
    assert (
        not fit_to(Converter(LAYOUT, 80.0, 1).calibration_spec(""), LAYOUT)
        .forces(frames)
        .valid.any()
    )
