"""axe-core, of the package axe-playwright-python: looks for what keeps people out of a page."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

SCRIPT = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
"""For `context.add_init_script`: read once by each page, not once for each look at it."""

_RUN = """axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => [id, ...nodes.map(({ target }) => target.join(' '))]))"""


async def violations(page: Page) -> list[list[str]]:
    """What is wrong with a page as it looks now: the rule, and where."""
    found: list[list[str]] = await page.evaluate(_RUN)
    return found
