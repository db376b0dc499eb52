"""Zero, self-test and which mat it is, asked from elsewhere: alarms always come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drivers.scenario import EMPTY
from tests.drivers.gpio import BUZZER
from tests.pi.test_daemon import Rig
from tests.pi.test_panel import AMBER, CYAN, DARK, RED_LIGHT, WHITE, PanelRig, colours, tones

if TYPE_CHECKING:
    from collections.abc import Iterator

BLUE_LIGHT = (0.0, 0.0, 1.0)
SEEN = {"light": True, "sound": True, "missing": {}}
HIDDEN = {"light": False, "sound": False, "missing": {}}


@pytest.fixture
def rig() -> Iterator[PanelRig]:
    rig = PanelRig(rate_hz=10.0)
    rig.watch(5.3)
    yield rig
    rig.panel.close()
    rig.board.close()


def test_the_empty_mat_is_zeroed_and_says_so() -> None:
    rig = Rig(rate_hz=10.0, person=EMPTY)
    refused = rig.ask("tare")
    assert (refused["ok"], rig.tared) == (False, [])
    rig.run(4.0)
    rig.mail.sent.clear()
    reply = rig.ask("tare", confirmed=True)
    (calibration,) = rig.tared
    assert reply["result"] == {"calibration_id": calibration.id}
    assert calibration.spec.tared_on == "2026-11-26"
    (info,) = rig.mail.take_json("info")
    assert info["calibration_id"] == calibration.id


@pytest.mark.parametrize("args", [{}, {"confirmed": True}])
def test_who_stands_on_the_mat_is_no_zero(args: dict[str, Any]) -> None:
    rig = Rig(rate_hz=10.0)
    rig.run(6.0)
    assert not rig.ask("tare", **args)["ok"]
    assert rig.tared == []


@pytest.mark.parametrize(
    ("verb", "args"), [("tare", {"confirmed": 1}), ("selftest", {"x": 1}), ("identify", {"s": 2})]
)
def test_what_does_not_fit_is_refused(verb: str, args: dict[str, Any]) -> None:
    assert next(iter(args)) in Rig(rate_hz=10.0).ask(verb, **args)["error"]


@pytest.mark.parametrize("verb", ["selftest", "identify"])
def test_a_mat_without_indicators_says_so(verb: str) -> None:
    assert "no light and no buzzer" in Rig(rate_hz=10.0).ask(verb)["error"]


def test_the_self_test_is_seen_and_heard(rig: PanelRig) -> None:
    assert rig.ask("selftest")["result"] == SEEN
    shown = rig.watch(2.0)
    assert {RED_LIGHT, (0.0, 1.0, 0.0), BLUE_LIGHT} <= colours(shown)
    assert tones(shown) == {None, 500.0}


def test_a_part_that_is_missing_is_named() -> None:
    rig = PanelRig(rate_hz=10.0)
    other = rig.board.occupy(BUZZER)
    rig.watch(0.5)
    found = rig.ask("selftest")["result"]
    # The fault has the light.
    assert (found["light"], found["sound"], set(found["missing"])) == (False, False, {"buzzer"})
    other.close()
    rig.board.close()


def test_the_mat_that_is_meant_blinks_blue_and_goes_on_as_before(rig: PanelRig) -> None:
    assert rig.ask("identify")["result"] == SEEN
    shown = rig.watch(6.0)
    assert BLUE_LIGHT in colours(shown)
    assert tones(shown) == {None, 300.0, 600.0}
    after = rig.watch(4.0)
    assert colours(after) <= WHITE | {DARK}
    assert tones(after) == {None}


@pytest.mark.parametrize("verb", ["selftest", "identify"])
def test_an_alarm_that_stands_is_neither_hidden_nor_outshouted(rig: PanelRig, verb: str) -> None:
    rig.overpress()
    assert rig.ask(verb)["result"] == HIDDEN
    shown = rig.watch(6.0, rig.press_mat)
    assert colours(shown) == {RED_LIGHT, DARK}
    assert tones(shown) == {None, 750.0}


def test_an_alarm_that_comes_meanwhile_takes_over_at_once(rig: PanelRig) -> None:
    rig.ask("identify")
    rig.press_mat()
    alarmed = False
    for _ in range(60):
        ((_, rgb, tone),) = rig.watch(0.09, rig.press_mat)
        rig.ask("identify")
        assert not alarmed or rgb in {RED_LIGHT, AMBER, CYAN, DARK}
        assert not alarmed or tone in {None, 400.0, 550.0, 750.0}
        alarmed = bool(rig.sampler._engine.active)
    assert alarmed
