"""Loaded seconds: the rule `sustained` of the reference, and the relief that ends it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.core.reference_place import RANK

if TYPE_CHECKING:
    from tests.core.reference_zone import Zone

S = 1_000_000
KEPT = 900
RELIEF = 120

NEED = {0: (900, 900, "low"), 1: (855, 900, "medium"), 2: (285, 300, "medium")}
"""By class: so many loaded buckets, of the last so many, and the priority."""


@dataclass
class Bucket:
    """One second of one zone."""

    total_cn: int = 0
    n_valid: int = 0
    blind: bool = False

    def is_loaded(self, bound_cn: int) -> bool:
        return self.blind or self.n_valid == 0 or self.total_cn >= self.n_valid * bound_cn


class Sustained:
    """Buckets of all zones, and the row of unloaded ones of each foot."""

    def __init__(self, zones: list[Zone]) -> None:
        self.zones = zones
        self.second: int | None = None
        self.open: list[Bucket] = []
        self.kept: list[deque[bool]] = [deque(maxlen=KEPT) for _ in zones]
        self.unloaded = {True: 0, False: 0}
        """Buckets in a row with every zone of the right, and of the left, foot unloaded."""

    def look(self, t_us: int) -> None:
        """Close what is over, judge it, and count this frame."""
        second = t_us // S
        if self.second is not None and second > self.second:
            self._close(
                t_us,
                [
                    bucket.is_loaded(zone.bounds.sustained_cn)
                    for bucket, zone in zip(self.open, self.zones, strict=True)
                ],
            )
            for _ in range(min(second - self.second - 1, KEPT)):
                self._close(t_us, [True for _ in self.zones])
        if second != self.second:
            self.second, self.open = second, [Bucket() for _ in self.zones]
        for bucket, zone in zip(self.open, self.zones, strict=True):
            bucket.blind = bucket.blind or not zone.known
            if zone.now.valid:
                bucket.n_valid += 1
                bucket.total_cn += zone.now.force_cn
        self._sound_again(t_us)

    def _close(self, t_us: int, loaded: list[bool]) -> None:
        for kept, one in zip(self.kept, loaded, strict=True):
            kept.append(one)
        for right in (False, True):
            self._relieve(t_us, right, loaded)
        for kept, zone in zip(self.kept, self.zones, strict=True):
            priority = self._met(zone, kept)
            stands = zone.standing.get("sustained")
            if priority and (stands is None or RANK[priority] > RANK[stands.priority]):
                zone.sound(t_us, "sustained", priority)

    def _relieve(self, t_us: int, right: bool, loaded: list[bool]) -> None:
        foot = [zone for zone in self.zones if zone.right == right]
        self.unloaded[right] += 1
        for zone, one in zip(self.zones, loaded, strict=True):
            if zone in foot and one:
                self.unloaded[right] = 0
        if self.unloaded[right] < RELIEF:
            return
        for kept, zone in zip(self.kept, self.zones, strict=True):
            if zone in foot:
                kept.clear()
                if "sustained" in zone.standing:
                    zone.clear(t_us, "sustained")

    def _met(self, zone: Zone, kept: deque[bool]) -> str | None:
        """Priority of the condition that a zone meets."""
        if zone.bounds.skin_class not in NEED:
            return None
        need, last, priority = NEED[zone.bounds.skin_class]
        count = kept.count(True) if last == KEPT else list(kept)[-last:].count(True)
        return priority if count >= need else None

    def _sound_again(self, t_us: int) -> None:
        for kept, zone in zip(self.kept, self.zones, strict=True):
            stands = zone.standing.get("sustained")
            if stands is not None and stands.forgotten(t_us) and self._met(zone, kept):
                zone.sound_again(t_us, "sustained")
