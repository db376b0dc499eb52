"""What systemd is told of the dashboard (sd_notify): ready, its loop turns, ending."""

from __future__ import annotations

import logging
import os
import socket

_log = logging.getLogger(__name__)

SOCKET = "NOTIFY_SOCKET"
ALIVE_EVERY_S = 2.0


def tell(*lines: str) -> None:
    """Tell the service manager something; nothing where there is none, and never wait for it.

    Parameters
    ----------
    *lines : str
        `KEY=value` each.
    """
    address = os.environ.get(SOCKET)
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(0)
            channel.sendto("\n".join(lines).encode(), address.replace("@", "\0", 1))
    except OSError as error:
        _log.warning("systemd is not told %s: %s", lines[0], error)
