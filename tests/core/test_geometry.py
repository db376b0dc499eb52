"""Plane geometry against hand-made cases and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.geometry import area_mm2, centroid_mm, edge_distance_mm, inside

L_SHAPE = [(0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (2.0, 2.0), (2.0, 4.0), (0.0, 4.0)]
Points = list[tuple[float, float]]


def test_hand_made_cases() -> None:
    assert area_mm2(L_SHAPE) == area_mm2(L_SHAPE[::-1]) == 12
    assert centroid_mm(L_SHAPE) == pytest.approx((5 / 3, 5 / 3))
    assert centroid_mm(L_SHAPE[::-1]) == pytest.approx((5 / 3, 5 / 3))
    x = np.array([1.0, 3.0, 3.0, 1.0, -1.0, 5.0])
    y = np.array([3.0, 1.0, 3.0, 1.0, 1.0, 1.0])
    assert inside(L_SHAPE, x, y).tolist() == [True, True, False, True, False, False]
    distance = edge_distance_mm(L_SHAPE, x, y)
    assert distance.tolist() == pytest.approx([1, 1, 1, 1, 1, 1])
    corner = edge_distance_mm(L_SHAPE, np.array([-3.0]), np.array([-4.0]))
    assert corner.tolist() == [5.0]


def test_a_corner_that_stands_twice_does_no_harm() -> None:
    twice = [L_SHAPE[0], *L_SHAPE]
    assert area_mm2(twice) == 12
    point = np.array([1.0])
    assert edge_distance_mm(twice, point, point).tolist() == [1.0]


@st.composite
def convex(draw: st.DrawFn) -> Points:
    """Corners of a circle at random angles: convex, so that every figure is easy to check."""
    angles = draw(st.lists(st.integers(0, 359), min_size=3, max_size=12, unique=True))
    radius = draw(st.floats(10, 200))
    x0, y0 = draw(st.tuples(st.floats(-200, 200), st.floats(-200, 200)))
    return [
        (x0 + radius * math.cos(math.radians(a)), y0 + radius * math.sin(math.radians(a)))
        for a in sorted(angles)
    ]


@given(convex(), st.floats(-500, 500), st.floats(-500, 500))
def test_moving_a_polygon_moves_its_figures(polygon: Points, dx: float, dy: float) -> None:
    assume(area_mm2(polygon) > 1)
    moved = [(x + dx, y + dy) for x, y in polygon]
    assert area_mm2(moved) == pytest.approx(area_mm2(polygon), rel=1e-6, abs=1e-6)
    x, y = centroid_mm(polygon)
    assert centroid_mm(moved) == pytest.approx((x + dx, y + dy), rel=1e-5, abs=1e-4)


@given(convex(), st.integers(0, 11))
def test_figures_do_not_depend_on_where_the_corners_begin(polygon: Points, start: int) -> None:
    assume(area_mm2(polygon) > 1)
    turned = polygon[start % len(polygon) :] + polygon[: start % len(polygon)]
    assert area_mm2(turned) == pytest.approx(area_mm2(polygon))
    assert centroid_mm(turned) == pytest.approx(centroid_mm(polygon))


@given(convex(), st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=1))
def test_inside_and_distance_agree_with_half_planes(polygon: Points, points: Points) -> None:
    assume(area_mm2(polygon) > 1)
    x, y = np.array(points).T
    depth = np.full(len(points), np.inf)
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        length = math.hypot(bx - ax, by - ay)
        depth = np.minimum(depth, ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length)
    found, distance = inside(polygon, x, y), edge_distance_mm(polygon, x, y)
    clear = np.abs(depth) > 1e-6
    assert (found[clear] == (depth[clear] > 0)).all()
    assert distance[depth > 0] == pytest.approx(depth[depth > 0], abs=1e-6)
    assert (distance[depth < 0] >= -depth[depth < 0] - 1e-6).all()
    assert inside(polygon, *(np.array([v]) for v in centroid_mm(polygon))).all()


@given(st.floats(1, 99), st.floats(0, 99))
def test_a_shared_edge_belongs_to_exactly_one_side(x: float, y: float) -> None:
    """Two plates that touch never both, or neither, claim a point."""
    left = [(0.0, 0.0), (x, 0.0), (x, 100.0), (0.0, 100.0)]
    right = [(x, 0.0), (100.0, 0.0), (100.0, 100.0), (x, 100.0)]
    at = np.array([x]), np.array([y])
    assert inside(left, *at)[0] != inside(right, *at)[0]
