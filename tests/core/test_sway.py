"""Sway against plain loops and scipy."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.sway import Sway, SwayTrace, prediction_factor
from core.trace import BLOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 80.0
SQUARE = [(0.0, 0.0), (3.0, 0.0), (3.0, 4.0), (0.0, 4.0)]


def figures(
    cop: NDArray[np.float64], joined: NDArray[np.bool_] | None = None, cuts: list[int] | None = None
) -> Sway:
    trace = SwayTrace(RATE_HZ)
    use = np.arange(len(cop)) > 0 if joined is None else joined
    places = [0, *sorted(set(cuts or []) - {0, len(cop)}), len(cop)]
    for a, b in itertools.pairwise(places):
        trace.add(cop[a:b], use[a:b])
    return trace.figures()


def by_loop(cop: NDArray[np.float64], joined: NDArray[np.bool_]) -> dict[str, float | None]:
    points = [(float(x), float(y)) for x, y in cop]
    good = [p for p in points if not math.isnan(p[0])]
    n = len(good)
    mx, my = math.fsum(p[0] for p in good) / n, math.fsum(p[1] for p in good) / n
    path = ml = ap = area = 0.0
    steps = 0
    for k in range(1, len(points)):
        (ax, ay), (bx, by) = points[k - 1], points[k]
        if joined[k] and not math.isnan(ax + bx):
            steps += 1
            path += math.hypot(bx - ax, by - ay)
            ml += abs(bx - ax)
            ap += abs(by - ay)
            area += abs((bx - mx) * (ay - my) - (ax - mx) * (by - my))
    out: dict[str, float | None] = {
        "n_valid": n,
        "rms_ml_mm": math.sqrt(math.fsum((p[0] - mx) ** 2 for p in good) / n),
        "rms_ap_mm": math.sqrt(math.fsum((p[1] - my) ** 2 for p in good) / n),
        "range_ml_mm": max(p[0] for p in good) - min(p[0] for p in good),
        "range_ap_mm": max(p[1] for p in good) - min(p[1] for p in good),
    }
    out["mean_distance_mm"] = math.fsum(math.hypot(p[0] - mx, p[1] - my) for p in good) / n
    seconds = steps / RATE_HZ
    moved = {"path_mm": path, "path_ml_mm": ml, "path_ap_mm": ap}
    for name, value in moved.items():
        out[name] = value if steps else None
    out["mean_velocity_mm_s"] = path / seconds if steps else None
    out["sway_area_rate_mm2_s"] = area / (2 * seconds) if steps else None
    out["ellipse95_mm2"] = None
    if n > 2:
        determinant = max(float(np.linalg.det(np.cov(np.array(good).T, ddof=1))), 0.0)
        quantile = stats.f.ppf(0.95, 2, n - 2)
        factor = 2 * math.pi * quantile * (n + 1) * (n - 1) / (n * (n - 2))
        out["ellipse95_mm2"] = factor * math.sqrt(determinant)
    return out


@pytest.mark.parametrize("n", [3, 4, 5, 10, 100, 2400, 144_000, 10_000_000])
def test_ellipse_factor_is_that_of_the_f_distribution(n: int) -> None:
    quantile = stats.f.ppf(0.95, 2, n - 2)
    exact = 2 * math.pi * quantile * (n + 1) * (n - 1) / (n * (n - 2))
    assert prediction_factor(n) == pytest.approx(exact, rel=1e-11)


def test_a_square_by_hand() -> None:
    found = figures(np.array(SQUARE))
    assert (found.n_valid, found.path_mm, found.path_ml_mm, found.path_ap_mm) == (4, 10, 6, 4)
    assert found.mean_velocity_mm_s == pytest.approx(10 / (3 / 80))
    assert (found.range_ml_mm, found.range_ap_mm) == (3, 4)
    assert (found.rms_ml_mm, found.rms_ap_mm) == (1.5, 2)
    assert found.sway_area_rate_mm2_s == pytest.approx(3 * 6 / (2 * 3 / 80))


@st.composite
def traces(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[int]]:
    n = draw(st.integers(1, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cop = np.cumsum(rng.normal(0, 0.5, (n, 2)), axis=0) + rng.uniform(-200, 200, 2)
    cop[rng.random(n) < draw(st.sampled_from([0, 0.1, 0.6]))] = np.nan
    cop[0] = rng.uniform(-50, 50, 2)
    joined = rng.random(n) > draw(st.sampled_from([0, 0.1, 0.6]))
    joined[0] = False
    return cop, joined, draw(st.lists(st.integers(0, n), max_size=6))


ELSEWHERE = {"rate_hz", "filter"} | {f"ellipse95_{part}" for part in ("major_mm", "minor_mm",
             "angle_deg")}  # fmt: skip
"""Axes and angle: test_metrics_oracle.py."""


@given(traces())
def test_as_a_plain_loop_and_in_any_blocks(
    trace: tuple[NDArray[np.float64], NDArray[np.bool_], list[int]],
) -> None:
    cop, joined, cuts = trace
    expected = by_loop(cop, joined)
    found = figures(cop, joined)
    assert figures(cop, joined, cuts) == found
    assert (found.rate_hz, found.filter) == (RATE_HZ, "none")
    for name, value in msgspec.structs.asdict(found).items():
        if name in ELSEWHERE:
            continue
        if expected[name] is None:
            assert value is None, name
        else:
            assert value == pytest.approx(expected[name], rel=1e-9, abs=1e-7), name


@pytest.mark.parametrize("n", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_a_long_trace_as_a_plain_loop_and_in_any_batches_bit_for_bit(n: int) -> None:
    rng = np.random.default_rng(n)
    cop = np.cumsum(rng.normal(0, 0.5, (n, 2)), axis=0) + np.array([60.0, 120.0])
    cop[rng.random(n) < 0.01] = np.nan
    joined = rng.random(n) > 0.01
    found = figures(cop, joined)
    for cuts in (list(range(n)), [BLOCK], [BLOCK - 1], [BLOCK + 1], [7, n // 2], [n - 1]):
        assert figures(cop, joined, cuts) == found
    for name, value in by_loop(cop, joined).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-9), name


def test_gaps_are_never_bridged() -> None:
    cop = np.array([[0.0, 0.0], [1.0, 0.0], [101.0, 0.0], [102.0, 0.0]])
    joined = np.array([False, True, False, True])
    assert figures(cop, joined).path_mm == 2.0
    hole = np.array([[0.0, 0.0], [1.0, 0.0], [np.nan, np.nan], [101.0, 0.0], [102.0, 0.0]])
    assert figures(hole).path_mm == 2.0
    assert figures(hole).mean_velocity_mm_s == 2.0 / (2 / RATE_HZ)


def test_undefined_figures_are_none() -> None:
    nothing = Sway(0, RATE_HZ, "none", *[None] * 14)
    assert SwayTrace(RATE_HZ).figures() == nothing
    assert figures(np.full((5, 2), np.nan)) == nothing
    one = figures(np.array([[1.0, 2.0]]))
    assert (one.n_valid, one.path_mm, one.rms_ml_mm, one.range_ap_mm) == (1, None, 0.0, 0.0)
    assert (one.mean_distance_mm, one.ellipse95_mm2, one.ellipse95_major_mm) == (0.0, None, None)
    two = figures(np.array([[1.0, 2.0], [2.0, 2.0]]))
    assert (two.path_mm, two.ellipse95_mm2) == (1.0, None)


def test_a_trace_on_a_line_has_no_area() -> None:
    line = np.outer(np.arange(50) * 0.1, [1.0, 0.3])
    found = figures(line)
    assert found.ellipse95_mm2 is not None
    assert 0 <= found.ellipse95_mm2 < 1e-5
    assert found.ellipse95_minor_mm == pytest.approx(0, abs=1e-6)
    assert found.ellipse95_angle_deg == pytest.approx(math.degrees(math.atan(0.3)))
    variance = float(np.cov(line.T).trace())
    assert found.ellipse95_major_mm == pytest.approx(
        2 * math.sqrt(prediction_factor(50) / math.pi * variance)
    )


@given(st.floats(-300, 300), st.floats(-300, 300), st.integers(3, 500))
def test_a_trace_that_stands_still_has_no_axes_and_no_direction(x: float, y: float, n: int) -> None:
    still = figures(np.tile([x, y], (n, 1)))
    assert (still.path_mm, still.ellipse95_mm2) == (0.0, 0.0)
    assert (still.ellipse95_major_mm, still.ellipse95_minor_mm) == (0.0, 0.0)
    assert (still.rms_ml_mm, still.rms_ap_mm, still.mean_distance_mm) == (0.0, 0.0, 0.0)
    assert still.ellipse95_angle_deg is None


@pytest.mark.parametrize(("way", "angle"), [
    ((1.0, 0.0), 0.0), ((0.0, 1.0), 90.0), ((1.0, 1.0), 45.0), ((1.0, -1.0), -45.0),
])  # fmt: skip
def test_the_angle_is_counted_from_across_the_mat_to_the_toes(
    way: tuple[float, float], angle: float
) -> None:
    found = figures(np.outer([-1.0, 0.5, 2.0, 3.5], way))
    assert found.ellipse95_angle_deg == pytest.approx(angle)
