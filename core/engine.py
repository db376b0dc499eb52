"""From frames to what is safe: calibrate, judge, weigh. No clock, no I/O; time is in the frames.

`feed(a)` then `feed(b)` gives, bit for bit, what `feed(a + b)` gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.alarms import Safety
from core.balance import Balance, Scales
from core.errors import FrameError, MatError
from core.frames import ForceFrames, ZoneStatus, check_rising, join_force_frames
from core.mat_faults import MatFault
from core.profiles import limits_for
from core.standing import Standing
from core.steadiness import Recent
from core.units import CN_PER_N, to_cn, to_us
from core.zero_tracking import ZeroTracker
from core.zeroing import Refusal, tare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames
    from core.layout import MatLayout
    from core.profiles import Profile
    from core.rules import AlarmEvent, Latched
    from core.standing import ActiveAlarm
    from core.zero_tracking import Zeroed, ZeroKept
    from core.zeroing import Tared

BLOCK_FRAMES = 4096
"""Longer batches are worked through in blocks of this many frames, to keep memory small."""


@dataclass(frozen=True)
class Update:
    """What the engine found in a batch of frames.

    Attributes
    ----------
    frames : ForceFrames
        As fed.
    value_cn : ndarray of int64, shape (n_frames, n_zones)
        Last valid force of each zone, 0.01 N.
    status : ndarray of uint8, shape (n_frames, n_zones)
        Bits of `ZoneStatus`.
    balance : Balance
    events : tuple of AlarmEvent
        In order of time.
    """

    frames: ForceFrames
    value_cn: NDArray[np.int64]
    status: NDArray[np.uint8]
    balance: Balance
    events: tuple[AlarmEvent, ...]


class Engine:
    """The mat's judgement for one person on one mat.

    Parameters
    ----------
    layout : MatLayout
    profile : Profile
    calibration : Calibration, optional
        Needed for `feed`; recordings of forces go to `feed_forces`.
    """

    def __init__(
        self, layout: MatLayout, profile: Profile, calibration: Calibration | None = None
    ) -> None:
        self.layout = layout
        self.profile = profile
        self.calibration = calibration
        self.limits = limits_for(layout, profile)
        self._safety = Safety(self.limits, layout.is_right)
        self._zero = _tracker(calibration, self.limits.contact_cn)
        self._recent = Recent()
        self._scales = Scales(layout)
        self._last_t_us: int | None = None
        self._standing = Standing(self.limits.scale.peak_kpa_per_n.tolist())
        self._mat_faults: dict[str, MatFault] = {}
        self._loaded = False

    @property
    def active(self) -> tuple[ActiveAlarm, ...]:
        """What is raised or acknowledged now, in the order in which it was raised."""
        return self._standing.active

    def latched(self) -> tuple[Latched, ...]:
        """List what stands until somebody acknowledges it, to be kept over a restart."""
        return self._standing.latched(self.layout.zone_ids)

    def restore(self, kept: Iterable[Latched]) -> None:
        """Raise what stood before a restart; to be called before the first frame.

        A zone or rule that there is no longer is passed over.
        """
        for each in kept:
            if each.zone in self.layout.zone_ids:
                zone = self.layout.zone_ids.index(each.zone)
                event = self._safety.restore(zone, each)
                self._standing.note((event,) if event else ())

    def feed(self, frames: CellFrames) -> Update:
        """Judge frames of a bank.

        Parameters
        ----------
        frames : CellFrames
            At least one, later than all before.

        Raises
        ------
        MatError
            If there is no calibration.
        FrameError
            If time goes back.
        CalibrationError
            If the number of cells differs.
        """
        if self.calibration is None or self._zero is None:
            raise MatError("no calibration: this engine takes forces only")
        if not len(frames):
            raise FrameError("no frame to judge")
        zones_n, bad = self.calibration.zones_n(frames)
        t_us = to_us(frames.t_s)
        check_rising(t_us, self._last_t_us)
        self._recent.add(frames)
        parts = []
        for start in range(0, len(frames), BLOCK_FRAMES):
            which = slice(start, start + BLOCK_FRAMES)
            block = frames[which]
            zero = self._zero.feed(t_us[which], block, zones_n[which])
            force_cn = to_cn(zones_n[which] - zero.shift_n)
            lost = int(block.lost.sum())
            forces = ForceFrames(block.seq, t_us[which], force_cn, ~bad[which], lost)
            parts.append(self._block(forces, zero))
        self._last_t_us = int(t_us[-1])
        if len(parts) == 1:
            return parts[0]
        return _join(join_force_frames([part.frames for part in parts]), parts)

    def feed_forces(self, frames: ForceFrames) -> Update:
        """Judge frames of forces, for instance of a recording.

        Raises
        ------
        FrameError
            If time goes back, or there is no frame.
        """
        if not len(frames):
            raise FrameError("no frame to judge")
        check_rising(frames.t_us, self._last_t_us)
        starts = range(0, len(frames), BLOCK_FRAMES)
        parts = [self._block(frames[start : start + BLOCK_FRAMES]) for start in starts]
        self._last_t_us = int(frames.t_us[-1])
        return parts[0] if len(parts) == 1 else _join(frames, parts)

    def acknowledge(
        self, t_us: int, zone: str | None = None, rule: str | None = None
    ) -> tuple[AlarmEvent, ...]:
        """Take note that a person beside the mat has seen what is raised.

        Parameters
        ----------
        t_us : int
        zone, rule : str or None
            Which; None for all.

        Raises
        ------
        MatError
            If there is no such zone.
        """
        if zone is not None and zone not in self.layout.zone_ids:
            raise MatError(f"unknown zone {zone}")
        index = None if zone is None else self.layout.zone_ids.index(zone)
        found = self._safety.acknowledge(t_us, index, rule)
        for fault in self._mat_faults.values():
            if zone is None and rule in (None, fault.rule):
                found += fault.acknowledge(t_us)
        events = tuple(found)
        self._standing.note(events)
        return events

    def report(self, t_us: int, rule: str, *, holds: bool) -> tuple[AlarmEvent, ...]:
        """Take note of a fault of the whole mat, which no frame can tell.

        Parameters
        ----------
        t_us : int
        rule : str
            Its name, e.g. `indicator`.
        holds : bool
            Whether there is the fault now.
        """
        fault = self._mat_faults.setdefault(rule, MatFault(rule))
        events = tuple(fault.look(t_us, holds=holds, loaded=self._loaded))
        self._standing.note(events)
        self._standing.set_over(None, rule, over=holds)
        return events

    def tare(self, tared_on: str, *, confirmed: bool = False) -> Tared | Refusal:
        """Take the mat as it lies there now for empty, if that is certain enough.

        Parameters
        ----------
        tared_on : str
            Date or date and time, ISO 8601.
        confirmed : bool
            A person says that the mat is empty, however far it has drifted.

        Returns
        -------
        Tared or Refusal
            `Tared`: the new calibration holds from the next frame on, `zero_drift` is cleared.

        Raises
        ------
        MatError
            If there is no calibration.
        """
        if self.calibration is None:
            raise MatError("no calibration: there is no zero to set")
        contact_n = self.limits.contact_cn / CN_PER_N
        window = self._recent.window()
        tared = tare(self.calibration, window, tared_on, contact_n, confirmed=confirmed)
        if isinstance(tared, Refusal):
            return tared
        self.calibration = tared.calibration
        self._zero = ZeroTracker(tared.calibration, self.limits.contact_cn, tared=True)
        events = tuple(self._safety.clear_drift(self._last_t_us or 0))
        self._standing.note(events)
        return replace(tared, events=events)

    @property
    def zero_uncertainty_n(self) -> NDArray[np.float64] | None:
        """Shape (n_zones,): how far the zero of each zone may be off; None without calibration."""
        return None if self._zero is None else self._zero.uncertainty_n

    def zero_kept(self) -> ZeroKept | None:
        """Say what zero tracking has done, to be kept over a restart; None without calibration."""
        return None if self._zero is None else self._zero.kept()

    def restore_zero(self, kept: ZeroKept) -> None:
        """Let zero tracking go on where it stood; to be called before the first frame.

        What belongs to another calibration, or another tare, is passed over.
        """
        if self._zero is not None and self._zero.restore(kept):
            zones = np.flatnonzero(self._zero.drifted).tolist()
            self._standing.note(tuple(self._safety.restore_drift(0, zones)))

    def _block(self, frames: ForceFrames, zero: Zeroed | None = None) -> Update:
        judged = self._safety.feed(frames, zero)
        batch = judged.batch
        unknown = batch.unknown | ~batch.seen
        self._loaded = bool(judged.contact[-1].any())
        flags = {
            ZoneStatus.VALID: batch.valid,
            ZoneStatus.CONTACT: judged.contact,
            ZoneStatus.UNKNOWN: unknown,
        }
        status = np.zeros(unknown.shape, np.uint8)
        for flag, where in flags.items():
            status |= where * np.uint8(flag)
        self._standing.note(judged.events)
        self._standing.follow(batch, self._safety.holds_now)
        balance = self._scales.weigh(batch.value_cn, ~unknown)
        return Update(frames, batch.value_cn, status, balance, judged.events)


def _join(frames: ForceFrames, parts: list[Update]) -> Update:
    balances = [part.balance for part in parts]
    return Update(
        frames,
        np.concatenate([part.value_cn for part in parts]),
        np.concatenate([part.status for part in parts]),
        Balance(
            np.concatenate([b.total_cn for b in balances]),
            np.concatenate([b.left_share_pct for b in balances]),
            np.concatenate([b.cop_mm for b in balances]),
        ),
        tuple(event for part in parts for event in part.events),
    )


def _tracker(calibration: Calibration | None, contact_cn: NDArray[np.int64]) -> ZeroTracker | None:
    return None if calibration is None else ZeroTracker(calibration, contact_cn)
