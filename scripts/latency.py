"""`python -m scripts.latency`: how long each rule takes, for the table in docs/safety.md.

A zone bears nothing for ten seconds, then a step of load; the time from the first frame of the step
to the event is what the engine itself takes, at 10 and 80 frames a second.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.engine import Engine
from core.frames import CellView, ForceFrames
from core.layout import load_layout
from core.profiles import Profile
from core.units import US_PER_S

if TYPE_CHECKING:
    from core.zone_limits import ZoneLimits

RATES_HZ = (10, 80)
ZONE, CALM_S, TAP_EVERY_S = 7, 10, 0.5
LAYOUT = load_layout("full16")
_UNREADABLE = ("silence", "loss")


class Case(NamedTuple):
    """One row: a class, what is expected, and the load."""

    words: str
    skin: int
    rule: str
    of: str
    seconds: float = 8.0


CASES = (
    *(Case(f"`advisory`, class {skin}", skin, "advisory", "advisory") for skin in (0, 1, 2)),
    *(Case(f"`warning`, class {skin}", skin, "warning", "warning") for skin in (0, 1, 2)),
    *(Case(f"`limit`, class {skin}", skin, "limit", "limit") for skin in (0, 1, 2)),
    *(
        Case(f"`limit` by the ceiling, class {skin}", skin, "limit", "ceiling")
        for skin in (0, 1, 2)
    ),
    Case("`warning` by taps, two a second, class 1", 1, "warning", "taps"),
    Case("`excluded_contact`, class 3", 3, "excluded_contact", "excluded_contact"),
    Case("`overload`", 1, "overload", "overload"),
    Case("`stale`, no valid frame any more", 1, "stale", "silence"),
    Case("`zone_lost`, none any more while at the limit", 1, "zone_lost", "loss"),
    Case("`sustained`, class 2", 2, "sustained", "contact", 320),
    Case("`sustained`, class 1", 1, "sustained", "contact", 900),
    Case("`sustained`, class 0", 0, "sustained", "contact", 910),
)


def table() -> str:
    """Measure all rows; return them as a Markdown table."""
    head = "| rule | 10 SPS, at the limit | 1.5 × | 80 SPS, at the limit | 1.5 × |"
    rows = [
        f"| {case.words} | "
        + " | ".join(_shown(latency_s(case, rate, k)) for rate in RATES_HZ for k in (1.0, 1.5))
        + " |"
        for case in CASES
    ]
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def latency_s(case: Case, rate_hz: int, times: float) -> float | None:
    """Time from the step to the event; None where it never comes."""
    zone = LAYOUT.zone_ids[ZONE]
    engine = Engine(LAYOUT, Profile(mode="standing", classes={zone: case.skin}))
    t_us = np.arange(round((CALM_S + case.seconds) * rate_hz)) * (US_PER_S // rate_hz)
    on = t_us >= CALM_S * US_PER_S
    force = np.zeros((len(t_us), len(LAYOUT.zone_ids)), np.int64)
    force[on, ZONE] = np.ceil(_load_cn(case, engine.limits) * times)
    if case.of == "taps":
        force[on, ZONE] *= t_us[on] % round(TAP_EVERY_S * US_PER_S) < US_PER_S // rate_hz
    valid = np.ones(force.shape, bool)
    load_bp = np.zeros_like(force)
    if case.of in _UNREADABLE:
        valid[on, ZONE] = False
    if case.of == "loss":
        force[~on, ZONE] = np.ceil(engine.limits.cn("limit")[ZONE] * times)
    if case.of == "overload":
        load_bp[on, ZONE] = 10_001
    frames = ForceFrames(np.arange(len(t_us)), t_us, force, valid)
    view = CellView(load_bp, np.zeros(force.shape[1], np.int64))
    events = engine.feed_forces(frames, view).events
    first = [e.t_us for e in events if (e.rule, e.zone, e.state) == (case.rule, ZONE, "raised")]
    return first[0] / US_PER_S - CALM_S if first else None


def _load_cn(case: Case, limits: ZoneLimits) -> float:
    if case.of in (*_UNREADABLE, "overload"):
        return 0.0
    if case.of == "contact":
        return float(limits.sustained_cn[ZONE])
    return float(limits.cn("limit" if case.of == "taps" else case.of)[ZONE])


def _shown(latency: float | None) -> str:
    if latency is None:
        return "never"
    return f"{latency:.2f} s" if latency < 60 else f"{latency // 60:.0f} min {latency % 60:.1f} s"


def main() -> int:
    """Print the table."""
    sys.stdout.write(table() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
