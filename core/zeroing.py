"""Tare: the empty mat becomes zero, once it is certain enough that the mat is empty.

A tare with a foot on the mat would hide that foot, so every doubt refuses. What lies far from the
zero of the calibration but could be drift is asked about first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.calibration import fit_to
from core.steadiness import UnsteadyError, name_cells, take_reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames
    from core.rules import AlarmEvent

ASK_ABOVE_N = 2.0
"""Farther than this from the calibration's zero, a person confirms that the mat is empty."""

REFUSE_ABOVE_N = 20.0
"""Farther than this no drift goes: something lies on the cell, or it is to be calibrated anew."""


@dataclass(frozen=True)
class Tared:
    """A new zero. All forces in newtons, shape (n_cells,), by the slopes of the calibration.

    Attributes
    ----------
    calibration : Calibration
        With the new zeros; its `id` differs from the one before.
    moved_n : ndarray of float64
        New zero against the one before.
    from_reference_n : ndarray of float64
        New zero against the one that the calibration found.
    noise_n : ndarray of float64
        Noise of one reading, rms.
    events : tuple of AlarmEvent
        What the tare has cleared.
    """

    calibration: Calibration
    moved_n: NDArray[np.float64]
    from_reference_n: NDArray[np.float64]
    noise_n: NDArray[np.float64]
    events: tuple[AlarmEvent, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why the zero stays as it is.

    Attributes
    ----------
    text : str
        One line: what, where, what to do.
    asks : bool
        Whether a person who confirms that the mat is empty may have it all the same.
    """

    text: str
    asks: bool = False


def tare(
    calibration: Calibration,
    window: CellFrames | None,
    tared_on: str,
    contact_n: NDArray[np.float64],
    *,
    confirmed: bool = False,
) -> Tared | Refusal:
    """Take the mean of a window as the new zero of every cell.

    Parameters
    ----------
    calibration : Calibration
    window : CellFrames or None
        The last seconds; None: there are not enough of them yet.
    tared_on : str
        Date or date and time, ISO 8601.
    contact_n : ndarray of float64, shape (n_zones,)
        Force from which a zone counts as touched, newtons.
    confirmed : bool
        A person says that the mat is empty.

    Returns
    -------
    Tared or Refusal
    """
    if window is None:
        return Refusal("not enough readings yet; try again in a few seconds")
    try:
        reading = take_reading(window, range(len(calibration.spec.cells)))
    except UnsteadyError as error:
        return Refusal(str(error))
    zero = reading.mean_counts
    slope = calibration.counts_per_n
    away_n = (zero - calibration.reference_zero_counts) / slope
    moved_n = (zero - calibration.zero_counts) / slope
    refusal = _too_far(away_n, confirmed=confirmed)
    if refusal is None and not confirmed:
        refusal = _touched(calibration, moved_n, contact_n)
    if refusal is not None:
        return refusal
    return Tared(
        with_zeros(calibration, zero, tared_on),
        moved_n,
        away_n,
        reading.sd_counts / abs(slope),
    )


def with_zeros(
    calibration: Calibration, zero_counts: NDArray[np.float64], tared_on: str
) -> Calibration:
    """Return a calibration with other zeros; the one that it found itself is kept beside them.

    Raises
    ------
    CalibrationError
        If a zero is none that a converter can deliver.
    """
    replace = msgspec.structs.replace
    kept = zip(
        calibration.spec.cells,
        zero_counts.tolist(),
        calibration.reference_zero_counts.tolist(),
        strict=True,
    )
    cells = tuple(
        replace(cell, zero_counts=zero, reference_zero_counts=found) for cell, zero, found in kept
    )
    return fit_to(replace(calibration.spec, cells=cells, tared_on=tared_on), calibration.layout)


def _too_far(away_n: NDArray[np.float64], *, confirmed: bool) -> Refusal | None:
    for above_n, asks, words in (
        (REFUSE_ABOVE_N, False, "take everything off the mat, or calibrate it again"),
        (ASK_ABOVE_N, True, "is the mat really empty? Confirm it, or take everything off"),
    ):
        far = np.flatnonzero(abs(away_n) > above_n)
        if len(far) and not (asks and confirmed):
            shown = ", ".join(f"{away_n[cell]:+.1f}" for cell in far.tolist())
            named = name_cells((far + 1).tolist())
            return Refusal(f"{named}: {shown} N from the calibration's zero; {words}", asks)
    return None


def _touched(
    calibration: Calibration, moved_n: NDArray[np.float64], contact_n: NDArray[np.float64]
) -> Refusal | None:
    """Ask about a zone that reads as if something lay on it, however little that is."""
    zones_n = calibration.per_zone(moved_n)
    touched = np.flatnonzero(zones_n >= contact_n).tolist()
    if not touched:
        return None
    named = ", ".join(f"{calibration.layout.zone_ids[z]} {zones_n[z]:+.1f} N" for z in touched)
    return Refusal(
        f"{named}: something seems to lie there; is the mat really empty? Confirm it, or take "
        "everything off",
        asks=True,
    )
