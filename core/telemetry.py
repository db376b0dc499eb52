"""What the mat tells the world: the engine's findings as bytes and structs. Sends nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core import wire
from core.frames import ZoneStatus
from core.layout import to_foot_fraction
from core.live import LEVEL_SHIFT, LiveMessage, pack_live
from core.rules import PRIORITIES, UNITS, AlarmEvent
from core.units import CN_PER_N, US_PER_S
from core.words import instruction, reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.engine import Engine
    from core.layout_spec import ZoneSpec
    from core.rules import Key
    from core.standing import ActiveAlarm
    from core.update import Update
    from core.zone_limits import ZoneLimits

_LEVEL: dict[str, wire.Level] = {
    "overload": "limit",
    "excluded_contact": "limit",
    "limit": "limit",
    "warning": "warning",
    "advisory": "advisory",
}
"""Level of a zone by the gravest of these that stands on it, gravest first."""

_SHOWN = ("warning", "limit")
"""Limits that pages draw."""


@dataclass(frozen=True)
class MatFacts:
    """What `info` says beside layout and profile.

    Attributes
    ----------
    mat, software, source : str
    rate_hz : float
    clock_synchronised : bool
    calibrated_on, calibration_id : str
    verbs : tuple of str
        Commands that this mat takes.
    """

    mat: str
    software: str
    source: str
    rate_hz: float
    clock_synchronised: bool
    calibrated_on: str
    calibration_id: str
    verbs: tuple[str, ...]


class Telemetry:
    """Collects updates and words them.

    Parameters
    ----------
    engine : Engine
    boot_id : str
        16 hex digits.
    facts : MatFacts
    """

    def __init__(self, engine: Engine, boot_id: str, facts: MatFacts) -> None:
        self._engine = engine
        self._boot_id = boot_id
        self._facts = facts
        self._pending: list[Update] = []
        self._newest: Update | None = None
        self._lost = 0
        self._limits: ZoneLimits | None = None
        self._take_limits()
        self._state_max_cn: NDArray[np.int64] | None = None

    def add(self, update: Update) -> None:
        """Take what the engine found, for the next messages."""
        self._take_limits()
        self._pending.append(update)
        self._newest = update
        self._lost += update.frames.lost
        highest = update.value_cn.max(axis=0)
        before = self._state_max_cn
        self._state_max_cn = highest if before is None else np.maximum(before, highest)

    def _take_limits(self) -> None:
        """Work out what pages draw, when another profile holds."""
        limits = self._engine.limits
        if limits is not self._limits:
            self._limits = limits
            self._cn = {name: limits.shown_cn(name) for name in _SHOWN}
            self._kpa = {name: limits.shown_kpa(name).tolist() for name in _SHOWN}

    def drop_live(self) -> None:
        """Forget frames that nobody watches."""
        self._pending.clear()

    def live(self) -> bytes | None:
        """Pack the frames since the last call; None if there were none."""
        if not self._pending:
            return None
        updates, newest = self._pending, self._pending[-1]
        self._pending = []
        value_cn = np.concatenate([update.value_cn for update in updates])
        status = np.concatenate([update.status for update in updates])
        x_mm, y_mm = newest.balance.cop_mm[-1]
        return pack_live(
            LiveMessage(
                boot_id=self._boot_id,
                seq=int(newest.frames.seq[-1]),
                lost=self._lost,
                profile_version=self._engine.limits.version,
                t_us=np.concatenate([update.frames.t_us for update in updates]),
                total_cn=int(newest.balance.total_cn[-1]),
                left_share_pct=float(newest.balance.left_share_pct[-1]),
                cop_mm=(float(x_mm), float(y_mm)),
                warning_cn=self._cn["warning"],
                limit_cn=self._cn["limit"],
                max_cn=value_cn.max(axis=0),
                force_cn=value_cn,
                status=status | self._levels() << LEVEL_SHIFT,
            )
        )

    def info(self) -> wire.Info:
        """Say what this mat is."""
        facts, engine = self._facts, self._engine
        now = engine.calibration
        return wire.Info(
            mat=facts.mat,
            software=facts.software,
            boot_id=self._boot_id,
            rate_hz=facts.rate_hz,
            source=facts.source,
            mode=engine.limits.mode,
            clock_synchronised=facts.clock_synchronised,
            # A tare makes another calibration of it, while the mat runs.
            calibrated_on=now.spec.calibrated_on if now else facts.calibrated_on,
            calibration_id=now.id if now else facts.calibration_id,
            profile_version=engine.limits.version,
            verbs=facts.verbs,
            layout=layout_info(engine),
        )

    def state(self) -> wire.State | None:
        """Word the newest frame; None before the first."""
        if self._newest is None:
            return None
        frames, balance = self._newest.frames, self._newest.balance
        highest = self._newest.value_cn[-1] if self._state_max_cn is None else self._state_max_cn
        self._state_max_cn = None
        share, (x_mm, y_mm) = float(balance.left_share_pct[-1]), balance.cop_mm[-1]
        known = not (self._newest.status[-1] & ZoneStatus.UNKNOWN).all()
        return wire.State(
            boot_id=self._boot_id,
            t_s=int(frames.t_us[-1]) / US_PER_S,
            seq=int(frames.seq[-1]),
            rate_hz=self._facts.rate_hz,
            lost=self._lost,
            total_n=int(balance.total_cn[-1]) / CN_PER_N if known else None,
            left_share_pct=None if math.isnan(share) else round(share, 1),
            cop_mm=None if math.isnan(x_mm) else (round(float(x_mm), 1), round(float(y_mm), 1)),
            zones=self._zones(highest),
            alarms=tuple(self._alarm(alarm) for alarm in self._gravest_first()),
        )

    def event(self, event: AlarmEvent) -> wire.Event:
        """Word one change of one alarm."""
        return wire.Event(
            boot_id=self._boot_id,
            profile_version=self._engine.limits.version,
            **self._words(event, event.state, event.value),
        )

    def _words(
        self, event: AlarmEvent, state: wire.AlarmState, value: float | None
    ) -> dict[str, Any]:
        """Fields that an alarm and its events have in common."""
        zone = self._zone(event)
        in_kpa = event.rule not in UNITS
        return {
            "rule": event.rule,
            "zone": zone.id if zone else None,
            "kind": event.kind,
            "priority": event.priority,
            "state": state,
            "t_s": event.t_us / US_PER_S,
            "value_kpa": _rounded(value) if in_kpa else None,
            "limit_kpa": _rounded(event.limit) if in_kpa else None,
            "instruction": instruction(zone, event, self._engine.limits.mode),
            "reason": reason(zone, event, value),
        }

    def _zone(self, event: AlarmEvent) -> ZoneSpec | None:
        return None if event.zone is None else self._engine.layout.spec.zone[event.zone]

    def _levels(self) -> NDArray[np.uint8]:
        """Gravest standing alarm of each zone, 0 none to 3 high."""
        levels = np.zeros(len(self._engine.layout.zone_ids), np.uint8)
        for alarm in self._engine.active:
            zone = alarm.raised.zone
            if zone is not None:
                levels[zone] = max(levels[zone], PRIORITIES.index(alarm.raised.priority) + 1)
        return levels

    def _gravest_first(self) -> list[ActiveAlarm]:
        def gravity(alarm: ActiveAlarm) -> tuple[int, bool, int]:
            event = alarm.raised
            return -PRIORITIES.index(event.priority), alarm.state != "raised", event.t_us

        return sorted(self._engine.active, key=gravity)

    def _alarm(self, alarm: ActiveAlarm) -> wire.Alarm:
        words = self._words(alarm.raised, alarm.state, alarm.value)
        return wire.Alarm(over=alarm.over, **words)

    def _zones(self, highest_cn: NDArray[np.int64]) -> dict[str, wire.ZoneState]:
        assert self._newest is not None  # noqa: S101 - state() looked
        standing = {(a.raised.zone, a.raised.rule) for a in self._engine.active}
        rows = zip(
            self._engine.layout.zone_ids,
            self._newest.value_cn[-1] / CN_PER_N,
            highest_cn / CN_PER_N,
            self._newest.status[-1],
            strict=True,
        )
        return {
            name: self._zone_state(index, force_n, max_n, int(status), standing)
            for index, (name, force_n, max_n, status) in enumerate(rows)
        }

    def _zone_state(
        self, index: int, force_n: float, max_n: float, status: int, standing: set[Key]
    ) -> wire.ZoneState:
        scale = self._engine.limits.scale
        if status & ZoneStatus.UNKNOWN:
            return wire.ZoneState("unknown", None, None, None, None, None, None)
        return wire.ZoneState(
            level=_level(index, status, standing),
            force_n=round(float(force_n), 2),
            pressure_kpa=_rounded(float(force_n * scale.mean_kpa_per_n[index])),
            peak_est_kpa=_rounded(float(force_n * scale.peak_kpa_per_n[index])),
            max_peak_est_kpa=_rounded(float(max_n * scale.peak_kpa_per_n[index])),
            warning_kpa=self._kpa["warning"][index],
            limit_kpa=self._kpa["limit"][index],
        )


def layout_info(engine: Engine) -> wire.LayoutInfo:
    """Describe the layout as `info` does, with the areas of the person on it."""
    spec, scale = engine.layout.spec, engine.limits.scale
    zones = tuple(
        wire.ZoneInfo(
            id=zone.id,
            foot=zone.foot,
            name=zone.name or zone.anatomy,
            anatomy=zone.anatomy,
            reflex=zone.reflex,
            polygon_mm=zone.polygon_mm,
            label_mm=zone.label_mm or (float(at[0]), float(at[1])),
            peaks=zone.peaks
            or ((*to_foot_fraction(zone.foot, (float(at[0]), float(at[1])), spec.foot_mm), 1.0),),
            mean_kpa_per_n=float(mean),
            peak_kpa_per_n=float(peak),
        )
        for zone, at, mean, peak in zip(
            spec.zone, engine.layout.at_mm, scale.mean_kpa_per_n, scale.peak_kpa_per_n, strict=True
        )
    )
    return wire.LayoutInfo(spec.id, spec.name, engine.layout.hash, spec.foot_mm, zones)


def _level(index: int, status: int, standing: set[Key]) -> wire.Level:
    for rule, level in _LEVEL.items():
        if (index, rule) in standing:
            return level
    if status & ZoneStatus.EXCLUDED:
        return "excluded"
    return "ok" if status & ZoneStatus.CONTACT else "no_contact"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
