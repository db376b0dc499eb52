"""Checks of the way to the broker, one step after the other: name, port, certificate, sign-in."""

from __future__ import annotations

import os
import queue
import select
import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pi.certificate_dates import validity
from pi.checkup import NOT_APPLICABLE, OK, Finding
from pi.checkup_files import SOON_DAYS
from pi.connection import Connection, Handlers
from pi.files import FileError
from pi.password import CREDENTIAL, read_password
from pi.settings import settings_of

if TYPE_CHECKING:
    from datetime import datetime

    from pi.checkup import Mat
    from pi.link_config import BrokerConfig
    from pi.settings import Settings

_TURN_S = 0.1
"""Longest wait before looking again: TLS may hold what `select` does not see."""


def name(mat: Mat) -> Finding:
    """Whether the name of the broker can be resolved."""
    broker = mat.config.broker
    try:
        addresses = resolve(broker.host, broker.tcp_port, mat.machine.patience_s)
    except (OSError, UnicodeError) as error:
        return Finding(
            "failed", f"{broker.host}: {_why(error)}", "check [broker] host and the network"
        )
    return Finding(OK, f"{broker.host} is {', '.join(addresses)}")


def resolve(host: str, port: int, patience_s: float) -> list[str]:
    """Resolve a name within a time: the system's own resolver knows no limit.

    Raises
    ------
    OSError
        If there is no such name, or no answer.
    UnicodeError
        If it is no name.
    """
    answers: queue.Queue[list[str] | OSError | UnicodeError] = queue.Queue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(sorted({str(each[4][0]) for each in found}))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=patience_s)
    except queue.Empty:
        raise TimeoutError(f"no answer within {patience_s:g} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def port(mat: Mat) -> Finding:
    """Whether something listens there."""
    broker = mat.config.broker
    where = f"{broker.host}:{broker.tcp_port}"
    try:
        socket.create_connection((broker.host, broker.tcp_port), mat.machine.patience_s).close()
    except OSError as error:
        return Finding(
            "failed", f"{where}: {_why(error)}", "start the broker, check port and firewall"
        )
    return Finding(OK, f"{where} listens")


def password(mat: Mat) -> Finding:
    """Whether the file of the password can be read, by its owner only."""
    broker = mat.config.broker
    if not broker.password_file:
        return Finding(NOT_APPLICABLE, "no user is configured")
    if _is_handed_over(broker):
        return Finding(NOT_APPLICABLE, f"{broker.password_file}: systemd gives it to the service")
    path = Path(broker.password_file)
    try:
        read_password(broker.password_file)
    except FileError as error:
        return Finding("failed", str(error), "write the password into its first line")
    if path.exists() and path.stat().st_mode & 0o077:
        return Finding("warning", f"{path} is open to others", f"chmod 600 {path}")
    return Finding(OK, f"{path} can be read")


def _is_handed_over(broker: BrokerConfig) -> bool:
    """Whether systemd gives the password to the service, and this is not the service."""
    is_credential = broker.password_file.startswith(CREDENTIAL)
    return is_credential and "CREDENTIALS_DIRECTORY" not in os.environ


def sign_in(mat: Mat) -> Finding:
    """Whether the broker takes this mat, and lets it hear commands."""
    settings = settings_of(mat.config)
    if _is_handed_over(mat.config.broker):
        key = mat.config.broker.password_file.removeprefix(CREDENTIAL)
        advice = f"sudo systemd-run -P -p LoadCredential={key}:FILE reflexmat doctor ..."
        return Finding(NOT_APPLICABLE, "without the password it cannot be tried", advice)
    fault = try_connection(settings, mat)
    who = f"user {settings.user}" if settings.user else "nobody by name"
    if fault:
        return Finding("failed", f"{who}: {fault}", "check user, password and the broker's log")
    return Finding(OK, f"the broker takes {who}, and lets this mat hear commands")


def try_connection(settings: Settings, mat: Mat) -> str:
    """Connect as the link does, but leave no will, and go; return why not, empty if it works.

    A will would say `offline` of a mat whose daemon runs, should this program die.
    """
    handlers = Handlers(lambda: None, lambda _: None, lambda *_: None, lambda _: None)
    connection = Connection(settings, handlers, will=False)
    machine = mat.machine
    end_s = machine.now_s() + machine.patience_s
    connection.open(machine.patience_s)
    while not (connection.up or connection.fault):
        left_s = end_s - machine.now_s()
        if left_s <= 0:
            connection.fault = f"no answer within {machine.patience_s:g} s"
            break
        waits: list[Any] = [connection.socket]
        select.select(waits, [], [], min(left_s, _TURN_S))
        connection.drive()
    connection.close(orderly=connection.up)
    return connection.fault


def certificate(mat: Mat) -> Finding:
    """Whether the broker's certificate is good today, and for some time."""
    broker = mat.config.broker
    if not broker.tls:
        return Finding(NOT_APPLICABLE, "no TLS: what the mat says can be read on the way")
    der = fetch(broker.host, broker.tcp_port, mat.machine.patience_s)
    return judge_certificate(*validity(der), mat.machine.now())


def judge_certificate(first: datetime, last: datetime, now: datetime) -> Finding:
    """Judge the dates of a certificate."""
    text = f"good from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    if now < first:
        return Finding("failed", f"not good yet: {text}", "check this machine's clock")
    if now > last:
        return Finding("failed", f"expired: {text}", "renew the broker's certificate")
    if (last - now).days < SOON_DAYS:
        return Finding("warning", f"{text}: {(last - now).days} days", "renew it soon")
    return Finding(OK, text)


def fetch(host: str, port_number: int, patience_s: float) -> bytes:
    """Take the certificate of a server, DER, whoever signed it: whether to trust it, the link says.

    Raises
    ------
    OSError
        If it speaks no TLS, or does not answer.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, port_number), patience_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as server,
    ):
        return server.getpeercert(binary_form=True) or b""


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
