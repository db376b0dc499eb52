"""The room in a real Chromium: tapped on the feet, chosen by keyboard, and without JavaScript."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import expect

from dashboard.store.repository import open_store
from tests.dashboard.accounts.served import cookie, populate, store_path
from tests.dashboard.accounts.test_browser import chrome, open_page
from tests.dashboard.support import MAT, Mosquitto, broker_client, make_info, publish, serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page

PATH = "/people/p-rosa/profile"


async def enter(browser: Browser, home: str, complaints: list[str], *, scripts: bool) -> Page:
    context = await browser.new_context(java_script_enabled=scripts)
    kept = {"name": "reflexmat", "value": cookie("clinician"), "url": home}
    await context.add_cookies([kept])  # type: ignore[list-item]
    page = await open_page(context, complaints)
    await page.goto(home + PATH)
    return page


def test_a_zone_is_tapped_chosen_by_keyboard_and_saved(tmp_path: Path) -> None:
    complaints: list[str] = []
    populate(tmp_path)
    store = open_store(store_path(tmp_path))
    store.people.enrol(MAT, "p-rosa")
    store.close()

    async def scenario(broker_port: int) -> None:
        async with broker_client(broker_port) as mat:
            await publish(mat, "info", make_info(), retain=True)
            async with serving(tmp_path, broker_port, demo=False) as site, chrome() as browser:
                home = f"http://{site.host}"
                while 'class="pick"' not in (await site.get(PATH, cookie("clinician"))).text:
                    await asyncio.sleep(0)
                await with_scripts(await enter(browser, home, complaints, scripts=True))
                await without_scripts(await enter(browser, home, complaints, scripts=False))

    with Mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker.port))
    # The browser itself writes down that the form was answered 400.
    assert [line for line in complaints if "400" not in line] == []


async def with_scripts(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Skin and feeling of Rosa")).to_be_visible()
    await page.get_by_role("link", name="Left heel, outer: Reduced feeling").click()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("link", name="Left heel, outer: Fragile")).to_be_visible()
    skin = page.locator("[data-zone=l_heel_lat] .skin")
    await expect(skin).to_have_attribute("fill", "url(#k2)")
    await page.get_by_label("Body weight, kg").fill("7")
    await page.get_by_label("Why is this changing?").fill("Seen today")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("a number from 20 to 400")).to_be_visible()
    await page.get_by_label("Body weight, kg").fill("70")
    await page.get_by_role("button", name="Save", exact=True).click()
    # Nobody answers for this mat.
    await expect(page.locator(".held")).to_contain_text("the mat cannot be reached")
    await expect(page.get_by_role("link", name="Left heel, outer: Fragile")).to_be_visible()


async def without_scripts(page: Page) -> None:
    await page.locator("#zone-r_toes summary").click()
    await page.locator("#zone-r_toes").get_by_text("Keep off").click()
    await page.get_by_label("Why is this changing?").fill("An open sore")
    await page.get_by_role("button", name="Save as a new version").click()
    await expect(page.get_by_role("link", name="Right toes: Keep off")).to_be_visible()
