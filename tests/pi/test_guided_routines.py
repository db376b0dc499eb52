"""A routine on the mat: what `state` says, what is heard, what ends it; alarms always win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from core.coach import Coach
from core.coach_beeps import BEEPS
from core.profiles import People, Profile
from drivers.scenario import EMPTY
from pi.session_file import MOST_ROUTINES
from pi.shelf import Choice, Shelved
from pi.shelf_file import ShelfFile
from tests.pi.test_daemon import Rig
from tests.pi.test_panel import RED_LIGHT, WHITE, PanelRig, Shown, colours, tones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GREEN_LIGHT, BLUE_LIGHT = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
SEATED = People({"ann": Profile()}, had_one=True)
CLEARED = {"who": "Dr. E", "when": "2026-11-25"}


@pytest.fixture
def rig() -> Iterator[PanelRig]:
    """Somebody stands on the mat, and may."""
    rig = PanelRig(rate_hz=10.0)
    rig.watch(5.3)
    rig.mail.sent.clear()
    rig.records.clear()
    yield rig
    rig.panel.close()
    rig.board.close()


def step_of(rig: Rig) -> dict[str, Any]:
    return dict(rig.mail.take_json("state")[-1]["step"])


def runs(rig: Rig) -> bool:
    return rig.sessions.current is not None


def resting(rig: Rig) -> bool:
    return rig.sampler._engine._safety.mat.resting


def melody(shown: list[Shown]) -> list[float]:
    """Tones, one after the other."""
    heard = [tone for _, _, tone in shown]
    return [tone for at, tone in enumerate(heard) if tone and (at == 0 or tone != heard[at - 1])]


def of(*cues: str) -> list[int]:
    return [
        step.tone_hz
        for cue in cues
        for step in BEEPS[cue]  # type: ignore[index]
        if step.tone_hz
    ]


def test_a_routine_says_at_once_what_to_do_and_sounds(rig: PanelRig) -> None:
    reply = rig.ask("routine.start", routine="gentle")
    assert reply["ok"]
    found = reply["result"]
    assert (found["session"], found["steps"], found["notes"]) == (rig.guide._session, 6, [])
    now = step_of(rig)
    assert (now["routine"], now["phase"], now["steps"]) == ("gentle", "running", 6)
    assert (now["step"]["number"], now["step"]["action"], now["step"]["done"]) == (1, "stroke", 0)
    assert now["left_s"] == found["longest_s"] == 925
    assert melody(rig.watch(3.5)) == of("begun", "step")
    assert step_of(rig)["left_s"] < 923


def test_the_next_step_a_rest_and_the_end_are_told_and_heard(rig: PanelRig) -> None:
    rig.ask("routine.start", routine="gentle")
    for number in (2, 3):
        rig.watch(1.5)
        assert rig.ask("routine.next")["ok"]
        assert step_of(rig)["step"]["number"] == number
    rig.watch(1.5)
    rig.ask("routine.next")
    assert step_of(rig)["step"]["action"] == "rest"
    assert melody(rig.watch(2.0)) == of("rest")
    # Nobody has to touch the mat now for the session to go on.
    assert resting(rig)
    rig.ask("routine.next")
    assert not resting(rig)
    rig.ask("routine.next")
    rig.watch(1.5)
    assert rig.ask("routine.next")["ok"]
    over = step_of(rig)
    assert (over["phase"], over["step"], over["left_s"]) == ("done", None, 0)
    assert melody(rig.watch(2.0)) == of("done")
    assert "no routine runs" in rig.ask("routine.next")["error"]
    assert "no routine runs" in rig.ask("routine.stop")["error"]
    rig.ask("session.stop")
    (done,) = rig.records[-1].routines
    assert (done.routine, [step.ended for step in done.steps]) == ("gentle", ["next"] * 6)


def test_a_session_begins_with_a_routine_and_the_routine_ends_with_its_session() -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=SEATED)
    rig.run(0.1)
    session = rig.ask("routine.start", routine="reflex")["result"]["session"]
    assert (rig.records[-1].id, rig.records[-1].begun_by) == (session, "command")
    rig.run(0.5)
    assert rig.ask("session.stop")["ok"]
    assert [done.routine for done in rig.records[-1].routines] == ["reflex"]
    assert rig.mail.take_json("state")[-1]["step"] is None
    assert "no routine runs" in rig.ask("routine.stop")["error"]


def test_three_minutes_without_contact_end_both() -> None:
    rig = Rig(rate_hz=4.0, person=EMPTY, people=SEATED)
    rig.ask("routine.start", routine="gentle")
    rig.run(181.0)
    assert (rig.records[-1].ended_by, len(rig.records[-1].routines)) == ("away", 1)
    state = rig.mail.take_json("state")[-1]
    assert (state["session"], state["step"]) == (None, None)


def test_stopping_says_what_was_done_and_leaves_the_session(rig: PanelRig) -> None:
    rig.ask("routine.start", routine="gentle")
    assert rig.ask("routine.stop")["result"] == {"done": 0, "planned": 321}
    now = step_of(rig)
    assert (now["phase"], now["step"]) == ("stopped", None)
    assert runs(rig)
    assert rig.ask("routine.start", routine="gentle")["ok"]


def test_the_button_alone_begins_a_routine_and_ends_it(rig: PanelRig) -> None:
    shown = rig.press_button() + rig.watch(2.0)
    assert melody(shown) == of("begun", "step")
    # It shines as long as it sounds; behind it the mat goes on saying that it watches.
    assert {rgb for _, rgb, tone in shown if tone} == {GREEN_LIGHT}
    assert step_of(rig)["routine"] == "gentle"
    assert WHITE & colours(rig.watch(2.0))
    shown = rig.press_button() + rig.watch(1.0)
    assert melody(shown) == of("ended")
    assert BLUE_LIGHT in colours(shown)
    assert step_of(rig)["phase"] == "stopped"
    assert runs(rig)
    rig.press_button()
    assert step_of(rig)["phase"] == "running"


def test_the_session_that_the_button_begins_with_it_is_its_own() -> None:
    rig = PanelRig(rate_hz=10.0, person=EMPTY)
    rig.watch(3.0)
    rig.press_button()
    assert [(r.begun_by, r.ended_by) for r in rig.records] == [("button", None)]
    rig.watch(2.5)
    # Not even on an empty mat is a hold anything but the end of the routine.
    assert melody(rig.press_button(4.0)) == of("ended")
    assert step_of(rig)["phase"] == "stopped"
    assert runs(rig)
    rig.panel.close()
    rig.board.close()


def test_a_hold_ends_the_routine_whatever_stands(rig: PanelRig) -> None:
    rig.press_button()
    rig.overpress()
    assert step_of(rig)["phase"] == "paused"
    # A press only acknowledges, and nobody can be sure that nothing new comes meanwhile.
    rig.press_button()
    assert step_of(rig)["phase"] == "paused"
    assert rig.states("limit")[-1] == "acknowledged"
    rig.press_button()
    assert step_of(rig)["phase"] == "stopped"
    rig.ask("routine.start", routine="gentle")
    rig.watch(12.0)
    rig.overpress()
    rig.board.press(down=True)
    rig.watch(3.5)
    rig.board.press(down=False)
    assert "acknowledged" in rig.states("limit")
    assert step_of(rig)["phase"] == "stopped"


def test_an_alarm_that_comes_while_the_button_is_down_does_not_keep_the_routine(
    rig: PanelRig,
) -> None:
    rig.press_button()
    rig.watch(2.0)
    rig.board.press(down=True)
    rig.watch(0.3)
    rig.sampler._engine.report("x", holds=True)
    rig.watch(0.5)
    assert rig.sampler._engine.active
    rig.board.press(down=False)
    rig.watch(0.3)
    assert step_of(rig)["phase"] == "stopped"
    assert {alarm.state for alarm in rig.sampler._engine.active} == {"raised"}


@pytest.mark.parametrize(
    ("who", "choice"),
    [
        (None, {"routine": None}),
        (People({"ann": Profile(classes={"l_toes": 3, "r_toes": 3})}, had_one=True), None),
        (People({"ann": Profile(classes={"l_toes": 3})}, had_one=True), {"feet": ["left"]}),
    ],
)
def test_what_is_barred_or_not_for_these_feet_the_button_does_not_begin(
    who: People | None, choice: dict[str, Any] | None
) -> None:
    rig = PanelRig(rate_hz=10.0, person=EMPTY, people=who)
    if choice:
        assert rig.ask("routine.choose", **{"routine": "gentle", **choice})["ok"]
    rig.watch(3.0)
    assert melody(rig.press_button() + rig.watch(1.0)) == [300, 300]
    assert (rig.sessions.current, rig.guide._routine.state) == (None, None)
    rig.panel.close()
    rig.board.close()


def test_the_button_begins_what_was_chosen_and_never_a_locked_one() -> None:
    rig = PanelRig(rate_hz=10.0, person=EMPTY, people=people(unset_class=0))
    assert rig.ask("routine.choose", routine="reflex", feet=["right"])["ok"]
    assert rig.shelved[-1] == Shelved(Choice("reflex", ("right",)))
    for routine, words in (("deep", "locked"), ("nose", "no routine named 'nose'")):
        assert words in rig.ask("routine.choose", routine=routine)["error"]
    rig.watch(3.0)
    rig.press_button()
    step = step_of(rig)
    assert (step["routine"], set(step["step"]["counts"])) == ("reflex", {"right"})
    rig.panel.close()
    rig.board.close()


def test_what_the_button_begins_outlives_the_daemon_and_damage_bars_it(tmp_path: Path) -> None:
    path = tmp_path / "routines.json"
    assert ShelfFile(path).load() == Shelved(Choice("gentle"))
    file = ShelfFile(path)
    file.keep(Shelved(Choice("full", ("left",))))
    file.close()
    assert ShelfFile(path).load() == Shelved(Choice("full", ("left",)))
    path.write_bytes(b"{")
    assert ShelfFile(path).load() == Shelved(Choice(None))


def test_an_alarm_pauses_it_and_no_beep_is_heard_through_it(rig: PanelRig) -> None:
    rig.ask("routine.start", routine="gentle")
    rig.overpress()
    assert step_of(rig)["phase"] == "paused"
    rig.ask("routine.next")
    shown = rig.watch(6.0, rig.press_mat)
    assert RED_LIGHT in colours(shown)
    assert tones(shown) == {None, 750.0}
    # Let go, and seen by somebody beside the mat.
    rig.watch(10.0)
    rig.press_button()
    rig.mail.sent.clear()
    rig.watch(4.0)
    assert step_of(rig)["phase"] == "running"


def test_a_broken_part_of_the_mat_itself_pauses_nothing(rig: PanelRig) -> None:
    rig.ask("routine.start", routine="gentle")
    rig.sampler._engine.report("x", holds=True)
    rig.run(3.0)
    assert [(a.raised.rule, a.raised.priority) for a in rig.sampler._engine.active] == [
        ("x", "medium")
    ]
    assert step_of(rig)["phase"] == "running"


def test_other_limits_end_it(rig: PanelRig) -> None:
    rig.ask("routine.start", routine="gentle")
    rig.ask("profile.set", person="ann", profile={"mode": "standing", "unset_class": 2})
    rig.watch(0.3)
    assert step_of(rig)["phase"] == "stopped"


def people(
    mode: Literal["seated", "standing"] = "seated",
    unset_class: int = 1,
    classes: dict[str, int] | None = None,
) -> People:
    profile = Profile(mode=mode, unset_class=unset_class, classes=classes or {})
    return People({"ann": profile}, had_one=True)


LEFT_OUT = {"l_toes": 3}
BOTH_OUT = {"l_toes": 3, "r_toes": 3}


@pytest.mark.parametrize(
    ("who", "args", "words"),
    [
        (SEATED, {"routine": "nose"}, "no routine named 'nose'"),
        (SEATED, {"routine": "../gentle"}, "no routine named"),
        (SEATED, {"routine": "x" * 33}, "routine"),
        (SEATED, {"routine": 3}, "routine"),
        (SEATED, {}, "routine"),
        (SEATED, {"routine": "gentle", "feet": []}, "feet"),
        (SEATED, {"routine": "gentle", "feet": ["third"]}, "feet"),
        (SEATED, {"routine": "gentle", "mode": "lying"}, "mode"),
        (SEATED, {"routine": "gentle", "later": 1}, "later"),
        (SEATED, {"routine": "deep", "cleared": {"who": "", "when": "2026-11-25"}}, "cleared"),
        (SEATED, {"routine": "gentle", "mode": "standing"}, "nobody has allowed you to stand"),
        (people(mode="standing", unset_class=2), {"routine": "gentle"}, "must not be stood on"),
        (SEATED, {"routine": "deep", "cleared": CLEARED}, "only for feet with full feeling"),
        (people(unset_class=0), {"routine": "deep"}, "until a clinician has cleared it"),
        (people(classes=BOTH_OUT), {"routine": "gentle"}, "No foot is left"),
        (people(classes=LEFT_OUT), {"routine": "gentle", "feet": ["left"]}, "No foot is left"),
    ],
)
def test_what_is_not_for_these_feet_is_refused_in_words(
    who: People, args: dict[str, Any], words: str
) -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=who)
    reply = rig.ask("routine.start", **args)
    assert not reply["ok"]
    assert words in reply["error"]
    state = rig.mail.take_json("state")[-1]
    assert (state["session"], state["step"], rig.sessions.current) == (None, None, None)


def test_a_cleared_routine_runs_and_what_is_left_out_is_said() -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=people(unset_class=0))
    assert rig.ask("routine.start", routine="deep", cleared=CLEARED)["ok"]
    assert "runs already" in rig.ask("routine.start", routine="gentle")["error"]
    rig = Rig(rate_hz=10.0, person=EMPTY, people=people(classes=LEFT_OUT))
    notes = rig.ask("routine.start", routine="full")["result"]["notes"]
    assert "Your left foot is left out: a part of it must not be pressed." in notes
    assert any("taps need 40" in note for note in notes)


def test_what_somebody_found_tender_lowers_the_bands_of_everybody_not_told_apart() -> None:
    both = People(
        {"ann": Profile(caps_kpa={"l_heel_med": 60.0}), "bob": Profile(caps_kpa={"l_toes": 90.0})},
        had_one=True,
    )
    rig = Rig(rate_hz=10.0, person=EMPTY, people=both)
    assert rig.guide._routine._caps_kpa() == {"l_heel_med": 60.0, "l_toes": 90.0}


def test_a_coach_that_fails_ends_the_routine_and_nothing_else(
    rig: PanelRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig.ask("routine.start", routine="gentle")

    def fail(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr(Coach, "feed", fail)
    rig.watch(0.3)
    assert "routine_failed" in caplog.text
    assert step_of(rig)["phase"] == "stopped"
    assert runs(rig)


def test_whoever_starts_and_stops_all_day_fills_no_memory() -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY, people=SEATED)
    for _ in range(MOST_ROUTINES + 2):
        rig.ask("routine.start", routine="gentle")
        rig.ask("routine.stop")
    rig.ask("session.stop")
    assert len(rig.records[-1].routines) == MOST_ROUTINES
