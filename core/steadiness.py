"""Whether a window of counts is steady enough to be taken as one value, and which value.

Whatever is to become a zero or a slope passes here: a single void or saturated reading, a hand that
still holds the weight, a cable that moves are refused by name.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.errors import MatError
from core.frames import BAD, CellFrames, Status, join_cell_frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WINDOW_S = 3.0
"""Length of a window; at 10 readings a second still 30 of them."""

MIN_READINGS = 20

DATASHEET_NOISE_COUNTS = 39.0
"""Noise of an HX711 at 80 SPS and a gain of 128, rms: 90 nV at 5 V (datasheet)."""

MAX_SD_COUNTS = 5 * DATASHEET_NOISE_COUNTS
"""More than five times the converter's own noise comes from something that moves."""

MAX_DRIFT_COUNTS = 5 * DATASHEET_NOISE_COUNTS
"""Over the window, by a straight line: 0.04 N on a cell of 490 N and 1 mV/V."""


class Reading(NamedTuple):
    """A window as one value of each cell.

    Attributes
    ----------
    mean_counts, sd_counts, drift_counts : ndarray of float64, shape (n_cells,)
        Mean; deviation (ddof 1) from it; change over the window by the least-squares line.
    n_readings : int
    """

    mean_counts: NDArray[np.float64]
    sd_counts: NDArray[np.float64]
    drift_counts: NDArray[np.float64]
    n_readings: int

    @property
    def mean_sd_counts(self) -> NDArray[np.float64]:
        """Shape (n_cells,): standard deviation of the mean, of white noise."""
        return np.asarray(self.sd_counts / np.sqrt(self.n_readings))


class UnsteadyError(MatError):
    """A window that cannot be taken as one value; says which cell and why."""


@dataclass
class Recent:
    """The frames of the last few seconds.

    Parameters
    ----------
    window_s : float
    """

    window_s: float = WINDOW_S

    def __post_init__(self) -> None:
        self._parts: deque[CellFrames] = deque()

    def add(self, frames: CellFrames) -> None:
        """Take frames, later than all before, and forget those that are too old."""
        parts = self._parts
        parts.append(frames)
        since_s = frames.t_s[-1] - self.window_s
        while parts[0].t_s[-1] <= since_s:
            parts.popleft()

    def clear(self) -> None:
        """Forget all."""
        self._parts.clear()

    def window(self) -> CellFrames | None:
        """Return the frames of the last `window_s`; None while they do not fill it."""
        if not self._parts:
            return None
        frames = join_cell_frames(self._parts)
        period_s = (frames.t_s[-1] - frames.t_s[0]) / max(len(frames) - 1, 1)
        inside = frames.t_s > frames.t_s[-1] - self.window_s
        full = frames.t_s[-1] - frames.t_s[0] + 1.5 * period_s >= self.window_s
        return frames[int(np.argmax(inside)) :] if full else None


def take_reading(frames: CellFrames, cells: Sequence[int]) -> Reading:
    """Take a window as one value.

    Parameters
    ----------
    frames : CellFrames
    cells : sequence of int
        Cells that must be steady; the others are only averaged.

    Returns
    -------
    Reading
        Of all cells.

    Raises
    ------
    UnsteadyError
        If one of `cells` has too few readings, a bad or saturated one, or moves.
    """
    which = list(cells)
    if len(frames) < MIN_READINGS:
        raise UnsteadyError(
            f"only {len(frames)} readings, {MIN_READINGS} are needed; wait, or check the cables"
        )
    reading = _reading(frames)
    for wrong, words in (
        ((frames.status & int(BAD) != 0).any(axis=0), "a reading failed; check its cable"),
        (
            (frames.status & int(Status.SATURATED) != 0).any(axis=0),
            "at the end of the converter's range; take load off, or check its wiring",
        ),
        (
            (reading.sd_counts > MAX_SD_COUNTS) | (abs(reading.drift_counts) > MAX_DRIFT_COUNTS),
            "not steady; let everything lie still",
        ),
    ):
        named = [cell + 1 for cell in which if wrong[cell]]
        if named:
            raise UnsteadyError(f"{name_cells(named)}: {words}")
    return reading


def name_cells(numbers: Sequence[int]) -> str:
    """Name cells by number, as a person counts them: `cells 1, 4`."""
    return f"cell{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _reading(frames: CellFrames) -> Reading:
    t_s = frames.t_s - frames.t_s.mean()
    slope = (t_s[:, None] * frames.counts).sum(axis=0) / (t_s**2).sum()
    return Reading(
        frames.counts.mean(axis=0),
        frames.counts.std(axis=0, ddof=1),
        slope * (frames.t_s[-1] - frames.t_s[0]),
        len(frames),
    )
