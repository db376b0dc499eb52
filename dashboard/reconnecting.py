"""A connection to the broker that is made again whenever it ends."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from core.errors import MatError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 10.0
CANCEL_AGAIN_S = 0.1

_log = logging.getLogger(__name__)


class RefusedError(MatError, OSError):
    """The broker does not let this account hear a topic."""


class Reconnecting:
    """Makes a connection again and again, with growing waits; says once that there is none.

    Parameters
    ----------
    what, where : str
        For the log.
    sleep : callable
        Waits some seconds.
    """

    def __init__(self, what: str, where: str, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._what, self._where, self._sleep = what, where, sleep
        self._wait_s = FIRST_WAIT_S
        self._told_gone = False

    async def run(self, connection: Callable[[], Awaitable[None]]) -> None:
        """Let it be connected until cancelled.

        Parameters
        ----------
        connection : callable
            Connects, calls `came`, and goes on until the connection ends.
        """
        while True:
            try:
                await _to_its_end(connection)
            except* (aiomqtt.MqttError, OSError, UnicodeError) as errors:
                self._gone(_first(errors))
            await self._sleep(self._wait_s)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    def came(self) -> None:
        """Take note that the connection is there."""
        _log.info("connected to the broker at %s, for %s", self._where, self._what)
        self._told_gone, self._wait_s = False, FIRST_WAIT_S

    def _gone(self, error: BaseException) -> None:
        if not self._told_gone:
            _log.warning("no broker at %s for %s: %s; trying again", self._where, self._what, error)
        self._told_gone = True


async def _to_its_end(connection: Callable[[], Awaitable[None]]) -> None:
    """Await it in a task of its own: one that is cancelled and does not notice is told again."""
    task = asyncio.ensure_future(connection())
    try:
        await asyncio.wait({task})
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)
    task.result()


async def subscribe(client: aiomqtt.Client, wanted: Sequence[tuple[str, int]]) -> None:
    """Subscribe to topics with their QoS.

    Raises
    ------
    RefusedError
        If the account may not read one: it would look like a mat that says nothing.
    """
    for code, (topic, _) in zip(await client.subscribe(list(wanted)), wanted, strict=True):
        if isinstance(code, ReasonCode) and code.is_failure:
            raise RefusedError(f"this account may not read {topic}")


def stop_if_cancelled() -> None:
    """End here if this task was told to.

    aiomqtt waits with `asyncio.wait_for`, which before Python 3.12 loses a cancellation that comes
    together with the answer: a task that goes on then would never let the connection end.
    Only for a task of its own: one that has held a task group may count as cancelled ever after.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
