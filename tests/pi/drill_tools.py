"""What drills are made of: a network that mixes things up, a forger, a full card, a moment."""

from __future__ import annotations

import resource
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core.log_record import KINDS
from core.wire import Ack, encode
from pi.broker_config import HOST
from tests.pi.mqtt import ROOT
from tests.pi.scribe import Scribe
from tests.pi.yard import frames_of

if TYPE_CHECKING:
    import random
    import socket
    from collections.abc import Callable, Iterator

    from core.log_record import Kind
    from pi.settings import Settings
    from tests.pi.swift import SwiftMat
    from tests.pi.yard import Yard


class UnrulyScribe(Scribe):
    """A recorder behind a network that repeats, reorders and perhaps damages.

    Parameters
    ----------
    rng : Random
    args : tuple
        See `Scribe`.
    damages : bool
    """

    def __init__(self, rng: random.Random, *args: object, damages: bool = False) -> None:
        self._rng, self._damages = rng, damages
        self._held: list[paho.MQTTMessage] = []
        super().__init__(*args)  # type: ignore[arg-type]

    def __exit__(self, *args: object) -> None:
        super().__exit__(*args)
        for message in self._held:
            super()._on_message(self._client, None, message)

    def _on_message(self, client: paho.Client, data: object, got: paho.MQTTMessage) -> None:
        self._held.append(got)
        if len(self._held) < self._rng.randint(1, 8):
            return
        released = self._held + self._rng.choices(self._held, k=2)
        self._rng.shuffle(released)
        self._held = []
        for message in released:
            super()._on_message(client, data, self._perhaps_damaged(message))

    def _perhaps_damaged(self, message: paho.MQTTMessage) -> paho.MQTTMessage:
        """Change a byte of some, but not of what the sum does not cover."""
        at = self._rng.randrange(29, len(message.payload))
        if not self._damages or self._rng.random() > 0.05:
            return message
        damaged = paho.MQTTMessage(message.mid, message.topic.encode())
        damaged.payload = message.payload[:at] + bytes([message.payload[at] ^ 0x55])
        damaged.payload += message.payload[at + 1 :]
        return damaged


def some(yard: Yard, mat: SwiftMat) -> None:
    """Let a mat live to a random moment, and the network have some time for it."""
    mat.live(yard.rng.randint(20, 120))
    mat.rest(yard.rng.uniform(0.0, 0.5))


def in_turn(yard: Yard, one: SwiftMat, two: SwiftMat) -> None:
    for _ in range(20):
        for mat in (one, two):
            mat.live(yard.rng.randint(1, 10))
            mat.rest(yard.rng.uniform(0.0, 0.3))


def arrived(scribe: Scribe, mat: SwiftMat) -> None:
    """Wait until the recorder has all seconds of a mat that are whole."""
    mat.stored()
    n_frames = mat.n_frames // 10 * 10
    scribe.until(lambda got: frames_of(got, mat.boot_id) >= n_frames)


def body_of(kind: Kind, length: int) -> bytes:
    return bytes([KINDS.index(kind)]) + bytes(length)


def limit_files(mat: SwiftMat, n_bytes: int) -> None:
    """Let no file of the link's process grow beyond a size."""
    resource.prlimit(mat.link.pid, resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))


def start_turned_link(settings: Settings, end: socket.socket) -> subprocess.Popen[bytes]:
    options = msgspec.json.encode(settings).decode()
    argv = [sys.executable, "-m", "tests.pi.turned_link", str(end.fileno()), options]
    return subprocess.Popen(argv, pass_fds=[end.fileno()], start_new_session=True)


@contextmanager
def forger(yard: Yard) -> Iterator[Callable[[], int]]:
    """Answer each record, as one who may not, with an ack far beyond it."""
    heard: list[bytes] = []

    def answer(client: paho.Client, _data: object, got: paho.MQTTMessage) -> None:
        heard.append(bytes(got.payload))
        log_id, seq = got.payload[5:13].hex(), int.from_bytes(got.payload[13:21], "little")
        client.publish(ROOT + "ack", encode(Ack(log_id, seq + 1)), 1, retain=True)

    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(yard.broker.guest.user, yard.broker.guest.password)
    client.on_connect = lambda made, *_: made.subscribe(ROOT + "rec", 1)
    client.on_message = answer
    client.connect(HOST, yard.broker.port)
    client.loop_start()
    yield lambda: len(heard)
    client.disconnect()
    client.loop_stop()
