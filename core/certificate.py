"""What a calibration says about itself: the figures of each cell, and how long they hold.

A figure that was not measured is None, never 0. docs/calibration.md has the formulas.
"""

from __future__ import annotations

import msgspec

EXPIRES_AFTER_DAYS = 365
"""How long a calibration holds unless its maker says otherwise: the interval usual for scales."""


class CellFigures(msgspec.Struct, frozen=True, omit_defaults=True):
    """The certificate of one cell. Forces in newtons.

    Attributes
    ----------
    calibrated_on, expires_on : str
        Dates, ISO 8601.
    by : str
        Who did it; may be empty.
    rate_hz : float
        Readings a second.
    masses_kg : tuple of float
        Loads in the order in which they were put on, 0 for none.
    range_n : float
        Largest load; every figure holds from 0 to here, and says nothing beyond it.
    noise_n : float
        Of one reading, rms.
    zero_return_n : float
        Largest difference between the empty cell after a load and before all of them.
    residual_n : float or None
        Largest distance of a measured point from the line; None with one mass, for which a line
        always fits.
    bound_n : float or None
        What the mean force differs from the true one by at most, anywhere in the range.
    nonlinearity_n, hysteresis_n, repeatability_n : float or None
        Departure from the line through empty and largest load; rising against falling; the same
        load put on again.
    """

    calibrated_on: str
    expires_on: str
    by: str
    rate_hz: float
    masses_kg: tuple[float, ...]
    range_n: float
    noise_n: float
    zero_return_n: float
    residual_n: float | None = None
    bound_n: float | None = None
    nonlinearity_n: float | None = None
    hysteresis_n: float | None = None
    repeatability_n: float | None = None


def expired(expires_on: str, today: str) -> bool:
    """Whether a date is past; dates in ISO 8601 sort as text.

    Parameters
    ----------
    expires_on : str
        Empty: never.
    today : str
    """
    return bool(expires_on) and today > expires_on
