"""TLS to the broker: whom the dashboard believes."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from dashboard.config import ConfigError

if TYPE_CHECKING:
    from dashboard.config import Config


class _Socket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in ssl
        try:
            super().do_handshake(block)
        except OSError:
            # paho lets go of a socket that fails here, and does not close it.
            self.close()
            raise


def make_context(config: Config) -> ssl.SSLContext | None:
    """Make what a TLS connection to the broker starts from; None: there is to be none.

    Raises
    ------
    ConfigError
        If the broker's authority cannot be used.
    """
    if not config.broker.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=config.broker_ca_path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{config.broker_ca_path}: cannot be used: {error}") from None
    context.sslsocket_class = _Socket
    return context
