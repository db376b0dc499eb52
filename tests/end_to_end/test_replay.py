"""A real person walking: recording, counts, engine, broker, dashboard, browser."""

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

    from playwright.sync_api import Browser

PATIENCE_MS = 20_000


@pytest.fixture
def walking(shared_data: Path, tmp_path: Path) -> Iterator[RunningDemo]:
    with demo(tmp_path, "--replay", str(shared_data / "feet" / "walk_slow.csv")) as running:
        yield running


def test_a_recording_is_played_and_said_to_be_one(browser: Browser, walking: RunningDemo) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        found = chromium.complaints(page)
        page.goto(walking.link)
        expect(page.locator("#link-text")).to_have_text("Live", timeout=PATIENCE_MS)
        expect(page.locator("#note")).to_contain_text("recording")
        assert page.locator("[data-zone]").count() == 0, "nothing to press in a recording"
        # The weight goes from one foot to the other, and this walk passes limits.
        for word in ("Leaning left", "Leaning right"):
            expect(page.locator("#balance-word")).to_have_text(word, timeout=PATIENCE_MS)
        expect(page.locator("#banner")).to_have_class(re.compile("high"), timeout=PATIENCE_MS)
        assert found == []
