"""Whatever is sent to a mat is answered, and what is refused has changed nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.profiles import People, Profile
from core.wire import Reply, decode, encode
from drivers.scenario import EMPTY
from pi.verbs import VERBS
from tests.pi.test_commands import JSON
from tests.pi.test_daemon import BOOT, Rig

DOC = (Path(__file__).parents[2] / "docs/protocol.md").read_text("utf-8")
PEOPLE = People({"ann": Profile(version=3)}, had_one=True)
PROFILE = {
    "version": 4,
    "mode": "seated",
    "foot_mm": [245.0, 92.0],
    "body_mass_kg": 71.0,
    "classes": {"l_toes": 2},
    "unset_class": 1,
    "edits": {"l_mth1": {"who": "Dr. E", "when": "2026-11-25", "why": "x", "advisory_kpa": 60.0}},
    "caps_kpa": {"l_toes": 80.0},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "alarm.ack": {"zone": "l_toes", "rule": "limit", "beside": True},
    "alarm.pause": {"seconds": 60, "zone": "l_toes", "rule": "limit", "beside": False},
    "identify": {},
    "log.level": {"level": "info"},
    "person.choose": {"person": "ann"},
    "profile.remove": {"person": "ann"},
    "profile.set": {"person": "ann", "profile": PROFILE},
    "routine.choose": {"routine": "full", "feet": ["left", "right"]},
    "routine.list": {},
    "routine.next": {},
    "routine.remove": {"routine": "mine"},
    "routine.set": {
        "routine": {
            "id": "mine",
            "name": "Mine",
            "about": "One step",
            "modes": ["seated"],
            "step": [
                {
                    "name": "Holds",
                    "action": "hold",
                    "say": "Press gently",
                    "targets": ["heel"],
                    "repetitions": 3,
                    "longest_s": 60,
                    "band_kpa": [20, 50],
                    "hold_s": [5, 7],
                }
            ],
        }
    },
    "routine.start": {
        "routine": "deep",
        "mode": "seated",
        "feet": ["left", "right"],
        "cleared": {"who": "Dr. E", "when": "2026-11-25"},
    },
    "routine.stop": {},
    "selftest": {},
    "session.start": {"person": "ann"},
    "session.stop": {},
    "sim.press": {"zone": "l_toes", "seconds": 1},
    "tare": {"confirmed": True},
    "watch": {"lease_s": 10},
}


def mat() -> Rig:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=PEOPLE)
    rig.run(0.3)
    return rig


def standing(rig: Rig) -> tuple[object, ...]:
    """Everything that a command may change."""
    sampler, routine = rig.sampler, rig.guide._routine
    engine, bank = sampler._engine, rig.source.bank
    return (
        (rig.roster.people, engine.people, id(engine.limits), len(rig.people)),
        (rig.sessions.current and rig.sessions.current.id, len(rig.records)),
        (rig.shelf._kept, len(rig.shelved)),
        (id(routine._coach), routine.is_live, routine.state and routine.state.phase),
        (engine.calibration and engine.calibration.id, len(rig.tared)),
        [(alarm.raised.key, alarm.state) for alarm in engine.active],
        (sampler._lease_until_s, vars(bank)["_presses"]._presses),
    )


def send(rig: Rig, command: object) -> Reply:
    payload = json.dumps(command).encode()
    now_s = rig.clock.now_s()
    commands = rig.sampler._commands
    reply = commands.handle(payload, now_s, retained=False) or commands.settled(now_s)[0]
    assert decode(encode(reply), Reply).id == reply.id
    assert len(encode(reply)) < 10_000
    return reply


def command(rig: Rig, verb: str, args: object, number: int = 1) -> dict[str, Any]:
    until_s = rig.clock.now_s() + 5
    return {"id": f"n{number}", "verb": verb, "args": args, "boot_id": BOOT, "until_t_s": until_s}


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where something stands in arguments, themselves included."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path, *(place for key, inner in items for place in places(inner, (*path, key)))]


def put(value: Any, path: tuple[str | int, ...], new: object) -> object:  # noqa: ANN401
    """Copy a value with something else in one place."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@st.composite
def near_misses(draw: st.DrawFn) -> tuple[str, object]:
    """Give a command that is good but for one place, or one field too many."""
    verb = draw(st.sampled_from(VERBS))
    args: object = EXAMPLES[verb]
    if draw(st.booleans()):
        args = put(args, draw(st.sampled_from(places(args))), draw(JSON))
    if isinstance(args, dict) and draw(st.booleans()):
        args = args | draw(st.dictionaries(st.text(max_size=5), JSON, max_size=1))
    return verb, args


def test_every_verb_is_tried_here_and_stands_in_the_documents() -> None:
    assert set(EXAMPLES) == set(VERBS)
    rows = re.findall(r"^\| `([a-z.]+)` \|", DOC, re.MULTILINE)
    assert set(VERBS) <= set(rows)


@pytest.mark.parametrize("verb", VERBS)
def test_a_field_too_many_is_refused_and_named(verb: str) -> None:
    rig = mat()
    before = standing(rig)
    reply = send(rig, command(rig, verb, EXAMPLES[verb] | {"zonee": 1}))
    assert not reply.ok
    assert "zonee" in (reply.error or "")
    assert standing(rig) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"boot_id": "f" * 16},
        {"until_t_s": 1.0},
        {"args": None},
        {"args": [1]},
        {"verb": None},
        {"id": ""},
    ],
)
@pytest.mark.parametrize("verb", ["profile.set", "profile.remove", "session.start", "tare"])
def test_what_comes_late_from_another_run_or_is_no_command_does_nothing(
    verb: str, changes: dict[str, Any]
) -> None:
    rig = mat()
    before = standing(rig)
    assert not send(rig, command(rig, verb, EXAMPLES[verb]) | changes).ok
    assert standing(rig) == before


@settings(max_examples=60, deadline=None)
@given(sent=st.lists(near_misses(), min_size=1, max_size=12))
def test_near_misses_are_answered_and_what_is_refused_changes_nothing(
    sent: list[tuple[str, object]],
) -> None:
    rig = mat()
    for number, (verb, args) in enumerate(sent):
        before = standing(rig)
        reply = send(rig, command(rig, verb, args, number))
        assert reply.ok or standing(rig) == before
        rig.sampler.run_pass()
    assert rig.sampler._engine.limits.version >= 1


@settings(max_examples=60, deadline=None)
@given(sent=st.lists(JSON, min_size=1, max_size=20))
def test_any_json_is_answered_and_changes_nothing(sent: list[object]) -> None:
    rig = mat()
    before = standing(rig)
    assert not any(send(rig, each).ok for each in sent)
    assert standing(rig) == before
    rig.sampler.run_pass()


def test_a_replayed_command_is_answered_again_and_not_run() -> None:
    rig = mat()
    first = command(rig, "profile.set", EXAMPLES["profile.set"])
    assert send(rig, first).ok
    before = standing(rig)
    assert send(rig, first).ok
    assert standing(rig) == before
