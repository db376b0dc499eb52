"""Signing in from a link on another site, in a real Chromium."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from tests.dashboard.support import TOKEN, serving

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("start", ["link on another site", "typed"])
def test_a_link_from_elsewhere_ends_signed_in(tmp_path: Path, start: str) -> None:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt install chromium")

    async def scenario() -> None:
        async with serving(tmp_path) as site, async_playwright() as tools:
            browser = await tools.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = await browser.new_page()
            url = f"http://{site.host}/sign-in?token={TOKEN}"
            if start == "typed":
                await page.goto(url)
            else:
                other = "http://elsewhere.example/"
                body = f'<a href="{url}">open</a>'
                await page.route(
                    other, lambda route: route.fulfill(body=body, content_type="text/html")
                )
                await page.goto(other)
                await page.click("a")
            await page.wait_for_url(f"http://{site.host}/")
            await page.wait_for_selector('main[data-mat="demo"]')
            cookies = await page.context.cookies()
            assert [(c["name"], c["httpOnly"], c["sameSite"]) for c in cookies] == [
                ("reflexmat", True, "Strict")
            ]
            opened = await page.evaluate(
                "new Promise((done) => { const s = new WebSocket(`ws://${location.host}/ws/live`);"
                "s.onmessage = (e) => done(e.data); s.onclose = (e) => done(e.code); })"
            )
            assert opened == '{"type":"link","broker":false,"mat":"unknown"}'
            await page.go_back()
            assert TOKEN not in page.url
            await browser.close()

    asyncio.run(scenario())
