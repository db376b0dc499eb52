"""People by command: what holds at once, what is kept, what is refused and changes nothing."""

from __future__ import annotations

import json
import threading
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any

import pytest

from core.profiles import MISSING, People, Profile
from drivers.scenario import EMPTY
from pi.handover import Message
from pi.people_file import PeopleFile
from pi.roster import CHANGES_MAX, CHANGES_S
from tests.pi.mqtt import DEADLINE_S
from tests.pi.test_daemon import BOOT, LAYOUT, Rig
from tests.pi.test_slow_card import assert_in_time

if TYPE_CHECKING:
    from pathlib import Path

STRICT: dict[str, Any] = {"version": 3, "mode": "standing", "classes": {"l_toes": 2}}
EDIT = {"who": "Dr. E", "when": "2026-11-25", "why": "callus"}


@pytest.fixture
def rig() -> Rig:
    rig = Rig(rate_hz=10.0)
    rig.run(0.1)
    rig.people.clear()
    return rig


def classes(rig: Rig) -> set[int]:
    return set(rig.sampler._engine.limits.classes.tolist())


def test_a_profile_holds_at_once_and_is_told_and_kept(rig: Rig) -> None:
    rig.mail.sent.clear()
    assert rig.ask("profile.set", person="ann", profile=STRICT)["result"] == {"profile_version": 3}
    assert classes(rig) == {1, 2}
    (info,) = rig.mail.take_json("info")
    assert info["profile_version"] == 3
    assert "ann" not in str(info)
    assert len(rig.mail.take("state")) == 1
    kept = Profile(version=3, mode="standing", classes={"l_toes": 2})
    assert rig.people == [People({"ann": kept}, had_one=True)]


def test_the_same_again_is_fine_and_changes_nothing(rig: Rig) -> None:
    rig.ask("profile.set", person="ann", profile=STRICT)
    rig.mail.sent.clear()
    limits = rig.sampler._engine.limits
    assert rig.ask("profile.set", person="ann", profile=STRICT)["ok"]
    assert rig.sampler._engine.limits is limits
    assert len(rig.people) == 1
    assert rig.mail.take("info") == []


@pytest.mark.parametrize(
    ("verb", "args", "words"),
    [
        ("profile.set", {"person": "ann", "profile": STRICT | {"version": 2}}, "not above"),
        ("profile.set", {"person": "ann", "profile": STRICT | {"unset_class": 0}}, "not above"),
        ("profile.set", {"person": "ann", "profile": STRICT | {"version": 0}}, "version"),
        ("profile.set", {"person": "ann", "profile": STRICT | {"name": "Ann"}}, "name"),
        ("profile.set", {"person": "b b", "profile": STRICT}, "person"),
        ("profile.set", {"person": "", "profile": STRICT}, "person"),
        ("profile.set", {"person": "bob", "profile": {"classes": {"l_nose": 2}}}, "l_nose"),
        ("profile.set", {"person": "bob", "profile": {"classes": {"l_toes": 4}}}, "l_toes|classes"),
        ("profile.set", {"person": "bob", "profile": {"foot_mm": [1, 2]}}, "foot_mm"),
        (
            "profile.set",
            {"person": "bob", "profile": {"edits": {"l_toes": EDIT | {"limit_kpa": 401}}}},
            "401 is above 400",
        ),
        ("profile.set", {"person": "bob"}, "profile"),
        ("profile.remove", {"person": "bob"}, "nobody is enrolled as bob"),
        ("profile.remove", {}, "person"),
        ("person.choose", {"person": "bob"}, "nobody is enrolled as bob"),
        ("person.choose", {}, "person"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    rig: Rig, verb: str, args: dict[str, Any], words: str
) -> None:
    rig.ask("profile.set", person="ann", profile=STRICT)
    limits = rig.sampler._engine.limits
    reply = rig.ask(verb, **args)
    assert not reply["ok"]
    assert any(word in reply["error"] for word in words.split("|"))
    assert rig.sampler._engine.limits is limits
    assert len(rig.people) == 1


def test_the_strictest_holds_until_somebody_is_chosen(rig: Rig) -> None:
    rig.ask("profile.set", person="ann", profile=STRICT)
    rig.ask("profile.set", person="bob", profile={"version": 7, "unset_class": 0})
    assert classes(rig) == {1, 2}
    assert rig.ask("person.choose", person="bob")["result"] == {"profile_version": 7}
    assert classes(rig) == {0}
    assert rig.ask("person.choose", person=None)["ok"]
    assert classes(rig) == {1, 2}


def test_another_profile_of_who_is_not_on_the_mat_begins_no_run_anew(rig: Rig) -> None:
    rig.ask("profile.set", person="ann", profile=STRICT)
    rig.ask("profile.set", person="bob", profile={"unset_class": 0})
    rig.ask("person.choose", person="ann")
    limits = rig.sampler._engine.limits
    assert rig.ask("profile.set", person="bob", profile={"version": 2, "unset_class": 2})["ok"]
    assert rig.sampler._engine.limits is limits
    assert len(rig.people) == 4


def test_when_nobody_is_left_profiles_are_missing(rig: Rig) -> None:
    rig.ask("profile.set", person="ann", profile=STRICT)
    rig.ask("person.choose", person="ann")
    assert rig.ask("profile.remove", person="ann")["ok"]
    assert rig.people[-1] == People(had_one=True, removed={"ann": 3})
    assert classes(rig) == {MISSING.unset_class}
    rig.run(0.2)
    assert "profile_missing" in [e["rule"] for e in rig.mail.take_json("event")]


def test_limits_are_not_loosened_by_removing_a_person_first(rig: Rig) -> None:
    rig.ask("profile.set", person="ann", profile=STRICT)
    rig.ask("profile.remove", person="ann")
    for version in (2, 3):
        reply = rig.ask("profile.set", person="ann", profile={"version": version, "unset_class": 0})
        assert "not above version 3" in reply["error"]
    assert classes(rig) == {MISSING.unset_class}
    # Nor by a mat that starts anew in between.
    again = Rig(rate_hz=10.0, people=rig.people[-1])
    assert not again.ask("profile.set", person="ann", profile=STRICT)["ok"]


def test_whoever_changes_people_all_the_time_does_not_silence_the_rules(rig: Rig) -> None:
    for version in range(1, CHANGES_MAX + 1):
        assert rig.ask("profile.set", person="ann", profile={"version": version})["ok"]
    reply = rig.ask("profile.set", person="ann", profile={"version": 99})
    assert "wait a minute" in reply["error"]
    assert rig.sampler._engine.limits.version == CHANGES_MAX
    # What changes nothing is no change.
    assert rig.ask("profile.set", person="ann", profile={"version": CHANGES_MAX})["ok"]
    rig.run(CHANGES_S)
    assert rig.ask("profile.set", person="ann", profile={"version": 99})["ok"]


def test_people_are_kept_again_once_a_minute_in_case_the_card_was_full(rig: Rig) -> None:
    rig.ask("profile.set", person="ann", profile=STRICT)
    before = rig.n_kept
    rig.run(61.0)
    assert rig.n_kept > before
    assert rig.people[-1].profiles["ann"].version == 3


def test_a_profile_is_answered_when_the_card_has_it_and_holds_at_once(tmp_path: Path) -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY)
    file = PeopleFile(tmp_path / "later" / "people.json", LAYOUT)
    rig.roster._keep = file.keep
    hangs = threading.Event()
    file._card.carry_out(lambda: assert_in_time(hangs))
    send(rig, "profile.set", person="ann", profile=STRICT)
    # No pass waits for the card, and limits do not, either.
    rig.run(1.0)
    assert rig.mail.take("reply") == []
    assert classes(rig) == {1, 2}
    hangs.set()
    refused = answer(rig, file)
    assert not refused["ok"]
    assert "lost when the mat starts anew" in refused["error"]
    # The card takes it again, and it is sent again.
    (tmp_path / "later").mkdir()
    send(rig, "profile.set", person="ann", profile=STRICT)
    assert answer(rig, file)["result"] == {"profile_version": 3}
    assert open_people(tmp_path).profiles["ann"].version == 3
    send(rig, "session.start", person="ann")
    assert answer(rig, file)["ok"]
    assert open_people(tmp_path).chosen == "ann"
    file.close()


def open_people(folder: Path) -> People:
    return PeopleFile(folder / "later" / "people.json", LAYOUT).load()


def send(rig: Rig, verb: str, **args: object) -> None:
    now_s = rig.clock.now_s()
    asked: dict[str, object] = {"verb": verb, "args": args, "boot_id": BOOT}
    asked |= {"id": f"{verb}{now_s}", "until_t_s": now_s + 5}
    rig.mail.commands.append(Message("cmd", json.dumps(asked).encode(), 1))
    rig.sampler.run_pass()


def answer(rig: Rig, file: PeopleFile) -> dict[str, Any]:
    """Wait for the card, and take what the next pass says of it."""
    wait([file._card.written], DEADLINE_S)
    rig.sampler.run_pass()
    (reply,) = rig.mail.take_json("reply")
    return dict(reply)
