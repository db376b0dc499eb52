"""What a person answers to an alarm: seen here, silent for a while, seen beside the mat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser.fake_mat import CONTACT, COUNT_TONES, STANDING, VALID, alarm

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.dashboard.browser.conftest import Mat

WHY = "The mat goes on sounding, and this stays, until somebody beside it has seen it."
PRESSED = {**STANDING, "l_heel_lat": 240.0}
FLAGS = {"l_heel_lat": VALID | CONTACT | 0x30}


def raised(mat: Mat, page: Page, *alarms: dict[str, Any], heard: bool = False) -> None:
    """Open the page while the left heel is over its limit."""
    page.add_init_script(COUNT_TONES)
    mat.open()
    mat.state(*(alarms or (alarm(),)))
    mat.frame(PRESSED, status=FLAGS)
    if heard:
        page.locator("#mute").click()
        expect(page.locator("#mute")).to_have_text("Silence for 2 min")


def answer(mat: Mat, *, ok: bool = True) -> None:
    """Let the mat answer every command that waits."""
    for each in mat.commands:
        mat.tell({"type": "reply", "id": each["id"], "ok": ok, "error": None if ok else "no"})
    mat.commands.clear()


def pressed(mat: Mat) -> list[tuple[str, dict[str, Any]]]:
    """Commands that have come."""
    mat.until(lambda: bool(mat.commands))
    return [(each["verb"], each["args"]) for each in mat.commands]


def go_on(mat: Mat, seconds: int, *alarms: dict[str, Any]) -> None:
    """Let time pass while the mat goes on telling the same."""
    for _ in range(2 * seconds):
        mat.pass_time(500)
        mat.state(*alarms)
        mat.frame(PRESSED, status=FLAGS)


def test_beside_comes_after_seen_and_is_never_the_default(mat: Mat, page: Page) -> None:
    raised(mat, page)
    beside = page.locator("#beside")
    expect(beside).to_be_hidden()
    page.locator("#ack").click()
    (first,) = pressed(mat)
    assert first == ("alarm.ack", {"zone": "l_heel_lat", "rule": "limit"})
    expect(beside).to_be_hidden()
    answer(mat)
    mat.state(alarm(state="acknowledged"))
    expect(page.locator("#ack")).to_have_text("Seen")
    expect(beside).to_have_text("I am beside the mat")
    expect(page.locator("#banner-why")).to_have_text(WHY)
    expect(page.locator("#say")).to_have_text(WHY)
    # Whoever presses twice has pressed "Seen" the second time: nothing happens.
    page.locator("#ack").click(force=True)
    page.locator("#ack").press("Enter")
    mat.pass_time(200)
    assert mat.commands == []


@pytest.mark.parametrize("width", [390, 1400])
def test_a_double_press_is_never_taken_for_somebody_beside_the_mat(
    mat: Mat, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    raised(mat, page)
    before = page.locator("#ack").bounding_box()
    mat.state(alarm(state="acknowledged"))
    expect(page.locator("#beside")).to_be_visible()
    assert before
    middle = [before["x"] + before["width"] / 2, before["y"] + before["height"] / 2]
    there = "([x, y]) => document.elementFromPoint(x, y).closest('button')?.id"
    assert page.evaluate(there, middle) != "beside"


def test_limit_goes_only_after_somebody_beside_the_mat_has_seen_it(mat: Mat, page: Page) -> None:
    raised(mat, page)
    mat.state(alarm(state="acknowledged", over=False))
    expect(page.locator("#banner-title")).to_contain_text("went over its limit at")
    page.locator("#beside").click()
    assert pressed(mat) == [
        ("alarm.ack", {"zone": "l_heel_lat", "rule": "limit", "beside": True}),
    ]
    expect(page.locator("#beside")).to_have_text("Telling the mat …")
    answer(mat)
    expect(page.locator("#ack")).to_have_text("Seen beside the mat")
    expect(page.locator("#beside")).to_be_hidden()
    expect(page.locator("#banner-why")).to_be_hidden()
    mat.state()
    expect(page.locator("#banner")).to_be_hidden()


def test_beside_that_did_not_arrive_says_so(mat: Mat, page: Page) -> None:
    raised(mat, page, alarm(state="acknowledged"))
    page.locator("#beside").click()
    pressed(mat)
    answer(mat, ok=False)
    expect(page.locator("#beside")).to_have_text("Not sent. Press again")
    page.locator("#beside").click()
    assert len(pressed(mat)) == 1


def test_alarm_that_sounds_again_has_to_be_seen_again(mat: Mat, page: Page) -> None:
    raised(mat, page, alarm(state="acknowledged"))
    page.locator("#beside").click()
    pressed(mat)
    answer(mat)
    mat.state(alarm())
    expect(page.locator("#ack")).to_have_text("I have seen this")
    expect(page.locator("#beside")).to_be_hidden()
    mat.state(alarm(state="acknowledged"))
    expect(page.locator("#beside")).to_have_text("I am beside the mat")


def test_silence_is_a_pause_of_the_mat_with_a_countdown(mat: Mat, page: Page) -> None:
    raised(mat, page, heard=True)
    page.locator("#mute").click()
    assert pressed(mat) == [
        ("alarm.pause", {"zone": "l_heel_lat", "rule": "limit", "seconds": 120}),
    ]
    expect(page.locator("#mute")).to_have_text("Telling the mat …")
    answer(mat)
    paused = alarm(state="paused")
    mat.state(paused)
    expect(page.locator("#mute")).to_have_text("Silent for 2:00")
    expect(page.locator("#mute")).to_have_attribute("aria-disabled", "true")
    # Silent, but not seen.
    expect(page.locator("#banner")).to_have_class("alarm high")
    expect(page.locator("#ack")).to_have_text("I have seen this")
    tones = page.evaluate("window.tones")
    go_on(mat, 12, paused)
    expect(page.locator("#mute")).to_have_text(re.compile("Silent for 1:4[78]"))
    page.locator("#mute").click(force=True)
    assert page.evaluate("window.tones") == tones
    assert mat.commands == []


def test_pause_is_used_once_and_sounds_when_it_ends(mat: Mat, page: Page) -> None:
    raised(mat, page, heard=True)
    page.locator("#mute").click()
    pressed(mat)
    answer(mat)
    mat.state(alarm(state="paused"))
    go_on(mat, 4, alarm(state="paused"))
    tones = page.evaluate("window.tones")
    mat.state(alarm())
    mat.pass_time(200)
    assert page.evaluate("window.tones") == tones + 5
    expect(page.locator("#mute")).to_be_hidden()
    # Another alarm of that place, or the same one raised anew, may be paused again.
    mat.state(alarm(t_s=9.0))
    expect(page.locator("#mute")).to_have_text("Silence for 2 min")


def test_pause_silences_what_stood_beside_but_nothing_new(mat: Mat, page: Page) -> None:
    stood = alarm(rule="warning", zone="r_toes", priority="medium")
    raised(mat, page, alarm(), stood, heard=True)
    page.locator("#mute").click()
    pressed(mat)
    answer(mat)
    paused = alarm(state="paused")
    mat.state(paused, stood)
    tones = page.evaluate("window.tones")
    go_on(mat, 30, paused, stood)
    assert page.evaluate("window.tones") == tones
    # The mat ends its pauses when something new is raised.
    mat.state(alarm(), stood, alarm(rule="warning", zone="l_toes", priority="medium"))
    mat.pass_time(200)
    assert page.evaluate("window.tones") == tones + 5


def test_pause_that_somebody_else_asked_for_is_said(mat: Mat, page: Page) -> None:
    raised(mat, page, alarm(state="paused"))
    expect(page.locator("#mute")).to_have_text("Silent for now")


def test_state_that_the_page_does_not_know_counts_as_raised(mat: Mat, page: Page) -> None:
    raised(mat, page, alarm(state="snoozed"))
    expect(page.locator("#banner")).to_have_class("alarm high")
    expect(page.locator("#ack")).to_have_text("I have seen this")
    expect(page.locator("#mute")).to_have_text("Turn sound on")


def test_answers_go_also_to_the_warning_of_that_place(mat: Mat, page: Page) -> None:
    raised(mat, page, alarm(), alarm(rule="warning", priority="medium"))
    page.locator("#ack").click()
    mat.until(lambda: len(mat.commands) == 2)
    assert [each["args"]["rule"] for each in mat.commands] == ["limit", "warning"]


def test_real_mat_alone_is_said_to_sound(mat: Mat, page: Page) -> None:
    mat.open(source="simulator", verbs=("alarm.ack", "alarm.pause", "sim.press", "watch"))
    mat.state(alarm(state="acknowledged", over=False))
    mat.frame()
    expect(page.locator("#banner-why")).to_have_text(
        "This stays until somebody beside the mat has seen it."
    )
    mat.state(alarm(rule="warning", priority="medium", state="acknowledged"))
    expect(page.locator("#ack")).to_have_text("Seen")
    expect(page.locator("#beside")).to_be_hidden()
