"""From frames to what is safe: calibrate, judge, weigh. No clock, no I/O; time is in the frames.

`feed(a)` then `feed(b)` gives, bit for bit, what `feed(a + b)` gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.alarms import Safety
from core.balance import Balance, Scales
from core.cells import Cells, full_cn, plain_view
from core.drift import DRIFT
from core.errors import FrameError, MatError
from core.frames import ZoneStatus, check_rising, join_force_frames
from core.kept import THE_MAT, Histories, Kept
from core.profiles import People
from core.standing import PAUSE_MAX_US, Standing
from core.steadiness import Recent
from core.units import CN_PER_N, US_PER_S, to_us
from core.zeroing import Refusal, tare
from core.zone_limits import limits_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from core.alarms import Look
    from core.calibration import Calibration
    from core.frames import CellFrames, CellView, ForceFrames
    from core.layout import MatLayout
    from core.presence import SessionChange
    from core.profiles import Profile
    from core.rules import AlarmEvent, Latched
    from core.standing import ActiveAlarm
    from core.zero_tracking import ZeroKept
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
    sessions : tuple of SessionChange
        Sessions that began or ended, in order of time.
    """

    frames: ForceFrames
    value_cn: NDArray[np.int64]
    status: NDArray[np.uint8]
    balance: Balance
    events: tuple[AlarmEvent, ...]
    sessions: tuple[SessionChange, ...] = ()


class Engine:
    """The mat's judgement for the people on one mat.

    Parameters
    ----------
    layout : MatLayout
    profile : Profile or People
        Whose limits hold; a profile alone belongs to nobody in particular.
    calibration : Calibration, optional
        Needed for `feed`; recordings of forces go to `feed_forces`.

    Attributes
    ----------
    limits : ZoneLimits
        In force.
    missing : bool
        Whether there ought to be a profile and is none.
    """

    def __init__(
        self, layout: MatLayout, profile: Profile | People, calibration: Calibration | None = None
    ) -> None:
        self.layout = layout
        self.calibration = calibration
        people = _people(profile)
        self.limits = limits_for(layout, *people.in_force)
        self._safety = Safety(self.limits, layout.is_right)
        self._standing = Standing(self._safety)
        self._histories = Histories(layout.zone_ids)
        self._cells = None if calibration is None else Cells(calibration, self.limits.contact_cn)
        self._recent = Recent()
        self._scales = Scales(layout)
        self._last_t_us: int | None = None
        self._full_cn = full_cn(layout)
        self._adopt(people)

    @property
    def active(self) -> tuple[ActiveAlarm, ...]:
        """What is raised, acknowledged or paused now, in the order in which it was raised."""
        return self._standing.active

    @property
    def session_since_us(self) -> int | None:
        """When the session that runs began; None: none runs."""
        return self._safety.mat.session.since_us

    @property
    def reliefs(self) -> tuple[int, int]:
        """How often the left and the right foot were relieved of a load, for two minutes each."""
        left, right = self._safety.sustained.reliefs
        return left, right

    def set_profile(self, profile: Profile | People) -> None:
        """Take other limits, or other people, from the next frame on.

        Runs begin anew; what is raised stays until it clears under the new limits.

        Raises
        ------
        ProfileError
            If it belongs to another mat, or loosens more than anyone may; nothing has changed.
        """
        people = _people(profile)
        self.limits = limits_for(self.layout, *people.in_force)
        self._safety.adopt(self.limits)
        if self._cells:
            self._cells.set_contact(self.limits.contact_cn)
        self._adopt(people)

    def _adopt(self, people: People) -> None:
        sustained = self._safety.sustained
        sustained.history = self._histories.change(people.person or THE_MAT, sustained.history)
        sustained.recount()
        self._safety.mat.missing = people.missing
        self._excluded = self.limits.excluded * np.uint8(ZoneStatus.EXCLUDED)

    def kept(self) -> Kept:
        """Say what must outlive a restart: with each event and each minute."""
        return Kept(
            self._standing.latched(self.layout.zone_ids),
            self._histories.kept(self._safety.sustained.history),
            self._safety.mat.stay.lasted_us,
        )

    def latched(self) -> tuple[Latched, ...]:
        """List what stands until somebody beside the mat acknowledges it."""
        return self._standing.latched(self.layout.zone_ids)

    def restore(self, kept: Kept) -> None:
        """Go on where a restart cut it; to be called before the first frame.

        A zone or rule that there is no longer is passed over.
        """
        sustained = self._safety.sustained
        sustained.history = self._histories.restore(kept.histories)
        sustained.recount()
        if kept.stay_us is not None:
            self._safety.mat.stay.restore(kept.stay_us)
        for each in kept.latched:
            if each.zone in self.layout.zone_ids:
                event = self._safety.restore(self.layout.zone_ids.index(each.zone), each)
                if event:
                    self._standing.note(event)

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
        if self._cells is None:
            raise MatError("no calibration: this engine takes forces only")
        if not len(frames):
            raise FrameError("no frame to judge")
        self._cells.check(frames)
        t_us = to_us(frames.t_s)
        check_rising(t_us, self._last_t_us)
        self._recent.add(frames)
        if len(frames) <= BLOCK_FRAMES:
            return self._joined([self._block_of_cells(self._cells, t_us, frames)])
        parts = []
        for start in range(0, len(frames), BLOCK_FRAMES):
            which = slice(start, start + BLOCK_FRAMES)
            parts.append(self._block_of_cells(self._cells, t_us[which], frames[which]))
        return self._joined(parts)

    def feed_forces(self, frames: ForceFrames, cells: CellView | None = None) -> Update:
        """Judge frames of forces, for instance of a recording.

        Parameters
        ----------
        frames : ForceFrames
            At least one, later than all before.
        cells : CellView, optional
            What the cells say beside them; left out: nothing is wrong with any.

        Raises
        ------
        FrameError
            If time goes back, or there is no frame.
        """
        if not len(frames):
            raise FrameError("no frame to judge")
        check_rising(frames.t_us, self._last_t_us)
        parts = []
        for start in range(0, len(frames), BLOCK_FRAMES):
            which = slice(start, start + BLOCK_FRAMES)
            part = frames[which]
            view = cells[which] if cells else plain_view(part, self._full_cn)
            look = self._safety.look(part, view)
            parts.append(self._judge(part, look, view.conditions))
        return self._joined(parts)

    def acknowledge(
        self, t_us: int, zone: str | None = None, rule: str | None = None, *, beside: bool = True
    ) -> tuple[AlarmEvent, ...]:
        """Take note that a person has seen what stands.

        Parameters
        ----------
        t_us : int
        zone, rule : str or None
            Which; None for all.
        beside : bool
            Whether that person is beside the mat. Only then a latching alarm may clear.

        Raises
        ------
        MatError
            If there is no such zone.
        """
        index = self._zone(zone)
        events = tuple(self._safety.acknowledge(t_us, index, rule, beside=beside))
        for event in events:
            self._standing.note(event, beside=beside)
        return events

    def pause(
        self, t_us: int, seconds: float, zone: str | None = None, rule: str | None = None
    ) -> tuple[AlarmEvent, ...]:
        """Take the sound of what is raised for a while, once for each alarm.

        Raises
        ------
        MatError
            If there is no such zone, or it is longer than 120 s.
        """
        pause_us = round(seconds * US_PER_S)
        if not 0 < pause_us <= PAUSE_MAX_US:
            raise MatError(f"a pause of {seconds:g} s: it must be above 0 and at most 120 s")
        return tuple(self._standing.pause(t_us, t_us + pause_us, self._zone(zone), rule))

    def report(self, rule: str, *, holds: bool) -> None:
        """Take note of a fault of the whole mat that no frame can tell, from the next frame on.

        Parameters
        ----------
        rule : str
            Its name, e.g. `indicator`.
        holds : bool
            Whether there is the fault now.
        """
        self._safety.mat.report(rule, holds=holds)

    def sessions_before(self, starts_us: Iterable[int]) -> None:
        """Take note of sessions before this engine: when each began, on its clock (negative)."""
        self._safety.mat.sessions_before(starts_us)

    def start_session(self, t_us: int) -> SessionChange | None:
        """Begin a session, whether anybody is on the mat or not; None if one runs."""
        mat = self._safety.mat
        return mat.note_session(mat.session.start(t_us))

    def stop_session(self, t_us: int) -> SessionChange | None:
        """End the session that runs; None if none does."""
        return self._safety.mat.session.stop(t_us)

    def set_resting(self, *, resting: bool) -> None:
        """Take note whether a rest step runs, during which no session ends by itself."""
        self._safety.mat.resting = resting

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
        if self.calibration is None or self._cells is None:
            raise MatError("no calibration: there is no zero to set")
        contact_n = self.limits.contact_cn / CN_PER_N
        window = self._recent.window()
        tared = tare(self.calibration, window, tared_on, contact_n, confirmed=confirmed)
        if isinstance(tared, Refusal):
            return tared
        self.calibration = tared.calibration
        self._cells.tare(tared.calibration, self.limits.contact_cn)
        events = tuple(self._safety.clear_fault(DRIFT, self._last_t_us or 0))
        for event in events:
            self._standing.note(event)
        return replace(tared, events=events)

    @property
    def zero_uncertainty_n(self) -> NDArray[np.float64] | None:
        """Shape (n_zones,): how far the zero of each zone may be off; None without calibration."""
        return None if self._cells is None else self._cells.zero.uncertainty_n

    def zero_kept(self) -> ZeroKept | None:
        """Say what zero tracking has done, to be kept over a restart; None without calibration."""
        return None if self._cells is None else self._cells.zero.kept()

    def restore_zero(self, kept: ZeroKept) -> None:
        """Let zero tracking go on where it stood; to be called before the first frame.

        What belongs to another calibration, or another tare, is passed over.
        """
        if self._cells is not None:
            self._cells.zero.restore(kept)

    def _zone(self, zone: str | None) -> int | None:
        if zone is not None and zone not in self.layout.zone_ids:
            raise MatError(f"unknown zone {zone}")
        return None if zone is None else self.layout.zone_ids.index(zone)

    def _block_of_cells(self, cells: Cells, t_us: NDArray[np.int64], block: CellFrames) -> Update:
        forces, view, drifted = cells.feed(t_us, block)
        look = self._safety.look(forces, view)
        conditions = cells.health.feed(t_us, block, look.contact)
        return self._judge(forces, look, {**conditions, **drifted})

    def _judge(
        self, frames: ForceFrames, look: Look, conditions: Mapping[str, NDArray[np.bool_]]
    ) -> Update:
        judged = self._safety.judge(look, conditions)
        batch = look.batch
        told = self._standing.follow(judged.found, judged.t_us)
        unknown = ~look.known
        status = (
            batch.valid * _VALID | look.contact * _CONTACT | unknown * _UNKNOWN | self._excluded
        )
        balance = self._scales.weigh(batch.value_cn, look.known)
        events = tuple(event for _, event in told)
        return Update(frames, batch.value_cn, status, balance, events, judged.sessions)

    def _joined(self, parts: list[Update]) -> Update:
        self._last_t_us = int(parts[-1].frames.t_us[-1])
        return parts[0] if len(parts) == 1 else _join(parts)


_VALID, _CONTACT, _UNKNOWN = (
    np.uint8(flag) for flag in (ZoneStatus.VALID, ZoneStatus.CONTACT, ZoneStatus.UNKNOWN)
)


def _people(profile: Profile | People) -> People:
    return profile if isinstance(profile, People) else People({THE_MAT: profile})


def _join(parts: list[Update]) -> Update:
    balances = [part.balance for part in parts]
    return Update(
        join_force_frames([part.frames for part in parts]),
        np.concatenate([part.value_cn for part in parts]),
        np.concatenate([part.status for part in parts]),
        Balance(
            np.concatenate([b.total_cn for b in balances]),
            np.concatenate([b.left_share_pct for b in balances]),
            np.concatenate([b.cop_mm for b in balances]),
        ),
        tuple(event for part in parts for event in part.events),
        tuple(change for part in parts for change in part.sessions),
    )
