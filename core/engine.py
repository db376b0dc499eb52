"""The facade: from frames to what is safe, and what people say to it. No clock, no I/O.

`feed(a)` then `feed(b)` gives, bit for bit, what `feed(a + b)` gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.alarms import Safety
from core.errors import MatError
from core.judge import Judge
from core.kept import THE_MAT, Histories, Kept
from core.profiles import People
from core.standing import PAUSE_MAX_US
from core.units import US_PER_S
from core.zone_limits import limits_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames, CellView, ForceFrames
    from core.layout import MatLayout
    from core.presence import SessionChange
    from core.profiles import Profile
    from core.rules import AlarmEvent
    from core.standing import ActiveAlarm
    from core.update import Update
    from core.zero_tracking import ZeroKept
    from core.zeroing import Refusal, Tared


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
    """

    def __init__(
        self, layout: MatLayout, profile: Profile | People, calibration: Calibration | None = None
    ) -> None:
        self.layout = layout
        people = _people(profile)
        self.limits = limits_for(layout, *people.in_force)
        self._safety = Safety(self.limits, layout.is_right)
        self._judge = Judge(layout, self._safety, self.limits, calibration)
        self._standing = self._judge.standing
        self._histories = Histories(layout.zone_ids)
        self._adopt(people)

    @property
    def calibration(self) -> Calibration | None:
        """The calibration in use; a tare makes another one of it."""
        return self._judge.calibration

    @property
    def people(self) -> People:
        """Whose limits hold."""
        return self._people

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

        Runs begin anew; what is raised stays until it clears under the new limits. The same people
        again change nothing, nor does who is not on the mat: else whoever sends them often enough
        would silence the rules.

        Raises
        ------
        ProfileError
            If it belongs to another mat, or loosens more than anyone may; nothing has changed.
        """
        people = _people(profile)
        if people == self._people:
            return
        if people.in_force != self._people.in_force:
            self.limits = limits_for(self.layout, *people.in_force)
            self._safety.adopt(self.limits)
            self._judge.adopt(self.limits)
        self._adopt(people)

    def _adopt(self, people: People) -> None:
        self._people = people
        sustained = self._safety.sustained
        sustained.history = self._histories.change(people.person or THE_MAT, sustained.history)
        self._histories.forget_others(people.profiles)
        sustained.recount()
        self._safety.mat.missing = people.missing

    def kept(self) -> Kept:
        """Say what must outlive a restart: with each event and each minute."""
        return Kept(
            self._standing.latched(self.layout.zone_ids),
            self._histories.kept(self._safety.sustained.history),
            self._histories.whose,
            self._safety.mat.stay.lasted_us,
        )

    def restore(self, kept: Kept) -> None:
        """Go on where a restart cut it; to be called before the first frame.

        A zone or rule that there is no longer is passed over.
        """
        sustained = self._safety.sustained
        sustained.history = self._histories.restore(kept.histories, kept.whose)
        self._histories.forget_others(self._people.profiles)
        sustained.recount()
        if kept.stay_us is not None:
            self._safety.mat.stay.restore(kept.stay_us)
        for each in kept.latched:
            if each.zone in self.layout.zone_ids:
                event = self._safety.restore(self.layout.zone_ids.index(each.zone), each)
                if event:
                    self._standing.note(event)

    def feed(self, frames: CellFrames) -> Update:
        """Judge frames of a bank: see `Judge.feed`."""
        return self._judge.feed(frames)

    def feed_forces(self, frames: ForceFrames, cells: CellView | None = None) -> Update:
        """Judge frames of forces: see `Judge.feed_forces`."""
        return self._judge.feed_forces(frames, cells)

    def tare(self, tared_on: str, *, confirmed: bool = False) -> Tared | Refusal:
        """Take the mat as it lies there now for empty: see `Judge.tare`."""
        return self._judge.tare(tared_on, confirmed=confirmed)

    @property
    def zero_uncertainty_n(self) -> NDArray[np.float64] | None:
        """Shape (n_zones,): how far the zero of each zone may be off; None without calibration."""
        return self._judge.zero_uncertainty_n

    def zero_kept(self) -> ZeroKept | None:
        """Say what zero tracking has done, to be kept over a restart; None without calibration."""
        return self._judge.zero_kept()

    def restore_zero(self, kept: ZeroKept) -> None:
        """Let zero tracking go on where it stood: see `Judge.restore_zero`."""
        self._judge.restore_zero(kept)

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
        """Take note when the sessions began that count for who is on the mat.

        Parameters
        ----------
        starts_us : iterable of int
            On the clock of the frames, negative before it, in any order; in place of all that was
            known. The one that runs may be among them.
        """
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

    def _zone(self, zone: str | None) -> int | None:
        if zone is not None and zone not in self.layout.zone_ids:
            raise MatError(f"unknown zone {zone}")
        return None if zone is None else self.layout.zone_ids.index(zone)


def _people(profile: Profile | People) -> People:
    return profile if isinstance(profile, People) else People({THE_MAT: profile})
