"""The figures of a certificate from the points of a calibration (docs/calibration.md).

The stated bound is more than the residuals: between two points a bent cell may be further off than
at any of them. So a curve is laid through the points, and its largest distance from the line
counts, with what noise, hysteresis and the return to zero may add.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.units import to_kgf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration_fit import CellFit

CURVE_DEGREE = 3
"""Of the curve through the points; with two masses it is 2: one bow, no S."""

CERTAINTY = 3.0
"""Standard deviations of the noise that the bound allows for."""

_GRID = np.linspace(0.0, 1.0, 201)


def noise_n(fit: CellFit) -> float:
    """Noise of one reading, rms over all points."""
    variance = np.mean([point.sd_counts**2 for point in fit.points])
    return float(np.sqrt(variance) / abs(fit.counts_per_n))


def zero_return_n(fit: CellFit) -> float:
    """Largest distance of the empty cell after a load from before all of them."""
    empty = fit.counts[fit.empty]
    return float(abs((empty - empty[0]) / fit.counts_per_n).max())


def residual_n(fit: CellFit) -> float | None:
    """Largest distance of a point from the line; None with one mass."""
    return float(abs(fit.error_n).max()) if _n_masses(fit) > 1 else None


def nonlinearity_n(fit: CellFit) -> float | None:
    """Largest distance of a rising point from the line through empty and the largest load."""
    if _n_masses(fit) < 2:
        return None
    rising = _rising(fit)
    load_n, force_n = fit.load_n[rising], (fit.load_n + fit.error_n)[rising]
    top = int(load_n.argmax())
    return float(abs(force_n - load_n * force_n[top] / load_n[top]).max())


def hysteresis_n(fit: CellFit) -> float | None:
    """Largest difference of one mass put on from below and from above; None if never so."""
    rising, error_n = _rising(fit), fit.error_n
    found = [
        abs(error_n[same & rising].mean() - error_n[same & ~rising].mean())
        for same in _by_mass(fit)
        if (same & rising).any() and (same & ~rising).any()
    ]
    return float(max(found)) if found else None


def repeatability_n(fit: CellFit) -> float | None:
    """Largest spread of one mass put on from below more than once; None if never so."""
    error_n, rising = fit.error_n, _rising(fit)
    found = [np.ptp(error_n[s & rising]) for s in _by_mass(fit) if (s & rising).sum() > 1]
    return float(max(found)) if found else None


def bound_n(fit: CellFit) -> float | None:
    """Most that a mean force differs from the true one, anywhere from 0 to the largest load.

    Returns
    -------
    float or None
        max |C| + max |e - C| + 3 max sd(C) + 3 sd(zero) + (hysteresis + repeatability + zero
        return) / 2, in newtons: e the mean error at each load, C the least-squares polynomial of
        degree min(3, masses) through the points, sd by the noise of each mean. None with one
        mass: a line says nothing about what is between two points.
    """
    n_masses = _n_masses(fit)
    if n_masses < 2:
        return None
    x, degree = fit.load_n / fit.range_n, min(CURVE_DEGREE, n_masses)
    solve = np.linalg.pinv(np.vander(x, degree + 1))
    operator = np.vander(_GRID, degree + 1) @ solve
    error_n, sd_n = fit.error_n, _sd_of_means_n(fit)
    at_points = np.vander(x, degree + 1) @ solve @ error_n
    # Points of one load scatter by noise, hysteresis and return, each of which has its own term.
    apart_n = max(abs((error_n - at_points)[same].mean()) for same in [*_by_mass(fit), fit.empty])
    noise = float(np.sqrt((operator**2) @ sd_n**2).max()) + float(sd_n[fit.empty].max())
    halves_n = (hysteresis_n(fit) or 0.0) + (repeatability_n(fit) or 0.0) + zero_return_n(fit)
    return float(abs(operator @ error_n).max() + apart_n + CERTAINTY * noise + halves_n / 2)


def masses_kg(fit: CellFit) -> tuple[float, ...]:
    """List the loads in the order in which they were put on, kg."""
    return tuple(round(to_kgf(point.force_n), 6) for point in fit.points)


def _n_masses(fit: CellFit) -> int:
    return len({point.force_n for point in fit.points} - {0.0})


def _by_mass(fit: CellFit) -> list[NDArray[np.bool_]]:
    force_n = np.array([point.force_n for point in fit.points])
    return [force_n == mass_n for mass_n in sorted({*force_n.tolist()} - {0.0})]


def _rising(fit: CellFit) -> NDArray[np.bool_]:
    force_n = np.array([point.force_n for point in fit.points])
    return np.diff(force_n, prepend=-1.0) > 0


def _sd_of_means_n(fit: CellFit) -> NDArray[np.float64]:
    sd = [point.sd_counts / point.n_readings**0.5 for point in fit.points]
    return np.array(sd) / abs(fit.counts_per_n)
