"""What systemd is told: ready, alive, how it goes, ending (sd_notify). Nothing where nobody asks.

The watchdog is fed by a pass of the sampler that has read the bank, whatever that read was worth,
and has written the indicators. A sensor cable that is pulled is a fault, told by light and page;
only a loop that hangs is for systemd to start again.
"""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING

from core.frames import ZoneStatus
from pi.logs import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.standing import ActiveAlarm
    from core.update import Update

NOTIFY_SOCKET = "NOTIFY_SOCKET"
STATUS_EVERY_S = 1.0
"""The status line is looked at so often, and said when it has changed."""

_ABSTRACT = "@"
_PRIORITIES = ("high", "medium", "low")

_log = logging.getLogger(__name__)


class Notifier:
    """Sends to the socket of a service manager; never waits and never raises.

    Parameters
    ----------
    address : str
        A path, or a name after `@`; empty: nobody listens.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        if address.startswith(_ABSTRACT):
            self._address = "\0" + address.removeprefix(_ABSTRACT)
        self._failed = False
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            # A manager that is busy must not hold up the sampling.
            self._socket.settimeout(0)

    def send(self, *lines: str) -> bool:
        """Say something.

        Parameters
        ----------
        *lines : str
            `KEY=value` each.

        Returns
        -------
        bool
            Whether nothing is left to say: it went out, or nobody listens.
        """
        if self._socket is None:
            return True
        try:
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._failed:
                _log.warning("event=notify_failed reason=%s", quoted(error))
            self._failed = True
            return False
        self._failed = False
        return True

    def close(self) -> None:
        """Say that the daemon is ending, and let go."""
        self.send("STOPPING=1")
        if self._socket:
            self._socket.close()
        self._socket = None


class Supervision:
    """Tells systemd of each pass that did what it is for.

    Parameters
    ----------
    notifier : Notifier
    """

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._ready = False
        self._status = ""
        self._status_due_s = float("-inf")

    def passed(self, update: Update, active: Iterable[ActiveAlarm], now_s: float) -> None:
        """Feed the watchdog: the bank was read, good or not, and the indicators were written.

        Parameters
        ----------
        update : Update
            What the engine made of that read.
        active : iterable of ActiveAlarm
            What stands.
        now_s : float
            Monotonic seconds.
        """
        # Said again until it has gone out: systemd would end a mat that works.
        self._ready = self._ready or self._notifier.send("READY=1")
        self._notifier.send("WATCHDOG=1")
        if now_s >= self._status_due_s:
            self._status_due_s = now_s + STATUS_EVERY_S
            self._tell(status_text(update, active))

    def _tell(self, status: str) -> None:
        if status != self._status and self._notifier.send(f"STATUS={status}"):
            self._status = status


def notifier_of(environment: Mapping[str, str] = os.environ) -> Notifier:
    """Make the notifier that the service manager asks for; a mute one where none does."""
    address = environment.get(NOTIFY_SOCKET, "")
    if address and not address.startswith(("/", _ABSTRACT)):
        _log.warning("event=notify_unknown address=%s", quoted(address))
        address = ""
    return Notifier(address)


def status_text(update: Update, active: Iterable[ActiveAlarm]) -> str:
    """Say in one line how the mat is: no names, no values.

    Returns
    -------
    str
        For example "14 of 16 zones known; standing: 1 high, 2 low".
    """
    status = update.status[-1]
    known = len(status) - int((status & ZoneStatus.UNKNOWN).astype(bool).sum())
    priorities = [alarm.raised.priority for alarm in active]
    counts = [f"{priorities.count(p)} {p}" for p in _PRIORITIES if p in priorities]
    return f"{known} of {len(status)} zones known; standing: {', '.join(counts) or 'nothing'}"
