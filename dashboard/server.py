"""Runs the web application under uvicorn until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from core.errors import MatError
from dashboard.app import create_app
from dashboard.config import ConfigError
from dashboard.messages import MAX_TEXT_BYTES
from dashboard.services import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboard.config import Config
    from dashboard.guard import Guard

END_WITHIN_S = 1
SEND_BUFFER_BYTES = 64 * 1024
"""What may wait in the kernel for a slow browser: seconds of `live`, not minutes."""

_log = logging.getLogger(__name__)


class ServeError(MatError, OSError):
    """The dashboard cannot listen where it should."""


def serve(config: Config) -> int:
    """Serve a dashboard until SIGTERM or SIGINT.

    Returns
    -------
    int
        0 after a signal, 1 when a part of the dashboard stopped by itself.

    Raises
    ------
    ConfigError
        If it would be open to more than it should.
    ServeError
        If the port is in use, the address is not of this computer, or the certificate is no good.
    """
    if config.web.problem:
        raise ConfigError(config.web.problem)
    set_up_logging()
    crashes: list[uvicorn.Server] = []
    app = create_app(config, World(crashed=lambda: _stop(server, crashes)))
    server = uvicorn.Server(loaded(server_config(app, config)))
    with listen(config.web.host, config.web.port) as listener, _quiet_signals():
        scheme = "https" if config.web.has_tls else "http"
        _log.info("listening on %s://%s:%d", scheme, config.web.host, config.web.port)
        asyncio.run(server.serve([listener]))
    return 0 if server.started and not crashes else 1


def server_config(app: Guard, config: Config) -> uvicorn.Config:
    """Set up uvicorn: small limits, and no line for each request."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        # Not `websockets`: that one is deprecated.
        ws="websockets-sansio",
        ws_max_size=MAX_TEXT_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=10.0,
        ws_ping_timeout=10.0,
        lifespan="on",
        log_config=None,
        log_level="warning",
        # Its lines would hold the token of the sign-in link.
        access_log=False,
        proxy_headers=config.web.proxy is not None,
        forwarded_allow_ips=config.web.proxy,
        ssl_certfile=config.certificate_path,
        ssl_keyfile=config.key_path,
        server_header=False,
        limit_concurrency=256,
        h11_max_incomplete_event_size=16 * 1024,
        timeout_graceful_shutdown=END_WITHIN_S,
    )


def loaded(settings: uvicorn.Config) -> uvicorn.Config:
    """Read the certificate, if there is one.

    Raises
    ------
    ServeError
        If it, or its key, cannot be used.
    """
    try:
        settings.load()
    except (OSError, ValueError) as error:
        where = settings.ssl_certfile
        raise ServeError(f"{where}: {error}; reflexmat-dashboard tls init makes one") from None
    return settings


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address; its connections inherit the small send buffer.

    Raises
    ------
    ServeError
        If the port is in use or the address is not of this computer.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        used = error.errno == errno.EADDRINUSE
        hint = "stop what uses it or choose another port" if used else "choose another host"
        # The text of the error itself repeats the address.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise ServeError(f"{host}:{port}: {reason}; {hint}") from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    return listener


def set_up_logging() -> None:
    """Log to stderr, one line each."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn.error").addFilter(without_browser_mistakes)


def without_browser_mistakes(record: logging.LogRecord) -> bool:
    """Whether a record of uvicorn is worth logging: text that is not UTF-8 is no fault of ours."""
    return not (record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError))


def _stop(server: uvicorn.Server, crashes: list[uvicorn.Server]) -> None:
    crashes.append(server)
    server.should_exit = True


@contextlib.contextmanager
def _quiet_signals() -> Iterator[None]:
    # Uvicorn ends by a signal and then raises it again: that one has done its work.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    yield
