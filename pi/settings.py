"""Where a link connects. Apart from the connection, so that the sampler loads no MQTT client."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """Where to connect, and as whom. The password itself stays in its file.

    Attributes
    ----------
    mat, host, user, password_file : str
    port : int
    """

    mat: str
    host: str
    port: int
    user: str = ""
    password_file: str = ""

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"
