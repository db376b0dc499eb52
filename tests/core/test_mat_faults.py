"""Faults of the whole mat: when they are raised, seen, raised again and cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.mat_faults import MatFault
from core.rules import AlarmEvent, event_order
from core.telemetry import MatFacts, Telemetry
from tests.core.support import S, force_frames, new_engine

if TYPE_CHECKING:
    from core.engine import Engine

FACTS = MatFacts("m", "0", "simulator", 10.0, False, "2026-01-01", "x", ())
Seen = list[tuple[str, str]]


def look(fault: MatFault, t_s: float, *, holds: bool, loaded: bool = False) -> Seen:
    events = fault.look(round(t_s * S), holds=holds, loaded=loaded)
    assert all(e.zone is None and e.kind == "fault" for e in events)
    return [(e.state, e.priority) for e in events]


@pytest.mark.parametrize(("loaded", "priority"), [(False, "low"), (True, "medium")])
def test_raised_at_once_and_cleared_after_two_calm_seconds(loaded: bool, priority: str) -> None:
    fault = MatFault("indicator")
    assert look(fault, 0, holds=False, loaded=loaded) == []
    assert look(fault, 1, holds=True, loaded=loaded) == [("raised", priority)]
    assert look(fault, 2, holds=False, loaded=loaded) == []
    assert look(fault, 2.5, holds=True, loaded=loaded) == []
    assert look(fault, 4.4, holds=False, loaded=loaded) == []
    assert look(fault, 4.5, holds=False, loaded=loaded) == [("cleared", priority)]
    assert look(fault, 9, holds=False, loaded=loaded) == []
    assert look(fault, 10, holds=True, loaded=False) == [("raised", "low")]


def test_it_rises_when_somebody_steps_on_and_never_falls() -> None:
    fault = MatFault("indicator")
    look(fault, 0, holds=True)
    assert [e.state for e in fault.acknowledge(S)] == ["acknowledged"]
    assert look(fault, 2, holds=True, loaded=True) == [("raised", "medium")]
    assert look(fault, 3, holds=True, loaded=False) == []
    assert [e.priority for e in fault.acknowledge(4 * S)] == ["medium"]
    # Whoever saw it will be told again.
    assert look(fault, 123.9, holds=True) == []
    assert look(fault, 124, holds=True) == [("raised", "medium")]
    assert fault.acknowledge(125 * S) != []
    assert fault.acknowledge(126 * S) == []


def test_what_is_not_raised_cannot_be_acknowledged() -> None:
    assert MatFault("indicator").acknowledge(0) == []


def load(engine: Engine, t_s: float, force_cn: int) -> None:
    engine.feed_forces(force_frames([round(t_s * S)], [[force_cn] * 3]))


def test_the_engine_follows_it_beside_the_zones() -> None:
    engine = new_engine()
    telemetry = Telemetry(engine, "0123456789abcdef", FACTS)
    load(engine, 0.1, 0)
    (raised,) = engine.report(S // 10, "indicator", holds=True)
    assert (raised.priority, raised.zone) == ("low", None)
    load(engine, 0.2, 3000)
    assert [e.priority for e in engine.report(S // 5, "indicator", holds=True)] == ["medium"]
    telemetry.add(engine.feed_forces(force_frames([S // 2], [[3000] * 3])))
    state = telemetry.state()
    assert state
    (alarm,) = state.alarms
    assert (alarm.rule, alarm.zone, alarm.kind, alarm.over) == ("indicator", None, "fault", True)
    assert "light" in alarm.instruction
    assert "may not warn you" in alarm.reason
    assert telemetry.event(raised).zone is None
    assert telemetry.live()
    assert engine.latched() == ()


def test_it_is_acknowledged_with_all_or_by_name_but_not_with_a_zone() -> None:
    engine = new_engine()
    engine.report(S, "indicator", holds=True)
    assert engine.acknowledge(2 * S, "l_toes") == ()
    assert engine.acknowledge(2 * S, None, "limit") == ()
    assert [e.rule for e in engine.acknowledge(2 * S, None, "indicator")] == ["indicator"]
    assert [each.state for each in engine.active] == ["acknowledged"]
    assert engine.report(5 * S // 2, "indicator", holds=False) == ()
    assert [each.over for each in engine.active] == [False]
    assert [e.state for e in engine.report(5 * S, "indicator", holds=False)] == ["cleared"]
    assert engine.active == ()


def test_the_whole_mat_comes_after_its_zones() -> None:
    def event(zone: int | None) -> tuple[int, AlarmEvent]:
        return 0, AlarmEvent(0, zone, "x", "fault", "low", "raised", None, None)

    assert sorted([event(None), event(63), event(0)], key=event_order) == [
        event(0),
        event(63),
        event(None),
    ]
