"""What is raised or acknowledged now: the list that pages and lights are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.rules import AlarmEvent, Latched
from core.units import CN_PER_N

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from core.windows import Batch
    from core.wire import AlarmState


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


class Standing:
    """Alarms that have not cleared, in the order in which they were raised.

    Parameters
    ----------
    peak_kpa_per_n : sequence of float
        Estimated peak of one newton, of each zone.
    """

    def __init__(self, peak_kpa_per_n: Sequence[float]) -> None:
        self._peak_kpa_per_n = peak_kpa_per_n
        self._active: dict[tuple[int | None, str], ActiveAlarm] = {}

    @property
    def active(self) -> tuple[ActiveAlarm, ...]:
        """All of them."""
        return tuple(self._active.values())

    def latched(self, zone_ids: Sequence[str]) -> tuple[Latched, ...]:
        """List what stands until somebody acknowledges it."""
        return tuple(
            Latched(
                zone_ids[alarm.raised.zone],
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

    def note(self, events: tuple[AlarmEvent, ...]) -> None:
        """Take what has changed."""
        for event in events:
            key = (event.zone, event.rule)
            if event.state == "cleared":
                self._active.pop(key, None)
            elif key not in self._active or event.priority != self._active[key].raised.priority:
                self._active[key] = ActiveAlarm(event, event.state, event.value_kpa)
            else:
                self._active[key].state = event.state

    def set_over(self, zone: int | None, rule: str, *, over: bool) -> None:
        """Take note whether a condition still holds that no frame tells; None is the whole mat."""
        if (zone, rule) in self._active:
            self._active[zone, rule].over = over

    def follow(self, batch: Batch, holds_now: Callable[[str], NDArray[np.bool_]]) -> None:
        """Keep the highest value of each standing alarm, and whether it still holds.

        Parameters
        ----------
        batch : Batch
            Newest frames, after `note`.
        holds_now : callable
            Gives for a rule where its condition holds, shape (n_zones,).
        """
        if not self._active:
            return
        holds = {rule: holds_now(rule).tolist() for zone, rule in self._active if zone is not None}
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
