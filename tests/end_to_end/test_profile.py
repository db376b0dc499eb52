"""What a person's profile forbids, the whole way: a place to keep off, and standing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests import chromium
from tests.demo import RunningDemo, demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PATIENCE_MS = 20_000
HEAVIER_KG = 62.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the demo."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def mat(folder: Path) -> Iterator[RunningDemo]:
    """A demo whose files are at hand."""
    with demo(folder) as running:
        yield running


@pytest.fixture
def page(browser: Browser, signed_in: Page, mat: RunningDemo) -> Iterator[Page]:
    """A fresh live page whose console must stay free of complaints."""
    tab = signed_in.context.new_page()
    found = chromium.complaints(tab)
    tab.goto(mat.url)
    expect(tab.locator("#link-text")).to_have_text("Live", timeout=PATIENCE_MS)
    yield tab
    assert found == []
    tab.close()


def start_anew(mat: RunningDemo, folder: Path, profile: str, mass_kg: float = 50.0) -> None:
    """Let the daemon come back with another profile, and another person."""
    (folder / "profile.toml").write_text(profile)
    settings = (folder / "mat.toml").read_text()
    if "profile =" not in settings:
        settings = settings.replace("[mat]", '[mat]\nprofile = "profile.toml"')
    settings = re.sub(r'mode = "\w+"\n|foot_mm = .*\n', "", settings)
    settings = re.sub(r"mass_kg = .*", f"mass_kg = {mass_kg}", settings)
    (folder / "mat.toml").write_text(settings)
    mat.child("pi", "run").kill()


KEEP_OFF = """
version = 2
mode = "standing"
foot_mm = [260.0, 98.0]
[classes]
l_arch_med = 3
"""
SEATED = """
version = 3
mode = "seated"
foot_mm = [260.0, 98.0]
"""


def test_a_place_to_keep_off_is_hatched_said_and_alarmed(
    page: Page, mat: RunningDemo, folder: Path
) -> None:
    start_anew(mat, folder, KEEP_OFF)
    cell = page.locator("#mirror tr", has_text="Arch, inner").locator("td.left")
    expect(cell).to_have_text("keep off", timeout=PATIENCE_MS)
    expect(page.locator("#key-excluded")).to_be_visible()
    expect(page.locator("#title")).to_have_text(
        "All zones within their limits", timeout=PATIENCE_MS
    )
    page.locator("[data-zone=l_arch_med]").focus()
    page.keyboard.down(" ")
    expect(page.locator("#banner-title")).to_have_text(
        "Hold on, sit down, then lift your left foot off the mat", timeout=PATIENCE_MS
    )
    expect(cell).to_have_text("keep off Limit", timeout=PATIENCE_MS)
    page.keyboard.up(" ")
    expect(page.locator("#banner-title")).to_contain_text("was touched at", timeout=PATIENCE_MS)
    expect(page.locator("#banner-text")).to_contain_text("Nothing may touch it.")
    page.locator("#ack").click()
    page.locator("#beside").click(timeout=PATIENCE_MS)
    expect(page.locator("#banner")).to_be_hidden(timeout=PATIENCE_MS)
    expect(cell).to_have_text("keep off")


def test_a_heavier_person_gets_an_advisory_and_stays_within_the_limits(
    page: Page, mat: RunningDemo, folder: Path
) -> None:
    start_anew(mat, folder, KEEP_OFF, HEAVIER_KG)
    expect(page.locator("#banner")).to_have_class("alarm low", timeout=PATIENCE_MS)
    expect(page.locator("#banner-title")).to_contain_text("Stand lighter on your")
    expect(page.locator("#title")).to_have_text("All zones within their limits")
    expect(page.locator("#lead")).to_contain_text("best pressed a little less")
    expect(page.locator("#ack")).to_be_hidden()


def test_standing_where_one_is_to_sit_is_an_alarm_of_the_whole_mat(
    page: Page, mat: RunningDemo, folder: Path
) -> None:
    start_anew(mat, folder, SEATED)
    expect(page.locator("#banner-title")).to_have_text("Hold on, and sit down", timeout=PATIENCE_MS)
    expect(page.locator("#banner-text")).to_contain_text("You are to sit.")
    expect(page.locator("#banner-picture")).to_be_hidden()
    page.get_by_role("button", name="I have seen this").click()
    expect(page.locator("#ack")).to_have_text("Seen", timeout=PATIENCE_MS)


def test_a_class_set_on_the_page_is_on_the_mat_when_the_page_says_so(
    page: Page, mat: RunningDemo, folder: Path
) -> None:
    page.get_by_role("link", name="People").click()
    page.get_by_label("Name").fill("Rosa")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Put on this mat").click()
    page.get_by_role("link", name="Profile: skin and feeling").click()
    page.get_by_role("link", name="Left heel, outer: Reduced feeling").click()
    page.get_by_role("radio", name="Keep off").check()
    expect(page.get_by_role("link", name="Left heel, outer: Keep off")).to_be_visible()
    page.get_by_label("Why is this changing?").fill("An open sore")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".held")).to_contain_text("In force.", timeout=PATIENCE_MS)
    (card,) = folder.rglob("people.json")
    assert '"l_heel_lat":3' in card.read_text()
    page.get_by_role("link", name="Back to Rosa").click()
    page.get_by_role("button", name="Rosa is on it").click()
    expect(page.locator(".chosen")).to_contain_text("Rosa is on it", timeout=PATIENCE_MS)
    assert '"chosen":"p-' in card.read_text()
    # The card is damaged, and the mat starts anew: it gets them again by itself.
    card.write_text("{")
    mat.child("pi", "run").kill()
    page.get_by_role("link", name="Profile: skin and feeling").click()
    page.goto(mat.url)
    cell = page.locator("#mirror tr", has_text="Heel, outer").locator("td.left")
    expect(cell).to_contain_text("keep off", timeout=PATIENCE_MS)
    assert '"l_heel_lat":3' in card.read_text()
