"""The screen stays on while the mat is live; what the browser keeps from a page in plain text is said."""
# ruff: noqa: E501 -- pieces of JavaScript read better on one line

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.dashboard.browser.conftest import Mat

LOCKS = """
window.told = [];
const made = () => { const lock = new EventTarget(); lock.release = () => { told.push('released'); lock.dispatchEvent(new Event('release')); }; return lock; };
const locks = { request: async (kind) => { told.push(kind); if (window.refuses) throw new DOMException('no', 'NotAllowedError'); return (window.held = made()); } };
Object.defineProperty(navigator, 'wakeLock', { value: locks });
"""


@pytest.fixture
def told(page: Page) -> Page:
    """A page that notes what it asks of the browser."""
    page.add_init_script(LOCKS)
    return page


def live(mat: Mat) -> None:
    mat.open()
    mat.state()
    mat.frame()
    mat.pass_time(300)


def test_the_screen_stays_on_while_the_mat_is_live(mat: Mat, told: Page) -> None:
    live(mat)
    assert told.evaluate("told") == ["screen"]
    mat.pass_time(3_000)
    expect(told.locator("#link-state")).to_have_attribute("data-state", "silent")
    assert told.evaluate("told") == ["screen", "released"]


def test_what_the_browser_took_away_is_asked_for_again(mat: Mat, told: Page) -> None:
    live(mat)
    told.evaluate("held.release()")
    mat.frame()
    mat.pass_time(300)
    assert told.evaluate("told") == ["screen", "released", "screen"]


def test_a_refusal_is_taken_until_the_mat_was_silent(mat: Mat, told: Page) -> None:
    told.add_init_script("window.refuses = true")
    live(mat)
    for _ in range(4):
        mat.frame()
        mat.pass_time(300)
    assert told.evaluate("told") == ["screen"]
    mat.pass_time(3_000)
    mat.frame()
    mat.pass_time(300)
    assert told.evaluate("told") == ["screen", "screen"]


@pytest.mark.parametrize("secure", [True, False])
def test_a_page_in_plain_text_says_what_it_cannot_do(mat: Mat, page: Page, secure: bool) -> None:
    page.add_init_script(
        f"Object.defineProperty(window, 'isSecureContext', {{ value: {str(secure).lower()} }})"
    )
    mat.open()
    expect(page.locator("#insecure")).to_be_visible(visible=not secure)
    if not secure:
        expect(page.locator("#insecure")).to_contain_text("the screen may go dark")
