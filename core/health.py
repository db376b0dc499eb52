"""Faults of cells, frame by frame: where the condition of each holds.

| fault                   | holds                                                                  |
|-------------------------|------------------------------------------------------------------------|
| cell_timeout            | no new value for more than 2.5 learnt periods (`cell_silence`)         |
| cell_noisy              | after five noisy seconds unloaded, to the first other (`cell_seconds`) |
| cell_desync             | from the third DESYNC in 10 s, until there is none (`cell_desync`)     |
| cell_stuck              | at readings with STUCK                                                 |
| cell_saturated_negative | at readings with SATURATED against the direction of load, not void     |

A zone has a fault where one of its cells has. When a fault is raised, and how it clears, is for
the rules; nothing here depends on how frames were batched.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.cell_desync import Desyncs
from core.cell_seconds import Noise, Second
from core.cell_silence import Silence
from core.frames import VOID, Status
from core.units import US_PER_S
from core.zone_cells import ZoneCells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames

_STUCK, _SATURATED, _VOID = int(Status.STUCK), int(Status.SATURATED), int(VOID)
_DESYNC, _NO_NEWS = int(Status.DESYNC), int(Status.TIMEOUT | Status.MISSED)
_TELLING = _DESYNC | _NO_NEWS | _STUCK | _SATURATED
"""Bits from which a fault of a cell may follow; the others only spoil a reading."""


class _Stretch(NamedTuple):
    """Frames of one second."""

    t_us: NDArray[np.int64]
    frames: CellFrames
    contact: NDArray[np.bool_]


class CellHealth:
    """Finds faults of the cells of one mat.

    A tare changes nothing for it: it goes on with the calibration that it was made with.

    Parameters
    ----------
    calibration : Calibration
    """

    def __init__(self, calibration: Calibration) -> None:
        n_cells = len(calibration.spec.cells)
        self._zones = ZoneCells(calibration.layout)
        self._direction = np.sign(calibration.counts_per_n).astype(np.int32)
        self._silence = Silence(n_cells)
        self._desyncs = Desyncs(n_cells)
        self._noise = Noise(calibration)
        self._second = Second()
        self._period_us = 0
        self._watched = False

    def feed(
        self, t_us: NDArray[np.int64], frames: CellFrames, zone_contact: NDArray[np.bool_]
    ) -> dict[str, NDArray[np.bool_]]:
        """Take the next frames.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
            Their times; rising, also from the batch before.
        frames : CellFrames
            At least one.
        zone_contact : ndarray of bool, shape (n_frames, n_zones)
            Whether each zone is in contact.

        Returns
        -------
        dict of str to ndarray of bool, shape (n_frames, n_zones)
            By fault, where it holds; a fault that is not in it holds nowhere in this batch.
        """
        bits = frames.bits
        if bits and not np.isfinite(frames.age_s).all():
            bits |= _NO_NEWS
        # Time rises: a batch that ends in the second that is under way lies in it as a whole.
        within = int(t_us[-1]) // US_PER_S == self._second.number
        if within and not bits & _TELLING and not self._watched:
            self._second.add(t_us, frames, zone_contact)
            self._silence.skip(t_us, frames)
            return {}
        whole = _Stretch(t_us, frames, zone_contact)
        one = within or len(t_us) == 1
        period_us, noisy = self._judge([whole] if one else list(_by_second(whole)))
        found = {"cell_noisy": noisy, **self._by_status(whole, bits, period_us)}
        self._watched = bool(np.count_nonzero(self._noise.holds)) or self._desyncs.holds
        combine = self._zones.combine
        return {
            name: combine(np.logical_or, cells)
            for name, cells in found.items()
            if np.count_nonzero(cells)
        }

    def _by_status(
        self, whole: _Stretch, bits: int, period_us: NDArray[np.int64]
    ) -> dict[str, NDArray[np.bool_]]:
        """Find the faults that statuses tell, of those that some reading here has."""
        t_us, frames, _ = whole
        found: dict[str, NDArray[np.bool_]] = {}
        if bits & _DESYNC or self._desyncs.holds:
            found["cell_desync"] = self._desyncs.feed(t_us, frames.status)
        if bits & _NO_NEWS:
            found["cell_timeout"] = self._silence.feed(t_us, frames, period_us)
        else:
            self._silence.skip(t_us, frames)
        return found | self._by_reading(frames) if bits & (_STUCK | _SATURATED) else found

    def _judge(self, stretches: list[_Stretch]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Go through the seconds; give the learnt period and the noisy cells of each frame."""
        periods_us, noisy = [], []
        for each in stretches:
            self._turn(int(each.t_us[0]) // US_PER_S)
            self._second.add(*each)
            periods_us.append(self._period_us)
            noisy.append(self._noise.holds)
        lengths = [len(each.t_us) for each in stretches]
        if lengths == [1]:
            return np.array(periods_us), noisy[0][None]
        return np.repeat(periods_us, lengths), np.repeat(noisy, lengths, axis=0)

    def _turn(self, number: int) -> None:
        """Judge the second that is over, if it is, and begin another."""
        over = self._second
        if number == over.number:
            return
        self._second = over.next(number)
        self._period_us = over.period_us() or self._period_us
        self._noise.judge(over, followed=self._second.whole)

    def _by_reading(self, frames: CellFrames) -> dict[str, NDArray[np.bool_]]:
        status = frames.status
        pulled = (status & (_SATURATED | _VOID) == _SATURATED) & (
            frames.counts * self._direction < 0
        )
        return {"cell_stuck": status & _STUCK != 0, "cell_saturated_negative": pulled}


def _by_second(whole: _Stretch) -> Iterator[_Stretch]:
    t_us, frames, contact = whole
    seconds = t_us // US_PER_S
    starts = [0, *(np.flatnonzero(np.diff(seconds)) + 1).tolist()]
    for start, stop in pairwise([*starts, len(seconds)]):
        which = slice(start, stop)
        yield _Stretch(t_us[which], frames[which], contact[which])
