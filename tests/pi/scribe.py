"""A recorder on a real broker: takes what the mat sends, answers, and can be put back or away."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core.wire import encode
from pi.broker_config import HOST
from tests.pi.mqtt import DEADLINE_S, ROOT
from tests.recorder import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.wire import Ack
    from tests.pi.mqtt import AnyBroker


class Scribe:
    """Commits and acknowledges, from within the thread of its client.

    Parameters
    ----------
    broker : Mosquitto or Nats
    ledger : Ledger, optional
        What it has already.
    acknowledges : bool
        Whether it says so.
    """

    def __init__(
        self, broker: AnyBroker, ledger: Ledger | None = None, *, acknowledges: bool = True
    ) -> None:
        self.ledger = ledger or Ledger()
        self.acknowledges = acknowledges
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if broker.dashboard:
            self._client.username_pw_set(broker.dashboard.user, broker.dashboard.password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._on_message
        self._client.connect(HOST, broker.port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._ready.wait(DEADLINE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # paho leaves its sockets to the garbage collector, which warns.
        self._client._reset_sockets()

    def say(self, ack: Ack) -> None:
        """Publish an ack, retained."""
        self._client.publish(ROOT + "ack", encode(ack), 1, retain=True)

    def until(self, fits: Callable[[Ledger], bool]) -> None:
        """Wait until it has what is looked for, as long as something comes."""
        n_before = -1
        with self._changed:
            # Three programs start and stop while some tests wait here, on a busy machine.
            while not self._changed.wait_for(lambda: fits(self.ledger), 3 * DEADLINE_S):
                assert len(self.ledger.kept) > n_before, self.bodies()[-20:]
                n_before = len(self.ledger.kept)

    def until_bodies(self, *bodies: bytes) -> None:
        """Wait until it has just these records, in whatever order."""
        self.until(lambda _: sorted(self.bodies()) == sorted(bodies))

    def bodies(self) -> list[bytes]:
        """What the records say that it has."""
        return [record.body for record in self.ledger.kept]

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe(ROOT + "rec", 1)
        self._answer()

    def _on_message(self, _client: paho.Client, _data: object, got: paho.MQTTMessage) -> None:
        with self._changed:
            self.ledger.take(bytes(got.payload))
            self._answer()
            self._changed.notify_all()

    def _answer(self) -> None:
        said = self.ledger.ack()
        if said and self.acknowledges:
            self.say(said)
