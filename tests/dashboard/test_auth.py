from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dashboard.auth import MAX_WAITING, Door, empty_file

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Waits:
    def __init__(self) -> None:
        self.asked_s: list[float] = []
        self.release = asyncio.Event()
        self.release.set()

    async def __call__(self, seconds: float) -> None:
        self.asked_s.append(seconds)
        await self.release.wait()


def make_door(token: str = "right") -> tuple[Door, list[str], Waits]:  # noqa: S107
    spent: list[str] = []
    waits = Waits()
    return Door(token, lambda: spent.append(token), waits), spent, waits


def test_the_token_works_once() -> None:
    async def scenario() -> None:
        door, spent, waits = make_door()
        assert await door.enter("right") == "right"
        assert await door.enter("right") == "used"
        assert spent == ["right"]
        assert waits.asked_s == []

    asyncio.run(scenario())


def test_wrong_tokens_wait_longer_each_time_and_a_right_one_never() -> None:
    async def scenario() -> None:
        door, _, waits = make_door()
        assert [await door.enter("wrong") for _ in range(8)] == ["wrong"] * 8
        assert waits.asked_s == [0.25, 0.5, 1, 2, 4, 8, 8, 8]
        assert await door.enter("right") == "right"
        assert len(waits.asked_s) == 8

    asyncio.run(scenario())


def test_only_some_wait_at_once() -> None:
    async def scenario() -> None:
        door, _, waits = make_door()
        waits.release.clear()
        tasks = [asyncio.create_task(door.enter("wrong")) for _ in range(MAX_WAITING + 2)]
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result() for task in done} == {"too_many"}
        assert len(waiting) == MAX_WAITING
        waits.release.set()
        assert {await task for task in waiting} == {"wrong"}

    asyncio.run(scenario())


def test_no_token_lets_nobody_in() -> None:
    async def scenario() -> None:
        door, _, _ = make_door("")
        assert await door.enter("") == "wrong"

    asyncio.run(scenario())


def test_a_spent_token_is_gone_from_its_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "token"
    file.write_text("right")
    empty_file(file)
    assert file.read_bytes() == b""
    empty_file(tmp_path)
    assert "the used token cannot be removed" in caplog.text
