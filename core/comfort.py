"""The guided comfort mapping: takes judged frames and what a person says; no I/O, no clock.

Zone by zone: bear little on it, press slowly, say when it becomes tender.

| phase    | input   | goes on to |                                                              |
|----------|---------|------------|--------------------------------------------------------------|
| LIGHTEN  | LIGHT   | PRESSING   | the zone bears little enough to begin                        |
| LIGHTEN  | SKIP    | LIGHTEN    | the next zone; nothing is found for this one                 |
| LIGHTEN  | LAST    | DONE       | there is no next zone                                        |
| PRESSING | TENDER  | LIGHTEN    | marked: the next zone                                        |
| PRESSING | REACHED | LIGHTEN    | the warning is reached without a mark: the next zone         |
| PRESSING | FAST    | LIGHTEN    | pressed too fast: the same zone again                        |
| PRESSING | LOST    | LIGHTEN    | no reading of the zone: the same zone again                  |
| PRESSING | SKIP    | LIGHTEN    | the next zone; nothing is found for this one                 |
| both     | STOP    | DONE       | what was found is kept                                       |

A person gives TENDER, SKIP and STOP; the rest is found out from the frames. A mark without contact
is refused and changes no phase.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.class_limits import EXCLUDED
from core.comfort_map import ComfortMap
from core.errors import MatError
from core.frames import ZoneStatus
from core.units import CN_PER_N, US_PER_S
from core.words import part, side
from core.zone_limits import limits_for

if TYPE_CHECKING:
    from core.layout import MatLayout
    from core.layout_spec import ZoneSpec
    from core.profiles import Profile
    from core.update import Update

MARK_US = 250_000
"""A mark takes the mean over this much time before it."""

FASTEST_KPA_S = 20.0
"""Estimated peak may rise by this much in any second, no more. Engineering default."""


class Phase(Enum):
    """Where the mapping stands."""

    LIGHTEN = auto()
    PRESSING = auto()
    DONE = auto()


class Input(Enum):
    """What moves it on."""

    LIGHT = auto()
    TENDER = auto()
    REACHED = auto()
    FAST = auto()
    LOST = auto()
    SKIP = auto()
    LAST = auto()
    STOP = auto()


TABLE: dict[tuple[Phase, Input], Phase] = {
    (Phase.LIGHTEN, Input.LIGHT): Phase.PRESSING,
    (Phase.LIGHTEN, Input.SKIP): Phase.LIGHTEN,
    (Phase.LIGHTEN, Input.LAST): Phase.DONE,
    (Phase.PRESSING, Input.TENDER): Phase.LIGHTEN,
    (Phase.PRESSING, Input.REACHED): Phase.LIGHTEN,
    (Phase.PRESSING, Input.FAST): Phase.LIGHTEN,
    (Phase.PRESSING, Input.LOST): Phase.LIGHTEN,
    (Phase.PRESSING, Input.SKIP): Phase.LIGHTEN,
    (Phase.LIGHTEN, Input.STOP): Phase.DONE,
    (Phase.PRESSING, Input.STOP): Phase.DONE,
}

_SAID = (Input.TENDER, Input.SKIP, Input.STOP)


class ComfortMapping:
    """One mapping of the zones of a person that may be pressed.

    A foot with a class 3 zone is left out whole. Personal caps do not count here, for they are
    what is looked for anew: whoever runs the engine beside it takes them out of its profile too.

    Parameters
    ----------
    layout : MatLayout
    profile : Profile

    Raises
    ------
    MatError
        If no zone may be pressed.
    ProfileError
        If the profile belongs to another mat, or passes the hard bounds.

    Attributes
    ----------
    phase : Phase
    refusal : str
        Why the last press or mark was not taken; empty otherwise.
    found_kpa : dict of str to int or None
        As in `ComfortMap`.
    """

    def __init__(self, layout: MatLayout, profile: Profile) -> None:
        limits = limits_for(layout, msgspec.structs.replace(profile, caps_kpa={}))
        off = {z.foot for z in layout.spec.zone if profile.class_of(z.id) == EXCLUDED}
        self._zones = [at for at, z in enumerate(layout.spec.zone) if z.foot not in off]
        if not self._zones:
            raise MatError("no zone may be pressed: each foot has one to keep off")
        self._n_all = len(self._zones)
        self._spec = layout.spec.zone
        self._advisory_cn = limits.cn("advisory")
        self._warning_cn = limits.cn("warning")
        self._scale = limits.scale
        self._pace_cn = limits.scale.peak_cn(np.full(len(self._spec), FASTEST_KPA_S))
        self.phase = Phase.LIGHTEN
        self.refusal = ""
        self.found_kpa: dict[str, int | None] = {}
        self._begin()

    @property
    def zone(self) -> ZoneSpec | None:
        """The zone that is to be pressed now; None when done."""
        return None if self.phase is Phase.DONE else self._spec[self._zones[0]]

    @property
    def progress(self) -> tuple[int, int]:
        """Zones that are behind, and all of them."""
        return self._n_all - len(self._zones), self._n_all

    @property
    def prompt(self) -> str:
        """What the person is to do now."""
        if self.zone is None:
            return "You are done. Take your feet off the mat."
        if self.phase is Phase.LIGHTEN:
            return f"Bear less on your {_place(self.zone)}, until it only just touches."
        return f"Press slowly on your {_place(self.zone)}. Say when it becomes tender."

    @property
    def peak_est_kpa(self) -> float | None:
        """Estimated peak of the zone now, over `MARK_US`; None without a reading."""
        return None if self.zone is None or not self._trail else self._peak_kpa()

    def answer(self, given: Input) -> None:
        """Take what a person says: TENDER, SKIP or STOP.

        Raises
        ------
        MatError
            If that is no answer in this phase.
        """
        if given not in _SAID or (self.phase, given) not in TABLE:
            raise MatError(f"{given.name.lower()} is no answer while {self.phase.name.lower()}")
        if given is Input.TENDER:
            self._mark()
        elif given is Input.SKIP:
            self._next(given)
        else:
            self._go(given)

    def take(self, update: Update) -> None:
        """Take judged frames; later than all before."""
        for row, t_us in enumerate(update.frames.t_us.tolist()):
            if self.phase is Phase.DONE:
                return
            at = self._zones[0]
            self._take(t_us, int(update.value_cn[row, at]), int(update.status[row, at]))

    def result(self, today: str) -> ComfortMap:
        """Give what was found, with its date.

        Raises
        ------
        MatError
            If it is not done.
        """
        if self.phase is not Phase.DONE:
            raise MatError("the mapping is not done; stop it to keep what was found")
        return ComfortMap(today, dict(self.found_kpa))

    def _take(self, t_us: int, value_cn: int, status: int) -> None:
        self._contact = bool(status & ZoneStatus.CONTACT)
        if status & ZoneStatus.UNKNOWN:
            self._trail.clear()
            self._lose()
        elif status & ZoneStatus.VALID:
            self._trail.append((t_us, value_cn))
            while self._trail[0][0] < t_us - US_PER_S:
                self._trail.popleft()
            if self.phase is Phase.PRESSING:
                self._watch()
            else:
                self._wait()

    def _rise_cn(self) -> int:
        """How far the newest value is above the lowest of late."""
        return self._trail[-1][1] - min(value_cn for _, value_cn in self._trail)

    def _wait(self) -> None:
        """Begin once the zone bears at most half of what is advised, and nothing leaps any more."""
        at = self._zones[0]
        total_cn, count = self._mean()
        is_light = 2 * total_cn <= count * int(self._advisory_cn[at])
        if is_light and self._rise_cn() <= int(self._pace_cn[at]):
            self.refusal = ""
            self._go(Input.LIGHT)

    def _watch(self) -> None:
        at = self._zones[0]
        total_cn, count = self._mean()
        if self._rise_cn() > int(self._pace_cn[at]):
            self.refusal = "That was too fast. Let go, and take ten seconds for the next press."
            self._go(Input.FAST)
        elif total_cn >= count * int(self._warning_cn[at]):
            self.found_kpa[self._spec[at].id] = None
            self._next(Input.REACHED)

    def _lose(self) -> None:
        place = _place(self._spec[self._zones[0]])
        self.refusal = f"No reading under your {place}. Check its cable, or skip it."
        if self.phase is Phase.PRESSING:
            self._go(Input.LOST)

    def _mark(self) -> None:
        """Keep the estimated peak, rounded down, or refuse a mark on a zone without contact."""
        spec = self._spec[self._zones[0]]
        if not self._contact:
            self.refusal = f"Nothing presses on your {_place(spec)}. Press first, then say so."
            return
        self.found_kpa[spec.id] = int(self._peak_kpa())
        self._next(Input.TENDER)

    def _peak_kpa(self) -> float:
        total_cn, count = self._mean()
        per_n = float(self._scale.peak_kpa_per_n[self._zones[0]])
        return total_cn * per_n / (count * CN_PER_N)

    def _mean(self) -> tuple[int, int]:
        """Sum and number of the values within `MARK_US` of the newest."""
        since_us = self._trail[-1][0] - MARK_US
        recent = [value_cn for t_us, value_cn in self._trail if t_us > since_us]
        return sum(recent), len(recent)

    def _next(self, given: Input) -> None:
        self._go(given)
        self._zones.pop(0)
        self._begin()
        if not self._zones:
            self._go(Input.LAST)

    def _begin(self) -> None:
        self.refusal = ""
        self._contact = False
        self._trail: deque[tuple[int, int]] = deque()

    def _go(self, given: Input) -> None:
        self.phase = TABLE[self.phase, given]


def _place(zone: ZoneSpec) -> str:
    """Name a zone and its side: `left heel, outer side`."""
    which = side(zone).lower()
    return f"{part(zone)}, {which}" if which else part(zone)
