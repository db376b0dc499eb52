"""Sessions by contact, by command and by the button: one id, one begin, one end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.profiles import People, Profile
from core.signals import ANSWERS
from core.wire import SessionRecord
from drivers.scenario import EMPTY, Scenario, Stand, StepOff
from pi.session_file import SessionFile
from pi.sessions import Sessions
from tests.pi.test_daemon import BOOT, Rig
from tests.pi.test_panel import PanelRig, tones

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "0" * 31 + "1", "0" * 31 + "2"
ONCE = Scenario((StepOff(5.0), Stand(10.0), StepOff(600.0)))
PEOPLE = People({"ann": Profile(mode="standing"), "bob": Profile(mode="standing")}, had_one=True)


def shown(rig: Rig) -> list[str | None]:
    """Sessions in `state`, each change once."""
    found = [state["session"] for state in rig.mail.take_json("state")]
    return [each for at, each in enumerate(found) if at == 0 or each != found[at - 1]]


def test_contact_begins_a_session_and_three_minutes_without_end_it() -> None:
    rig = Rig(rate_hz=4.0, person=ONCE)
    rig.run(220.0)
    assert shown(rig) == [None, FIRST, None]
    begun, *kept, ended = rig.records
    assert (begun.id, begun.boot_id, begun.begun_by, begun.person) == (FIRST, BOOT, "contact", None)
    assert begun.ended_by is None
    assert 1004e6 < begun.begin_us == begun.seen_us < 1007e6
    # Once a minute it is kept how far it has come.
    assert [record.seen_us > begun.seen_us for record in kept] == [True] * 3
    assert (ended.id, ended.ended_by, ended.begin_us) == (FIRST, "away", begun.begin_us)
    assert 1194e6 < ended.seen_us < 1198e6


def test_a_command_begins_and_ends_one_and_says_which() -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=PEOPLE)
    rig.run(0.1)
    assert rig.ask("session.start", person="ann")["result"] == {"session": FIRST}
    assert shown(rig)[-1] == FIRST
    assert rig.roster.people.person == "ann"
    assert "already" in rig.ask("session.start", person="bob")["error"]
    assert rig.roster.people.person == "ann"
    assert rig.ask("session.stop")["result"] == {"session": FIRST}
    assert shown(rig)[-1] is None
    assert rig.sampler._engine.session_since_us is None
    assert "no session runs" in rig.ask("session.stop")["error"]
    assert [(r.begun_by, r.ended_by, r.person) for r in rig.records] == [
        ("command", None, "ann"),
        ("command", "command", "ann"),
    ]
    assert rig.ask("session.start")["result"] == {"session": SECOND}


def test_who_is_not_enrolled_begins_nothing() -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=PEOPLE)
    rig.run(0.1)
    assert "nobody is enrolled as eve" in rig.ask("session.start", person="eve")["error"]
    assert rig.records == []


def test_a_session_of_nobody_known_is_of_who_is_chosen_first() -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=PEOPLE)
    rig.run(0.1)
    rig.ask("session.start")
    rig.ask("person.choose", person="bob")
    rig.run(0.2)
    rig.ask("person.choose", person="ann")
    rig.run(0.2)
    rig.ask("session.stop")
    assert [record.person for record in rig.records] == [None, "bob"]


@pytest.mark.parametrize("verb", ["session.stop", "routine.stop"])
def test_stopping_is_never_refused_for_rate(verb: str) -> None:
    rig = Rig(rate_hz=80.0, person=EMPTY)
    rig.ask("routine.start", routine="gentle")
    for _ in range(12):
        rig.ask("watch", lease_s=1)
    assert "too many" in rig.ask("watch", lease_s=1)["error"]
    assert rig.ask(verb)["ok"]


def test_a_hold_with_feet_on_the_mat_ends_the_session() -> None:
    tared: list[int] = []
    rig = PanelRig(lambda: tared.append(1), rate_hz=10.0)
    rig.watch(3.0)
    assert shown(rig)[-1] == FIRST
    heard = tones(rig.press_button(3.5) + rig.watch(1.0))
    assert heard == {None, *(step.tone_hz for step in ANSWERS["ended"])}
    assert [(r.begun_by, r.ended_by) for r in rig.records] == [
        ("contact", None),
        ("contact", "button"),
    ]
    assert tared == []
    rig.panel.close()
    rig.board.close()


OPEN = SessionRecord(FIRST, "f" * 16, "ann", "contact", 5_000_000, 65_000_000)


def test_a_session_in_which_the_daemon_ended_was_aborted(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "session.json")
    assert file.load() is None
    file.keep(OPEN)
    file.close()
    told: list[SessionRecord] = []
    before = SessionFile(tmp_path / "session.json").load()
    sessions = Sessions(Rig(rate_hz=10.0).sampler._engine, BOOT, str, told.append, before)
    sessions.tell_to(told.append)
    (aborted,) = told
    assert (aborted.id, aborted.ended_by, aborted.seen_us) == (FIRST, "aborted", OPEN.seen_us)
    assert sessions.current is None


def test_a_write_that_failed_is_tried_again(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "later" / "session.json")
    engine = Rig(rate_hz=10.0).sampler._engine
    sessions = Sessions(engine, BOOT, lambda: FIRST, file.keep)
    sessions.keep()
    sessions.start(3.0, "command", None)
    ended = sessions.stop(4.0, "command")
    file._card._thread.submit(lambda: None).result()
    (tmp_path / "later").mkdir()
    sessions.keep()
    file.close()
    assert SessionFile(tmp_path / "later" / "session.json").load() == ended


def test_a_session_that_ended_in_order_was_not() -> None:
    told: list[SessionRecord] = []
    ended = SessionRecord(FIRST, BOOT, None, "contact", 1, 2, "away")
    engine = Rig(rate_hz=10.0).sampler._engine
    sessions = Sessions(engine, BOOT, lambda: SECOND, lambda _: None, ended)
    sessions.tell_to(told.append)
    assert told == []
    begun = sessions.start(3.0, "command", None)
    assert told == [begun]
    ended = sessions.stop(4.0, "command")
    assert told == [begun, ended]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b'{"x":' + b"[" * 100_000])
def test_a_damaged_file_is_said_and_passed(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "session.json").write_bytes(content)
    assert SessionFile(tmp_path / "session.json").load() is None
    assert "session_lost" in caplog.text
