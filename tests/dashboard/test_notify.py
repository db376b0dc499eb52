"""The service manager: told that the dashboard is ready, that its loop turns, that it ends."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from dashboard.notify import SOCKET
from tests.dashboard.support import running_site

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_systemd_hears_it_start_live_and_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notify"
    monkeypatch.setenv(SOCKET, str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(20)

        async def scenario() -> None:
            async with running_site(tmp_path):
                for told in (b"READY=1", b"WATCHDOG=1"):
                    assert await asyncio.to_thread(manager.recv, 99) == told

        asyncio.run(scenario())
        assert manager.recv(99) == b"STOPPING=1"


def test_a_manager_that_is_gone_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(SOCKET, str(tmp_path / "nobody"))

    async def scenario() -> None:
        async with running_site(tmp_path):
            pass

    asyncio.run(scenario())
    assert "systemd is not told READY=1" in caplog.text
