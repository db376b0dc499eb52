"""How far zero may be off: what an empty mat could show without anybody's fault.

Without a thermometer the temperature is assumed to wander; 10 °C is a room that is heated in the
morning. The coefficients are those of data sheets of cheap bar cells; none was measured here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.units import US_PER_S

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ZERO_SHARE_PER_C = 0.0002
"""Shift of zero of a cell per °C, as a share of its capacity (0.02 %: assumed)."""

WANDER_C_PER_H = 2.0
WANDER_MOST_C = 10.0
"""How the temperature is assumed to wander while nobody measures it."""

COVERAGE = 2.0
"""Standard deviations of the noise that count: 95 % of readings."""

_US_PER_H = 3600 * US_PER_S


def temperature_change_c(since_us: int | None) -> float:
    """Assume a change of temperature.

    Parameters
    ----------
    since_us : int or None
        Time since zero was last seen; None: nobody knows, the most is assumed.
    """
    if since_us is None:
        return WANDER_MOST_C
    return min(WANDER_C_PER_H * since_us / _US_PER_H, WANDER_MOST_C)


def zero_uncertainty_n(
    noise_n: NDArray[np.float64],
    capacity_n: NDArray[np.float64],
    change_c: float,
    left_n: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Uncertainty of the zero of each cell.

    Parameters
    ----------
    noise_n : ndarray of float64, shape (n_cells,)
        Of one reading, rms.
    capacity_n : ndarray of float64, shape (n_cells,)
    change_c : float
        Change of temperature since zero was last seen, measured or assumed.
    left_n : ndarray of float64, shape (n_cells,)
        What zero tracking has moved since the tare (it may have been a load), plus what it saw
        and could not move.

    Returns
    -------
    ndarray of float64, shape (n_cells,)
        Newtons: 2 noise_n + 0.0002 / °C x capacity_n x |change_c| + |left_n|. Cells share the
        temperature, so their uncertainties add up in a zone.
    """
    warmth_n = ZERO_SHARE_PER_C * capacity_n * abs(change_c)
    return COVERAGE * noise_n + warmth_n + abs(left_n)
