"""The only conversions. SI inside, except where a field has its own unit: kPa, cm², mm.

Forces that rules compare are integers in centinewtons (cn, 0.01 N), times integers in
microseconds, so that a result never depends on how frames were batched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEWTON_PER_KGF = 9.80665
"""Standard gravity, newtons per kilogram-force."""

CN_PER_N = 100
"""Centinewtons per newton."""

US_PER_S = 1_000_000
"""Microseconds per second."""


def kpa_per_n(area_cm2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pressure of one newton spread over an area.

    Parameters
    ----------
    area_cm2 : ndarray of float64
        Areas in square centimetres.

    Returns
    -------
    ndarray of float64
        Kilopascals per newton: 1 N / 1 cm² = 10 kPa.
    """
    return 10.0 / area_cm2


def to_cn(force_n: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round newtons to whole centinewtons, half to even."""
    return np.rint(force_n * CN_PER_N).astype(np.int64)


def to_us(t_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round seconds to whole microseconds."""
    return np.rint(t_s * US_PER_S).astype(np.int64)


def to_kgf(force_n: float) -> float:
    """Newtons as the kilograms that a bathroom scale would show."""
    return force_n / NEWTON_PER_KGF
