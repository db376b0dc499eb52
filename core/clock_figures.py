"""How a bank of converters was clocked, where it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ClockFigures:
    """Per cell, since the bank was started; NaN where it is not known.

    Attributes
    ----------
    high_us_p50, high_us_p999, high_us_max : ndarray of float64, shape (n_cells,)
        How long SCK was high in a pulse, microseconds: an upper bound, stamped around the pulse.
        Over 60 us the converter powers down in mid-word (data sheet).
    learnt_rate_hz : ndarray of float64, shape (n_cells,)
        Conversions per second of the cell's own oscillator.
    """

    high_us_p50: NDArray[np.float64]
    high_us_p999: NDArray[np.float64]
    high_us_max: NDArray[np.float64]
    learnt_rate_hz: NDArray[np.float64]
