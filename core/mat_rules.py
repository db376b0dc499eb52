"""Alarms and faults of the whole mat, and its sessions, frame by frame (DESIGN section 6).

| rule                   | condition                                                               |
|------------------------|-------------------------------------------------------------------------|
| `standing_not_allowed` | seated, and more than 45 % of body weight (300 N unknown) for 1 s       |
| `time_over`            | a stay of 30 minutes, until 10 s without contact; again every 60 s      |
| `too_often`            | a session runs, and one began in 24 h before it, or three in 7 days     |
| `total_mismatch`       | standing, and more than 10 % off the known weight for 5 s               |
| `profile_missing`      | no profile on a mat that has had one                                    |
| `fit_poor`             | a foot below 70 % of the size that the mat is made for; always low      |
| others                 | faults that no frame can tell, as reported: `indicator`                 |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from core.presence import AWAY_US, Presence, Session, SessionChange, Stay
from core.rules import (
    FIT_POOR,
    MISMATCH,
    MISSING_PROFILE,
    STANDING,
    TIME_OVER,
    TOO_OFTEN,
    AlarmEvent,
)
from core.units import CN_PER_N, US_PER_S
from core.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.rules import Found
    from core.wire import AlarmState, Priority
    from core.zone_limits import ZoneLimits

MOST_US = 30 * 60 * US_PER_S
"""Longest stay (DESIGN section 6)."""

AGAIN_US = 60 * US_PER_S
DAY_US = 24 * 3600 * US_PER_S
PER_DAY, PER_WEEK = 1, 3
"""Sessions in 24 h and in 7 days, start to start; one more is too often."""


class _Frame(NamedTuple):
    """What the rules of the mat look at."""

    t_us: int
    total_cn: int
    touched: bool


class MatRules:
    """Rules on the whole mat.

    Parameters
    ----------
    limits : ZoneLimits

    Attributes
    ----------
    watches : dict of str to Watch
        By rule.
    stay : Stay
    session : Session
    resting : bool
        Whether a rest step runs, which ends no session. Set by the caller.
    missing : bool
        Whether there ought to be a profile and is none. Set by the caller.
    """

    def __init__(self, limits: ZoneLimits) -> None:
        self._limits = limits
        self._presence = Presence()
        self.stay, self.session = Stay(), Session()
        self.resting = self.missing = False
        self._starts_us: list[int] = []
        self._is_often = False
        self._reported: dict[str, bool] = {}
        self.watches = {
            STANDING: Watch(US_PER_S),
            TIME_OVER: Watch(clear_us=0, again_us=AGAIN_US),
            TOO_OFTEN: Watch(),
            MISMATCH: Watch(5 * US_PER_S),
            MISSING_PROFILE: Watch(),
            FIT_POOR: Watch(),
        }
        self._totals_cn: list[int] = []
        self._lasted_us: list[int] = []

    def adopt(self, limits: ZoneLimits) -> None:
        """Take the limits of another profile."""
        self._limits = limits

    def report(self, rule: str, *, holds: bool) -> None:
        """Take note of a fault that no frame can tell, from the next frame on."""
        self._reported[rule] = holds
        self.watches.setdefault(rule, Watch())

    def sessions_before(self, starts_us: Iterable[int]) -> None:
        """Take note when sessions began, in place of what was known; also that which runs."""
        self._starts_us = [*starts_us]
        if self.session.since_us is not None:
            self._count(self.session.since_us)

    def note_session(self, change: SessionChange | None) -> SessionChange | None:
        """Count a session that has begun."""
        if change and change.state == "started":
            self._count(change.t_us)
        return change

    def _count(self, t_us: int) -> None:
        """See whether a session that begins then is one too many; it counts for the next."""
        day = [at for at in self._starts_us if t_us - DAY_US < at < t_us]
        week = [at for at in self._starts_us if t_us - 7 * DAY_US < at < t_us]
        self._is_often = len(day) >= PER_DAY or len(week) >= PER_WEEK
        self._starts_us = [*week, t_us]

    def feed(
        self, t_us: list[int], total_cn: list[int], touched: list[bool]
    ) -> tuple[list[Found], tuple[SessionChange, ...]]:
        """Go through a batch.

        Parameters
        ----------
        t_us : list of int
        total_cn : list of int
            Force of the known zones, 0.01 N.
        touched : list of bool
            Whether any zone is in contact.
        """
        found: list[Found] = []
        changes: list[SessionChange] = []
        self._totals_cn, self._lasted_us = total_cn, []
        for at, frame in enumerate(map(_Frame, t_us, total_cn, touched)):
            self._presence.step(frame.t_us, touched=frame.touched)
            self.stay.step(frame.t_us, self._presence)
            self._lasted_us.append(self.stay.seen_us)
            change = self.session.step(frame.t_us, self._presence, resting=self.resting)
            if change:
                self.note_session(change)
                changes.append(change)
            found += [(at, event) for event in self._judge(at, frame)]
        return found, tuple(changes)

    def event(
        self, t_us: int, rule: str, frame: int, state: AlarmState, priority: Priority
    ) -> AlarmEvent:
        """Say what became of a rule at a frame of the newest batch."""
        value: float | None = None
        limit: float | None = None
        if rule == STANDING:
            value, limit = self._totals_cn[frame] / CN_PER_N, self._limits.standing_cn / CN_PER_N
        elif rule == TIME_OVER:
            value, limit = self._lasted_us[frame] / US_PER_S, MOST_US / US_PER_S
        kind: Literal["alarm", "fault"] = "alarm" if rule in _ALARMS else "fault"
        return AlarmEvent(t_us, None, rule, kind, priority, state, value, limit)

    def _judge(self, at: int, frame: _Frame) -> Iterator[AlarmEvent]:
        for rule, holds in self._conditions(frame):
            watch = self.watches[rule]
            if holds or watch.busy:
                before = watch.priority
                # An alarm grows only while it holds, a fault whenever somebody steps on.
                grave = self._priority(rule, frame) if holds or rule not in _ALARMS else "low"
                state = watch.step(frame.t_us, holds=holds, priority=grave)
                if state:
                    priority = watch.priority or before or "low"
                    yield self.event(frame.t_us, rule, at, state, priority)

    def _conditions(self, frame: _Frame) -> tuple[tuple[str, bool], ...]:
        limits, weight_cn = self._limits, self._limits.weight_cn
        stands = limits.mode == "seated" and frame.total_cn > limits.standing_cn
        lasted_us, away_us = self.stay.lasted_us, self._presence.away_us
        over = lasted_us is not None and lasted_us >= MOST_US and away_us < AWAY_US
        off = (
            weight_cn is not None
            and limits.mode == "standing"
            and frame.touched
            and 10 * abs(frame.total_cn - weight_cn) > weight_cn
        )
        return (
            (STANDING, stands),
            (TIME_OVER, over),
            (TOO_OFTEN, self._is_often and self.session.since_us is not None),
            (MISMATCH, off),
            (MISSING_PROFILE, self.missing),
            (FIT_POOR, limits.fit_poor),
            *self._reported.items(),
        )

    def _priority(self, rule: str, frame: _Frame) -> Priority:
        if rule == STANDING:
            return "high" if self._limits.fragile else "medium"
        if rule == TIME_OVER:
            return "medium"
        return "medium" if frame.touched and rule not in _ALWAYS_LOW else "low"


_ALARMS = {STANDING, TIME_OVER, TOO_OFTEN}
_ALWAYS_LOW = {TOO_OFTEN, FIT_POOR}
