"""Sway against openbalance 0.1.5, which works out the same path and the asymptotic ellipse."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbalance.processing.kinematics import calculate_path_length, calculate_sway_areas
from scipy.stats import chi2, f

from core.balance import Scales
from core.layout import load_layout
from core.recordings import read_recording
from core.sway import Sway, SwayTrace
from core.units import to_cn

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 80.0


def ours(cop_mm: np.ndarray) -> Sway:
    trace = SwayTrace(RATE_HZ)
    trace.add(cop_mm, np.arange(len(cop_mm)) > 0)
    return trace.figures()


def theirs(cop_mm: np.ndarray) -> tuple[float, float]:
    """Path and ellipse; its `trial` is a bag of parameters."""
    trial = SimpleNamespace(parameters={"COP_x": cop_mm[:, 0], "COP_y": cop_mm[:, 1]})
    calculate_path_length(trial)
    calculate_sway_areas(trial)
    return float(trial.parameters["Path_Length"]), float(trial.parameters["Area_Ellipse"])


def exact_over_asymptotic(n: int) -> float:
    """research/science.md 3.1: chi-square / (2 F (n+1)(n-1) / (n (n-2))), turned over."""
    quantile = float(f.ppf(0.95, 2, n - 2))
    asymptotic = float(chi2.ppf(0.95, 2))
    return 2 * quantile * (n + 1) * (n - 1) / (n * (n - 2)) / asymptotic


def compare(cop_mm: np.ndarray) -> None:
    path_mm, ellipse_mm2 = theirs(cop_mm)
    found = ours(cop_mm)
    assert found.path_mm == pytest.approx(path_mm, rel=1e-9)
    assert found.ellipse95_mm2 == pytest.approx(
        ellipse_mm2 * exact_over_asymptotic(len(cop_mm)), rel=1e-9
    )


@given(st.integers(0, 2**32 - 1), st.integers(20, 3000), st.floats(0, 0.99))
def test_generated_sway(seed: int, n: int, memory: float) -> None:
    rng = np.random.default_rng(seed)
    cop_mm = np.zeros((n, 2))
    for k in range(1, n):
        cop_mm[k] = memory * cop_mm[k - 1] + rng.normal(0, (3.0, 8.0))
    compare(cop_mm + np.array([12.0, 100.0]))


@pytest.mark.parametrize("name", ["walk_normal", "walk_slow", "walk_fast"])
def test_sway_of_the_recordings(name: str, shared_data: Path) -> None:
    layout = load_layout("insole16")
    with (shared_data / "feet" / f"{name}.csv").open(encoding="utf-8") as lines:
        recording = read_recording(lines, name)
        columns = recording.columns_for(layout)
        force_n = np.concatenate([block.force_n[:, columns] for block in recording.blocks])
    force_cn = to_cn(force_n)
    cop_mm = Scales(layout).weigh(force_cn, np.ones_like(force_cn, bool)).cop_mm
    known = cop_mm[~np.isnan(cop_mm[:, 0])]
    assert len(known) > 500
    compare(known)


@given(st.integers(0, 2**32 - 1), st.integers(3, 400))
def test_axes_and_angle_are_those_of_the_covariance(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    cop_mm = rng.normal(0, 1, (n, 2)) @ rng.normal(0, 3, (2, 2)) + rng.normal(0, 50, 2)
    found = ours(cop_mm)
    values, vectors = np.linalg.eigh(np.cov(cop_mm.T))
    assert found.ellipse95_major_mm is not None
    assert found.ellipse95_minor_mm is not None
    assert found.ellipse95_angle_deg is not None
    axes = found.ellipse95_major_mm * found.ellipse95_minor_mm
    assert found.ellipse95_mm2 == pytest.approx(math.pi / 4 * axes, rel=1e-6)
    ratio = math.sqrt(max(values[1], 0) / max(values[0], 1e-300))
    if ratio < 1e3:
        assert found.ellipse95_major_mm / found.ellipse95_minor_mm == pytest.approx(ratio, rel=1e-4)
    angle = math.degrees(math.atan2(vectors[1, 1], vectors[0, 1]))
    if ratio > 1.01:
        apart = (found.ellipse95_angle_deg - angle + 90) % 180 - 90
        assert apart == pytest.approx(0, abs=1e-3)
    centred = cop_mm - cop_mm.mean(axis=0)
    assert found.mean_distance_mm == pytest.approx(np.hypot(*centred.T).mean(), rel=1e-9)
