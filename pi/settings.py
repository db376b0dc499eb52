"""Where a link connects. Apart from the connection, so that the sampler loads no MQTT client."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """Where to connect, and as whom. The password itself stays in its file.

    Attributes
    ----------
    mat, host, user, password_file : str
    port : int
    outbox : str
        File of the durable log; empty: there is none.
    outbox_bytes, free_bytes : int
        How large that log may be, and how much of the card is to stay free.
    boot_id : str
        Of the daemon that this link belongs to.
    """

    mat: str
    host: str
    port: int
    user: str = ""
    password_file: str = ""
    outbox: str = ""
    outbox_bytes: int = 512_000_000
    free_bytes: int = 200_000_000
    boot_id: str = ""

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"
