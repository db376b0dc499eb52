"""`too_often` over a restart of the daemon, of the machine, and for who is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.profiles import People, Profile
from drivers.scenario import EMPTY
from pi.starts import Starts
from tests.pi.test_daemon import Rig

if TYPE_CHECKING:
    from pathlib import Path

    from core.session_starts import Start

PEOPLE = People({"ann": Profile(), "bob": Profile()}, had_one=True)


def rig_in(folder: Path, before: Rig | None = None, boot: str = "boot-1") -> Rig:
    begin_s = before.clock.now_s() + 5.0 if before else 1000.0
    rig = Rig(rate_hz=10.0, person=EMPTY, people=PEOPLE, folder=folder, begin_s=begin_s)
    rig.starts._boot = boot
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


def end(rig: Rig) -> None:
    rig.guide.keep()
    rig.starts.close()


def test_it_is_told_by_the_next_daemon_and_by_whose_sessions(tmp_path: Path) -> None:
    rig = rig_in(tmp_path)
    assert a_session(rig, "ann") == []
    end(rig)
    rig = rig_in(tmp_path, rig)
    assert a_session(rig, "bob") == []
    assert a_session(rig, "ann") == ["too_often"]
    end(rig)


def test_who_is_chosen_while_the_session_runs_hears_of_it_then(tmp_path: Path) -> None:
    rig = rig_in(tmp_path)
    a_session(rig, "ann")
    end(rig)
    rig = rig_in(tmp_path, rig)
    rig.ask("person.choose", person="bob")
    rig.ask("session.start")
    rig.run(0.3)
    assert rig.mail.take_json("event") == []
    rig.ask("person.choose", person="ann")
    rig.run(0.3)
    assert [event["rule"] for event in rig.mail.take_json("event")] == ["too_often"]
    end(rig)


def test_a_session_that_the_daemon_died_in_goes_on(tmp_path: Path) -> None:
    rig = rig_in(tmp_path)
    rig.ask("session.start", person="ann")
    rig.run(0.3)
    end(rig)
    rig = rig_in(tmp_path, rig)
    assert a_session(rig, "ann") == []
    # The next is another one.
    assert a_session(rig, "ann") == ["too_often"]
    end(rig)


def test_over_a_boot_of_the_machine_it_is_told_once_the_clock_is_right(tmp_path: Path) -> None:
    rig = rig_in(tmp_path)
    a_session(rig, "ann")
    rig.synchronised = True
    rig.run(61.0)
    end(rig)
    rig = rig_in(tmp_path, rig, "boot-2")
    rig.ask("session.start", person="ann")
    rig.run(0.3)
    assert rig.mail.take_json("event") == []
    rig.synchronised = True
    rig.run(61.0)
    assert "too_often" in [event["rule"] for event in rig.mail.take_json("event")]
    end(rig)


def test_who_is_removed_leaves_a_session_of_nobody_known(tmp_path: Path) -> None:
    rig = rig_in(tmp_path)
    a_session(rig, "ann")
    rig.ask("profile.remove", person="ann")
    rig.run(0.2)
    end(rig)
    assert b"ann" not in (tmp_path / "starts.json").read_bytes()
    assert a_session(rig_in(tmp_path, rig), "bob") == ["too_often"]


@pytest.mark.parametrize("content", [b"{", b'[{"id":1}]'])
def test_a_damaged_file_is_said_and_nothing_counts(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "starts.json").write_bytes(content)
    rig = Rig(rate_hz=10.0, person=EMPTY, folder=tmp_path)
    assert "starts_lost" in caplog.text
    assert a_session(rig) == []
    end(rig)
    again: tuple[Start, ...] = Starts(
        rig.sampler._engine, tmp_path / "starts.json", "boot-1", lambda: rig.story
    )._starts
    assert [start.ended for start in again] == [True]
