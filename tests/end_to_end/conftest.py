"""A browser for each module of end-to-end tests, and a demo for each that needs none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import chromium
from tests.demo import RunningDemo, demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium: a running Playwright keeps asyncio from other tests of its thread."""
    if chromium.find() is None:
        pytest.skip("no chromium here: apt install chromium")
    with chromium.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def mat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """A demo of the simulated person."""
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(browser: Browser, mat: RunningDemo) -> Iterator[Page]:
    """A page that has used the sign-in link; its cookie holds for the context."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(mat.link)
    yield page
    context.close()
