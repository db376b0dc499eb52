"""Zero tracking: follows the slow drift of the empty mat, within a budget, second by second.

| a second is | when                                                                             |
|-------------|----------------------------------------------------------------------------------|
| whole       | it follows the one before, at least 5 good frames, no fewer than bad ones        |
| idle        | whole, and no zone reached its contact force in a good frame                     |
| near        | idle, and every zone stayed within 0.3 N of zero in every good frame             |

After 30 idle seconds with a slope below 0.02 N/min on every zone, and each second within 0.05 N of
their mean, the mat is known to be empty: what is left over is drift. If they were near as well,
each zero moves towards it, at most 0.02 N a second and never more than 0.5 N from the tare. A cell
that needs more is `zero_drift`.

A second is judged at the first frame after it, from exact sums of counts, and what follows from it
holds from that frame on: so nothing depends on how frames were batched.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from core.frames import UNFIT
from core.units import CN_PER_N, US_PER_S
from core.zero_uncertainty import temperature_change_c, zero_uncertainty_n

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames

NEAR_N = 0.3
LEVEL_N = 0.05
"""A second whose mean is farther than this from that of all 30 belongs to something alive."""

IDLE_S = 30
MAX_SLOPE_N_PER_S = 0.02 / 60
STEP_MN, BUDGET_MN = 20, 500
"""Most that a zero moves in a second, and in all since the tare, 0.001 N."""

MIN_GOOD_FRAMES = 5
CONTACT_UNCERTAINTIES = 3.0
"""A zone is in contact from so many zero uncertainties on (DESIGN section 2)."""

MN_PER_N = 1000
_S_PER_MINUTE = 60
_UNFIT = int(UNFIT)
_CENTRED_S = np.arange(IDLE_S) - (IDLE_S - 1) / 2


class ZeroKept(msgspec.Struct, frozen=True):
    """What zero tracking has done since the tare, as it is kept over a restart.

    Attributes
    ----------
    calibration_id : str
        Of the calibration that it belongs to; with another one it means nothing.
    offset_mn : tuple of int
        What it has moved the zero of each cell, 0.001 N.
    drifted : tuple of str
        Zones with `zero_drift`.
    """

    calibration_id: str
    offset_mn: tuple[int, ...]
    drifted: tuple[str, ...] = ()


class Zeroed(NamedTuple):
    """What zero tracking says about a batch.

    Attributes
    ----------
    shift_n : ndarray of float64, shape (n_zones,) or (n_frames, n_zones)
        To be taken off the forces of the zones.
    least_cn : ndarray of int64, shape (n_zones,) or (n_frames, n_zones)
        Three zero uncertainties as a force, 0.01 N: less is no contact.
    drifted : tuple of (int, int)
        Frame and zone where `zero_drift` began.
    """

    shift_n: NDArray[np.float64]
    least_cn: NDArray[np.int64]
    drifted: tuple[tuple[int, int], ...] = ()


class ZeroTracker:
    """Follows the zeros of one mat since its last tare.

    Parameters
    ----------
    calibration : Calibration
    contact_cn : ndarray of int64, shape (n_zones,)
        Force from which a zone is in contact if zero were exact, 0.01 N.
    tared : bool
        Whether the mat was just tared: else nobody knows how old its zero is.
    """

    def __init__(
        self, calibration: Calibration, contact_cn: NDArray[np.int64], *, tared: bool = False
    ) -> None:
        self._calibration = calibration
        self._floor_cn = contact_cn
        n_cells = len(calibration.spec.cells)
        self.offset_mn = np.zeros(n_cells, np.int64)
        self.drifted = np.zeros(len(contact_cn), bool)
        self._left_n = np.zeros(n_cells)
        self._known = tared
        self._known_s: int | None = None
        self._means_n: deque[NDArray[np.float64]] = deque(maxlen=IDLE_S)
        self._n_near = 0
        self._second: int | None = None
        self._minute: int | None = None
        self._busy = True
        self._n_good = self._n_bad = 0
        self._sum = np.zeros(n_cells, np.int64)
        self._low_n = self._high_n = np.zeros(len(contact_cn))
        self._refresh()

    def restore(self, kept: ZeroKept) -> bool:
        """Go on where tracking stood before a restart; False if that was of another zero."""
        fits = len(kept.offset_mn) == len(self.offset_mn)
        if not fits or kept.calibration_id != self._calibration.id:
            return False
        within = [max(-BUDGET_MN, min(BUDGET_MN, offset)) for offset in kept.offset_mn]
        self.offset_mn = np.array(within, np.int64)
        zone_ids = self._calibration.layout.zone_ids
        self.drifted = np.array([zone in kept.drifted for zone in zone_ids])
        self._refresh()
        return True

    def kept(self) -> ZeroKept:
        """Say what must outlive a restart."""
        zone_ids = self._calibration.layout.zone_ids
        drifted = tuple(zone_ids[at] for at in np.flatnonzero(self.drifted))
        return ZeroKept(self._calibration.id, tuple(self.offset_mn.tolist()), drifted)

    def set_contact(self, contact_cn: NDArray[np.int64]) -> None:
        """Take another force from which a zone is in contact."""
        self._floor_cn = contact_cn
        self._refresh()

    @property
    def uncertainty_n(self) -> NDArray[np.float64]:
        """Shape (n_zones,): how far the zero of each zone may be off, newtons."""
        return self._uncertainty_n

    def feed(
        self, t_us: NDArray[np.int64], frames: CellFrames, zones_n: NDArray[np.float64]
    ) -> Zeroed:
        """Take the next frames.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
            Their times; rising, also from the batch before.
        frames : CellFrames
            At least one.
        zones_n : ndarray of float64, shape (n_frames, n_zones)
            Their forces by the calibration alone.
        """
        last = int(t_us[-1]) // US_PER_S
        if last == self._second or int(t_us[0]) // US_PER_S == last:
            new = self._turn(last)
            self._add(frames, zones_n)
            return Zeroed(self._shift_n, self._least_cn, tuple((0, zone) for zone in new))
        seconds = t_us // US_PER_S
        starts = [0, *(np.flatnonzero(np.diff(seconds)) + 1).tolist()]
        stops = [*starts[1:], len(seconds)]
        rows: list[Zeroed] = []
        drifted: list[tuple[int, int]] = []
        for start, stop in zip(starts, stops, strict=True):
            drifted += [(start, zone) for zone in self._turn(int(seconds[start]))]
            self._add(frames[start:stop], zones_n[start:stop])
            rows.append(Zeroed(self._shift_n, self._least_cn))
        return _spread(rows, np.subtract(stops, starts), tuple(drifted))

    def _add(self, frames: CellFrames, zones_n: NDArray[np.float64]) -> None:
        """Take frames of one second; of one that is not idle any more, nothing."""
        if self._busy:
            return
        counts = frames.counts
        if frames.bits & _UNFIT:
            good = ~np.asarray(frames.status & _UNFIT).any(axis=1)
            counts, zones_n = counts[good], zones_n[good]
            self._n_bad += len(frames) - len(counts)
        if not len(counts):
            return
        high_n, low_n = (zones_n[0], zones_n[0]) if len(counts) == 1 else _range(zones_n)
        if self._n_good:
            high_n, low_n = np.maximum(high_n, self._high_n), np.minimum(low_n, self._low_n)
        self._high_n, self._low_n = high_n, low_n
        self._busy = bool((high_n - self._shift_n >= self._contact_n).any())
        self._n_good += len(counts)
        self._sum += counts.sum(axis=0, dtype=np.int64)

    def _turn(self, second: int) -> list[int]:
        """Judge the second that is over and begin another; return zones that drifted anew."""
        if second == self._second:
            return []
        new = self._judge()
        # Only a second that follows is whole; the first one, and one after a gap, is cut off, and
        # as a busy one it begins all anew.
        follows = self._second is not None and second == self._second + 1
        if self._known and self._known_s is None:
            self._known_s = second
        self._second, self._busy = second, not follows
        self._n_good = self._n_bad = 0
        self._sum = np.zeros_like(self._sum)
        if second // _S_PER_MINUTE != self._minute:
            self._minute = second // _S_PER_MINUTE
            self._refresh()
        return new

    def _judge(self) -> list[int]:
        if self._busy or self._n_good < max(MIN_GOOD_FRAMES, self._n_bad):
            self._forget()
            return []
        calibration = self._calibration
        mean_n = (self._sum / self._n_good - calibration.zero_counts) / calibration.counts_per_n
        self._means_n.append(mean_n)
        near = (self._high_n - self._shift_n <= NEAR_N) & (self._low_n - self._shift_n >= -NEAR_N)
        self._n_near = self._n_near + 1 if near.all() else 0
        if len(self._means_n) < IDLE_S:
            return []
        means_n = np.array(self._means_n)
        return self._move(means_n) if self._is_level(means_n) else []

    def _is_level(self, means_n: NDArray[np.float64]) -> bool:
        """Whether no zone rises, falls (by the least-squares slope of its seconds) or sways."""
        zones_n = self._calibration.per_zone(means_n)
        if (abs(zones_n - zones_n.mean(axis=0)) > LEVEL_N).any():
            return False
        # Not a matrix product: its order of additions may depend on where arrays lie.
        slope = (_CENTRED_S[:, None] * zones_n).sum(axis=0) / (_CENTRED_S**2).sum()
        return bool((abs(slope) < MAX_SLOPE_N_PER_S).all())

    def _move(self, means_n: NDArray[np.float64]) -> list[int]:
        """Move zeros towards what the empty mat shows; return zones that need more."""
        target_mn = np.rint(means_n.mean(axis=0) * MN_PER_N).astype(np.int64)
        if self._n_near >= IDLE_S:
            step_mn = np.clip(target_mn - self.offset_mn, -STEP_MN, STEP_MN)
            self.offset_mn = np.clip(self.offset_mn + step_mn, -BUDGET_MN, BUDGET_MN)
        # Beyond the budget `zero_drift` says it; contact must not fade away with it.
        self._left_n = np.minimum(abs(target_mn - self.offset_mn), BUDGET_MN) / MN_PER_N
        self._known, self._known_s = True, self._second
        beyond = self._calibration.per_zone((abs(target_mn) > BUDGET_MN).astype(np.int64)) > 0
        new = beyond & ~self.drifted
        self.drifted = self.drifted | beyond
        self._refresh()
        return [int(zone) for zone in np.flatnonzero(new)]

    def _forget(self) -> None:
        self._means_n.clear()
        self._n_near = 0

    def _refresh(self) -> None:
        """Work out anew what follows from the offsets and from how old zero is."""
        per_zone, offset_n = self._calibration.per_zone, self.offset_mn / MN_PER_N
        self._shift_n = per_zone(self.offset_mn) / MN_PER_N
        each_n = zero_uncertainty_n(
            self._calibration.noise_n,
            self._calibration.layout.capacity_n,
            temperature_change_c(self._age_us()),
            abs(offset_n) + self._left_n,
        )
        self._uncertainty_n = per_zone(each_n)
        least_cn = np.ceil(CONTACT_UNCERTAINTIES * CN_PER_N * self._uncertainty_n)
        self._least_cn = least_cn.astype(np.int64)
        # A zone off zero by less is no reason to leave the whole mat untracked.
        self._contact_n = np.maximum(self._floor_cn, self._least_cn) / CN_PER_N

    def _age_us(self) -> int | None:
        if not self._known:
            return None
        if self._known_s is None or self._second is None:
            return 0
        return (self._second - self._known_s) * US_PER_S


def _range(zones_n: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return zones_n.max(axis=0), zones_n.min(axis=0)


def _spread(
    rows: list[Zeroed], lengths: NDArray[np.int64], drifted: tuple[tuple[int, int], ...]
) -> Zeroed:
    """Give each frame the row of its second; one row for all where they are equal."""
    first = rows[0]
    if all(row.shift_n is first.shift_n and row.least_cn is first.least_cn for row in rows):
        return Zeroed(first.shift_n, first.least_cn, drifted)
    return Zeroed(
        np.repeat([row.shift_n for row in rows], lengths, axis=0),
        np.repeat([row.least_cn for row in rows], lengths, axis=0),
        drifted,
    )
