"""An engine on a small mat with a clock of its own: press for so long, look at what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.engine import Engine
from core.frames import CellView
from core.profiles import LimitEdit, People, Profile
from tests.core.support import PLATES, S, force_frames, small_layout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from core.rules import AlarmEvent

TOES, HEEL, RIGHT = 0, 1, 2
ZONES = ("l_toes", "l_heel", "r_heel")
LOADED_CN = 1681
"""floor(4.67 kPa x 36 cm2 x 10): the toes have borne weight for too long only from here on."""


def cn(kpa: float, zone: int = TOES) -> int:
    """Limit in 0.01 N, by the formula of DESIGN section 6: floor, doubles, in that order."""
    _, _, _, area, fraction, ratio = PLATES[zone]
    return int(kpa * area * fraction * 10.0 / ratio)


def of_class(number: int) -> Profile:
    """One class everywhere."""
    return Profile(unset_class=number)


def edited(**figures: float) -> Profile:
    """Limits of the toes as a clinician set them, over class 1."""
    return Profile(edits={"l_toes": LimitEdit("Dr A", "2026-11-01", "scar", **figures)})


class Play:
    """Frames at a fixed step, each stretch in one batch."""

    def __init__(
        self, profile: Profile | People | None = None, step_ms: int = 250, start_s: float = 0
    ) -> None:
        self.engine = Engine(small_layout(), profile or Profile())
        self.step_us = step_ms * 1000
        self.t_us = round(start_s * S)
        self.now_cn = [0, 0, 0]
        self.good = [True, True, True]
        self.load_bp = [0, 0, 0]
        self.least_cn = [0, 0, 0]
        self.faults: set[tuple[str, int]] = set()
        self.events: list[tuple[float, int | None, str, str, str]] = []
        self.full: list[AlarmEvent] = []
        self.sessions: list[tuple[float, str]] = []

    @property
    def t_s(self) -> float:
        return self.t_us / S

    def frames(self, n: int) -> None:
        """Give so many frames; the clock then stands at the next one."""
        if n < 1:
            return
        t_us = [self.t_us + k * self.step_us for k in range(n)]
        held: dict[str, NDArray[np.bool_]] = {}
        for name, zone in self.faults:
            held.setdefault(name, np.zeros((n, 3), bool))[:, zone] = True
        view = CellView(np.array([self.load_bp] * n), np.array(self.least_cn), held)
        update = self.engine.feed_forces(
            force_frames(t_us, [self.now_cn] * n, [self.good] * n), view
        )
        self.t_us += n * self.step_us
        self.note(update.events)
        self.sessions += [(change.t_us / S, change.state) for change in update.sessions]

    def note(self, events: Iterable[AlarmEvent]) -> None:
        events = tuple(events)
        self.full += events
        self.events += [(e.t_us / S, e.zone, e.rule, e.state, e.priority) for e in events]

    def until(self, t_s: float) -> None:
        """Give all frames before a time."""
        self.frames(-(-(round(t_s * S) - self.t_us) // self.step_us))

    def wait(self, seconds: float) -> None:
        self.until(self.t_s + seconds)

    def press(self, force_cn: int, zone: int = TOES) -> None:
        self.now_cn[zone] = force_cn

    def ack(self, zone: str | None = None, rule: str | None = None, *, beside: bool = True) -> int:
        """Acknowledge between the last frame and the next; how much was news."""
        events = self.engine.acknowledge(self.t_us, zone, rule, beside=beside)
        self.note(events)
        return len(events)

    def pause(self, seconds: float, zone: str | None = None, rule: str | None = None) -> int:
        events = self.engine.pause(self.t_us, seconds, zone, rule)
        self.note(events)
        return len(events)

    def said(self, rule: str, zone: int | None = TOES) -> list[tuple[float, str, str]]:
        """Time, state and priority of what was said of one rule since the last look at it."""
        mine = [e for e in self.events if e[1:3] == (zone, rule)]
        self.events = [e for e in self.events if e[1:3] != (zone, rule)]
        return [(t_s, state, priority) for t_s, _, _, state, priority in mine]

    def states(self, zone: int | None = TOES) -> dict[str, str]:
        """State of what stands on a zone, by rule."""
        return {a.raised.rule: a.state for a in self.engine.active if a.raised.zone == zone}
