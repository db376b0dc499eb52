"""One connection to the MQTT broker, from its first byte to its end; never used again.

A paho client each: nothing that an old connection had in its queues is ever sent by a new one.
"""

from __future__ import annotations

import secrets
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core.wire import OFFLINE, topic
from pi.password import read_password
from pi.tls import explain, make_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.reasoncodes import ReasonCode

    from pi.settings import Settings

KEEPALIVE_S = 6
"""paho asks after so long a silence and waits as long again for the answer: a connection on which
nothing comes any more is given up after at most twice this and a turn or two, within 15 s."""

NEEDED = "cmd"
"""What a mat must hear: without it nobody could acknowledge an alarm, and nobody would know."""

_WHY_LOST = {
    "Unspecified error": "closed by the broker or on the way",
    "Keep alive timeout": "no answer; the network is dead, or the broker hangs",
}
"""Words of paho that say less than is known here."""

_PAHO_QUEUE_MAX = 128
# A stalled connection must not fill with old frames: some seconds of them fit in here.
_SEND_BUFFER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Handlers:
    """What to call when something happens, always from within `Connection.drive`.

    Attributes
    ----------
    on_up : callable
        The broker has accepted this connection, and lets the mat hear `NEEDED`.
    on_confirmed : callable
        Takes the id that `publish` gave: the broker has that message.
    on_message : callable
        Takes name of the topic as `subscribe` does, payload, and whether it was retained.
    on_refused : callable
        Takes the name of another topic that the broker does not let this mat hear.
    """

    on_up: Callable[[], None]
    on_confirmed: Callable[[int], None]
    on_message: Callable[[str, bytes, bool], None]
    on_refused: Callable[[str], None]


class Connection:
    """One connection; its last will is `status` offline.

    A topic goes by its last part if it is the mat's own, else by the whole of it.

    Parameters
    ----------
    settings : Settings
    handlers : Handlers
    will : bool
        Whether the broker is to say `offline` when this connection breaks.

    Attributes
    ----------
    up : bool
        Whether the mat can speak and hear commands, and it has not failed since.
    fault : str
        Why it is over; empty while it is not.
    """

    def __init__(self, settings: Settings, handlers: Handlers, *, will: bool = True) -> None:
        self._settings = settings
        self._handlers = handlers
        self._prefix = topic(settings.mat, "status").removesuffix("status")
        self._asked: dict[int, str] = {}
        self._client = self._make_client()
        self._answered = False
        if will:
            self._client.will_set(self._prefix + "status", OFFLINE, qos=1, retain=True)
        self.up = False
        self.fault = ""

    def open(self, timeout_s: float) -> None:
        """Connect; on failure, set `fault`.

        Parameters
        ----------
        timeout_s : float
            Longest wait for the broker's machine to answer, seconds.
        """
        settings, client = self._settings, self._client
        client.connect_timeout = timeout_s
        try:
            if settings.user:
                client.username_pw_set(settings.user, read_password(settings.password_file))
            if settings.tls:
                client.tls_set_context(make_context(settings))
            client.connect(settings.host, settings.port, KEEPALIVE_S)
        except (OSError, UnicodeError) as error:
            self.fault = explain(error, settings)

    @property
    def socket(self) -> mqtt.SocketLike | None:
        """The socket to wait for, None when there is none."""
        return self._client.socket()

    @property
    def behind(self) -> bool:
        """Whether something waits because the network takes no more."""
        return self._client.want_write()

    @property
    def unread(self) -> bool:
        """Whether something has come that `select` does not see: TLS unpacks ahead."""
        broker = self.socket
        return isinstance(broker, ssl.SSLSocket) and broker.pending() > 0

    def drive(self) -> None:
        """Read and write what can be, and look after keep-alive; never waits."""
        self._client.loop_read()
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()

    def publish(self, name: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> int:
        """Publish; return an id for `on_confirmed`."""
        return self._client.publish(self._topic(name), payload, qos, retain).mid

    def subscribe(self, *names: str) -> None:
        """Hear these topics, QoS 1."""
        for name in names:
            _, mid = self._client.subscribe(self._topic(name), qos=1)
            if mid is not None:
                self._asked[mid] = name

    def close(self, *, orderly: bool) -> None:
        """End it.

        Parameters
        ----------
        orderly : bool
            Take leave of the broker, which then does not publish the will.
        """
        self._client.on_disconnect = None
        if orderly:
            self._client.disconnect()
        if self.socket:
            self.socket.close()

    def _topic(self, name: str) -> str:
        return name if "/" in name else self._prefix + name

    def _make_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            # Not the bare mat id: whoever else used that name would throw the mat off the broker,
            # be it a guest who may not publish a word.
            client_id=f"{self._settings.mat}-{secrets.token_hex(4)}",
            clean_session=True,
            protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,
        )
        client.max_queued_messages_set(_PAHO_QUEUE_MAX)
        client.on_socket_open = _tune
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = lambda _c, _d, mid, _r, _p: self._handlers.on_confirmed(mid)
        client.on_message = lambda _c, _d, got: self._handlers.on_message(
            got.topic.removeprefix(self._prefix), bytes(got.payload), got.retain
        )
        return client

    def _on_connect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        _props: object,
    ) -> None:
        self._answered = True
        if reason.is_failure:
            self.fault = f"the broker refused the connection: {reason}"
        else:
            self.subscribe(NEEDED)

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        _props: object,
    ) -> None:
        self.up = False
        why = _WHY_LOST.get(str(reason), str(reason))
        self.fault = self.fault or f"connection lost: {why}{self._hint()}"

    def _hint(self) -> str:
        """Advice where the broker has ended a connection before it said a word."""
        if self._answered or self._settings.tls:
            return ""
        return "; it never answered: does that port want tls = true?"

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _data: object,
        mid: int,
        reasons: list[ReasonCode],
        _props: object,
    ) -> None:
        name = self._asked.pop(mid, "")
        refused = any(reason.is_failure for reason in reasons)
        if name == NEEDED and refused:
            self.up = False
            self.fault = f"the broker refused the topic {name}: its ACL, or its store is full"
        elif refused:
            self._handlers.on_refused(name)
        elif name == NEEDED and not self.up:
            self.up = True
            self._handlers.on_up()


def _tune(_client: mqtt.Client, _data: object, broker: mqtt.SocketLike) -> None:
    if not isinstance(broker, socket.socket):
        return
    broker.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
