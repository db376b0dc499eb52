"""The web application: its routes over its services, and what runs beside them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from dashboard.accounts.managing import AccountError
from dashboard.accounts.presence import CHECK_EVERY_S, Presence
from dashboard.guard import Guard
from dashboard.live import TICK_S, Hub
from dashboard.notify import ALIVE_EVERY_S, tell
from dashboard.rooms import (
    account,
    accounts,
    answers,
    audit,
    entering,
    files,
    invitation,
    live,
    people,
    profile,
    set_up,
    system,
)
from dashboard.rooms.gate import GoTo, gate
from dashboard.services import Services, World, create_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from dashboard.config import Config

ROOMS = (
    live,
    people,
    profile,
    system,
    accounts,
    audit,
    account,
    entering,
    set_up,
    invitation,
    files,
)
"""Each has `ROUTES`."""

_log = logging.getLogger(__name__)


def create_app(config: Config, world: World | None = None) -> Guard:
    """Make the ASGI application of a dashboard.

    Parameters
    ----------
    config : Config
        Its configuration.
    world : World, optional
        Clock, randomness and files, if others than the real ones.

    Raises
    ------
    ConfigError
        If the token or the broker's password cannot be read.
    StoreError
        If the store cannot be opened.
    FirstRunError
        If there is no owner, and the code for making one cannot be written.
    """
    services = create_services(config, world or World())
    app = routes(services)
    return Guard(app, config.web)  # type: ignore[arg-type]


def routes(services: Services) -> Litestar:
    """Put the routes of all rooms behind the gate."""
    return Litestar(
        [route for room in ROOMS for route in room.ROUTES],
        guards=[gate],
        state=State({"services": services}),
        lifespan=[lambda _: running(services)],
        exception_handlers={
            GoTo: answers.led(services.pages),
            AccountError: answers.refusal_page(services.pages),
            HTTPException: answers.error_page(services.pages),
            Exception: answers.crash_page(services.pages),
        },
        openapi_config=None,
        logging_config=None,
    )


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """Keep the broker connection and the clock's work going; let go of the store at the end."""
    sleep = services.world.sleep
    jobs = (
        services.ingest.run(),
        services.recording.run(),
        services.profiles.run(),
        tick_forever(services.hub, sleep),
        notify_forever(sleep),
        recheck_forever(services.presence, sleep),
    )
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(lambda task: _ended(task, services.world.crashed))
    try:
        yield
    finally:
        tell("STOPPING=1")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(services.desk.close)


async def tick_forever(hub: Hub, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Let the hub do what is due."""
    while True:
        hub.tick()
        await sleep(TICK_S)


async def notify_forever(sleep: Callable[[float], Awaitable[None]]) -> None:
    """Tell the service manager that the loop turns: what hangs is started anew."""
    tell("READY=1")
    while True:
        tell("WATCHDOG=1")
        await sleep(ALIVE_EVERY_S)


async def recheck_forever(presence: Presence, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Notice what another program, a command of the operator, changed of who may watch."""
    while True:
        await sleep(CHECK_EVERY_S)
        await presence.recheck()


def _ended(task: asyncio.Task[None], crashed: Callable[[], None]) -> None:
    if task.cancelled():
        return
    # Without it the page would go on showing a link that nobody looks after.
    _log.critical("a part of the dashboard has stopped; ending", exc_info=task.exception())
    crashed()
