"""Take the pictures in docs/ anew, from a running demo: `make screenshots`."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import expect

from tests.chromium import chromium
from tests.demo import RunningDemo, demo

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTHS = {390: 844, 1400: 900}
SETTLE_MS = 6_000
"""Long enough for the trail of the centre of pressure."""

PATIENCE_MS = 20_000
PAINTED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 500)))"


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as mat, chromium() as browser:
        context = browser.new_context()
        context.new_page().goto(mat.link)
        pages = {width: _open(context, mat.url, width) for width in WIDTHS}
        pages[1400].wait_for_timeout(SETTLE_MS)
        _take(pages, "live")
        _take(pages, "live", scheme="dark")
        _press(pages[1400])
        _take(pages, "alarm")
        pages[1400].keyboard.up(" ")
        _silence(mat, pages)


def _open(context: BrowserContext, url: str, width: int) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.goto(url)
    expect(page.locator("#link-text")).to_have_text("Live", timeout=PATIENCE_MS)
    return page


def _press(page: Page) -> None:
    page.bring_to_front()
    page.locator("[data-zone=l_heel_lat]").focus()
    page.keyboard.down(" ")
    expect(page.locator("#banner.high")).to_be_visible(timeout=PATIENCE_MS)


def _silence(mat: RunningDemo, pages: dict[int, Page]) -> None:
    daemon = mat.child("pi", "run")
    daemon.send_signal(signal.SIGSTOP)
    try:
        for page in pages.values():
            page.bring_to_front()
            expect(page.locator("#banner-title")).to_contain_text("No reading", timeout=PATIENCE_MS)
        _take(pages, "silent")
    finally:
        daemon.send_signal(signal.SIGCONT)


def _take(pages: dict[int, Page], name: str, scheme: Literal["light", "dark"] = "light") -> None:
    for width, page in pages.items():
        # A page behind another is hardly painted: what it shows then is not what anyone sees.
        page.bring_to_front()
        page.emulate_media(color_scheme=scheme)
        page.evaluate(PAINTED)
        suffix = "-dark" if scheme == "dark" else ""
        page.screenshot(path=DOCS / f"{name}-{width}{suffix}.png", full_page=True)
        page.emulate_media(color_scheme="light")


if __name__ == "__main__":
    main()
