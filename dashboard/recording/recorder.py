"""The recorder's connection: hears `rec` of all mats, has it committed, publishes `ack`."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import wire
from core.errors import MessageError
from dashboard.reconnecting import Reconnecting, stop_if_cancelled, subscribe
from dashboard.recording.acks import Acks
from dashboard.recording.commit import Came, commit, last_log, set_aside
from dashboard.recording.judge import ack_of
from dashboard.recording.only_one import only_one
from dashboard.store.backend import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiomqtt

    from dashboard.recording.judge import Log
    from dashboard.store.desk import Desk
    from dashboard.store.repository import Store

AT_ONCE = 500
"""Most records in one transaction."""

MOST_WAITING = 2_000
"""Records that wait for the disk; those beyond come again."""

AGAIN_S = 5.0
"""Wait after the store could not be written."""

TOPICS: tuple[wire.Topic, ...] = ("rec", "info")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Times:
    """Clocks; tests put in their own.

    Attributes
    ----------
    clock, wall : callable
        Monotonic seconds; s since 1970.
    sleep : callable
        Waits some seconds.
    """

    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Recorder:
    """The one recorder of all known mats.

    Parameters
    ----------
    desk : Desk
    connect : callable
        Makes a client that is not connected yet.
    where : str
        The broker, for the log.
    own : str
        The mat of the configuration: known from the beginning.
    times : Times
    due : callable, optional
        Called when there are sessions whose figures are to be made.

    Attributes
    ----------
    failing : str or None
        Why nothing can be recorded now; None: it can.
    """

    def __init__(
        self,
        desk: Desk,
        connect: Callable[[], aiomqtt.Client],
        where: str,
        own: str,
        times: Times,
        due: Callable[[], None] = lambda: None,
    ) -> None:
        self._due = due
        self._desk, self._connect, self._own, self._times = desk, connect, own, times
        self._link = Reconnecting("the record", where, times.sleep)
        self._waiting: asyncio.Queue[Came] = asyncio.Queue(MOST_WAITING)
        self._layouts: dict[str, wire.LayoutInfo] = {}
        self._acks = Acks(times.clock, times.sleep)
        self.failing: str | None = None

    async def run(self) -> None:
        """Record until cancelled."""
        async with only_one(self._desk.path, self._times.sleep), asyncio.TaskGroup() as tasks:
            if await self._desk.write(self._begin):
                self._due()
            tasks.create_task(self._link.run(self._connection))
            tasks.create_task(self._store_forever())

    def _begin(self, store: Store) -> bool:
        store.mats.meet(self._own, self._times.wall())
        return bool(store.sessions.due())

    async def _connection(self) -> None:
        async with self._connect() as client:
            await subscribe(client, [(f"{wire.ROOT}/+/{name}", 1) for name in TOPICS])
            self._link.came()
            # Behind all that waits to be written, so that no older word comes after a newer one.
            self._acks.restart(await self._desk.write(_last_logs))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(client))
                tasks.create_task(self._acknowledge(client))

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            mat, _, name = str(message.topic).removeprefix(f"{wire.ROOT}/").partition("/")
            if not (wire.MAT_ID.fullmatch(mat) and isinstance(message.payload, bytes)):
                continue
            if name == "rec":
                await self._waiting.put(Came(mat, message.payload))
            else:
                await self._take_info(mat, message.payload)
            stop_if_cancelled()

    async def _acknowledge(self, client: aiomqtt.Client) -> None:
        while True:
            mat, log = await self._acks.next()
            await client.publish(wire.topic(mat, "ack"), wire.encode(ack_of(log)), 1, retain=True)
            stop_if_cancelled()

    async def _store_forever(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty() and len(batch) < AT_ONCE:
                batch.append(self._waiting.get_nowait())
            await self._store(batch)

    async def _store(self, batch: list[Came]) -> None:
        """Commit, then acknowledge; what could not be committed is not, and comes again."""
        try:
            await self._commit(batch)
        except StoreError as error:
            await self._fail(error)
        except Exception:  # noqa: BLE001 - whatever it is
            # One record that the program trips over must not keep all others out.
            _log.exception("records cannot be taken together; taking each alone")
            for came in batch:
                await self._store_alone(came)

    async def _store_alone(self, came: Came) -> None:
        try:
            await self._commit([came])
        except StoreError as error:
            await self._fail(error)
        except Exception as error:  # noqa: BLE001 - as above
            _log.exception("a record of %s cannot be taken; kept aside", came.mat)
            words, now_s = f"the dashboard failed on it: {error!r}", self._times.wall()
            await self._desk.write(lambda store: set_aside(store, came, words, now_s))

    async def _commit(self, batch: list[Came]) -> None:
        now_s = self._times.wall()
        done = await self._desk.write(lambda store: commit(store, batch, now_s))
        self.failing = None
        self._acks.news(done.logs)
        if done.is_due:
            self._due()

    async def _fail(self, error: StoreError) -> None:
        if self.failing is None:
            _log.error("nothing is recorded: %s", error)
        self.failing = str(error)
        await self._times.sleep(AGAIN_S)

    async def _take_info(self, mat: str, payload: bytes) -> None:
        """Keep the layout that a known mat tells of."""
        try:
            layout = wire.decode(payload, wire.Info).layout
        except MessageError:
            return
        if self._layouts.get(mat) != layout:
            now_s = self._times.wall()
            try:
                kept = await self._desk.write(lambda s: _keep_layout(s, mat, layout, now_s))
            except StoreError as error:
                _log.warning("the layout of %s is not kept: %s", mat, error)
                return
            if kept:
                self._layouts[mat] = layout
                self._due()


def _keep_layout(store: Store, mat: str, layout: wire.LayoutInfo, now_s: float) -> bool:
    if store.mats.get(mat) is None:
        return False
    store.layouts.keep(layout, now_s)
    return True


def _last_logs(store: Store) -> dict[str, Log]:
    logs = {mat.id: last_log(store, mat.id) for mat in store.mats.known()}
    return {mat: log for mat, log in logs.items() if log}
