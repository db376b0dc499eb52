"""Plane geometry of plates and feet: areas, centroids, inside, distance. Lengths in mm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def _edges(polygon: Sequence[tuple[float, float]]) -> tuple[NDArray[np.float64], ...]:
    points = np.asarray(polygon, float)
    return points[:, 0], points[:, 1], np.roll(points[:, 0], -1), np.roll(points[:, 1], -1)


def area_mm2(polygon: Sequence[tuple[float, float]]) -> float:
    """Area of a simple polygon (shoelace formula), whichever way round it runs."""
    x0, y0, x1, y1 = _edges(polygon)
    return abs(float(np.sum(x0 * y1 - x1 * y0))) / 2.0


def centroid_mm(polygon: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Centroid of a simple polygon of non-zero area."""
    x0, y0, x1, y1 = _edges(polygon)
    cross = x0 * y1 - x1 * y0
    total = float(np.sum(cross)) * 3.0
    x, y = np.sum((x0 + x1) * cross) / total, np.sum((y0 + y1) * cross) / total
    return float(x), float(y)


def inside(
    polygon: Sequence[tuple[float, float]], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which points lie inside a polygon (even-odd rule).

    Parameters
    ----------
    polygon : sequence of (x, y)
        The corners; the last joins the first.
    x, y : ndarray of float64, same shape
        The points.

    Returns
    -------
    ndarray of bool, shape of `x`
        A point on an edge that two polygons share is inside exactly one of them.
    """
    hit = np.zeros(np.shape(x), bool)
    for ax, ay, bx, by in zip(*_edges(polygon), strict=True):
        if ay != by:
            hit ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return hit


def edge_distance_mm(
    polygon: Sequence[tuple[float, float]], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of points to the nearest edge of a polygon, always positive."""
    nearest = np.full(np.shape(x), np.inf)
    for ax, ay, bx, by in zip(*_edges(polygon), strict=True):
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy or 1.0
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / length2, 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return nearest
