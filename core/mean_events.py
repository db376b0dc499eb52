"""What a rule on a mean saw, and its limit, in its unit: what its events say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.cell_loads import CAPACITY_BP
from core.class_limits import EXCLUDED_KPA
from core.highest import Highest
from core.rules import RULES, AlarmEvent
from core.units import CN_PER_N

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.windows import Batch
    from core.wire import AlarmState
    from core.zone_limits import ZoneLimits

RULE_INDEX = {rule.name: at for at, rule in enumerate(RULES)}
"""Row of each rule."""

EXCLUDED = RULE_INDEX["excluded_contact"]

_BP_PER_PERCENT = 100.0


class MeanEvents:
    """Makes the events of rules on means.

    Parameters
    ----------
    limits : ZoneLimits

    Attributes
    ----------
    top : Highest
        Highest values since the rules were raised.
    """

    def __init__(self, limits: ZoneLimits) -> None:
        n_zones = len(limits.classes)
        self.top = Highest(n_zones)
        self._batch: Batch | None = None
        self._least_cn = np.zeros(n_zones, np.int64)
        self.adopt(limits)

    def adopt(self, limits: ZoneLimits) -> None:
        """Take another profile's limits."""
        self._peak_kpa_per_n: list[float] = limits.scale.peak_kpa_per_n.tolist()
        self._kpa = [limits.kpa(rule.name).tolist() if rule.of == "force" else [] for rule in RULES]

    def look(self, batch: Batch, least_cn: NDArray[np.int64]) -> None:
        """Take the newest batch, which events are about."""
        self._batch, self._least_cn = batch, least_cn

    def begin(self, at: int, zone: int, frame: int) -> None:
        """Take note that a rule was raised at a frame of the newest batch."""
        assert self._batch is not None  # noqa: S101 - it was raised in one
        self.top.begin(at, zone, self._batch, frame)

    def highest(self, zone: int, raised: AlarmEvent) -> float | None:
        """Highest value of a rule since it was raised, in its unit."""
        at = RULE_INDEX[raised.rule]
        top = self.top.get(at, zone)
        if top is None or raised.value is None:
            return raised.value
        return max(raised.value, self._in_unit(at, zone, top))

    def event(
        self, rule: str, zone: int, frame: int, state: AlarmState, t_us: int | None = None
    ) -> AlarmEvent:
        """Say what became of a rule at a frame of the newest batch."""
        at, batch = RULE_INDEX[rule], self._batch
        t_us = int(batch.t_us[frame]) if t_us is None and batch else t_us or 0
        value = None if batch is None else self._value(at, batch, frame, zone, state)
        limit = self.limit(at, zone, frame)
        return AlarmEvent(t_us, zone, rule, "alarm", RULES[at].priority, state, value, limit)

    def _value(self, at: int, batch: Batch, frame: int, zone: int, state: AlarmState) -> float:
        """Give what a rule saw: its mean, and when raised the newest value if that is higher."""
        mean = int(batch.total[at, frame, zone]) / int(batch.count[at, frame, zone])
        is_load = RULES[at].of == "load"
        newest = int((batch.load_bp if is_load else batch.value_cn)[frame, zone])
        return self._in_unit(at, zone, max(mean, newest) if state == "raised" else mean)

    def _in_unit(self, at: int, zone: int, value: float) -> float:
        if RULES[at].of == "load":
            return value / _BP_PER_PERCENT
        return value / CN_PER_N * self._peak_kpa_per_n[zone]

    def limit(self, at: int, zone: int, frame: int = -1) -> float | None:
        """Limit of a rule in its unit; None where it has none any more."""
        if RULES[at].of == "load":
            return CAPACITY_BP / _BP_PER_PERCENT
        kpa: float = self._kpa[at][zone]
        if at == EXCLUDED and kpa == EXCLUDED_KPA:
            least_cn = self._least_cn if self._least_cn.ndim == 1 else self._least_cn[frame]
            kpa = max(kpa, int(least_cn[zone]) / CN_PER_N * self._peak_kpa_per_n[zone])
        return None if kpa == math.inf else kpa
