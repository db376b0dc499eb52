"""One zone of the reference: contact, the rules on means, what acts at once, and losses."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tests.core.reference_limits import EXCLUDED_KPA, SUSTAINED_KPA
from tests.core.reference_place import CLEAR_US, GAP_US, NAME, RANK, Place
from tests.core.reference_rules import (
    ADVISORY,
    CALMED,
    CEILING_US,
    CELL_FAULTS,
    EXCLUDED,
    FULL_BP,
    MEAN_RULES,
    MS,
    OVERLOAD_US,
    TAPS,
    TAPS_US,
    MeanRule,
    Reading,
    S,
)

if TYPE_CHECKING:
    from tests.core.reference_limits import Bounds


class Zone(Place):
    """Everything that is remembered about one zone."""

    def __init__(self, number: int, bounds: Bounds, *, right: bool) -> None:
        super().__init__(number)
        self.bounds = bounds
        self.right = right
        self.seen: list[Reading] = []  # good ones
        self.forces: dict[int, list[int]] = {}  # of the good ones, by length of the window
        self.now: Reading
        self.first_us: int | None = None
        self.run_us: dict[str, int | None] = {}
        self.contact = self.unknown = self.newly_unknown = False
        self.armed = False
        self.taps: list[int] = []
        self.profile_us = -1  # the last frame under another profile

    def set_bounds(self, bounds: Bounds) -> None:
        """Take the limits of another profile: every run, the taps and the ceiling begin anew."""
        self.bounds = bounds
        self.run_us = {}
        self.armed, self.taps = False, []
        self.profile_us = -1 if self.first_us is None else self.now.t_us
        self.begin_anew()

    @property
    def known(self) -> bool:
        return bool(self.seen) and not self.unknown

    def look(self, now: Reading) -> None:
        """Take the value in, and see contact and unknown, before any rule is judged."""
        self.now = now
        if self.first_us is None:
            self.first_us = now.t_us
        if now.valid:
            self.seen.append(now)
        if self.seen:
            bound_cn = max(self.bounds.contact_cn, now.least_cn)
            value_cn = self.seen[-1].force_cn
            if value_cn >= bound_cn:
                self.contact = True
            elif 2 * value_cn < bound_cn:
                self.contact = False
        for length_us in (S, 250 * MS):
            self.forces[length_us] = [one.force_cn for one in self._window(length_us)]
        # AMBIGUOUS: a zone that never delivered has no last valid frame: from the first of all.
        last_us = self.seen[-1].t_us if self.seen else self.first_us
        was_unknown, self.unknown = self.unknown, now.t_us - last_us > GAP_US
        self.newly_unknown = self.unknown and not was_unknown

    def judge(self, before_us: int | None, *, foot_on: bool) -> None:
        t_us = self.now.t_us
        at_once = {"warning": self._fifth_tap(), "limit": self._ceiling()}
        step_us = t_us - (t_us if before_us is None else before_us)
        # AMBIGUOUS: a gap without frames ends in a good one; what was in it, nobody knows.
        step_us = step_us if step_us <= GAP_US else 0
        for name in [name for name in self.standing if name in CALMED]:
            self._calm(name, step_us, calm=self._is_calm(name, at_once=at_once.get(name, False)))
        # A loss comes before the means: it ends what was pending, and says how grave that was.
        if self.newly_unknown:
            self._lose(foot_on=foot_on)
        self._contact_grows(foot_on=foot_on)
        if self.unknown:
            self.sound_again(t_us, "zone_lost")
            self.sound_again(t_us, "stale")
        else:
            for rule in MEAN_RULES:
                self._raise(rule, at_once=at_once.get(rule.name, False))
        self._raise_overload()
        for name in CELL_FAULTS:
            holds = name in self.now.conditions
            if not holds and name not in self.standing:
                continue
            self.look_at_fault(t_us, before_us, name, holds=holds, due=holds, loaded=foot_on)

    # Means

    def _since(self, after_us: int) -> list[Reading]:
        """Good frames after a moment, newest first."""
        inside = []
        for one in reversed(self.seen):
            if one.t_us <= after_us:
                break
            inside.append(one)
        return inside

    def _window(self, length_us: int) -> list[Reading]:
        """Good frames in (t - T, t]; none left: the last one."""
        return self._since(self.now.t_us - length_us) or self.seen[-1:]

    def _bound_cn(self, rule: MeanRule) -> int | None:
        """Limit of a rule now; None where the class has none."""
        if rule is EXCLUDED:
            excluded = self.bounds.skin_class == 3
            return max(self.bounds.excluded_cn, self.now.least_cn) if excluded else None
        return self.bounds.cn.get(rule.name)

    def _over(self, rule: MeanRule) -> bool:
        bound_cn, mean = self._bound_cn(rule), self.forces[rule.window_us]
        return bound_cn is not None and bool(mean) and sum(mean) >= len(mean) * bound_cn

    def _low(self, rule: MeanRule) -> bool:
        bound_cn, mean = self._bound_cn(rule), self.forces[rule.window_us]
        return bound_cn is None or 10 * sum(mean) < 9 * len(mean) * bound_cn

    def _persistence_us(self, rule: MeanRule) -> int:
        if rule is ADVISORY:
            return 0
        return S // 2 if rule is EXCLUDED else self.bounds.persistence_us[rule.name]

    def _raise(self, rule: MeanRule, *, at_once: bool) -> None:
        over, start_us, t_us = self._over(rule), self.run_us.get(rule.name), self.now.t_us
        if over and start_us is None:
            # AMBIGUOUS: a run may begin at a bad frame, when low values leave the window.
            start_us = t_us
        elif not over and self.now.valid:
            # AMBIGUOUS: a bad frame never ends a run, even one whose mean falls below the limit.
            start_us = None
        if rule.name in self.standing:
            self.run_us[rule.name] = None
            if over:
                self.sound_again(t_us, rule.name)
            return
        due = over and start_us is not None and t_us - start_us >= self._persistence_us(rule)
        self.run_us[rule.name] = None if due or at_once else start_us
        if due or at_once:
            self.sound(t_us, rule.name, rule.priority, latching=rule.latching)

    def _is_calm(self, name: str, *, at_once: bool) -> bool:
        """Tell whether a frame counts towards the 2 s after which it clears."""
        if name == "overload":
            return self._load_low() and not self._overloaded()
        # AMBIGUOUS: a blow that would raise it at once is not calm, whatever the mean says.
        return not at_once and all(self._low(rule) for rule in MEAN_RULES if rule.name == name)

    def _calm(self, name: str, step_us: int, *, calm: bool) -> None:
        """Count good time with the rule calm, and clear after 2 s of it."""
        one = self.standing[name]
        # AMBIGUOUS: "may clear only after 2 s of valid frames" counts from the loss.
        if self.unknown or not calm:
            one.calm_us = None
        elif one.calm_us is None:
            one.calm_us = 0 if self.now.valid else None
        elif self.now.valid:
            one.calm_us += step_us
        done = one.calm_us is not None and one.calm_us >= CLEAR_US
        if done and self.now.valid and one.may_clear():
            self.clear(self.now.t_us, name)

    # At once

    def _ceiling(self) -> bool:
        bound_cn = self.bounds.cn.get("ceiling")
        if bound_cn is None:
            return False
        recent = self._since(max(self.now.t_us - CEILING_US, self.profile_us))
        return len(recent) >= 2 and all(one.force_cn >= bound_cn for one in recent)

    def _fifth_tap(self) -> bool:
        bound_cn, force_cn, t_us = self.bounds.cn.get("limit"), self.now.force_cn, self.now.t_us
        if bound_cn is None or not self.now.valid:
            return False
        # AMBIGUOUS: "the limit" is that of the rule `limit`; the low frame need not be the one
        # just before; taps count while `warning` stands, and the fifth starts the count anew.
        if 2 * force_cn < bound_cn:
            self.armed = True
        elif force_cn >= bound_cn and self.armed:
            self.armed = False
            self.taps = [at_us for at_us in [*self.taps, t_us] if at_us > t_us - TAPS_US]
            if len(self.taps) >= TAPS:
                self.taps = []
                return True
        return False

    # Load of the cells

    def _loads(self) -> list[int]:
        return [one.load_bp for one in self._window(OVERLOAD_US)]

    def _load_low(self) -> bool:
        loads = self._loads()
        return 10 * sum(loads) < 9 * len(loads) * FULL_BP

    def _load_over(self) -> bool:
        loads = self._loads()
        return sum(loads) > len(loads) * FULL_BP

    def _overloaded(self) -> bool:
        return self.now.load_bp > FULL_BP

    def _raise_overload(self) -> None:
        if "overload" not in self.standing:
            if self._overloaded():
                self.sound(self.now.t_us, "overload", "high", latching=True)
        elif self._load_over():
            self.sound_again(self.now.t_us, "overload")

    # Unknown

    def _gravest(self) -> int | None:
        """Rank of the gravest alarm of the zone that is raised or pending."""
        ranks = [
            RANK[rule.priority]
            for rule in MEAN_RULES
            # "None left: the last one" counts, as does a value at the limit just now.
            if self.run_us.get(rule.name) is not None or self._over(rule)
        ]
        ranks += [RANK["high"]] if self._overloaded() or self._load_over() else []
        use = {rule.name for rule in MEAN_RULES} | {"overload", "sustained"}
        ranks += [RANK[one.priority] for name, one in self.standing.items() if name in use]
        return max(ranks, default=None)

    def _lose(self, *, foot_on: bool) -> None:
        gravest, t_us = self._gravest(), self.now.t_us
        self.run_us = {}
        if gravest is None:
            if "zone_lost" not in self.standing and "stale" not in self.standing:
                self.sound(t_us, "stale", "medium" if foot_on else "low")
            return
        # AMBIGUOUS: a loss that hides something is no less grave than one that hides nothing.
        gravest = max(gravest, RANK["medium"]) if foot_on else gravest
        # AMBIGUOUS: "once", but a graver loss is a graver alarm.
        lost = self.standing.get("zone_lost")
        if lost is None or gravest > RANK[lost.priority]:
            priority = NAME[gravest]
            self.sound(t_us, "zone_lost", priority, latching=priority == "high")

    def _contact_grows(self, *, foot_on: bool) -> None:
        """Let what has risen be acknowledged anew, as any graver alarm."""
        for name in ("zone_lost", "stale"):
            one = self.standing.get(name)
            if one is not None and one.priority == "low" and foot_on:
                self.sound(self.now.t_us, name, "medium")

    # What an event says

    def figures(self, rule: str, state: str) -> tuple[float | None, float | None]:
        if rule == "overload":
            return self._load_figure(state), 100.0
        if rule == "sustained":
            last = [one.force_cn / 100 * self.bounds.mean_kpa_per_n for one in self.seen[-1:]]
            return (last[0] if last else None), SUSTAINED_KPA
        for one in MEAN_RULES:
            if one.name == rule:
                return self._peak_kpa(one, state), self._limit_kpa(one)
        return None, None

    def _peak_kpa(self, rule: MeanRule, state: str) -> float:
        """AMBIGUOUS: which value; here the mean, and when raised the newest if that is higher."""
        mean = self.forces[rule.window_us]
        value_cn = Fraction(sum(mean), len(mean))
        if state == "raised":
            value_cn = max(value_cn, Fraction(self.seen[-1].force_cn))
        return float(value_cn / 100) * self.bounds.peak_kpa_per_n

    def _limit_kpa(self, rule: MeanRule) -> float | None:
        if rule is not EXCLUDED:
            return self.bounds.kpa.get(rule.name)
        if self.bounds.skin_class != 3:
            return None
        return max(EXCLUDED_KPA, self.now.least_cn / 100 * self.bounds.peak_kpa_per_n)

    def _load_figure(self, state: str) -> float:
        loads = self._loads()
        values = [Fraction(sum(loads), len(loads))] if loads else []
        if state == "raised":
            values.append(Fraction(self.now.load_bp))
        return float(max(values) / 100)
