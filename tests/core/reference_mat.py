"""What concerns the whole mat in the reference: sessions, uses of the mat, and its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.core.reference_limits import seated_cn, weight_cn
from tests.core.reference_place import RANK, Place

if TYPE_CHECKING:
    from tests.core.reference_limits import Person
    from tests.core.reference_zone import Zone

S = 1_000_000
HOUR = 3600 * S

STANDING_US = 1 * S
MISMATCH_US = 5 * S
OVER_US = 1800 * S
OVER_AGAIN_US = 60 * S
AWAY_US = 10 * S
LEFT_US = 180 * S

MAT_FAULTS = ("total_mismatch", "profile_missing", "fit_poor", "indicator")


class Change(NamedTuple):
    """A session that started or ended."""

    t_us: int
    state: str


class Mat(Place):
    """Everything that is remembered about the mat as a whole."""

    def __init__(
        self, zones: list[Zone], person: Person, layout_foot_mm: tuple[float, float]
    ) -> None:
        super().__init__(None)
        self.layout_foot_mm = layout_foot_mm
        self.zones = zones
        self.person = person
        self.t_us = 0
        self.contact_us: int | None = None
        self.stay_us: int | None = None
        self.over_us: int | None = None
        self.mismatch_us: int | None = None
        self.reported: set[str] = set()
        self.starts_us: list[int] = []
        self.session_us: int | None = None
        self.started_us: int | None = None
        """Start of a session that was not yet looked at."""
        self.changes: list[Change] = []
        self.resting = False

    def set_person(self, person: Person) -> None:
        self.person = person
        self.over_us = self.mismatch_us = None
        self.begin_anew()

    @property
    def contact(self) -> bool:
        return any(zone.contact for zone in self.zones)

    @property
    def total_cn(self) -> int:
        return sum(zone.seen[-1].force_cn for zone in self.zones if zone.known)

    def judge(self, t_us: int, before_us: int | None) -> None:
        self.t_us = t_us
        self._sessions()
        if self.contact:
            self.contact_us = t_us
            self.stay_us = t_us if self.stay_us is None else self.stay_us
        self._end_session()
        self._too_often(before_us)
        self._standing(before_us)
        self._time_over()
        self._faults(before_us)

    # Sessions

    def start(self, t_us: int) -> None:
        if self.session_us is None:
            self.session_us = self.started_us = t_us
            # AMBIGUOUS: sessions of its own are earlier sessions too.
            self.starts_us.append(t_us)
            self.changes.append(Change(t_us, "started"))

    def stop(self, t_us: int) -> None:
        if self.session_us is not None:
            self.session_us = None
            self.changes.append(Change(t_us, "ended"))

    def _sessions(self) -> None:
        """Begin one at the first contact after 10 s without; this frame is not yet a contact."""
        away = self.contact_us is None or self.t_us - self.contact_us >= AWAY_US
        if self.contact and away:
            self.start(self.t_us)

    def _end_session(self) -> None:
        if self.session_us is None or self.resting:
            return
        # One that was started by command, with no contact since, counts from there.
        last_us = max(self.session_us, self.contact_us or self.session_us)
        if self.t_us - last_us >= LEFT_US:
            self.stop(self.t_us)

    def _too_often(self, before_us: int | None) -> None:
        running = self.session_us is not None
        started_us, self.started_us = self.started_us, None
        self.clear_when_absent(self.t_us, before_us, "too_often", holds=running)
        if "too_often" in self.standing:
            if running:
                self.sound_again(self.t_us, "too_often")
        elif running and started_us is not None:
            day = [s for s in self.starts_us if started_us - 24 * HOUR < s < started_us]
            week = [s for s in self.starts_us if started_us - 7 * 24 * HOUR < s < started_us]
            if day or len(week) >= 3:
                self.sound(self.t_us, "too_often", "low")

    # Uses

    def _standing(self, before_us: int | None) -> None:
        stands = self.person.seated and self.total_cn > seated_cn(self.person)
        if not stands:
            self.over_us = None
        elif self.over_us is None:
            self.over_us = self.t_us
        self.clear_when_absent(self.t_us, before_us, "standing_not_allowed", holds=stands)
        if not stands:
            return
        fragile = any(zone.bounds.skin_class >= 2 for zone in self.zones)
        priority = "high" if fragile else "medium"
        stood = self.standing.get("standing_not_allowed")
        if stood is not None:
            # AMBIGUOUS: it rises when a class 2 or 3 comes while somebody stands.
            if RANK[priority] > RANK[stood.priority]:
                self.sound(self.t_us, "standing_not_allowed", priority)
            else:
                self.sound_again(self.t_us, "standing_not_allowed")
        elif self.over_us is not None and self.t_us - self.over_us >= STANDING_US:
            self.sound(self.t_us, "standing_not_allowed", priority)

    def _time_over(self) -> None:
        if self.stay_us is None or self.contact_us is None:
            return
        away_us = self.t_us - self.contact_us
        over = self.t_us - self.stay_us >= OVER_US and away_us < AWAY_US
        stands = self.standing.get("time_over")
        if stands is not None and away_us >= AWAY_US:
            self.clear(self.t_us, "time_over")
        elif over and (stands is None or self.t_us - stands.raised_us >= OVER_AGAIN_US):
            # AMBIGUOUS: after 60 s it comes again also if it was acknowledged or paused since.
            self.sound(self.t_us, "time_over", "medium")
        if away_us >= LEFT_US:
            self.stay_us = None

    # Faults

    def _faults(self, before_us: int | None) -> None:
        mismatch = self._mismatch()
        if not mismatch:
            self.mismatch_us = None
        elif self.mismatch_us is None:
            self.mismatch_us = self.t_us
        for rule in MAT_FAULTS:
            holds = due = rule in self.reported
            if rule == "total_mismatch":
                holds, since_us = mismatch, self.mismatch_us
                due = since_us is not None and self.t_us - since_us >= MISMATCH_US
            if rule == "fit_poor":
                holds = due = self.fit_poor
            loaded = self.contact and rule != "fit_poor"
            self.look_at_fault(self.t_us, before_us, rule, holds=holds, due=due, loaded=loaded)

    @property
    def fit_poor(self) -> bool:
        """DESIGN section 4: length x width below 70 % of that of the layout's foot."""
        if self.person.foot_mm is None:
            return False
        own, made_for = self.person.foot_mm, self.layout_foot_mm
        return own[0] * own[1] < 0.7 * made_for[0] * made_for[1]

    def _mismatch(self) -> bool:
        weight = weight_cn(self.person)
        if self.person.seated or weight is None or not self.contact:
            return False
        return 10 * abs(self.total_cn - weight) > weight

    def figures(self, rule: str, state: str) -> tuple[float | None, float | None]:
        del state
        if rule == "standing_not_allowed":
            return self.total_cn / 100, seated_cn(self.person) / 100
        if rule == "time_over" and self.stay_us is not None:
            return (self.t_us - self.stay_us) / S, OVER_US / S
        return None, None
