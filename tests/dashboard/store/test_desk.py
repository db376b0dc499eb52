from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, NoReturn

import pytest

from dashboard.store.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.store.repository import Store


def test_work_is_done_in_order_and_what_fails_is_undone(tmp_path: Path) -> None:
    def fail(store: Store) -> NoReturn:
        store.mats.add("attic", "", 1.0)
        raise RuntimeError

    async def scenario() -> list[str]:
        desk = Desk(tmp_path / "s.db")
        first = asyncio.ensure_future(desk.write(lambda store: store.mats.add("hall", "", 1.0)))
        second = asyncio.ensure_future(desk.write(lambda store: store.mats.get("hall")))
        await first
        assert await second is not None
        with pytest.raises(RuntimeError):
            await desk.write(fail)
        found = await desk.read(lambda store: [mat.id for mat in store.mats.known()])
        desk.close()
        return found

    assert asyncio.run(scenario()) == ["hall"]


def test_a_reader_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    async def scenario() -> None:
        desk = Desk(tmp_path / "s.db")
        go_on = threading.Event()

        def write_slowly(store: Store) -> None:
            store.mats.add("hall", "", 1.0)
            assert go_on.wait(60)

        writing = asyncio.ensure_future(desk.write(write_slowly))
        assert await desk.read(lambda store: store.mats.known()) == []
        go_on.set()
        await writing
        assert len(await desk.read(lambda store: store.mats.known())) == 1
        desk.close()

    asyncio.run(scenario())


def test_readers_cannot_change_anything(tmp_path: Path) -> None:
    async def scenario() -> None:
        desk = Desk(tmp_path / "s.db")
        with pytest.raises(Exception, match="readonly"):
            await desk.read(lambda store: store.mats.remove("hall", 1.0))
        desk.close()

    asyncio.run(scenario())
