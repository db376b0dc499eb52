"""Being told to stop: signals that end a program in order instead of at once."""

from __future__ import annotations

import select
import signal
import socket
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType, TracebackType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a program in order: Ctrl-C, `kill` and systemd, a closed terminal."""


class Stopping:
    """Catches `STOP_SIGNALS` while it is entered; for the main thread only.

    Attributes
    ----------
    asked : bool
        Whether one of them has come.
    """

    def __init__(self) -> None:
        self.asked = False
        # A signal wakes the select in `wait` through these; an Event could deadlock in a handler.
        self._woken, self._wakes = socket.socketpair()
        for end in (self._woken, self._wakes):
            end.settimeout(0)

    def wait(self, timeout_s: float) -> bool:
        """Wait for a signal.

        Parameters
        ----------
        timeout_s : float
            Longest wait, seconds.

        Returns
        -------
        bool
            `asked`.
        """
        if not self.asked:
            select.select([self._woken], [], [], timeout_s)
        return self.asked

    def __enter__(self) -> Self:
        self._old_fd = signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        self._old = [(number, signal.signal(number, self._ask)) for number in STOP_SIGNALS]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._old:
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._woken.close()
        self._wakes.close()

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
