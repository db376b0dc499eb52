"""Puts a recorder together, alone or within the dashboard."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from typing import TYPE_CHECKING

from dashboard.config import read_secret
from dashboard.ingest import client_factory
from dashboard.recording.finisher import Finisher
from dashboard.recording.recorder import Recorder, Times
from dashboard.store.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.config import Config


class Recording:
    """A recorder, and what finishes the sessions that it has whole.

    Parameters
    ----------
    config : Config
    desk : Desk
    password : str or None
        Of the broker.
    times : Times

    Attributes
    ----------
    recorder : Recorder
    """

    def __init__(self, config: Config, desk: Desk, password: str | None, times: Times) -> None:
        self._finisher = Finisher(config.store_path.resolve(), config.store.keep_frames_days)
        self.recorder = _make_recorder(config, desk, password, times, self._finisher.ask)

    async def run(self) -> None:
        """Record and finish until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.recorder.run())
            tasks.create_task(self._finisher.run())


def _make_recorder(
    config: Config, desk: Desk, password: str | None, times: Times, due: Callable[[], None]
) -> Recorder:
    # A connection of its own, which no viewer can fill.
    connect = client_factory(config, f"recorder-{secrets.token_hex(4)}", password)
    where = f"{config.broker.host}:{config.broker.port}"
    return Recorder(desk, connect, where, config.mat.id, times, due)


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
    task = asyncio.create_task(Recording(config, desk, password, Times()).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
    finally:
        await asyncio.to_thread(desk.close)
