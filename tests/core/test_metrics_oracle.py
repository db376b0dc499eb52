"""Figures against others' code, on generated sway and on real walks.

openbalance 0.1.5 works out the same path and the asymptotic ellipse; scipy has the trapezoids.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbalance.processing.kinematics import calculate_path_length, calculate_sway_areas
from scipy.integrate import trapezoid
from scipy.stats import chi2, f

from core.balance import Scales, centre_mm
from core.engine import Engine
from core.layout import load_layout
from core.profiles import Profile
from core.recordings import read_recording
from core.sessions import Summariser
from core.sway import Sway, SwayTrace
from core.units import to_cn, to_us
from tests.core.support import force_frames

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from core.layout import MatLayout

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


def walk(folder: Path, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64], MatLayout]:
    """Times in µs, forces in 0.01 N, and the layout."""
    layout = load_layout("insole16")
    with (folder / "feet" / f"{name}.csv").open(encoding="utf-8") as lines:
        recording = read_recording(lines, name)
        columns = recording.columns_for(layout)
        blocks = list(recording.blocks)
    force_n = np.concatenate([block.force_n[:, columns] for block in blocks])
    return to_us(np.concatenate([block.t_s for block in blocks])), to_cn(force_n), layout


WALKS = pytest.mark.parametrize("name", ["walk_normal", "walk_slow", "walk_fast"])


@WALKS
def test_sway_of_the_recordings(name: str, shared_data: Path) -> None:
    _, force_cn, layout = walk(shared_data, name)
    of_both = Scales(layout).weigh(force_cn, np.ones_like(force_cn, bool)).cop_mm
    of_feet = [
        centre_mm(force_cn[:, zones], layout.at_mm[zones])
        for zones in (~layout.is_right, layout.is_right)
    ]
    for cop_mm in (of_both, *of_feet):
        known = cop_mm[~np.isnan(cop_mm[:, 0])]
        assert len(known) > 500
        compare(known)


@WALKS
def test_path_of_a_foot_that_is_lifted_between(name: str, shared_data: Path) -> None:
    """Steps to or from an undefined point count in neither: openbalance leaves NaN out of sums."""
    _, force_cn, layout = walk(shared_data, name)
    cop_mm = centre_mm(force_cn[:, layout.is_right], layout.at_mm[layout.is_right])
    assert np.isnan(cop_mm).any()
    assert ours(cop_mm).path_mm == pytest.approx(theirs(cop_mm)[0], rel=1e-9)


@WALKS
def test_integrals_of_the_recordings(name: str, shared_data: Path) -> None:
    t_us, force_cn, layout = walk(shared_data, name)
    joined = np.diff(t_us) <= 25_000
    engine = Engine(layout, Profile())
    summariser = Summariser(engine, 100.0)
    frames = force_frames(t_us.tolist(), force_cn.tolist())
    summariser.add(engine.feed_forces(frames))
    found = summariser.result()
    stretches = np.split(np.arange(len(t_us)), np.flatnonzero(~joined) + 1)
    kpa_per_n = 10 / layout.area_cm2

    def integral(values: NDArray[np.float64]) -> float:
        return sum(float(trapezoid(values[part], t_us[part] / 1e6)) for part in stretches)

    for at, zone in enumerate(layout.zone_ids):
        force_n, figures = force_cn[:, at] / 100, found.zones[zone]
        kpa = force_n * kpa_per_n[at]
        dose = integral(np.maximum(kpa - 4.67, 0))
        assert figures.fti_n_s == pytest.approx(integral(force_n), rel=1e-9)
        assert figures.pti_kpa_s == pytest.approx(integral(kpa), rel=1e-9)
        assert figures.dose_kpa_s == pytest.approx(dose, rel=1e-9)
        assert dose > 1
    for foot, zones in (("left", ~layout.is_right), ("right", layout.is_right)):
        of_foot = integral(force_cn[:, zones].sum(axis=1) / 100)
        assert found.feet[foot].fti_n_s == pytest.approx(of_foot, rel=1e-9)


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
    assert found.ellipse95_mm2 == pytest.approx(math.pi / 4 * axes, rel=1e-12)
    ratio = math.sqrt(max(values[1], 0) / max(values[0], 1e-300))
    if ratio < 1e3:
        assert found.ellipse95_major_mm / found.ellipse95_minor_mm == pytest.approx(ratio, rel=1e-4)
    angle = math.degrees(math.atan2(vectors[1, 1], vectors[0, 1]))
    if ratio > 1.01:
        apart = (found.ellipse95_angle_deg - angle + 90) % 180 - 90
        assert apart == pytest.approx(0, abs=1e-3)
    centred = cop_mm - cop_mm.mean(axis=0)
    assert found.mean_distance_mm == pytest.approx(np.hypot(*centred.T).mean(), rel=1e-9)
