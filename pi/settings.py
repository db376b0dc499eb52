"""Where a link connects. Apart from the connection, so that the sampler loads no MQTT client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pi.config import Config


OUTBOX_FILE = "outbox.db"
MEGABYTE = 1_000_000


class Settings(msgspec.Struct, frozen=True):
    """Where to connect, and as whom; no secret, since it is an argument of the link.

    Attributes
    ----------
    mat, host, user, password_file : str
        The password itself stays in its file (`pi.password`).
    port : int
    tls : bool
    ca_file, fingerprint : str
        Whom to believe (`pi.tls`); both empty: whom this system believes.
    outbox : str
        File of the durable log; empty: there is none.
    outbox_bytes, free_bytes : int
        How large that log may be, and how much of the card is to stay free.
    boot_id : str
        Of the daemon that this link belongs to.
    homeassistant : str
        Where Home Assistant looks for devices; empty: it is not told of this mat.
    """

    mat: str
    host: str
    port: int
    user: str = ""
    password_file: str = ""
    tls: bool = False
    ca_file: str = ""
    fingerprint: str = ""
    outbox: str = ""
    outbox_bytes: int = 512_000_000
    free_bytes: int = 200_000_000
    boot_id: str = ""
    homeassistant: str = ""

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"


def settings_of(config: Config, boot_id: str = "") -> Settings:
    """Pick what the link needs of a configuration.

    Parameters
    ----------
    config : Config
    boot_id : str
        Of this start of the daemon; its records are numbered by it.
    """
    data, home = config.data, config.homeassistant
    return Settings(
        config.mat.id,
        **{**msgspec.structs.asdict(config.broker), "port": config.broker.tcp_port},
        outbox=str(Path(data.dir).absolute() / OUTBOX_FILE),
        outbox_bytes=data.log_mb * MEGABYTE,
        free_bytes=data.keep_free_mb * MEGABYTE,
        boot_id=boot_id,
        homeassistant=home.prefix if home.enabled else "",
    )
