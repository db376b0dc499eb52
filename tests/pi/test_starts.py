"""`too_often` over a restart of the daemon, of the machine, and for who is chosen."""

from __future__ import annotations

from concurrent.futures import wait
from typing import TYPE_CHECKING, Any

import pytest

from core.profiles import People, Profile
from core.session_starts import Start
from drivers.scenario import EMPTY
from pi.starts import StartsFile
from tests.pi.mqtt import DEADLINE_S
from tests.pi.test_daemon import Rig

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = People({"ann": Profile(), "bob": Profile()}, had_one=True)


def start(before: Rig | None = None, boot: str = "boot-1") -> Rig:
    """Start a daemon; where there was one before, 5 s after it and through its file."""
    begin_s = before.clock.now_s() + 5.0 if before else 1000.0
    rig = Rig(
        rate_hz=10.0,
        person=EMPTY,
        people=PEOPLE,
        starts=before.begun if before else (),
        boot=boot,
        begin_s=begin_s,
    )
    rig.run(0.2)
    return rig


def a_session(rig: Rig, person: str | None = None) -> list[str]:
    """Have one, and say what was raised in it."""
    whose: dict[str, Any] = {"person": person} if person else {}
    assert rig.ask("session.start", **whose)["ok"]
    rig.run(0.3)
    assert rig.ask("session.stop")["ok"]
    rig.run(0.2)
    return [event["rule"] for event in rig.mail.take_json("event") if event["state"] == "raised"]


def test_it_is_told_by_the_next_daemon_and_by_whose_sessions() -> None:
    rig = start()
    assert a_session(rig, "ann") == []
    rig = start(rig)
    assert a_session(rig, "bob") == []
    assert a_session(rig, "ann") == ["too_often"]


def test_who_is_chosen_while_the_session_runs_hears_of_it_then() -> None:
    rig = start()
    a_session(rig, "ann")
    rig = start(rig)
    rig.ask("person.choose", person="bob")
    rig.ask("session.start")
    rig.run(0.3)
    assert rig.mail.take_json("event") == []
    rig.ask("person.choose", person="ann")
    rig.run(0.3)
    assert [event["rule"] for event in rig.mail.take_json("event")] == ["too_often"]


def test_a_session_that_the_daemon_died_in_goes_on() -> None:
    rig = start()
    rig.ask("session.start", person="ann")
    rig.run(0.3)
    rig = start(rig)
    assert a_session(rig, "ann") == []
    # The next is another one.
    assert a_session(rig, "ann") == ["too_often"]


def test_over_a_boot_of_the_machine_it_is_told_once_the_clock_is_right() -> None:
    rig = start()
    a_session(rig, "ann")
    rig.synchronised = True
    rig.run(61.0)
    rig = start(rig, "boot-2")
    rig.ask("session.start", person="ann")
    rig.run(0.3)
    assert rig.mail.take_json("event") == []
    rig.synchronised = True
    rig.run(61.0)
    assert "too_often" in [event["rule"] for event in rig.mail.take_json("event")]


def test_who_is_removed_leaves_a_session_of_nobody_known() -> None:
    rig = start()
    a_session(rig, "ann")
    rig.ask("profile.remove", person="ann")
    rig.run(0.2)
    assert {start.person for start in rig.begun} == {None}
    assert a_session(start(rig), "bob") == ["too_often"]


BEGUN = (Start("1", "ann", "boot-1", 1, 2, ended=True, wall_s=3.5), Start("2", None, "", 5, 6))


def test_they_outlive_the_daemon_and_a_card_that_failed(tmp_path: Path) -> None:
    file = StartsFile(tmp_path / "later" / "starts.json")
    assert file.load() == ()
    file.keep(BEGUN)
    wait([file._card.written], DEADLINE_S)
    (tmp_path / "later").mkdir()
    file.keep(BEGUN)
    file.close()
    assert StartsFile(tmp_path / "later" / "starts.json").load() == BEGUN


@pytest.mark.parametrize("content", [b"{", b'[{"id":1}]'])
def test_a_damaged_file_is_said_and_nothing_counts(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "starts.json").write_bytes(content)
    assert StartsFile(tmp_path / "starts.json").load() == ()
    assert "starts_lost" in caplog.text
