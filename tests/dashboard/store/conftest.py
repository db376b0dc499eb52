"""Each database that the store can use: the contract tests run on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.store.repository import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW_S = 1.7e9

OPENERS: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: open_store(folder / "data" / "s.db", now_s=NOW_S),
}


@pytest.fixture(params=OPENERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = OPENERS[request.param](tmp_path)
    yield opened
    opened.close()
