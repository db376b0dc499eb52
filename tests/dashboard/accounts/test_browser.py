"""The rooms in a real Chromium: what people do there, and what axe-core finds on each page."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import async_playwright, expect

from dashboard.accounts.first_run import FILE
from dashboard.store.repository import open_store
from tests import axe, chromium
from tests.dashboard.accounts.served import PASSWORD, cookie, link_in, populate, store_path
from tests.dashboard.support import MAT, Site, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 320),
    ("dark", 390),
    ("light", 1400),
)
"""Colour scheme and width of the window, px."""

# For what takes a moment on a busy machine.
expect.set_options(timeout=20_000)


@asynccontextmanager
async def chrome() -> AsyncIterator[Browser]:
    program = chromium.find()
    if program is None:
        pytest.skip("chromium is not installed: apt install chromium")
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=program, args=chromium.ARGS)
        yield browser
        await browser.close()


async def open_page(context: BrowserContext, complaints: list[str]) -> Page:
    """A page whose complaints are kept; it may load nothing from elsewhere."""
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    return page


def test_from_the_first_run_to_a_share_that_ends(tmp_path: Path) -> None:
    complaints: list[str] = []

    async def scenario() -> None:
        async with serving(tmp_path, demo=False) as site, chrome() as browser:
            home = f"http://{site.host}"
            owner = await open_page(await browser.new_context(), complaints)
            nina = await open_page(await browser.new_context(), complaints)
            await set_up(owner, home, (store_path(tmp_path).parent / FILE).read_text())
            store = open_store(store_path(tmp_path))
            store.mats.add(MAT, "Hall", 1.0)
            store.close()
            await add_rosa(owner)
            link = await invite_nina(owner)
            await nina.goto(link)
            await expect(nina.get_by_text("Rosa, who agreed to that")).to_be_visible()
            await fill(nina, {"Name or e-mail to sign in with": "nina", "Password": PASSWORD})
            await nina.get_by_role("button", name="Make my account").click()
            await expect(nina.locator(f'main[data-mat="{MAT}"]')).to_be_visible()
            await expect(nina.locator("#title")).to_have_text("Waiting for the mat")
            await owner.get_by_role("link", name="People", exact=True).first.click()
            await owner.get_by_role("link", name="Rosa").click()
            await owner.get_by_role("button", name="End sharing with Nina").click()
            banner = nina.locator("#banner-text")
            await expect(banner).to_contain_text("may no longer see this mat")
            await nina.reload()
            await expect(nina.get_by_text("Nobody has shared a mat with you")).to_be_visible()

    asyncio.run(scenario())
    assert complaints == []


async def fill(page: Page, fields: dict[str, str]) -> None:
    for label, text in fields.items():
        await page.get_by_label(label, exact=True).fill(text)


async def set_up(page: Page, home: str, code: str) -> None:
    await page.goto(home)
    words = {"Set-up code": code, "Your name": "Olga", "Name or e-mail to sign in with": "olga"}
    await fill(page, {**words, "Password": PASSWORD})
    await page.keyboard.press("Enter")
    await expect(page.locator(f'main[data-mat="{MAT}"]')).to_be_visible()


async def add_rosa(page: Page) -> None:
    await page.get_by_role("link", name="People").click()
    await page.get_by_label("Name").fill("Rosa")
    await page.get_by_role("button", name="Add").click()
    await page.get_by_role("button", name="Put on this mat").click()
    await expect(page.get_by_text("Uses Hall.")).to_be_visible()


async def invite_nina(page: Page) -> str:
    await page.get_by_role("link", name="Accounts").click()
    await page.get_by_label("Name", exact=True).fill("Nina")
    await page.get_by_label("Person on the mat").select_option("Rosa")
    await page.get_by_label("How that person agreed").fill("Said so on the phone")
    await page.get_by_role("button", name="Make a link").click()
    return await page.get_by_label("Link", exact=True).input_value()


async def invitation_link(site: Site) -> str:
    fields = {"name": "Nina", "role": "caregiver", "person": "p-rosa", "consent": "said so"}
    answer = await site.post("/invitations", cookie("owner"), {}, **fields)
    return link_in(answer.text)


def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(tmp_path: Path) -> None:
    complaints: list[str] = []
    populate(tmp_path)

    async def scenario() -> None:
        async with serving(tmp_path, demo=False) as site, chrome() as browser:
            context = await browser.new_context()
            await context.add_init_script(axe.SCRIPT)
            page = await open_page(context, complaints)
            for role, path in (
                ("", "/sign-in"),
                ("", await invitation_link(site)),
                ("person", "/people/p-paul"),
                ("clinician", "/"),
                *(("owner", path) for path in ("/people", "/people/p-rosa", "/accounts")),
                *(("owner", path) for path in ("/", "/audit", "/account")),
            ):
                await context.clear_cookies()
                if role:
                    kept = {"name": "reflexmat", "value": cookie(role)}
                    await context.add_cookies([{**kept, "url": f"http://{site.host}"}])  # type: ignore[typeddict-item]
                await page.goto(f"http://{site.host}{path}")
                await check(page)

    asyncio.run(scenario())
    assert complaints == []


def test_axe_finds_nothing_on_set_up(tmp_path: Path) -> None:
    complaints: list[str] = []

    async def scenario() -> None:
        async with serving(tmp_path, demo=False) as site, chrome() as browser:
            context = await browser.new_context()
            await context.add_init_script(axe.SCRIPT)
            page = await open_page(context, complaints)
            await page.goto(f"http://{site.host}/")
            await check(page)
            words = {"Set-up code": "x", "Your name": "x", "Name or e-mail to sign in with": "x"}
            await fill(page, {**words, "Password": "x"})
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("not the code")
            await check(page)

    asyncio.run(scenario())
    # The browser itself writes down that the form was answered 403.
    assert [line for line in complaints if "403" not in line] == []


async def check(page: Page) -> None:
    for scheme, width_px in LOOKS:
        # Colours that are on their way from one scheme to the other are of neither.
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": width_px, "height": 900})
        where = (page.url, scheme, width_px)
        assert (where, await axe.violations(page)) == (where, [])
        wide_px = await page.evaluate("document.scrollingElement.scrollWidth")
        assert wide_px <= width_px, where


def test_a_password_is_shown_and_hidden_by_keyboard(tmp_path: Path) -> None:
    populate(tmp_path)

    async def scenario() -> None:
        async with serving(tmp_path, demo=False) as site, chrome() as browser:
            page = await browser.new_page()
            await page.goto(f"http://{site.host}/sign-in")
            await page.keyboard.type("olga")
            await page.keyboard.press("Tab")
            await page.keyboard.type(PASSWORD)
            box = page.get_by_label("Password", exact=True)
            await page.keyboard.press("Tab")
            await page.keyboard.press("Space")
            await expect(box).to_have_attribute("type", "text")
            await page.keyboard.press("Space")
            await expect(box).to_have_attribute("type", "password")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Space")
            await page.keyboard.press("Enter")
            await expect(page.locator(f'main[data-mat="{MAT}"]')).to_be_visible()
            (kept,) = await page.context.cookies()
            assert kept["expires"] > 0, "stay signed in was ticked"

    asyncio.run(scenario())
