"""A TCP proxy whose network can die: nothing arrives any more, and nothing is refused."""

from __future__ import annotations

import select
import socket
import threading
from typing import Self

from pi.broker_config import HOST
from tests.pi.mqtt import DEADLINE_S

_TURN_S = 0.05


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
