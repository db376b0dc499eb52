"""The bar of the session: what it says, what it offers, what it asks, and Stop in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser.conftest import render
from tests.dashboard.browser.fake_mat import alarm

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.dashboard.browser.conftest import Mat

VERBS = ("alarm.ack", "routine.next", "routine.stop", "session.start", "session.stop", "watch")
SESSION = "00112233445566778899aabbccddeeff"
SAY = "Press gently with your left toes, hold, then let go"


def routine(phase: str = "running") -> dict[str, Any]:
    """Where a routine stands."""
    step = {"number": 2, "name": "Toes", "action": "hold", "say": SAY, "left_s": 61.5}
    over = phase in ("done", "stopped")
    about = {"routine": "gentle", "name": "Gentle strokes", "steps": 8, "left_s": 700.5}
    return {**about, "phase": phase, "step": None if over else step}


def ask(mat: Mat, page: Page, button: str) -> dict[str, Any]:
    """Press a button; the one command that comes."""
    mat.commands.clear()
    page.locator(button).click()
    mat.until(lambda: bool(mat.commands))
    (command,) = mat.commands
    expect(page.locator("#session-answer")).to_have_text("Telling the mat …")
    return command


def answer(mat: Mat, command: dict[str, Any], error: str | None = None) -> None:
    reply = {"id": command["id"], "ok": error is None, "error": error, "result": None}
    mat.tell({"type": "reply", **reply})


@pytest.mark.parametrize(
    ("more", "line", "offered"),
    [
        ({"session": None}, "No session runs", ["session-start"]),
        ({"session": SESSION}, "A session runs", ["stop"]),
        ({"session": SESSION, "step": routine()}, SAY, ["routine-next", "stop"]),
        (
            {"session": SESSION, "step": routine("paused")},
            "Paused. Do what the alarm says first",
            ["stop"],
        ),
        ({"session": SESSION, "step": routine("done")}, "Gentle strokes is over", ["stop"]),
        ({"session": SESSION, "step": routine("stopped")}, "Gentle strokes was stopped", ["stop"]),
        # Its session has ended: what its routine was is no longer of interest.
        ({"session": None, "step": routine("done")}, "No session runs", ["session-start"]),
    ],
)
def test_the_bar_says_what_runs_and_offers_what_fits(
    mat: Mat, page: Page, more: dict[str, Any], line: str, offered: list[str]
) -> None:
    mat.open(verbs=VERBS)
    mat.state(**more)
    mat.frame()
    expect(page.locator("#session-line")).to_have_text(line)
    shown = page.locator("#session-bar button:visible")
    assert [each.get_attribute("id") for each in shown.all()] == offered
    if line == SAY:
        expect(page.locator("#session-left")).to_have_text("Step 2 of 8. 1:01 left")


def test_a_session_is_begun_and_its_routine_and_then_it_are_stopped(mat: Mat, page: Page) -> None:
    mat.open(verbs=VERBS)
    mat.state(session=None)
    begin = ask(mat, page, "#session-start")
    assert (begin["verb"], begin["args"]) == ("session.start", {})
    answer(mat, begin)
    said = page.locator("#session-answer")
    expect(said).to_have_text("The mat has begun a session.")
    mat.state(session=SESSION, step=routine())
    following = ask(mat, page, "#routine-next")
    assert following["verb"] == "routine.next"
    answer(mat, following, "no routine runs")
    expect(said).to_have_text("Not done: no routine runs.")
    expect(page.locator("#stop")).to_have_text("Stop the routine")
    stop = ask(mat, page, "#stop")
    assert stop["verb"] == "routine.stop"
    # Whoever presses twice wants one thing: the session goes on.
    page.locator("#stop").click()
    answer(mat, stop)
    expect(said).to_have_text("The mat has ended the routine.")
    page.locator("#stop").click()
    mat.pass_time(100)
    assert mat.commands == [stop]
    mat.state(session=SESSION, step=routine("stopped"))
    expect(page.locator("#stop")).to_have_text("Stop the session")
    assert ask(mat, page, "#stop")["verb"] == "session.stop"
    mat.pass_time(3200)
    expect(said).to_have_text("The mat did not answer. Press again.")


def test_what_was_done_is_not_said_for_ever(mat: Mat, page: Page) -> None:
    mat.open(verbs=VERBS)
    mat.state(session=None)
    answer(mat, ask(mat, page, "#session-start"))
    mat.pass_time(6200)
    expect(page.locator("#session-answer")).to_have_text("")


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1400, 900)])
def test_stop_is_large_and_in_sight_wherever_one_scrolls(
    mat: Mat, page: Page, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    mat.open(verbs=VERBS)
    mat.state(session=SESSION, step=routine())
    mat.frame()
    for where in ("0", "document.body.scrollHeight / 3", "document.body.scrollHeight"):
        page.evaluate(f"scrollTo(0, {where})")
        box = page.locator("#stop").bounding_box()
        assert box
        assert box["height"] >= 64
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        assert 0 <= box["y"] <= box["y"] + box["height"] <= height
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_stop_stays_when_the_mat_falls_silent_and_nothing_else_is_offered(
    mat: Mat, page: Page
) -> None:
    mat.open(verbs=VERBS)
    mat.state(session=SESSION, step=routine())
    mat.frame()
    expect(page.locator("#routine-next")).to_be_visible()
    mat.pass_time(4000)
    expect(page.locator("#session-line")).to_have_text("Whether a session runs is not known now")
    expect(page.locator("#routine-next")).to_be_hidden()
    expect(page.locator("#stop")).to_be_visible()
    mat.sockets[-1].close()
    mat.pass_time(250)
    expect(page.locator("#banner-text")).to_contain_text("The dashboard does not answer.")
    page.locator("#stop").click()
    expect(page.locator("#session-answer")).to_have_text("Not done: the dashboard does not answer.")


def test_nothing_is_offered_that_mat_or_account_may_not(mat: Mat, page: Page) -> None:
    mat.open()
    mat.state(session=SESSION)
    mat.frame()
    expect(page.locator("#session-bar")).to_be_hidden()

    def watch_only(route: Route) -> None:
        route.fulfill(body=render("/", ("alarm.ack",)), content_type="text/html; charset=utf-8")

    page.route("**/", watch_only)
    mat.sockets.clear()
    mat.open(verbs=VERBS)
    mat.state(session=SESSION)
    mat.frame()
    expect(page.locator("#session-bar")).to_be_hidden()


def test_faults_are_told_with_what_to_do(mat: Mat, page: Page) -> None:
    mat.open()
    fault = {"kind": "fault", "priority": "low", "zone": None, "value_kpa": None}
    card = alarm(
        **fault, rule="not_recorded", instruction="Have the card looked at", reason="Full."
    )
    lamp = alarm(**fault, rule="indicator", instruction="Check the light", reason="It fails.")
    mat.state(alarm(), card, lamp)
    mat.frame()
    rows = page.locator("#faults li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Have the card looked at")
    expect(rows.first).to_contain_text("Full")
    mat.state(alarm())
    mat.frame()
    expect(page.locator("#faults-card")).to_be_hidden()
