"""Figures of a centre-of-pressure trace. Definitions: docs/metrics.md.

The 95 % prediction ellipse is the exact one (Schubert & Kirchner 2014), covariance with ddof 1.
Path and velocity depend on the sampling rate, so compare only what was taken alike. No figure
depends on the batches that the trace came in, to the last bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from core.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_TAIL = 0.05


class Sway(msgspec.Struct, frozen=True):
    """Sway of one recording; None where too few points define it.

    `ml` is across the mat (x), `ap` along the feet (y). Units are in the names.
    """

    n_valid: int
    rate_hz: float
    filter: Literal["none"]
    path_mm: float | None
    path_ml_mm: float | None
    path_ap_mm: float | None
    mean_velocity_mm_s: float | None
    ellipse95_mm2: float | None
    rms_ml_mm: float | None
    rms_ap_mm: float | None
    range_ml_mm: float | None
    range_ap_mm: float | None
    sway_area_rate_mm2_s: float | None
    mean_distance_mm: float | None
    ellipse95_major_mm: float | None
    ellipse95_minor_mm: float | None
    ellipse95_angle_deg: float | None


def prediction_factor(n: int) -> float:
    """Area of the 95 % prediction ellipse over the square root of the covariance determinant.

    2 pi F(0.95; 2, n-2) (n+1)(n-1) / (n (n-2)); the F quantile with 2 degrees of freedom in the
    numerator has the closed form ((1/0.05)^(2/(n-2)) - 1) (n-2) / 2.

    Parameters
    ----------
    n : int
        Number of points, at least 3.
    """
    # expm1, because (1/0.05)^(2/(n-2)) comes near to 1 in a long recording.
    quantile = math.expm1(-2.0 * math.log(_TAIL) / (n - 2)) * (n - 2) / 2.0
    return 2.0 * math.pi * quantile * (n + 1) * (n - 1) / (n * (n - 2))


class SwayTrace:
    """Keeps a trace, and works out its figures.

    Parameters
    ----------
    rate_hz : float
        Sampling rate; velocity counts intervals of 1 / rate.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._trace = Trace()

    def add(self, cop_mm: NDArray[np.float64], joined: NDArray[np.bool_]) -> None:
        """Take more of the trace.

        Parameters
        ----------
        cop_mm : ndarray of float64, shape (n_frames, 2)
            NaN where undefined.
        joined : ndarray of bool, shape (n_frames,)
            Whether no gap in time lies between a frame and the one before.
        """
        self._trace.add(cop_mm, joined)

    def figures(self) -> Sway:
        """Work out the figures. Gaps are never bridged."""
        n, mean = self._mean()
        if n == 0:
            return Sway(0, self._rate_hz, "none", *[None] * 14)
        low, high = self._bounds()
        spread = self._moments(mean)
        path, path_ml, path_ap, area, steps = self._lengths(mean)
        moving_s = steps / self._rate_hz
        ellipse = _ellipse(n, spread) if n > 2 else _Ellipse(None, None, None, None)
        return Sway(
            n_valid=n,
            rate_hz=self._rate_hz,
            filter="none",
            path_mm=path if steps else None,
            path_ml_mm=path_ml if steps else None,
            path_ap_mm=path_ap if steps else None,
            mean_velocity_mm_s=path / moving_s if steps else None,
            ellipse95_mm2=ellipse.area_mm2,
            rms_ml_mm=math.sqrt(spread[0] / n),
            rms_ap_mm=math.sqrt(spread[1] / n),
            range_ml_mm=float(high[0] - low[0]),
            range_ap_mm=float(high[1] - low[1]),
            sway_area_rate_mm2_s=area / (2.0 * moving_s) if steps else None,
            mean_distance_mm=self._distances(mean) / n,
            ellipse95_major_mm=ellipse.major_mm,
            ellipse95_minor_mm=ellipse.minor_mm,
            ellipse95_angle_deg=ellipse.angle_deg,
        )

    def _valid(self) -> Iterator[NDArray[np.float64]]:
        for cop_mm, _ in self._trace:
            points = cop_mm[~np.isnan(cop_mm[:, 0])]
            if len(points):
                yield points

    def _mean(self) -> tuple[int, NDArray[np.float64]]:
        """Count the points and find their mean.

        Sums are about the first point: a trace that stands still, as on one plate, has no spread
        at all then, and no direction made of rounding.
        """
        n, first, total = 0, np.zeros(2), np.zeros(2)
        for points in self._valid():
            first = first if n else points[0]
            n += len(points)
            total += (points - first).sum(axis=0)
        return n, first + total / max(n, 1)

    def _distances(self, mean: NDArray[np.float64]) -> float:
        """Sum of the distances from the mean."""
        return sum(float(np.hypot(*(points - mean).T).sum()) for points in self._valid())

    def _bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        lows, highs = zip(*((p.min(axis=0), p.max(axis=0)) for p in self._valid()), strict=True)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    def _moments(self, mean: NDArray[np.float64]) -> tuple[float, float, float]:
        """Sum the squares across and along, and the products, about the mean."""
        sums = np.zeros(3)
        for points in self._valid():
            x, y = (points - mean).T
            sums += [(x * x).sum(), (y * y).sum(), (x * y).sum()]
        xx, yy, xy = sums.tolist()
        return xx, yy, xy

    def _lengths(self, mean: NDArray[np.float64]) -> tuple[float, float, float, float, int]:
        """Path in all, across and along, area swept twice over about the mean, and steps."""
        sums, steps = np.zeros(4), 0
        last = np.full((1, 2), np.nan)
        for cop_mm, joined in self._trace:
            points = np.concatenate((last, cop_mm - mean))
            step = np.diff(points, axis=0)
            use = joined & ~np.isnan(step[:, 0])
            before, after, step = points[:-1][use], points[1:][use], step[use]
            cross = np.abs(after[:, 0] * before[:, 1] - before[:, 0] * after[:, 1])
            across, along = np.abs(step).T
            sums += [np.hypot(across, along).sum(), across.sum(), along.sum(), cross.sum()]
            steps += int(use.sum())
            last = points[-1:]
        path, across_mm, along_mm, area = sums.tolist()
        return path, across_mm, along_mm, area, steps


class _Ellipse(NamedTuple):
    """The 95 % prediction ellipse; the angle is that of the major axis from across the mat."""

    area_mm2: float | None
    major_mm: float | None
    minor_mm: float | None
    angle_deg: float | None


def _ellipse(n: int, spread: tuple[float, float, float]) -> _Ellipse:
    xx, yy, xy = (value / (n - 1) for value in spread)
    scale = prediction_factor(n) / math.pi
    # Rounding can leave a trace on a line with a determinant just below zero.
    determinant = max(xx * yy - xy * xy, 0.0)
    apart = math.hypot((xx - yy) / 2, xy)
    longest = (xx + yy) / 2 + apart
    # From the determinant: the difference of two nearly equal numbers would lose its digits.
    shortest = determinant / longest if longest > 0 else 0.0
    return _Ellipse(
        area_mm2=math.pi * scale * math.sqrt(determinant),
        major_mm=2 * math.sqrt(longest * scale),
        minor_mm=2 * math.sqrt(shortest * scale),
        angle_deg=math.degrees(math.atan2(2 * xy, xx - yy) / 2) if apart > 0 else None,
    )
