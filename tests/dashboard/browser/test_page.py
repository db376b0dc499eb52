"""The whole page in a browser, with a fake mat on its WebSocket and a hand on its clock."""
# ruff: noqa: E501 -- pieces of JavaScript and packed expectations read better on one line

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser import fake_mat
from tests.dashboard.browser.fake_mat import (
    CONTACT,
    IDS,
    OTHER_BOOT,
    STANDING,
    UNKNOWN,
    VALID,
    alarm,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.dashboard.browser.conftest import Mat

SIMULATOR = {"source": "simulator", "verbs": ("alarm.ack", "alarm.pause", "sim.press", "watch")}


def standing(mat: Mat, *alarms: dict[str, object]) -> None:
    """Someone stands on the mat, and the mat has said how its alarms stand."""
    mat.state(*alarms)
    mat.frame()


def test_page_whose_scripts_do_not_load_says_that_it_has_not_started(
    browser: Browser, site: str
) -> None:
    # Not the fixture `page`: the browser reports the file that is missing as an error.
    opened = browser.new_page(base_url=site)
    opened.route("**/static/field.js", lambda route: route.abort())
    with opened.expect_event("requestfailed"):
        opened.goto("/")
    expect(opened.locator("#title")).to_have_text("This page has not started yet.")
    expect(opened.locator("#lead")).to_have_text("If this stays, load it again.")
    expect(opened.locator("#link-text")).to_have_text("Not started")
    opened.close()


def test_waits_before_the_first_frame(mat: Mat, page: Page) -> None:
    mat.open()
    mat.state()
    mat.pass_time(300)
    expect(page.locator("#title")).to_have_text("Waiting for the mat")
    expect(page.locator("#lead")).to_have_text("Nothing is shown before the first reading.")
    expect(page).to_have_title("Waiting for the mat · reflexmat")
    expect(page.locator("#link-text")).to_have_text("Waiting")
    expect(page.locator("#mirror .said")).to_have_text(["unknown"] * len(IDS))


def test_shows_what_the_mat_reads(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    expect(page.locator("#title")).to_have_text("All zones within their limits")
    expect(page.locator("#link-text")).to_have_text("Live")
    row = page.locator("#mirror tr", has_text="Heel, inner")
    expect(row.locator("td").first).to_have_text("96")
    expect(row.locator("td").last).to_have_text("84")
    expect(page.locator("#total")).to_have_text("63.9\u2009kg · 627\u2009N on the mat")
    expect(page.locator("#scale")).to_contain_text("150")
    assert page.locator(".pill-number:visible").all_text_contents() == [
        str(round(v)) for v in STANDING.values()
    ]
    expect(page.locator("#note")).to_be_hidden()


def test_unknown_zone_has_no_number_and_ends_the_good_word(mat: Mat, page: Page) -> None:
    mat.open()
    mat.state()
    mat.frame(status={"l_heel_med": UNKNOWN})
    expect(page.locator("#title")).to_have_text("7 of 8 zones within their limits, 1 unknown")
    expect(page.locator("#mirror tr", has_text="Heel, inner").locator("td").first).to_have_text(
        "unknown"
    )
    assert page.locator(".pill-number:visible").count() == 7


def test_says_silent_within_a_second_and_a_half(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    mat.pass_time(1000)
    expect(page.locator("#link-text")).to_have_text("Live")
    mat.pass_time(500)
    expect(page.locator("#banner-title")).to_have_text("No reading from the mat")
    expect(page.locator("#banner-text")).to_contain_text(
        "The mat sends nothing. Nothing here is live."
    )
    expect(page.locator("#title")).to_be_hidden()
    expect(page.locator("#live-cards")).to_be_hidden()
    assert page.locator(".pill-number:visible").count() == 0
    expect(page.locator("#last-highest")).to_have_text("96 kPa")
    mat.pass_time(13_000)
    expect(page.locator("#link-text")).to_have_text("Silent 0:14")
    expect(page.locator("#banner-text")).to_contain_text("For 14 seconds.")
    mat.state()
    mat.frame()
    expect(page.locator("#title")).to_have_text("All zones within their limits")
    expect(page.locator("#banner")).to_be_hidden()


def test_names_the_missing_part(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    mat.tell({"type": "link", "broker": True, "mat": "offline"})
    mat.pass_time(2000)
    expect(page.locator("#banner-text")).to_contain_text("The mat is offline.")
    before = len(mat.sockets)
    mat.sockets[-1].close()
    mat.until(lambda: "does not answer" in page.locator("#banner-text").inner_text())
    mat.until(lambda: len(mat.sockets) > before)
    mat.hello()
    standing(mat)
    expect(page.locator("#title")).to_have_text("All zones within their limits")


def test_try_again_connects_at_once(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    mat.pass_time(2000)
    before = len(mat.sockets)
    page.locator("#retry").click()
    mat.until(lambda: len(mat.sockets) > before)
    assert len(mat.sockets) == before + 1


def test_frames_of_a_boot_without_its_info_are_not_shown(mat: Mat, page: Page) -> None:
    """Another boot may have another layout: its forces would stand in the wrong zones."""
    mat.open()
    mat.state()
    mat.sockets[-1].send(_live(mat, OTHER_BOOT))
    mat.pass_time(400)
    expect(page.locator("#title")).to_have_text("Waiting for the mat")
    assert page.evaluate("paints.length") == 0


def _live(mat: Mat, boot: str) -> bytes:
    return fake_mat.live(1, mat.now_us, boot=boot)


def test_old_values_do_not_count_after_the_page_was_hidden(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    expect(page.locator("#link-text")).to_have_text("Live")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#link-text")).to_have_text("Waiting")
    expect(page.locator("#title")).to_have_text("Waiting for the mat")
    assert page.locator(".pill-number:visible").count() == 0
    mat.frame()
    expect(page.locator("#link-text")).to_have_text("Live")


def test_frames_are_not_shown_while_their_age_is_not_known(mat: Mat, page: Page) -> None:
    """A way that was slow from the first moment must not pass for a fast one."""
    mat.tells_time = False
    mat.open()
    mat.state()
    mat.sockets[-1].send(fake_mat.live(1, mat.now_us))
    mat.pass_time(1000)
    expect(page.locator("#title")).to_have_text("Waiting for the mat")
    mat.pass_time(4200)
    expect(page.locator("#banner-title")).to_have_text("No reading from the mat")
    mat.tells_time = True
    mat.seq = 1
    mat.pass_time(400)
    mat.state()
    mat.frame()
    expect(page.locator("#link-text")).to_have_text("Live")


def test_frame_that_the_screen_slept_over_is_not_painted(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    mat.sockets[-1].send(fake_mat.live(mat.seq + 1, mat.now_us))
    for _ in range(5):
        page.evaluate("1")
    mat.now_us += 3_000_000
    page.clock.fast_forward(3000)
    mat.pass_time(300)
    assert page.evaluate("paints.at(-1)") == mat.seq
    expect(page.locator("#banner-title")).to_have_text("No reading from the mat")
    assert page.locator(".pill-number:visible").count() == 0


def test_without_a_recent_state_nothing_is_said_to_be_well(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    for _ in range(9):
        mat.pass_time(500)
        mat.frame()
    expect(page.locator("#title")).to_have_text("Readings come, alarms are not known")


def test_page_that_cannot_paint_does_not_keep_the_old_picture(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    expect(page.locator("#title")).to_have_text("All zones within their limits")
    page.evaluate("document.getElementById('total').remove()")
    mat.pass_time(500)
    expect(page.locator("#title")).to_have_text("This page has a fault")
    expect(page.locator("#map")).to_be_hidden()


def test_message_that_cannot_be_read_costs_only_itself(mat: Mat, page: Page) -> None:
    mat.open()
    mat.sockets[-1].send(b"RL\x02nonsense")
    mat.sockets[-1].send("{")
    mat.pass_time(300)
    expect(page.locator("#title")).to_have_text("Waiting for the mat")
    standing(mat)
    expect(page.locator("#title")).to_have_text("All zones within their limits")


def test_high_alarm_is_shown_said_and_acknowledged(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat, alarm(), alarm(rule="warning", zone="l_toes", priority="medium"))
    banner = page.locator("#banner")
    expect(banner).to_have_class("alarm high")
    expect(page.locator("#banner-title")).to_have_text("Lift your left heel")
    expect(page.locator("#banner-text")).to_contain_text("And 1 more.")
    expect(page.locator("#say-now")).to_contain_text("Lift your left heel")
    expect(page.locator("#title")).to_be_hidden()
    page.locator("#ack").click()
    mat.until(lambda: bool(mat.commands))
    assert (mat.commands[0]["verb"], mat.commands[0]["args"]) == (
        "alarm.ack",
        {"zone": "l_heel_lat", "rule": "limit"},
    )
    expect(page.locator("#ack")).to_have_text("Telling the mat …")
    mat.tell({"type": "reply", "id": mat.commands[0]["id"], "ok": True, "error": None})
    mat.state(alarm(state="acknowledged"))
    expect(banner).to_have_class("alarm high still")
    expect(page.locator("#ack")).to_have_text("Seen")
    mat.pass_time(100)
    mat.state()
    expect(banner).to_be_hidden()


def test_alarm_in_the_live_frame_does_not_wait_for_the_state(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    mat.pass_time(100)
    mat.frame({**STANDING, "l_toes": 240.0}, status={"l_toes": VALID | CONTACT | 0x30})
    expect(page.locator("#banner-title")).to_have_text("Too much pressure")
    expect(page.locator("#mirror tr", has_text="Toes").locator("td").first).to_contain_text("Limit")


def test_alarm_is_not_lost_when_the_mat_falls_silent(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat, alarm())
    mat.pass_time(5000)
    expect(page.locator("#banner-title")).to_have_text("No reading from the mat")
    expect(page.locator("#banner-text")).to_contain_text("The last alarm was: Lift your left heel.")


def test_losing_sight_of_a_loaded_mat_offers_sound_and_of_an_empty_one_does_not(
    mat: Mat, page: Page
) -> None:
    mat.open()
    standing(mat)
    mat.pass_time(1500)
    expect(page.locator("#mute")).to_have_text("Turn sound on")
    page.locator("#mute").click()
    expect(page.locator("#mute")).to_have_text("Silence for 2 min")
    mat.state()
    mat.frame({})
    expect(page.locator("#title")).to_have_text("No feet on the mat")
    mat.pass_time(1500)
    expect(page.locator("#banner-title")).to_have_text("No reading from the mat")
    expect(page.locator("#mute")).to_be_hidden()


def test_sound_needs_a_press_and_can_be_silenced(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat, alarm())
    expect(page.locator("#mute")).to_have_text("Turn sound on")
    page.locator("#mute").click()
    expect(page.locator("#mute")).to_have_text("Silence for 2 min")
    page.locator("#mute").click()
    mat.until(lambda: bool(mat.commands))
    assert (mat.commands[0]["verb"], mat.commands[0]["args"]) == (
        "alarm.pause",
        {"zone": "l_heel_lat", "rule": "limit", "seconds": 120},
    )


def test_simulated_mat_is_said_and_can_be_pressed(mat: Mat, page: Page) -> None:
    mat.open(**SIMULATOR)
    standing(mat)
    expect(page.locator("#note")).to_contain_text("This is a simulated mat.")
    zone = page.locator("[data-zone=l_heel_lat]")
    zone.scroll_into_view_if_needed()
    zone.hover()
    page.mouse.down()
    expect(zone).to_have_attribute("aria-pressed", "true")
    mat.pass_time(600)
    page.mouse.up()
    expect(zone).to_have_attribute("aria-pressed", "false")
    mat.pass_time(1000)
    mat.until(lambda: len(mat.commands) == 4)
    assert {each["verb"] for each in mat.commands} == {"sim.press"}
    assert [each["args"] for each in mat.commands] == [
        *[{"zone": "l_heel_lat", "seconds": 0.6}] * 3,
        {"zone": "l_heel_lat", "seconds": 0},
    ]


def test_keyboard_presses_and_moves_between_zones(mat: Mat, page: Page) -> None:
    mat.open(**SIMULATOR)
    page.locator("[data-zone=l_heel_med]").focus()
    page.keyboard.press("ArrowLeft")
    zone = page.locator("[data-zone=l_heel_lat]")
    expect(zone).to_be_focused()
    page.keyboard.down(" ")
    expect(zone).to_have_attribute("aria-pressed", "true")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(zone).to_have_attribute("aria-pressed", "false")
    mat.pass_time(1000)
    mat.until(lambda: len(mat.commands) == 2)
    assert [each["args"]["seconds"] for each in mat.commands] == [0.6, 0]


def test_real_mat_cannot_be_pressed(mat: Mat, page: Page) -> None:
    mat.open()
    standing(mat)
    assert page.locator("[data-zone]").count() == 0


def test_recording_is_said(mat: Mat, page: Page) -> None:
    mat.open(source="replay")
    expect(page.locator("#note")).to_contain_text("This is a recording, played back.")


@pytest.mark.parametrize("width", [320, 390, 760, 1100, 1400])
def test_no_sideways_scrolling_and_small_maps_show_no_numbers(
    mat: Mat, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    mat.open(**SIMULATOR)
    standing(mat, alarm(instruction="Hold on, sit down, then lift your left foot", over=True))
    expect(page.locator("#banner")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    mat.state(alarm(state="acknowledged", over=False))
    expect(page.locator("#beside")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    small = page.evaluate("document.querySelector('#map').clientWidth") < 420
    assert (page.locator(".pill-number:visible").count() == 0) == small


def test_nothing_is_smaller_than_18_px_and_targets_are_large(mat: Mat, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    mat.open(**SIMULATOR)
    standing(mat, alarm())
    sizes = page.evaluate(
        "[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('svg') && "
        "[...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 18
    assert page.evaluate(
        "Math.min(...['ack', 'mute'].map((id) => document.getElementById(id).clientHeight)) >= 60"
    )


def test_message_page_escapes_what_it_says(page: Page) -> None:
    page.goto("/message")
    expect(page.locator("h1")).to_have_text("<Used>")
    expect(page).to_have_title("<Used> · reflexmat")
