"""The whole way: simulated person, counts, engine, broker, dashboard, browser."""

from __future__ import annotations

import contextlib
import re
import signal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

from tests import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.demo import RunningDemo

PATIENCE_MS = 20_000
"""How long to wait for what takes a moment on a busy machine."""

MAP_PICTURE = "document.querySelector('#map canvas').toDataURL()"

NOTE_SEQ = """() => {
  addEventListener('reflexmat:paint', ({ detail }) => { window.seq = detail.seq; });
}"""

SLOW_SOCKET = """
window.paints = 0;
addEventListener('reflexmat:paint', () => { window.paints += 1; });
window.WebSocket = class extends WebSocket {
  set onmessage(act) { super.onmessage = (event) => setTimeout(() => act(event), 3000); }
};
"""

LONG_CALM = """() => {
  const past = document.getElementById('banner-title').textContent.includes('went over');
  window.since = past ? window.since ?? performance.now() : undefined;
  return past && performance.now() - window.since > 3000;
}"""

COUNT_TONES = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.tones += 1;
    return start.apply(this, when);
  };
}"""


@pytest.fixture
def page(signed_in: Page, mat: RunningDemo) -> Iterator[Page]:
    """A fresh live page whose console must stay free of complaints."""
    tab = signed_in.context.new_page()
    found = chromium.complaints(tab)
    tab.goto(mat.url)
    expect(tab.locator("#link-text")).to_have_text("Live", timeout=PATIENCE_MS)
    yield tab
    assert found == []
    tab.close()


def hold(page: Page, zone: str) -> None:
    """Press a zone with the keyboard and keep pressing."""
    page.locator(f"[data-zone={zone}]").focus()
    page.keyboard.down(" ")


def see_here_then_beside(page: Page) -> None:
    """Acknowledge a limit as in the demo, whose mat has no button: only the second ends it."""
    page.get_by_role("button", name="I have seen this").click()
    expect(page.get_by_role("button", name="Seen")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#banner-why")).to_contain_text("until somebody beside the mat")
    page.get_by_role("button", name="I am beside the mat").click()
    expect(page.locator("#banner")).to_be_hidden(timeout=PATIENCE_MS)


def see_all_here(page: Page) -> None:
    """Answer whatever the page asks, one alarm after the other, until nothing stands."""
    seen = page.get_by_role("button", name="I have seen this")
    beside = page.get_by_role("button", name="I am beside the mat")
    while page.locator("#banner").is_visible():
        # Each answer changes what is asked next: a button that has gone was answered.
        with contextlib.suppress(TooLate):
            (seen if seen.is_visible() else beside).click(timeout=2000)


def test_the_page_shows_a_person_standing(page: Page) -> None:
    expect(page.locator("#title")).to_have_text("All zones within their limits")
    expect(page.locator("#total")).to_contain_text(re.compile(r"(49|5[01])\.\d\skg"))
    expect(page.locator("#mirror tr")).to_have_count(8)
    expect(page.locator("#note")).to_contain_text("simulated mat")


def test_the_map_moves_with_the_person(page: Page) -> None:
    before = page.evaluate(MAP_PICTURE)
    page.wait_for_function(f"before => {MAP_PICTURE} !== before", arg=before)


def test_a_press_raises_an_alarm_that_is_seen_acknowledged_and_cleared(page: Page) -> None:
    hold(page, "l_arch_lat")
    banner = page.locator("#banner")
    expect(banner).to_have_class(re.compile("high"), timeout=PATIENCE_MS)
    expect(page.locator("#banner-title")).to_contain_text("lift your left arch")
    expect(page.locator("#banner-text")).to_contain_text("Your limit is 200")
    expect(page.locator("#say-now")).to_contain_text("left arch")
    page.keyboard.up(" ")
    # What has passed its limit stays, in the past tense, until somebody beside it says they saw it.
    expect(page.locator("#banner-title")).to_contain_text("went over", timeout=PATIENCE_MS)
    see_here_then_beside(page)
    expect(page.locator("#title")).to_have_text("All zones within their limits")


def test_a_limit_seen_only_on_the_page_stands_after_the_pressure_has_gone(
    page: Page, mat: RunningDemo
) -> None:
    hold(page, "r_arch_lat")
    expect(page.locator("#banner")).to_have_class(re.compile("high"), timeout=PATIENCE_MS)
    page.get_by_role("button", name="I have seen this").click()
    expect(page.locator("#ack")).to_have_text("Seen", timeout=PATIENCE_MS)
    page.keyboard.up(" ")
    expect(page.locator("#banner-title")).to_contain_text("went over", timeout=PATIENCE_MS)
    # An alarm that clears by itself does so 2 s after the pressure has gone.
    page.wait_for_function(LONG_CALM, timeout=PATIENCE_MS)
    expect(page.locator("#banner-title")).to_contain_text("went over")
    other = page.context.new_page()
    other.goto(mat.url)
    expect(other.locator("#ack")).to_have_text("Seen", timeout=PATIENCE_MS)
    other.get_by_role("button", name="I am beside the mat").click()
    for each in (page, other):
        expect(each.locator("#banner")).to_be_hidden(timeout=PATIENCE_MS)
    other.close()


def test_silence_is_a_pause_that_every_page_keeps(page: Page, mat: RunningDemo) -> None:
    page.locator("#sound").click()
    hold(page, "l_arch_lat")
    expect(page.locator("#banner")).to_have_class(re.compile("high"), timeout=PATIENCE_MS)
    page.keyboard.up(" ")
    # While it is pressed the warning of that zone may still come, and end a pause.
    expect(page.locator("#banner-title")).to_contain_text("went over", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Silence for 2 min").click()
    expect(page.locator("#mute")).to_contain_text("Silent for 1:5", timeout=PATIENCE_MS)
    other = page.context.new_page()
    other.goto(mat.url)
    expect(other.locator("#mute")).to_have_text("Silent for now", timeout=PATIENCE_MS)
    other.close()
    page.bring_to_front()
    # Something new ends it, and it cannot be had twice. It may go over its limit as well.
    hold(page, "r_arch_lat")
    expect(page.locator("#mute")).to_be_hidden(timeout=PATIENCE_MS)
    page.keyboard.up(" ")
    expect(page.locator("#banner-title")).to_contain_text("went over", timeout=PATIENCE_MS)
    see_all_here(page)


def test_a_pointer_presses_the_zone_under_it(page: Page) -> None:
    box = page.locator("[data-zone=r_mth1]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    expect(page.locator("#lead")).to_contain_text("right ball, inner", timeout=PATIENCE_MS)
    page.mouse.up()
    expect(page.locator("#lead")).to_contain_text("heel", timeout=PATIENCE_MS)


def test_an_alarm_is_heard_after_sound_was_turned_on(page: Page) -> None:
    page.evaluate(COUNT_TONES)
    page.locator("#sound").click()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    before = page.evaluate("window.tones")
    hold(page, "r_arch_lat")
    page.wait_for_function("before => window.tones > before", arg=before, timeout=PATIENCE_MS)
    page.keyboard.up(" ")
    expect(page.locator("#banner-title")).to_contain_text("went over", timeout=PATIENCE_MS)
    see_here_then_beside(page)


def test_a_stopped_daemon_is_shown_and_a_returned_one_recovers(
    page: Page, mat: RunningDemo
) -> None:
    daemon = mat.child("pi", "run")
    daemon.send_signal(signal.SIGSTOP)
    try:
        expect(page.locator("#banner-title")).to_contain_text("No reading", timeout=PATIENCE_MS)
        expect(page.locator("#link-text")).to_contain_text("Silent")
        expect(page.locator("#map-title")).to_have_text("Pressure unknown")
        expect(page.locator("#live-cards")).to_be_hidden()
    finally:
        daemon.send_signal(signal.SIGCONT)
    expect(page.locator("#link-text")).to_have_text("Live", timeout=PATIENCE_MS)
    expect(page.locator("#live-cards")).to_be_visible()


def test_after_a_kill_the_successor_is_shown(page: Page, mat: RunningDemo) -> None:
    page.evaluate(NOTE_SEQ)
    page.wait_for_function("() => window.seq > 0")
    before = page.evaluate("window.seq")
    mat.child("pi", "run").kill()
    # A new start of the daemon counts its frames from the beginning.
    page.wait_for_function("before => window.seq < before", arg=before, timeout=PATIENCE_MS)
    expect(page.locator("#link-text")).to_have_text("Live", timeout=PATIENCE_MS)
    expect(page.locator("#title")).to_have_text(
        "All zones within their limits", timeout=PATIENCE_MS
    )


def test_an_alarm_that_nobody_has_seen_outlives_the_daemon(page: Page, mat: RunningDemo) -> None:
    page.evaluate(NOTE_SEQ)
    hold(page, "l_arch_lat")
    expect(page.locator("#banner")).to_have_class(re.compile("high"), timeout=PATIENCE_MS)
    page.keyboard.up(" ")
    expect(page.locator("#banner-title")).to_contain_text("went over", timeout=PATIENCE_MS)
    before = page.evaluate("window.seq")
    mat.child("pi", "run").kill()
    page.wait_for_function("before => window.seq < before", arg=before, timeout=PATIENCE_MS)
    expect(page.locator("#banner-title")).to_contain_text("went over", timeout=PATIENCE_MS)
    see_here_then_beside(page)


def test_a_slow_way_from_the_first_moment_is_not_live(signed_in: Page, mat: RunningDemo) -> None:
    tab = signed_in.context.new_page()
    tab.add_init_script(SLOW_SOCKET)
    tab.goto(mat.url)
    expect(tab.locator("#banner-title")).to_contain_text("No reading", timeout=PATIENCE_MS)
    assert tab.evaluate("window.paints") == 0
    tab.close()


def test_the_page_fits_a_phone(page: Page) -> None:
    for width in (320, 390, 1400):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
