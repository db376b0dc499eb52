"""TCP proxies: one whose network can die, so that nothing arrives and nothing is refused, and one
that keeps confirmations back."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Self

from pi.broker_config import HOST
from tests.pi.mqtt import DEADLINE_S

_TURN_S = 0.05
_PUBACK = 0x40
_MORE = 0x80


class Proxy:
    """Passes one connection on to a port of this machine, until `die`.

    Attributes
    ----------
    port : int
        Where it listens.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(DEADLINE_S)
        self.port: int = self._listener.getsockname()[1]
        self._dead = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def die(self) -> None:
        """Pass nothing on from now, and keep both connections open."""
        self._dead.set()

    def _run(self) -> None:
        far = socket.create_connection((HOST, self._to_port))
        with self._listener, far, self._listener.accept()[0] as near:
            self._pump(near, far)
            self._end.wait()

    def _pump(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        while not (self._dead.is_set() or self._end.is_set()):
            for end in select.select([near, far], [], [], _TURN_S)[0]:
                data = end.recv(65536)
                if not data or self._dead.is_set():
                    return
                other[end].sendall(data)


class DeafProxy:
    """Passes connections on, one after the other; of the first one, no confirmation comes back.

    Attributes
    ----------
    port : int
        Where it listens.
    held : Event
        Set when a confirmation was kept back.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(_TURN_S)
        self.port: int = self._listener.getsockname()[1]
        self.held, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        first = True
        with self._listener:
            while not self._end.is_set():
                # No one has come yet, or one end was given up.
                with contextlib.suppress(OSError), self._listener.accept()[0] as near:
                    deaf, first = first, False
                    with socket.create_connection((HOST, self._to_port)) as far:
                        self._pump(near, far, deaf=deaf)

    def _pump(self, near: socket.socket, far: socket.socket, *, deaf: bool) -> None:
        rest = b""
        while not self._end.is_set():
            for end in select.select([near, far], [], [], _TURN_S)[0]:
                data = end.recv(65536)
                if not data:
                    return
                if end is near:
                    far.sendall(data)
                    continue
                packets, rest = _packets(rest + data)
                for packet in packets:
                    if deaf and packet[0] == _PUBACK:
                        self.held.set()
                    else:
                        near.sendall(packet)


def _packets(data: bytes) -> tuple[list[bytes], bytes]:
    """Cut what came over MQTT into packets, and what is not whole yet."""
    found = []
    while len(data) > 1:
        at = next((at for at in range(1, len(data)) if not data[at] & _MORE), 0)
        length = sum((data[n] & ~_MORE) << 7 * (n - 1) for n in range(1, at + 1))
        if not at or len(data) < at + 1 + length:
            break
        found.append(data[: at + 1 + length])
        data = data[at + 1 + length :]
    return found, data


class Gate:
    """Passes any number of connections on to a port of this machine, while it is open.

    Attributes
    ----------
    port : int
        Where it listens.
    n_connections : int
        That have come so far.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(_TURN_S)
        self.port: int = self._listener.getsockname()[1]
        self.n_connections = 0
        self._cut, self._held, self._end = (threading.Event() for _ in range(3))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        """End every connection, and take none; when this returns, it is so."""
        self._cut.set()
        for thread in self._threads[1:]:
            thread.join()

    def hold(self) -> None:
        """Pass nothing on, and say so to nobody: the network is dead."""
        self._held.set()

    def open(self) -> None:
        """Be a network again."""
        self._cut.clear()
        self._held.clear()

    def close(self) -> None:
        """End for good."""
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with self._listener:
            while not self._end.is_set():
                with contextlib.suppress(TimeoutError):
                    near = self._listener.accept()[0]
                    self.n_connections += 1
                    self._threads.append(threading.Thread(target=self._serve, args=(near,)))
                    self._threads[-1].start()

    def _serve(self, near: socket.socket) -> None:
        # Refused, or broken in the middle: that is for the two ends to find out.
        with near, contextlib.suppress(OSError):
            if not self._cut.is_set():
                with socket.create_connection((HOST, self._to_port)) as far:
                    self._pump({near: far, far: near})

    def _pump(self, other: dict[socket.socket, socket.socket]) -> None:
        while not (self._cut.is_set() or self._end.is_set()):
            if self._held.is_set():
                self._end.wait(_TURN_S)
                continue
            for end in select.select(list(other), [], [], _TURN_S)[0]:
                data = end.recv(65536)
                if not data:
                    return
                other[end].sendall(data)
