"""A slow, obvious safety engine to compare core with: DESIGN section 6, sentence by sentence.

Plain Python integers and loops over frames; it shares no code with core. Where the text leaves
a choice, the comment says AMBIGUOUS and which reading, the safer one, is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

MS = 1_000
S = 1_000_000
RANK = {"low": 0, "medium": 1, "high": 2}
NAME = {rank: name for name, rank in RANK.items()}


class Frame(NamedTuple):
    """One frame of all zones: time in us, force in 0.01 N, and whether it is a good one."""

    t_us: int
    force_cn: tuple[int, ...]
    valid: tuple[bool, ...]


class Event(NamedTuple):
    """What both engines must agree on."""

    t_us: int
    zone: int | None
    rule: str
    state: str
    priority: str
    value_kpa: float | None
    limit_kpa: float | None


class Limits(NamedTuple):
    """Limits of one zone, 0.01 N, and what turns a force into the estimated peak."""

    warning_cn: int
    limit_cn: int
    ceiling_cn: int
    contact_cn: int
    peak_kpa_per_n: float


class Rule(NamedTuple):
    name: str
    priority: str
    window_us: int
    persistence_us: int
    limit_kpa: float
    needs_acknowledge: bool


WARNING = Rule("warning", "medium", 1 * S, 2 * S, 150.0, needs_acknowledge=False)
LIMIT = Rule("limit", "high", 250 * MS, 1 * S, 200.0, needs_acknowledge=True)
RULES = (WARNING, LIMIT)


LOST_US = 500 * MS
CLEAR_US = 2 * S
SEEN_US = 120 * S
CEILING_US = 50 * MS
TAPS_US = 10 * S
TAPS = 5


@dataclass
class Standing:
    """An alarm that is raised and not cleared, and how far it is on its way to clear."""

    priority: str
    latching: bool
    acknowledged: bool = False
    acknowledged_us: int = 0
    clear_us: int | None = None  # good time so far; None: the run has not begun

    def clears(self, *, good: bool, ends: bool, begins: bool, step_us: int) -> bool:
        """Take one frame; tell whether the alarm clears at it."""
        if ends:
            self.clear_us = None
        elif self.clear_us is None:
            self.clear_us = 0 if begins else None
        elif good:
            self.clear_us += step_us
        done = good and self.clear_us is not None and self.clear_us >= CLEAR_US
        return done and (self.acknowledged or not self.latching)


@dataclass
class Zone:
    """Everything that is remembered about one zone."""

    index: int
    limits: Limits
    seen: list[tuple[int, int]] = field(default_factory=list)  # good frames: time, force
    first_us: int | None = None
    before_us: int | None = None
    run_us: dict[str, int | None] = field(default_factory=lambda: {"warning": None, "limit": None})
    standing: dict[str, Standing] = field(default_factory=dict)
    contact: bool = False
    unknown: bool = False
    newly_unknown: bool = False
    armed: bool = False
    taps: list[int] = field(default_factory=list)

    def limit_cn(self, rule: Rule) -> int:
        return self.limits.warning_cn if rule is WARNING else self.limits.limit_cn

    def window(self, t_us: int, length_us: int) -> list[int]:
        """Forces of the good frames in (t - T, t]; none left: the last one."""
        inside = []
        for at_us, force_cn in reversed(self.seen):
            if at_us <= t_us - length_us:
                break
            inside.append(force_cn)
        return inside

    def mean_of(self, t_us: int, length_us: int) -> list[int]:
        return self.window(t_us, length_us) or [force for _, force in self.seen[-1:]]


class Reference:
    """Judges frames one at a time."""

    def __init__(self, limits: list[Limits], right: list[bool]) -> None:
        self.zones = [Zone(index, one) for index, one in enumerate(limits)]
        self.right = right

    def feed(self, frame: Frame) -> list[Event]:
        for zone in self.zones:
            self._look(zone, frame)
        events: list[Event] = []
        for zone in self.zones:
            found = self._judge(zone, frame)
            found.sort(key=lambda e: (e.state != "cleared", RANK[e.priority], e.rule))
            events += found
            zone.before_us = frame.t_us
        return events

    def acknowledge(self, t_us: int, zone: int | None, rule: str | None) -> list[Event]:
        events = []
        for one in self.zones:
            for name, standing in one.standing.items():
                wanted = zone in (None, one.index) and rule in (None, name)
                if wanted and not standing.acknowledged:
                    standing.acknowledged, standing.acknowledged_us = True, t_us
                    events.append(self._event(one, t_us, name, "acknowledged", standing.priority))
        return events

    def statuses(self) -> list[tuple[bool, bool]]:
        """Of each zone: contact, unknown (no value yet counts as unknown)."""
        return [(zone.contact, zone.unknown or not zone.seen) for zone in self.zones]

    def _look(self, zone: Zone, frame: Frame) -> None:
        """Take the value in, and see contact and unknown, before any rule is judged."""
        t_us, force_cn = frame.t_us, frame.force_cn[zone.index]
        if zone.first_us is None:
            zone.first_us = t_us
        if frame.valid[zone.index]:
            zone.seen.append((t_us, force_cn))
            if force_cn >= zone.limits.contact_cn:
                zone.contact = True
            elif 2 * force_cn < zone.limits.contact_cn:
                zone.contact = False
        # AMBIGUOUS: a zone that never delivered has no last valid frame: from the first of all.
        last_us = zone.seen[-1][0] if zone.seen else zone.first_us
        was_unknown, zone.unknown = zone.unknown, t_us - last_us > LOST_US
        zone.newly_unknown = zone.unknown and not was_unknown

    def _judge(self, zone: Zone, frame: Frame) -> list[Event]:
        at_once = {"warning": self._fifth_tap(zone, frame), "limit": self._ceiling(zone, frame)}
        mean = {rule.name: zone.mean_of(frame.t_us, rule.window_us) for rule in RULES}
        cleared = []
        for rule in RULES:
            cleared += self._clear_rule(
                zone, frame, rule, mean[rule.name], at_once=at_once[rule.name]
            )
        cleared += self._clear_fault(zone, frame, "zone_lost")
        cleared += self._clear_fault(zone, frame, "stale")
        # A loss comes before the means: it ends what was pending, and says how grave that was.
        events = self._lose(zone, frame, mean) if zone.newly_unknown else []
        events += self._contact_grows(zone, frame)
        if zone.unknown:
            for name in ("zone_lost", "stale"):
                events += self._sound_again(zone, frame, name)
        for rule in RULES:
            if zone.unknown:
                continue
            events += self._raise_rule(
                zone, frame, rule, mean[rule.name], at_once=at_once[rule.name]
            )
        return cleared + events

    # Means and runs

    def _raise_rule(
        self, zone: Zone, frame: Frame, rule: Rule, mean: list[int], *, at_once: bool
    ) -> list[Event]:
        over = self._over(zone, rule, mean)
        start_us = zone.run_us[rule.name]
        if over and start_us is None:
            # AMBIGUOUS: a run may begin at a bad frame, when low values leave the window.
            start_us = frame.t_us
        elif not over and frame.valid[zone.index]:
            # AMBIGUOUS: a bad frame never ends a run, even one whose mean falls below the limit.
            start_us = None
        if over:
            again = self._sound_again(zone, frame, rule.name)
            if again:
                return again
        due = start_us is not None and over and frame.t_us - start_us >= rule.persistence_us
        if rule.name in zone.standing or not (due or at_once):
            zone.run_us[rule.name] = None if rule.name in zone.standing else start_us
            return []
        zone.run_us[rule.name] = None
        zone.standing[rule.name] = Standing(rule.priority, rule.needs_acknowledge)
        return [self._event(zone, frame.t_us, rule.name, "raised", rule.priority)]

    def _sound_again(self, zone: Zone, frame: Frame, name: str) -> list[Event]:
        standing = zone.standing.get(name)
        if standing is None or not standing.acknowledged:
            return []
        if frame.t_us - standing.acknowledged_us < SEEN_US:
            return []
        standing.acknowledged = False
        # The way to clear is not touched: it begins below 0.9 of the limit, as ever.
        return [self._event(zone, frame.t_us, name, "raised", standing.priority)]

    def _over(self, zone: Zone, rule: Rule, mean: list[int]) -> bool:
        return bool(mean) and sum(mean) >= len(mean) * zone.limit_cn(rule)

    def _clear_rule(
        self, zone: Zone, frame: Frame, rule: Rule, mean: list[int], *, at_once: bool
    ) -> list[Event]:
        if rule.name not in zone.standing:
            return []
        low = 10 * sum(mean) < 9 * len(mean) * zone.limit_cn(rule)
        # AMBIGUOUS: a blow that would raise it at once is not calm, whatever the mean says.
        calm = low and not at_once
        # AMBIGUOUS: "may clear only after 2 s of valid frames" counts from the loss.
        ends = zone.unknown or not calm
        return self._cleared(
            zone, frame, rule.name, ends=ends, begins=not ends and frame.valid[zone.index]
        )

    def _cleared(
        self, zone: Zone, frame: Frame, rule: str, *, ends: bool, begins: bool
    ) -> list[Event]:
        step_us = frame.t_us - (zone.before_us if zone.before_us is not None else frame.t_us)
        # AMBIGUOUS: a gap without frames ends in a good one; what was in it, nobody knows.
        step_us = step_us if step_us <= LOST_US else 0
        standing = zone.standing[rule]
        good = frame.valid[zone.index]
        if not standing.clears(good=good, ends=ends, begins=begins, step_us=step_us):
            return []
        del zone.standing[rule]
        return [self._event(zone, frame.t_us, rule, "cleared", standing.priority)]

    # At once

    def _ceiling(self, zone: Zone, frame: Frame) -> bool:
        values = zone.window(frame.t_us, CEILING_US)
        return len(values) >= 2 and all(value >= zone.limits.ceiling_cn for value in values)

    def _fifth_tap(self, zone: Zone, frame: Frame) -> bool:
        if not frame.valid[zone.index]:
            return False
        force_cn = frame.force_cn[zone.index]
        # AMBIGUOUS: "the limit" is that of the rule `limit`; the low frame need not be the one
        # just before; taps count while `warning` stands, and the fifth starts the count anew.
        if 2 * force_cn < zone.limits.limit_cn:
            zone.armed = True
        elif force_cn >= zone.limits.limit_cn and zone.armed:
            zone.armed = False
            zone.taps.append(frame.t_us)
            zone.taps = [at_us for at_us in zone.taps if at_us > frame.t_us - TAPS_US]
            if len(zone.taps) >= TAPS:
                zone.taps = []
                return True
        return False

    # Unknown

    def _clear_fault(self, zone: Zone, frame: Frame, name: str) -> list[Event]:
        if name not in zone.standing:
            return []
        good = frame.valid[zone.index]
        return self._cleared(zone, frame, name, ends=zone.unknown, begins=good)

    def _lose(self, zone: Zone, frame: Frame, mean: dict[str, list[int]]) -> list[Event]:
        ranks = [
            RANK[rule.priority]
            for rule in RULES
            if rule.name in zone.standing
            or zone.run_us[rule.name] is not None
            or self._over(zone, rule, mean[rule.name])  # "none left: the last one" counts
        ]
        zone.run_us = dict.fromkeys(zone.run_us)
        faults = [zone.standing[name] for name in ("zone_lost", "stale") if name in zone.standing]
        if not ranks:
            if faults:
                return []
            priority = "medium" if self._foot_in_contact(zone) else "low"
            zone.standing["stale"] = Standing(priority, latching=False)
            return [self._event(zone, frame.t_us, "stale", "raised", priority)]
        lost = zone.standing.get("zone_lost")
        if lost is not None and RANK[lost.priority] >= max(ranks):
            return []
        # AMBIGUOUS: "once", but a graver loss is a graver alarm.
        priority = NAME[max(ranks)]
        zone.standing["zone_lost"] = Standing(priority, latching=priority == "high")
        return [self._event(zone, frame.t_us, "zone_lost", "raised", priority)]

    def _foot_in_contact(self, zone: Zone) -> bool:
        foot = self.right[zone.index]
        return any(one.contact for one in self.zones if self.right[one.index] == foot)

    def _contact_grows(self, zone: Zone, frame: Frame) -> list[Event]:
        stale = zone.standing.get("stale")
        if stale is None or stale.priority != "low" or not self._foot_in_contact(zone):
            return []
        # AMBIGUOUS: what has risen is to be acknowledged anew, as any graver alarm.
        stale.priority, stale.acknowledged = "medium", False
        return [self._event(zone, frame.t_us, "stale", "raised", "medium")]

    def _event(self, zone: Zone, t_us: int, rule: str, state: str, priority: str) -> Event:
        for one in RULES:
            if one.name == rule:
                value_kpa = self._value_kpa(zone, t_us, one, state)
                return Event(t_us, zone.index, rule, state, priority, value_kpa, one.limit_kpa)
        return Event(t_us, zone.index, rule, state, priority, None, None)

    def _value_kpa(self, zone: Zone, t_us: int, rule: Rule, state: str) -> float:
        """AMBIGUOUS: which value; here the mean, and when raised the newest if that is higher."""
        mean = zone.mean_of(t_us, rule.window_us)
        value_cn = Fraction(sum(mean), len(mean))
        if state == "raised":
            value_cn = max(value_cn, Fraction(zone.seen[-1][1]))
        return float(value_cn / 100) * zone.limits.peak_kpa_per_n
