"""The page as an app on the home screen: installable, honest when it cannot reach anything."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright, expect

from tests.dashboard.support import free_port, running_site

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

from tests.dashboard.support import TOKEN

KEPT = "caches.keys().then(async names => (await Promise.all(names.map(async name => \
(await (await caches.open(name)).keys()).map(request => new URL(request.url).pathname)))).flat())"
CONTROLLED = "() => navigator.serviceWorker.controller !== null"


@pytest.fixture
def chromium() -> str:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt install chromium")
    return program


def test_an_app_says_when_its_dashboard_is_away_and_keeps_no_reading(
    tmp_path: Path, chromium: str
) -> None:
    port = free_port()

    async def scenario() -> None:
        async with async_playwright() as tools:
            browser = await tools.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = await browser.new_page()
            async with running_site(tmp_path, port=port):
                await page.goto(f"http://127.0.0.1:{port}/sign-in?token={TOKEN}")
                await page.wait_for_url(f"http://127.0.0.1:{port}/")
                await page.wait_for_function(CONTROLLED)
                await page.reload()
                await manifest_is_complete(page)
            await page.goto(f"http://127.0.0.1:{port}/")
            heading = page.get_by_role("heading")
            await expect(heading).to_have_text("The dashboard cannot be reached.")
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != (
                "rgba(0, 0, 0, 0)"
            )
            kept = await page.evaluate(KEPT)
            assert "/static/away.html" in kept
            assert all(path.startswith("/static/") for path in kept)
            await browser.close()

    asyncio.run(scenario())


async def manifest_is_complete(page: Page) -> None:
    """Chromium finds nothing that keeps the page from being installed."""
    session = await page.context.new_cdp_session(page)
    told = await session.send("Page.getAppManifest")
    assert told["errors"] == []
    assert '"start_url": "/"' in told["data"]
    missing = await session.send("Page.getInstallabilityErrors")
    # The one that is left speaks of the private window that tests use.
    left = {error["errorId"] for error in missing["installabilityErrors"]}
    assert left <= {"in-incognito"}
