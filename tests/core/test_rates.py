"""Slow signals get the same verdict at every rate, and when it must come is plain arithmetic."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import Engine
from core.frames import CellView, ForceFrames
from core.layout import load_layout
from core.profiles import Profile
from tests.core.support import S

pytestmark = pytest.mark.unmeasured

LAYOUT = load_layout("full16")
N_ZONES = len(LAYOUT.zone_ids)


class Row(NamedTuple):
    """A rule of a class: kPa, for how long, over which window."""

    rule: str
    kpa: float
    held_s: float
    window_s: float


ROWS = {
    0: (Row("advisory", 150, 0, 1), Row("warning", 200, 5, 1), Row("limit", 400, 0.5, 0.25)),
    1: (Row("advisory", 100, 0, 1), Row("warning", 150, 2, 1), Row("limit", 200, 1, 0.25)),
    2: (Row("advisory", 50, 0, 1), Row("warning", 75, 1, 1), Row("limit", 100, 0.5, 0.25)),
    3: (Row("excluded_contact", 4.67, 0.5, 0.25),),
}
"""The table of DESIGN section 6, written anew."""

CEILING_KPA = {0: 600.0, 1: 400.0, 2: 200.0}
TOP_S, AFTER_S, CLEAR_S = 10.0, 5.0, 2.0


class Slow(NamedTuple):
    """Load of a zone: up in `rise_s`, ten seconds at `top_kpa`, down as slowly."""

    skin: int
    top_kpa: float
    rise_s: float

    def up_at_s(self, kpa: float) -> float:
        return kpa / self.top_kpa * self.rise_s

    def down_at_s(self, kpa: float) -> float:
        return 2 * self.rise_s + TOP_S - self.up_at_s(kpa)

    def kpa(self, t_s: np.ndarray) -> np.ndarray:
        edge = np.minimum(t_s, 2 * self.rise_s + TOP_S - t_s) / self.rise_s
        kpa: np.ndarray = np.clip(edge, 0.0, 1.0) * self.top_kpa
        return kpa


@st.composite
def slow(draw: st.DrawFn) -> Slow:
    """A top between two limits, 3 % away from both at least: none is left out."""
    skin = draw(st.integers(0, 3))
    bounds = [row.kpa for row in ROWS[skin]]
    bounds += [CEILING_KPA[skin]] if skin in CEILING_KPA else []
    edges = [0.5 * bounds[0], *bounds, 1.5 * bounds[-1]]
    at = draw(st.integers(0, len(edges) - 2))
    top = draw(st.floats(edges[at] * 1.03, edges[at + 1] * 0.97))
    return Slow(skin, top, draw(st.floats(3.0, 12.0)))


def said(people: list[Slow], rate_hz: float) -> dict[tuple[int, str, str], float]:
    """Give zone, rule, state and the time in s at which it was first said."""
    classes = {zone: one.skin for zone, one in zip(LAYOUT.zone_ids, people, strict=True)}
    engine = Engine(LAYOUT, Profile(mode="standing", classes=classes))
    lasts_s = max(2 * one.rise_s for one in people) + TOP_S + AFTER_S
    t_us = np.rint(np.arange(int(lasts_s * rate_hz)) * S / rate_hz).astype(np.int64)
    kpa = np.column_stack([one.kpa(t_us / S) for one in people])
    force = np.rint(kpa / engine.limits.scale.peak_kpa_per_n * 100).astype(np.int64)
    frames = ForceFrames(np.arange(len(t_us)), t_us, force, np.ones(force.shape, bool))
    view = CellView(np.zeros_like(force), np.zeros(N_ZONES, np.int64))
    events = engine.feed_forces(frames, view).events
    return {(e.zone, e.rule, e.state): e.t_us / S for e in reversed(events) if e.zone is not None}


def verdict(people: list[Slow]) -> set[tuple[int, str, str]]:
    """What must be said of each zone; nobody acknowledges, so what latches stays."""
    expected = set()
    for zone, one in enumerate(people):
        for row in ROWS[one.skin]:
            if one.top_kpa > row.kpa:
                expected.add((zone, row.rule, "raised"))
                if row.rule in ("advisory", "warning"):
                    expected.add((zone, row.rule, "cleared"))
    return expected


@given(st.lists(slow(), min_size=N_ZONES, max_size=N_ZONES), st.floats(10.0, 93.0))
def test_slow_signals_get_the_same_verdict_in_time_at_any_rate(
    people: list[Slow], rate_hz: float
) -> None:
    """Sixteen loads and classes at once; no later than the window and two frames."""
    found = said(people, rate_hz)
    assert set(found) == verdict(people) == set(said(people, 10.0)) == set(said(people, 93.0))
    for zone, one in enumerate(people):
        for row in ROWS[one.skin]:
            if one.top_kpa <= row.kpa:
                continue
            late_s = row.window_s + 2 / rate_hz
            due_s = one.up_at_s(row.kpa) + row.held_s
            # The ceiling may be seen before the time of the limit is over.
            seen_s = one.up_at_s(CEILING_KPA[one.skin]) if row.rule == "limit" else due_s
            at_s = found[zone, row.rule, "raised"]
            assert min(due_s, seen_s) <= at_s <= due_s + late_s, (zone, row)
            if (zone, row.rule, "cleared") in found:
                calm_s = one.down_at_s(0.9 * row.kpa) + CLEAR_S
                assert calm_s <= found[zone, row.rule, "cleared"] <= calm_s + late_s, (zone, row)
