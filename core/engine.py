"""From frames to what is safe: calibrate, judge, weigh. No clock, no I/O; time is in the frames.

`feed(a)` then `feed(b)` gives, bit for bit, what `feed(a + b)` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.alarms import Safety
from core.balance import Balance, Scales
from core.errors import FrameError, MatError
from core.frames import ForceFrames, ZoneStatus, check_rising
from core.mat_faults import MatFault
from core.profiles import limits_for
from core.rules import Latched
from core.units import CN_PER_N

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames
    from core.layout import MatLayout
    from core.profiles import Profile
    from core.rules import AlarmEvent
    from core.windows import Batch
    from core.wire import AlarmState

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


@dataclass
class ActiveAlarm:
    """An alarm that is raised or acknowledged and has not cleared.

    Attributes
    ----------
    raised : AlarmEvent
        How it began.
    state : str
        `raised` or `acknowledged`.
    value_kpa : float or None
        The highest estimated peak since it was raised; None for a fault.
    over : bool
        Whether the condition still holds.
    """

    raised: AlarmEvent
    state: AlarmState
    value_kpa: float | None
    over: bool = True


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
        self._scales = Scales(layout)
        self._peak_kpa_per_n: list[float] = self.limits.scale.peak_kpa_per_n.tolist()
        self._last_t_us: int | None = None
        self._active: dict[tuple[int | None, str], ActiveAlarm] = {}
        self._mat_faults: dict[str, MatFault] = {}
        self._loaded = False

    @property
    def active(self) -> tuple[ActiveAlarm, ...]:
        """What is raised or acknowledged now, in the order in which it was raised."""
        return tuple(self._active.values())

    def latched(self) -> tuple[Latched, ...]:
        """List what stands until somebody acknowledges it, to be kept over a restart."""
        return tuple(
            Latched(
                self.layout.zone_ids[alarm.raised.zone],
                alarm.raised.rule,
                alarm.raised.priority,
                alarm.raised.t_us,
                alarm.value_kpa,
            )
            for alarm in self._active.values()
            if alarm.raised.priority == "high"
            and alarm.state == "raised"
            and alarm.raised.zone is not None
        )

    def restore(self, kept: Iterable[Latched]) -> None:
        """Raise what stood before a restart; to be called before the first frame.

        A zone or rule that there is no longer is passed over.
        """
        for each in kept:
            if each.zone in self.layout.zone_ids:
                zone = self.layout.zone_ids.index(each.zone)
                event = self._safety.restore(zone, each)
                self._note((event,) if event else ())

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
        if self.calibration is None:
            raise MatError("no calibration: this engine takes forces only")
        return self.feed_forces(self.calibration.forces(frames))

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
        self._note(events)
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
        self._note(events)
        if (None, rule) in self._active:
            self._active[None, rule].over = holds
        return events

    def _block(self, frames: ForceFrames) -> Update:
        judged = self._safety.feed(frames)
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
        self._note(judged.events)
        self._follow(batch)
        balance = self._scales.weigh(batch.value_cn, ~unknown)
        return Update(frames, batch.value_cn, status, balance, judged.events)

    def _note(self, events: tuple[AlarmEvent, ...]) -> None:
        """Keep the list of what stands."""
        for event in events:
            key = (event.zone, event.rule)
            if event.state == "cleared":
                self._active.pop(key, None)
            elif key not in self._active or event.priority != self._active[key].raised.priority:
                self._active[key] = ActiveAlarm(event, event.state, event.value_kpa)
            else:
                self._active[key].state = event.state

    def _follow(self, batch: Batch) -> None:
        """Keep the highest value of each standing alarm, and whether it still holds."""
        if not self._active:
            return
        holds = {
            rule: self._safety.holds_now(rule).tolist()
            for zone, rule in self._active
            if zone is not None
        }
        highest_cn = batch.value_cn.max(axis=0).tolist()
        for (zone, rule), alarm in self._active.items():
            if zone is None:
                continue
            alarm.over = holds[rule][zone]
            if alarm.value_kpa is not None:
                if batch.t_us[0] < alarm.raised.t_us <= batch.t_us[-1]:
                    since = int(np.searchsorted(batch.t_us, alarm.raised.t_us))
                    highest_cn[zone] = int(batch.value_cn[since:, zone].max())
                highest_n = highest_cn[zone] / CN_PER_N
                alarm.value_kpa = max(alarm.value_kpa, highest_n * self._peak_kpa_per_n[zone])


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
