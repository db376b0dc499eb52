"""The dashboard's one MQTT connection: what the mat says goes to the hub, commands go out."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import aiomqtt

from core import wire
from core.errors import MessageError
from dashboard.broker_tls import make_context
from dashboard.reconnecting import Reconnecting, stop_if_cancelled, subscribe

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from dashboard.commands import Outbox
    from dashboard.config import Config
    from dashboard.live import Hub

KEEP_ALIVE_S = 10
CONNECT_TIMEOUT_S = 1.5
"""Connecting holds a thread that cannot be stopped, and the program must end within 2 s."""

MAX_WAITING = 1024
TOPICS: dict[wire.Topic, int] = {
    "status": 1, "info": 1, "state": 0, "event": 1, "reply": 1, "live": 0,
}  # fmt: skip
"""What is heard, and with which QoS."""

MAY_BE_RETAINED = ("status", "info")

_log = logging.getLogger(__name__)


class QuietClient(aiomqtt.Client):
    """A client whose end is told by an exception only, not by a traceback of asyncio as well."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Disconnect; a connection that was lost while nobody read from it has been noticed."""
        if self._disconnected.done():
            self._disconnected.exception()
        await super().__aexit__(exc_type, exc, tb)


class _Client(QuietClient):
    def __init__(
        self,
        config: Config,
        identifier: str,
        password: str | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        # Paho logs each failed attempt by itself; once is enough, and ingest does that.
        super().__init__(
            config.broker.host,
            config.broker.port,
            username=config.broker.user,
            password=password,
            identifier=identifier,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            keepalive=KEEP_ALIVE_S,
            max_queued_incoming_messages=MAX_WAITING,
            tls_context=tls,
            logger=_quiet(),
        )
        self._client.connect_timeout = CONNECT_TIMEOUT_S


class Ingest:
    """Hears one mat for the whole process, for as long as it runs.

    Parameters
    ----------
    config : Config
        Which broker and which mat.
    hub : Hub
        Gets what is heard.
    outbox : Outbox
        Commands to publish.
    connect : callable
        Makes a client that is not connected yet.
    sleep : callable
        Waits some seconds.

    Attributes
    ----------
    heard, malformed : Counter
        Messages by topic since the start, and those of them that could not be used.
    """

    def __init__(
        self,
        config: Config,
        hub: Hub,
        outbox: Outbox,
        connect: Callable[[], aiomqtt.Client],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._hub, self._outbox, self._connect = hub, outbox, connect
        self._topics = {wire.topic(config.mat.id, name): name for name in TOPICS}
        self._cmd_topic = wire.topic(config.mat.id, "cmd")
        self._link = Reconnecting("live", f"{config.broker.host}:{config.broker.port}", sleep)
        self._mat = config.mat.id
        self._info_missing = asyncio.Event()
        self.heard: Counter[str] = Counter()
        self.malformed: Counter[str] = Counter()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        await self._link.run(self._connection)

    async def _connection(self) -> None:
        async with self._connect() as client:
            await subscribe(client, [(topic, TOPICS[name]) for topic, name in self._topics.items()])
            self._come()
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._receive(client))
                    tasks.create_task(self._publish(client))
                    tasks.create_task(self._ask_info(client))
            finally:
                self._outbox.is_open = False
                self._hub.set_broker(up=False)

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            self.take(str(message.topic), message.payload, retained=message.retain)

    async def _publish(self, client: aiomqtt.Client) -> None:
        while True:
            command = await self._outbox.next()
            await client.publish(self._cmd_topic, wire.encode(command), qos=1)
            stop_if_cancelled()

    async def _ask_info(self, client: aiomqtt.Client) -> None:
        """Subscribe anew, at each state, while there is no info of the mat that sends it.

        A broker may lose a retained message that comes just while it takes the subscription: NATS
        did. Subscribing again brings it, and without it nothing can be shown.
        """
        topic = wire.topic(self._mat, "info")
        while True:
            await self._info_missing.wait()
            self._info_missing.clear()
            await client.subscribe(topic, TOPICS["info"])
            stop_if_cancelled()

    def take(self, topic: str, payload: object, *, retained: bool) -> None:
        """Take one message; what cannot be used is counted, and said once for each topic."""
        name = self._topics.get(topic)
        if name is None:
            return
        self.heard[name] += 1
        try:
            self._feed(name, payload, retained=retained)
        except MessageError as error:
            self._complain(name, error)

    def _feed(self, name: wire.Topic, payload: object, *, retained: bool) -> None:
        if not isinstance(payload, bytes):
            raise MessageError(f"{name}: no payload")
        if retained and name not in MAY_BE_RETAINED:
            # It may be days old, and would look as if it came now.
            raise MessageError(f"{name}: retained")
        if name == "status":
            self._hub.take_status(payload)
        elif name == "live":
            self._hub.take_live(payload)
        else:
            self._feed_json(name, payload)

    def _feed_json(self, name: wire.Topic, payload: bytes) -> None:
        if name == "info":
            self._hub.take_info(wire.decode(payload, wire.Info))
        elif name == "state":
            state = wire.decode(payload, wire.State)
            self._hub.take_state(state)
            if self._hub.info is None or self._hub.info.boot_id != state.boot_id:
                self._info_missing.set()
        elif name == "reply":
            self._hub.take_reply(wire.decode(payload, wire.Reply))
        else:
            # Only checked and counted: the mat sends a state with each change of an alarm.
            wire.decode(payload, wire.Event)

    def _complain(self, name: str, error: MessageError) -> None:
        self.malformed[name] += 1
        if self.malformed[name] == 1:
            _log.warning("ignored, and not said again: %s", str(error)[:300])

    def _come(self) -> None:
        self._link.came()
        self._outbox.clear()
        self._outbox.is_open = True
        self._hub.set_broker(up=True)


def client_factory(
    config: Config, identifier: str, password: str | None
) -> Callable[[], aiomqtt.Client]:
    """Make clients for a broker; each is used for one connection.

    Raises
    ------
    ConfigError
        If the broker's authority cannot be read.
    """
    tls = make_context(config)
    return lambda: _Client(config, identifier, password, tls)


def _quiet() -> logging.Logger:
    logger = logging.getLogger(f"{__name__}.paho")
    logger.setLevel(logging.CRITICAL)
    return logger
