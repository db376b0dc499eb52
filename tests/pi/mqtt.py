"""Brokers and listeners that the tests of this folder share; always real ones."""

from __future__ import annotations

import queue
import shutil
import socket
import subprocess
import threading
from typing import TYPE_CHECKING, NamedTuple, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from pi.broker import Broker, free_port
from pi.broker_config import HOST, Account
from pi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEADLINE_S = 20.0
MAT = "demo"
ROOT = f"reflexmat/v1/{MAT}/"


class Heard(NamedTuple):
    """One message, `name` the last part of its topic."""

    name: str
    payload: bytes
    retained: bool


class Ear:
    """Hears everything of the mat, or under another root, and can speak."""

    def __init__(self, port: int, account: Account | None, root: str = ROOT) -> None:
        self._root = root
        self._ready = threading.Event()
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if account:
            self._client.username_pw_set(account.user, account.password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(root + "#", 1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _c, _d, got: self._heard.put(
            Heard(got.topic.removeprefix(root), bytes(got.payload), got.retain)
        )
        self._client.connect(HOST, port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._ready.wait(DEADLINE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # paho leaves its sockets to the garbage collector, which warns.
        self._client._reset_sockets()

    def wait_any(self) -> Heard:
        """Wait for the next message, whatever it is."""
        return self._heard.get(timeout=DEADLINE_S)

    def wait(self, name: str, fits: Callable[[Heard], bool] = lambda _: True) -> Heard:
        """Wait for a message; what comes before it is thrown away."""
        while True:
            heard = self._heard.get(timeout=DEADLINE_S)
            if heard.name == name and fits(heard):
                return heard

    def newest(self, name: str) -> Heard | None:
        """Take all that has come; return the last of a name."""
        found = None
        while not self._heard.empty():
            heard = self._heard.get()
            found = heard if heard.name == name else found
        return found

    def wait_all(self, *names: str) -> set[Heard]:
        """Wait for the next message of each of these names, in whatever order."""
        found: dict[str, Heard] = {}
        while len(found) < len(names):
            heard = self._heard.get(timeout=DEADLINE_S)
            if heard.name in names:
                found.setdefault(heard.name, heard)
        return set(found.values())

    def wait_payload(self, name: str, payload: bytes) -> Heard:
        return self.wait(name, lambda heard: heard.payload == payload)

    def say(self, name: str, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(self._root + name, payload, 1, retain).wait_for_publish(DEADLINE_S)


class Mosquitto:
    """A real mosquitto that forgets what it retained when it ends."""

    def __init__(self, _folder: Path) -> None:
        self.port = free_port()
        self.mat: Account | None = None
        self.dashboard: Account | None = None

    @staticmethod
    def program() -> str:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")
        assert program, "install mosquitto"
        return program

    def start(self) -> None:
        argv = [self.program(), "-p", str(self.port)]
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not listens(self.port):
            assert self._process.poll() is None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()


class Nats:
    """The embedded broker of the demo."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()

    def start(self) -> None:
        self._broker = Broker(self._folder, MAT, self.port).start()
        self.mat: Account | None = self._broker.accounts.mat
        self.dashboard: Account | None = self._broker.accounts.dashboard

    def stop(self) -> None:
        self._broker.stop()

    def restart(self) -> None:
        self.stop()
        self.start()


AnyBroker = Mosquitto | Nats


def settings_for(broker: AnyBroker, folder: Path) -> Settings:
    """How a link reaches a broker."""
    if broker.mat is None:
        return Settings(MAT, HOST, broker.port)
    file = folder / "mat-password"
    file.write_text(broker.mat.password)
    return Settings(MAT, HOST, broker.port, broker.mat.user, str(file))


def listens(port: int) -> bool:
    """Whether something on this machine answers at a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
