"""A slow, obvious safety engine to compare core with: DESIGN section 6, sentence by sentence.

Plain Python integers and loops over frames; it shares no code with core. Where the text leaves
a choice, the comment says AMBIGUOUS and which reading, the safer one, is taken. One file each:
`reference_limits` (the table), `reference_place` (states of an alarm), `reference_zone` (means,
overload, losses), `reference_sustained` (seconds under load), `reference_mat` (the whole mat).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.core.reference_limits import S, bounds_of
from tests.core.reference_mat import Mat
from tests.core.reference_rules import Reading
from tests.core.reference_sustained import Sustained
from tests.core.reference_zone import Zone

if TYPE_CHECKING:
    from tests.core.reference_limits import Person, Plate
    from tests.core.reference_mat import Change
    from tests.core.reference_place import Event, Place


class Frame(NamedTuple):
    """One frame of all zones: time in us, force in 0.01 N, and whether it is a good one."""

    t_us: int
    force_cn: tuple[int, ...]
    valid: tuple[bool, ...]
    load_bp: tuple[int, ...]
    least_cn: tuple[int, ...]
    conditions: tuple[frozenset[str], ...]


class Limits(NamedTuple):
    """Limits of one zone of class 1, for tests that need no more."""

    warning_cn: int
    limit_cn: int
    ceiling_cn: int
    contact_cn: int
    peak_kpa_per_n: float


class Reference:
    """Judges frames one at a time; between them people press buttons."""

    def __init__(self, plates: list[Plate], foot_mm: tuple[float, float], person: Person) -> None:
        self.plates, self.foot_mm = plates, foot_mm
        self.zones = [
            Zone(at, bounds_of(plate, person, at, foot_mm), right=plate.right)
            for at, plate in enumerate(plates)
        ]
        self.sustained = Sustained(self.zones)
        self.mat = Mat(self.zones, person, foot_mm)
        self.before_us: int | None = None

    @property
    def places(self) -> list[Place]:
        return [*self.zones, self.mat]

    def feed(self, frame: Frame) -> list[Event]:
        for at, zone in enumerate(self.zones):
            zone.look(
                Reading(
                    frame.t_us, frame.force_cn[at], frame.valid[at],
                    frame.load_bp[at], frame.least_cn[at], frame.conditions[at],
                )
            )  # fmt: skip
        self.sustained.look(frame.t_us)
        for zone in self.zones:
            zone.judge(self.before_us, foot_on=self._foot_on(zone.right))
        self.mat.judge(frame.t_us, self.before_us)
        is_new = any(place.is_new for place in self.places)
        for place in self.places:
            place.end_pauses(frame.t_us, at_once=is_new)
        self.before_us = frame.t_us
        return self._taken()

    def statuses(self) -> list[tuple[bool, bool]]:
        """Of each zone: contact, unknown (no value yet counts as unknown)."""
        return [(zone.contact, not zone.known) for zone in self.zones]

    def set_person(self, person: Person) -> None:
        # AMBIGUOUS: the same profile sent again is no new profile.
        if person == self.mat.person:
            return
        for at, (zone, plate) in enumerate(zip(self.zones, self.plates, strict=True)):
            zone.set_bounds(bounds_of(plate, person, at, self.foot_mm))
        self.mat.set_person(person)

    def acknowledge(
        self, t_us: int, zone: int | None, rule: str | None, *, beside: bool
    ) -> list[Event]:
        for place in self._wanted(zone):
            place.acknowledge(t_us, rule, beside=beside)
        return self._taken()

    def pause(self, t_us: int, seconds: float, zone: int | None, rule: str | None) -> list[Event]:
        for place in self._wanted(zone):
            place.pause(t_us, rule, round(seconds * S))
        return self._taken()

    def report(self, rule: str, *, holds: bool) -> None:
        """Take note of a fault that was found, or is gone, outside of the frames."""
        if holds:
            self.mat.reported.add(rule)
        else:
            self.mat.reported.discard(rule)

    def start_session(self, t_us: int) -> None:
        self.mat.start(t_us)

    def stop_session(self, t_us: int) -> None:
        self.mat.stop(t_us)

    def sessions_before(self, starts_us: list[int]) -> None:
        self.mat.starts_us = list(starts_us)

    def set_resting(self, *, resting: bool) -> None:
        self.mat.resting = resting

    def session_changes(self) -> list[Change]:
        """Changes since the last call."""
        taken, self.mat.changes = self.mat.changes, []
        return taken

    def _foot_on(self, right: bool) -> bool:
        return any(zone.contact for zone in self.zones if zone.right == right)

    def _wanted(self, zone: int | None) -> list[Place]:
        return [place for place in self.places if zone in (None, place.number)]

    def _taken(self) -> list[Event]:
        """Events by zone and then the mat."""
        return [event for place in self.places for event in place.take()]
