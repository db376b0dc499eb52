"""Core against the slow reference engine, on signals that hypothesis makes up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine import Engine
from core.frames import CellView, ZoneStatus
from core.layout import parse_layout
from core.profiles import LimitEdit, Profile
from core.zone_limits import OFF_CN, limits_for
from tests.core import signals_made, signals_made_long
from tests.core.reference import Reference
from tests.core.reference_limits import KPA, strictest_of
from tests.core.reference_mat import MAT_FAULTS
from tests.core.reference_place import Event
from tests.core.reference_rules import CELL_FAULTS
from tests.core.signals_made import draw_person, signals
from tests.core.signals_made_acts import FOOT_MM, PLATES, Signal
from tests.core.signals_made_long import long_signals
from tests.core.support import cut, force_frames, small_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from core.frames import ForceFrames
    from core.rules import AlarmEvent
    from tests.core.reference_limits import Person
    from tests.core.signals_made_acts import Command

__all__ = ["Signal", "all_frames", "signals"]

pytestmark = pytest.mark.unmeasured

LAYOUT = parse_layout(small_toml().replace("scale_areas = false\n", ""), "small.toml")
EXAMPLES = max(500, settings().max_examples)
FAULTS = {*CELL_FAULTS, *MAT_FAULTS, "stale", "zone_lost"}

SCENARIOS = [
    *((one.name, signals(one)) for one in signals_made.SCENARIOS),
    *((f"long {one.name}", long_signals(one)) for one in signals_made_long.SCENARIOS),
]
EACH = -(-EXAMPLES // len(SCENARIOS))
SEEN = 20
"""Signals of each scenario in which every kind of event must be met."""


class Told(NamedTuple):
    """What an engine tells of a signal."""

    events: list[Event]
    answers: list[Event]
    """To what people did; in what order at one moment is nobody's law."""
    changes: list[tuple[int, str]]
    """Sessions."""
    statuses: list[tuple[bool, bool]]
    """Contact and unknown of each frame and zone."""


def profile_of(person: Person) -> Profile:
    """Write a person down as core wants it."""
    ids = LAYOUT.zone_ids
    who = {"who": "Dr. Foot", "when": "2026-01-01", "why": "test"}
    return Profile(
        mode="seated" if person.seated else "standing",
        foot_mm=person.foot_mm,
        body_mass_kg=person.body_mass_kg,
        classes=dict(zip(ids, person.classes, strict=True)),
        edits={ids[at]: msgspec.convert(who | dict(edit), LimitEdit) for at, edit in person.edits},
        caps_kpa={ids[at]: cap for at, cap in person.caps_kpa},
    )


def plain(event: AlarmEvent) -> Event:
    assert (event.kind == "fault") == (event.rule in FAULTS)
    return Event(
        event.t_us, event.zone, event.rule, event.state, event.priority, event.value, event.limit
    )


def all_frames(signal: Signal) -> ForceFrames:
    t_us, force_cn, valid, *_ = zip(*signal.frames, strict=True)
    return force_frames(t_us, force_cn, valid)


def view(signal: Signal, first: int, end: int) -> CellView:
    frames = signal.frames[first:end]
    conditions = {
        name: np.array([[name in one for one in frame.conditions] for frame in frames])
        for name in CELL_FAULTS
    }
    return CellView(
        load_bp=np.array([frame.load_bp for frame in frames], np.int64),
        least_cn=np.array([frame.least_cn for frame in frames], np.int64),
        conditions=conditions,
    )


def do_in_core(engine: Engine, one: Command, told: Told) -> None:
    zone = None if one.zone is None else LAYOUT.zone_ids[one.zone]
    if one.name == "acknowledge":
        told.answers.extend(
            map(plain, engine.acknowledge(one.t_us, zone, one.rule, beside=one.yes))
        )
    elif one.name == "pause":
        told.answers.extend(map(plain, engine.pause(one.t_us, one.seconds, zone, one.rule)))
    elif one.name == "report":
        assert one.rule is not None
        engine.report(one.rule, holds=one.yes)
    elif one.name == "rest":
        engine.set_resting(resting=one.yes)
    elif one.name == "person":
        assert one.person is not None
        engine.set_profile(profile_of(one.person))
    else:
        start_or_stop = engine.start_session if one.name == "start" else engine.stop_session
        change = start_or_stop(one.t_us)
        told.changes.extend([(change.t_us, change.state)] if change else [])


def by_core(signal: Signal) -> Told:
    engine = Engine(LAYOUT, profile_of(signal.person))
    engine.sessions_before(signal.earlier_us)
    told = Told([], [], [], [])
    first = 0
    for part in cut(all_frames(signal), [*signal.cuts, *signal.commands]):
        for command in signal.commands.get(first, ()):
            do_in_core(engine, command, told)
        end = first + len(part)
        update = engine.feed_forces(part, cells=view(signal, first, end))
        first = end
        told.events.extend(map(plain, update.events))
        told.changes.extend((one.t_us, one.state) for one in update.sessions)
        told.statuses.extend(
            (bool(one & ZoneStatus.CONTACT), bool(one & ZoneStatus.UNKNOWN))
            for one in update.status.ravel().tolist()
        )
    return told


def do_in_reference(engine: Reference, one: Command, told: Told) -> None:
    if one.name == "acknowledge":
        told.answers.extend(engine.acknowledge(one.t_us, one.zone, one.rule, beside=one.yes))
    elif one.name == "pause":
        told.answers.extend(engine.pause(one.t_us, one.seconds, one.zone, one.rule))
    elif one.name == "report":
        assert one.rule is not None
        engine.report(one.rule, holds=one.yes)
    elif one.name == "rest":
        engine.set_resting(resting=one.yes)
    elif one.name == "person":
        assert one.person is not None
        engine.set_person(one.person)
    else:
        (engine.start_session if one.name == "start" else engine.stop_session)(one.t_us)


def by_reference(signal: Signal) -> Told:
    engine = Reference(PLATES, FOOT_MM, signal.person)
    engine.sessions_before(list(signal.earlier_us))
    told = Told([], [], [], [])
    for k, frame in enumerate(signal.frames):
        for command in signal.commands.get(k, ()):
            do_in_reference(engine, command, told)
        told.events.extend(engine.feed(frame))
        told.changes.extend(engine.session_changes())
        told.statuses.extend(engine.statuses())
    return told


def same_figures(one: Event, other: Event) -> bool:
    """Values and limits; None only where the other is None."""
    pairs = zip(one[5:], other[5:], strict=True)
    return all(
        a is b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9))
        for a, b in pairs
    )


def kinds(events: Sequence[Event]) -> list[tuple[object, ...]]:
    return [event[:5] for event in events]


def order(event: Event) -> tuple[object, ...]:
    return (event.t_us, -1 if event.zone is None else event.zone, *event[2:5])


def compare(signal: Signal) -> None:
    """Let both judge a signal, and refuse any difference."""
    core, expected = by_core(signal), by_reference(signal)
    assert kinds(core.events) == kinds(expected.events)
    for one, other in zip(core.events, expected.events, strict=True):
        assert same_figures(one, other), (one, other)
    assert kinds(sorted(core.answers, key=order)) == kinds(sorted(expected.answers, key=order))
    assert core.changes == expected.changes
    assert core.statuses == expected.statuses


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "strategy"), SCENARIOS, ids=[name for name, _ in SCENARIOS])
def test_core_tells_what_the_reference_does(name: str, strategy: SearchStrategy[Signal]) -> None:
    @settings(max_examples=EACH, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def both(signal: Signal) -> None:
        compare(signal)

    both()


@st.composite
def several(draw: st.DrawFn) -> tuple[Person, ...]:
    scenarios = st.sampled_from(signals_made.SCENARIOS)
    zone = st.integers(0, len(PLATES) - 1)
    n = draw(st.integers(1, 3))
    return tuple(draw_person(draw, draw(zone), draw(scenarios)) for _ in range(n))


@given(several())
def test_limits_of_one_and_of_several_are_those_of_the_text(persons: tuple[Person, ...]) -> None:
    limits = limits_for(LAYOUT, *map(profile_of, persons))
    for zone, plate in enumerate(PLATES):
        bounds = strictest_of(plate, persons, zone, FOOT_MM)
        assert limits.classes[zone] == bounds.skin_class
        assert limits.contact_cn[zone] == bounds.contact_cn
        assert limits.scale.peak_kpa_per_n[zone] == pytest.approx(bounds.peak_kpa_per_n, rel=1e-12)
        for name in KPA:
            assert limits.cn(name)[zone] == bounds.cn.get(name, OFF_CN)
            assert limits.kpa(name)[zone] == pytest.approx(
                bounds.kpa.get(name, math.inf), rel=1e-12
            )
        for name, us in bounds.persistence_us.items():
            assert limits.persistence_us(name)[zone] == us


WANTED = {
    "low": ("advisory", "zone_lost", "stale", "sustained", "too_often", *CELL_FAULTS,
            "profile_missing", "indicator"),
    "medium": ("warning", "zone_lost", "stale", "sustained", *CELL_FAULTS,
               "standing_not_allowed", "time_over", "total_mismatch", "profile_missing",
               "indicator"),
    "high": ("limit", "excluded_contact", "overload", "zone_lost", "standing_not_allowed"),
}  # fmt: skip
STATES = ("raised", "acknowledged", "paused", "cleared")


def test_signals_reach_every_kind_of_event() -> None:
    """The search is worth something only if it meets what it is to compare."""
    wanted = {(r, s, p) for p, rules in WANTED.items() for r in rules for s in STATES}
    seen: set[tuple[str, str, str]] = set()
    for _, strategy in SCENARIOS:
        if wanted <= seen:
            break

        @settings(max_examples=SEEN, database=None, suppress_health_check=list(HealthCheck))
        @given(strategy)
        def look(signal: Signal) -> None:
            told = by_reference(signal)
            seen.update((e.rule, e.state, e.priority) for e in told.events + told.answers)

        look()
    assert not wanted - seen
