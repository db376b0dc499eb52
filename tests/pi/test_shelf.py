"""Routines by command: checked whatever arrives, kept on the card, begun by their id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from core.routine_text import parse_routine
from core.routines import SHIPPED
from drivers.scenario import EMPTY
from pi.shelf import CHANGES_MAX, CHANGES_S, MOST_OWN, Choice, Shelf, Shelved
from pi.shelf_file import ShelfFile
from tests.pi.test_daemon import Rig

if TYPE_CHECKING:
    from pathlib import Path

    from pi.commands import OnceKept

TEXT = """
id = "mine"
name = "Mine"
about = "One step"

[[step]]
name = "Holds"
action = "hold"
say = "Press gently with {where}"
targets = ["heel"]
repetitions = 3
longest_s = 60
band_kpa = [20, 390]
"""
MINE = parse_routine(TEXT, "x")
FIELDS: dict[str, Any] = msgspec.to_builtins(MINE)


@pytest.fixture
def rig() -> Rig:
    rig = Rig(rate_hz=10.0, person=EMPTY)
    rig.run(0.2)
    return rig


def test_it_arrives_is_listed_and_begun_and_taken_away(rig: Rig) -> None:
    assert rig.ask("routine.set", routine=FIELDS)["result"] == {"routine": "mine"}
    assert rig.shelved[-1] == Shelved(own={"mine": MINE})
    listed = rig.ask("routine.list")["result"]
    assert [each["id"] for each in listed["routines"]] == sorted([*SHIPPED, "mine"])
    (mine,) = [each for each in listed["routines"] if not each["shipped"]]
    assert (mine["name"], mine["longest_s"], mine["locked"]) == ("Mine", 60.0, False)
    assert listed["button"] == {"routine": "gentle", "feet": ["left", "right"]}
    assert rig.ask("routine.start", routine="mine")["result"]["steps"] == 1
    # Whatever it asks for, the safety class beats the target.
    plan = rig.guide._routine.state
    assert plan is not None
    assert plan.step is not None
    assert max(target.top_kpa for target in plan.step.targets) <= 0.8 * 150
    rig.ask("routine.stop")
    assert rig.ask("routine.remove", routine="mine")["ok"]
    assert "no routine named 'mine'" in rig.ask("routine.start", routine="mine")["error"]
    assert rig.shelved[-1] == Shelved()


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in FIELDS.items() if name != key}


def step(**changes: object) -> dict[str, Any]:
    return FIELDS | {"step": [FIELDS["step"][0] | changes]}


@pytest.mark.parametrize(
    ("routine", "words"),
    [
        *((FIELDS | {"id": name}, "shipped") for name in SHIPPED),
        (FIELDS | {"id": "../x"}, "id"),
        (without("name"), "name"),
        (FIELDS | {"later": 1}, "later"),
        (step(band_kpa=[20, 401]), "band_kpa"),
        (step(band_kpa=[50, 20]), "step 1: band_kpa: band_kpa must rise"),
        (step(longest_s=3), "too short"),
        (step(repetitions=None), "needs repetitions"),
        (FIELDS | {"step": 15 * FIELDS["step"]}, "without a rest"),
        (step(traditional=200 * ["x" * 100]), "longer than"),
        (TEXT, "routine"),
        (7, "routine"),
    ],
)
def test_what_no_mat_may_guide_through_is_refused_with_the_reason(
    rig: Rig, routine: object, words: str
) -> None:
    reply = rig.ask("routine.set", routine=routine)
    assert not reply["ok"]
    assert words in reply["error"]
    assert rig.shelved[-1] == Shelved()


def test_there_are_at_most_so_many_and_those_may_still_change() -> None:
    own = {f"r{n}": msgspec.structs.replace(MINE, id=f"r{n}") for n in range(MOST_OWN)}
    rig = Rig(rate_hz=10.0, person=EMPTY)
    rig.shelf._kept = Shelved(own=own)
    assert f"{MOST_OWN} routines" in rig.ask("routine.set", routine=FIELDS)["error"]
    assert rig.ask("routine.set", routine=FIELDS | {"id": "r0"})["ok"]


def test_what_the_button_begins_is_neither_removed_nor_locked(rig: Rig) -> None:
    rig.ask("routine.set", routine=FIELDS)
    assert rig.ask("routine.choose", routine="mine")["ok"]
    assert "the button begins mine" in rig.ask("routine.remove", routine="mine")["error"]
    locked = rig.ask("routine.set", routine=FIELDS | {"locked": True})
    assert "cannot be locked" in locked["error"]
    assert "shipped ones stay" in rig.ask("routine.remove", routine="gentle")["error"]


def test_whoever_changes_them_all_the_time_wears_no_card(rig: Rig) -> None:
    for number in range(CHANGES_MAX):
        assert rig.ask("routine.set", routine=FIELDS | {"name": f"{number}"})["ok"]
    before = len(rig.shelved)
    assert "wait a minute" in rig.ask("routine.set", routine=FIELDS)["error"]
    assert len(rig.shelved) == before
    # What changes nothing is no change.
    assert rig.ask("routine.set", routine=FIELDS | {"name": f"{number}"})["ok"]
    rig.run(CHANGES_S)
    assert rig.ask("routine.set", routine=FIELDS)["ok"]


def test_they_outlive_the_daemon(tmp_path: Path) -> None:
    file = ShelfFile(tmp_path / "routines.json")
    shelf = Shelf(file.load(), file.keep)
    verbs = shelf.verbs()
    kept: OnceKept = verbs["routine.set"].run(
        msgspec.convert({"routine": FIELDS}, verbs["routine.set"].args), 1.0
    )
    kept.written.result(60)
    again = ShelfFile(tmp_path / "routines.json")
    assert Shelf(again.load(), again.keep).spec("mine") == MINE
    again.close()
    file.close()


@pytest.mark.parametrize(
    "kept",
    [
        Shelved(own={"other": MINE}),
        Shelved(own={"gentle": msgspec.structs.replace(MINE, id="gentle")}),
        Shelved(own={f"r{n}": msgspec.structs.replace(MINE, id=f"r{n}") for n in range(17)}),
        Shelved(own={"mine": msgspec.structs.replace(MINE, step=30 * MINE.step)}),
    ],
)
def test_what_cannot_have_come_by_command_is_lost_and_said(
    kept: Shelved, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "routines.json"
    path.write_bytes(msgspec.json.encode(kept))
    assert ShelfFile(path).load() == Shelved(Choice(None))
    assert "routines_lost" in caplog.text
