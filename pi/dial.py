"""Opens connections in a thread: finding a name and a machine that does not answer may take long.

What is opened goes back to the thread that asked, and only that one uses it from then on.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi.connection import Connection


class Dial:
    """Opens one connection at a time; all methods are for one thread.

    Attributes
    ----------
    wake : socket
        Readable when `take` has something.
    """

    def __init__(self) -> None:
        self.wake, self._waker = socket.socketpair()
        for end in (self.wake, self._waker):
            end.settimeout(0)
        self._lock = threading.Lock()
        self._open: Connection | None = None
        self._busy = self._left = False

    @property
    def busy(self) -> bool:
        """Whether one is being opened, or waits to be taken."""
        return self._busy

    def begin(self, connection: Connection, timeout_s: float) -> None:
        """Open a connection, soon; never waits."""
        self._busy = True
        # It may hang in the look-up of a name for half a minute: no reason for the link to live on.
        thread = threading.Thread(
            target=self._run, args=(connection, timeout_s), name="dial", daemon=True
        )
        thread.start()

    def take(self) -> Connection | None:
        """Take the connection that is open or has failed; None while there is none."""
        with contextlib.suppress(BlockingIOError):
            self.wake.recv(16)
        with self._lock:
            found, self._open = self._open, None
        self._busy = self._busy and found is None
        return found

    def close(self) -> None:
        """Let go of whatever is being opened."""
        with self._lock:
            found, self._open, self._left = self._open, None, True
            self.wake.close()
            self._waker.close()
        if found:
            found.close(orderly=False)

    def _run(self, connection: Connection, timeout_s: float) -> None:
        try:
            connection.open(timeout_s)
        # Whatever it is: the link would wait for this thread for ever.
        except Exception as error:  # noqa: BLE001
            connection.fault = str(error) or type(error).__name__
        with self._lock:
            if not self._left:
                self._open = connection
                self._waker.send(b"!")
                return
        connection.close(orderly=False)
