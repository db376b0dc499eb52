"""What the readings of one cell say about it: rate, losses, noise, drift, range.

Figures of an unloaded or steadily loaded cell. Single values that jump and come back are counted
as spikes and left out of noise and drift, so that both stay true beside them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.frames import BAD, VOID, Status
from core.units import US_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SPIKE_SIGMAS = 12.0
"""How far a single value must stand off both neighbours, in robust sigmas of the noise."""

SPIKE_MIN_COUNTS = 8.0
"""No spike is smaller: a quiet cell's noise is a few counts, and its sigma may be 0."""

MIN_READINGS = 8
"""Fewer readings say nothing about noise."""

SIGMA_OF_MAD = 1.4826
"""Sigma of a normal distribution over its median absolute deviation."""

FULL_SCALE_COUNTS = 2**23
_AT_END = int(Status.SATURATED)
S_PER_MIN = 60.0


class CellFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one cell; None where there were too few readings to say.

    Attributes
    ----------
    n_frames : int
        Frames read.
    n_delivered : int
        Of these, frames with a value of their own: neither void nor the old value.
    n_usable : int
        Of these, neither GLITCH nor SATURATED.
    rate_hz : float or None
        Delivered conversions per second of the whole time.
    oscillator_hz : float or None
        Conversions per second, the lost ones too: the converter's own pace.
    lost : int
        Conversions lost.
    statuses : dict of str to int
        How often each status was seen; those that were not are left out.
    n_restarts : int
        How often it settled anew after it had delivered.
    n_spikes : int
        Single values far off both neighbours, whether a status told of them or not.
    mean_counts : float or None
        Of the usable values.
    noise_counts_rms : float or None
        Rms of the differences between successive values, over sqrt(2): drift does not count.
    smooth : float or None
        Correlation of successive differences: -0.5 for noise, above 0 for a load that moves.
    n_unique_codes : int
    range_used_pct : float or None
        The largest value, of full scale to one side.
    drift_counts_per_min : float or None
        Slope of a straight line through the values.
    drift_sd_counts_per_min : float or None
        How uncertain that slope is, 1 sigma, if noise were all there is.
    """

    n_frames: int
    n_delivered: int
    n_usable: int
    rate_hz: float | None
    oscillator_hz: float | None
    lost: int
    statuses: dict[str, int]
    n_restarts: int
    n_spikes: int
    mean_counts: float | None
    noise_counts_rms: float | None
    smooth: float | None
    n_unique_codes: int
    range_used_pct: float | None
    drift_counts_per_min: float | None
    drift_sd_counts_per_min: float | None

    def share(self, *statuses: Status) -> float:
        """Share of the frames with these statuses, 0 to 1; 0 of no frames."""
        n = sum(self.statuses.get(str(status.name), 0) for status in statuses)
        return n / max(self.n_frames, 1)


def cell_figures(
    t_us: NDArray[np.int64],
    counts: NDArray[np.int32],
    status: NDArray[np.uint16],
    lost: NDArray[np.int32],
) -> CellFigures:
    """Work out the figures of one cell.

    Parameters
    ----------
    t_us : ndarray of int64, shape (n,)
        Microseconds, rising.
    counts : ndarray of int32, shape (n,)
    status : ndarray of uint16, shape (n,)
        Bits of `Status`.
    lost : ndarray of int32, shape (n,)
        Conversions lost before each frame.
    """
    fresh = status & int(VOID | Status.MISSED) == 0
    usable = fresh & (status & int(BAD | Status.SATURATED) == 0)
    values = counts[usable].astype(float)
    seconds = t_us[usable] / US_PER_S
    spikes = spikes_of(values)
    # What a bank has called a glitch is one here only if it stands out.
    n_spikes = int(spikes_of(counts[fresh & (status & _AT_END == 0)].astype(float)).sum())
    noise, smooth = _noise_of(values, spikes)
    drift, drift_sd = _drift_of(seconds[~spikes], values[~spikes], noise)
    shown = counts[fresh].astype(float)
    return CellFigures(
        n_frames=len(t_us),
        n_delivered=int(fresh.sum()),
        n_usable=len(values),
        rate_hz=_rate_of(t_us, int(fresh.sum())),
        oscillator_hz=_oscillator_of(t_us, fresh, lost),
        lost=int(lost.sum(dtype=np.int64)),
        statuses=_statuses_of(status),
        n_restarts=_restarts_of(status, fresh),
        n_spikes=n_spikes,
        mean_counts=float(values.mean()) if len(values) else None,
        noise_counts_rms=noise,
        smooth=smooth,
        n_unique_codes=len(np.unique(shown)),
        range_used_pct=float(abs(shown).max() / FULL_SCALE_COUNTS * 100) if len(shown) else None,
        drift_counts_per_min=drift,
        drift_sd_counts_per_min=drift_sd,
    )


def spikes_of(values: Array) -> NDArray[np.bool_]:
    """Find single values far off both neighbours, which agree (median of three).

    Parameters
    ----------
    values : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)
        A step is none: its neighbours differ as much as it does.
    """
    spikes = np.zeros(len(values), bool)
    if len(values) < MIN_READINGS:
        return spikes
    step = np.diff(values)
    sigma = SIGMA_OF_MAD * float(np.median(abs(step - np.median(step)))) / math.sqrt(2.0)
    far = max(SPIKE_SIGMAS * sigma, SPIKE_MIN_COUNTS)
    before, after = step[:-1], -step[1:]
    alone = (np.sign(before) == np.sign(after)) & (np.minimum(abs(before), abs(after)) > far)
    agree = abs(before - after) < 0.5 * np.minimum(abs(before), abs(after))
    spikes[1:-1] = alone & agree
    return spikes


def _noise_of(values: Array, spikes: NDArray[np.bool_]) -> tuple[float | None, float | None]:
    step = np.diff(values[~spikes])
    if len(step) < MIN_READINGS - 1:
        return None, None
    step = step - step.mean()
    power = float(np.mean(step**2))
    smooth = float(np.mean(step[1:] * step[:-1])) / power if power else None
    return math.sqrt(power / 2.0), smooth


def _drift_of(
    seconds: Array, values: Array, noise: float | None
) -> tuple[float | None, float | None]:
    """Slope by least squares, and its sd for white noise."""
    if noise is None:
        return None, None
    t_s = seconds - seconds.mean()
    spread = float(np.sum(t_s**2))
    slope = float(np.sum(t_s * (values - values.mean()))) / spread
    return slope * S_PER_MIN, noise / math.sqrt(spread) * S_PER_MIN


def _rate_of(t_us: NDArray[np.int64], n_delivered: int) -> float | None:
    if len(t_us) < MIN_READINGS:
        return None
    # n frames last for n periods, of which the first began before its time stamp.
    seconds = float(t_us[-1] - t_us[0]) / US_PER_S * len(t_us) / (len(t_us) - 1)
    return n_delivered / seconds


def _oscillator_of(
    t_us: NDArray[np.int64], fresh: NDArray[np.bool_], lost: NDArray[np.int32]
) -> float | None:
    """Pace between frames that both delivered: a silence in between is none of the oscillator's."""
    both = fresh[1:] & fresh[:-1]
    periods = int(both.sum()) + int(lost[1:][both].sum(dtype=np.int64))
    seconds = float(np.diff(t_us)[both].sum()) / US_PER_S
    return periods / seconds if periods >= MIN_READINGS - 1 else None


def _restarts_of(status: NDArray[np.uint16], fresh: NDArray[np.bool_]) -> int:
    """Count where SETTLING begins after a value: at the start everything settles."""
    settling = status & int(Status.SETTLING) != 0
    begins = settling[1:] & ~settling[:-1]
    return int((begins & np.logical_or.accumulate(fresh[:-1])).sum())


def _statuses_of(status: NDArray[np.uint16]) -> dict[str, int]:
    counted = {str(bit.name): int((status & int(bit) != 0).sum()) for bit in Status}
    return {name: n for name, n in counted.items() if n}
