"""Core against the slow reference engine, on signals that hypothesis makes up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.frames import ZoneStatus
from tests.core import reference
from tests.core.reference import Event, Frame, Limits, Reference
from tests.core.support import S, cut, force_frames, limits_of, new_engine, small_layout

if TYPE_CHECKING:
    from core.engine import Update
    from core.frames import ForceFrames
    from core.rules import AlarmEvent

LAYOUT = small_layout()
N_ZONES = len(LAYOUT.zone_ids)
LIMITS = limits_of(new_engine(LAYOUT))
MAX_FRAMES = 240
EXAMPLES = max(500, settings().max_examples)


class Signal(NamedTuple):
    frames: tuple[Frame, ...]
    cuts: tuple[int, ...]
    acks: dict[int, tuple[int | None, str | None]]
    """By number of the frame before which it comes: zone and rule."""


def levels(limits: Limits) -> list[int]:
    """Forces on both sides of everything that is compared."""
    at: list[int] = [0, -30, limits.ceiling_cn * 2, limits.contact_cn]
    for bound in (limits.warning_cn, limits.limit_cn, limits.ceiling_cn):
        at += [bound - 1, bound, bound + 1, 9 * bound // 10, -(-9 * bound // 10)]
    for half in (limits.limit_cn, limits.contact_cn):
        at += [(half - 1) // 2, (half + 1) // 2]
    return at


def times(draw: st.DrawFn, rate_hz: int) -> list[int]:
    """Frames of one rate with jitter, and gaps in which nothing comes."""
    n = draw(st.integers(20, MAX_FRAMES))
    period = S // rate_hz
    jitter = draw(st.lists(st.integers(-period // 5, period // 5), min_size=1, max_size=7))
    gaps = draw(
        st.dictionaries(
            st.integers(0, n - 1),
            st.sampled_from([40_000, 499_000, 500_001, 1_100_000, 120_000_000]),
            max_size=3,
        )
    )  # fmt: skip
    t_us, out = draw(st.sampled_from([0, 12_345_678])), []
    for k in range(n):
        t_us += period + jitter[k % len(jitter)] + gaps.get(k, 0)
        out.append(t_us)
    return out


KINDS = ("hold", "hold", "taps", "mix", "burst", "bad", "flicker", "relief")


def relief(draw: st.DrawFn, limits: Limits, rate_hz: int) -> list[tuple[int, bool]]:
    """Raise an alarm, let go for about 2 s, and then let something happen just as it clears."""
    pressed = draw(st.sampled_from([limits.warning_cn, limits.limit_cn, limits.ceiling_cn]))
    near = draw(st.integers(-4, 4))
    out = [(pressed, True)] * (5 * rate_hz // 2)
    quiet = 2 * rate_hz + draw(st.sampled_from([0, rate_hz // 4, rate_hz])) + near
    what = draw(st.sampled_from(["lost", "burst", "taps"]))
    if what == "lost":
        return out + [(0, True)] * quiet + [(0, False)] * rate_hz + [(0, True)] * (rate_hz // 2)
    if what == "burst":
        return out + [(0, True)] * quiet + [(limits.ceiling_cn, True)] * 3 + [(0, True)] * 3
    taps = [(0, True), (0, True), (limits.limit_cn, True)]
    return out + [(0, True)] * max(quiet - 12, 1) + taps * 5 + [(0, True)] * 3


def forces(draw: st.DrawFn, limits: Limits, n: int, rate_hz: int) -> list[tuple[int, bool]]:
    """Forces and goodness of one zone: steps, taps, bursts, means at a limit, and losses."""
    out: list[tuple[int, bool]] = []
    level = st.sampled_from(levels(limits))
    while len(out) < n:
        kind = draw(st.sampled_from(KINDS))
        if kind == "relief":
            out += relief(draw, limits, rate_hz)
            continue
        many = draw(st.integers(1, 90))
        low, high = draw(level), draw(level)
        if kind == "hold":
            out += [(low, True)] * many
        elif kind == "taps":
            width = draw(st.integers(1, 3))
            tap = [(0, True)] * draw(st.integers(1, 4)) + [(limits.limit_cn, True)] * width
            out += tap * draw(st.integers(1, 6))
        elif kind == "mix":
            out += [(low, True), (high, True)] * (many // 2)
        elif kind == "burst":
            out += [(low, True)] * (many // 4) + [(limits.ceiling_cn, True)] * (many % 4)
        elif kind == "bad":
            out += [(10**7, False)] * many
        else:
            out += [(low, True), (high, False)] * (many // 2)
    return out[:n]


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    rate_hz = draw(st.sampled_from([10, 10, 11, 20, 37, 80, 93]))
    t_us = times(draw, rate_hz)
    zones = [forces(draw, limits, len(t_us), rate_hz) for limits in LIMITS]
    frames = tuple(
        Frame(t, tuple(z[k][0] for z in zones), tuple(z[k][1] for z in zones))
        for k, t in enumerate(t_us)
    )
    where = st.integers(1, len(t_us) - 1)
    which = st.tuples(
        st.sampled_from([None, None, 0, 1, 2]),
        st.sampled_from([None, None, "limit", "warning", "zone_lost", "stale"]),
    )
    acks = draw(st.dictionaries(where, which, max_size=8))
    cuts = tuple(draw(st.lists(where, max_size=6)))
    return Signal(frames, cuts, acks)


def plain(event: AlarmEvent) -> Event:
    return Event(
        event.t_us, event.zone, event.rule, event.state, event.priority,
        event.value, event.limit,
    )  # fmt: skip


def all_frames(signal: Signal) -> ForceFrames:
    t_us, force_cn, valid = zip(*signal.frames, strict=True)
    return force_frames(t_us, force_cn, valid)


def by_core(signal: Signal) -> tuple[list[Event], list[Event], list[tuple[bool, bool]]]:
    """Events of frames, of acknowledgements, and contact and unknown of each frame and zone."""
    engine = new_engine(LAYOUT)
    whole = all_frames(signal)
    events: list[Event] = []
    acknowledged: list[Event] = []
    statuses: list[tuple[bool, bool]] = []
    for part in cut(whole, [*signal.cuts, *signal.acks]):
        before = int(part.seq[0])
        if before in signal.acks:
            zone, rule = signal.acks[before]
            name = None if zone is None else LAYOUT.zone_ids[zone]
            t_us = signal.frames[before - 1].t_us
            acknowledged += map(plain, engine.acknowledge(t_us, name, rule))
        update: Update = engine.feed_forces(part)
        events += map(plain, update.events)
        statuses += [
            (bool(one & ZoneStatus.CONTACT), bool(one & ZoneStatus.UNKNOWN))
            for one in update.status.ravel().tolist()
        ]
    return events, acknowledged, statuses


def by_reference(signal: Signal) -> tuple[list[Event], list[Event], list[tuple[bool, bool]]]:
    engine = Reference(LIMITS, LAYOUT.is_right.tolist())
    events: list[Event] = []
    acknowledged: list[Event] = []
    statuses: list[tuple[bool, bool]] = []
    for k, frame in enumerate(signal.frames):
        if k in signal.acks:
            zone, rule = signal.acks[k]
            acknowledged += engine.acknowledge(signal.frames[k - 1].t_us, zone, rule)
        events += engine.feed(frame)
        statuses += engine.statuses()
    return events, acknowledged, statuses


def same(one: Event, other: Event) -> bool:
    if one[:5] != other[:5] or one.limit_kpa != other.limit_kpa:
        return False
    if one.value_kpa is None or other.value_kpa is None:
        return one.value_kpa is other.value_kpa
    return math.isclose(one.value_kpa, other.value_kpa, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.timeout(3600)
@settings(max_examples=EXAMPLES)
@given(signals())
def test_core_raises_and_clears_what_the_reference_does(signal: Signal) -> None:
    events, acknowledged, statuses = by_core(signal)
    expected, expected_acknowledged, expected_statuses = by_reference(signal)
    assert [e[:5] for e in events] == [e[:5] for e in expected]
    assert all(same(a, b) for a, b in zip(events, expected, strict=True)), (events, expected)
    # The order of acknowledgements at one moment is nobody's law.
    assert sorted(e[:5] for e in acknowledged) == sorted(e[:5] for e in expected_acknowledged)
    assert statuses == expected_statuses


def test_reference_limits_are_those_of_the_text() -> None:
    assert LIMITS[0].warning_cn == math.floor(150 * 36 * 10 / 4.5)
    assert [rule.limit_kpa for rule in reference.RULES] == [150.0, 200.0]
    assert LIMITS[0].contact_cn == 720


def test_signals_reach_every_kind_of_event() -> None:
    """The search is worth something only if it meets what it is to compare."""
    seen: set[tuple[str, str, str]] = set()

    # Which signals come depends on every constant in the code: enough of them for any such change.
    @settings(max_examples=4000, database=None)
    @given(signals())
    def look(signal: Signal) -> None:
        events, acknowledged, _ = by_reference(signal)
        seen.update((e.rule, e.state, e.priority) for e in events + acknowledged)

    look()
    wanted = {("limit", "high"), ("warning", "medium"), ("zone_lost", "high"),
              ("zone_lost", "medium"), ("stale", "medium"), ("stale", "low")}  # fmt: skip
    states = ("raised", "acknowledged", "cleared")
    missing = {(r, s, p) for r, p in wanted for s in states} - seen
    assert not missing
