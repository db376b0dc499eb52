"""Puts a recorder together, alone or within the dashboard."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from typing import TYPE_CHECKING

from dashboard.config import read_secret
from dashboard.ingest import client_factory
from dashboard.recording.recorder import Recorder, Times
from dashboard.store.desk import Desk

if TYPE_CHECKING:
    from dashboard.config import Config


def make_recorder(config: Config, desk: Desk, password: str | None, times: Times) -> Recorder:
    """Make the recorder; it has a connection of its own, which no viewer can fill."""
    connect = client_factory(config, f"recorder-{secrets.token_hex(4)}", password)
    where = f"{config.broker.host}:{config.broker.port}"
    return Recorder(desk, connect, where, config.mat.id, times)


def record(config: Config) -> None:
    """Record until SIGTERM or SIGINT, without a page.

    Raises
    ------
    ConfigError
        If the broker's password cannot be read.
    StoreError
        If the store cannot be opened.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    password = read_secret(config.password_path) if config.password_path else None
    asyncio.run(_record(config, password))


async def _record(config: Config, password: str | None) -> None:
    desk = Desk(config.store_path)
    task = asyncio.create_task(make_recorder(config, desk, password, Times()).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
    finally:
        await asyncio.to_thread(desk.close)
