"""What a new mat needs on each broker, and in its own configuration, as text to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import MatError
from core.wire import topic

if TYPE_CHECKING:
    from collections.abc import Collection

    from dashboard.config import Broker

NO_MATS = ("dashboard", "recorder", "homeassistant", "mat", "guest")
"""Accounts of the shipped brokers: no mat may have the name of one."""

_SAYS = ("status", "info", "state", "event", "live", "rec", "reply")
_HEARS = ("cmd", "ack", "status")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def check_id(mat: str, taken: Collection[str] = NO_MATS) -> None:
    """Make sure that a mat may have this id.

    Raises
    ------
    MatError
        If it may not.
    """
    topic(mat, "rec")
    if mat in taken:
        raise MatError(f"mat {mat}: an account of the broker has that name; choose another id")


def mosquitto_lines(mat: str) -> str:
    """Say what mosquitto needs, set up as in deploy/mosquitto."""
    return (
        f"sudo mosquitto_passwd /etc/mosquitto/reflexmat/passwords {mat}   # asks for it\n"
        "sudo systemctl reload mosquitto"
    )


def nats_lines(mat: str, password: str) -> str:
    """Say what the NATS server needs, set up as in deploy/nats."""
    variable = f"{mat.upper().replace('-', '_')}_PASSWORD"
    own = f"reflexmat.v1.{mat}"
    says = [f"{own}.{name}" for name in _SAYS] + [f"homeassistant.*.{mat}.*.config"]
    hears = [f"{own}.{name}" for name in _HEARS] + ["homeassistant.status"]
    return f"""\
# into passwords.conf
{variable}: "{password}"
# into accounts.conf, among the users
    {{
      user: "{mat}", password: ${variable}, allowed_connection_types: ["MQTT"]
      permissions {{
        publish {{ allow: {_listed(says)} }}
        subscribe {{ allow: {_listed(hears)} }}
      }}
    }}
sudo systemctl reload reflexmat-nats"""


def mat_lines(mat: str, host: str, port: int) -> str:
    """Say what belongs into the configuration of the mat."""
    shown = '"broker.example"   # as the mat reaches it' if host in _LOOPBACK else f'"{host}"'
    return f"""\
[mat]
id = "{mat}"
[broker]
host = {shown}
port = {port}
user = "{mat}"
password_file = "broker-password"   # the password in its first line"""


def new_mat_text(mat: str, password: str, broker: Broker, *, embedded: bool) -> str:
    """Say all that is to be done for a new mat.

    Parameters
    ----------
    mat, password : str
    broker : Broker
        As the dashboard is configured.
    embedded : bool
        It is the demo's own, which lets the mat in by itself.
    """
    brokers = (
        "the broker of the demo lets it in",
        f"on mosquitto:\n{mosquitto_lines(mat)}\n\non NATS:\n{nats_lines(mat, password)}",
    )[not embedded]
    own = mat_lines(mat, broker.host, broker.port)
    return f"password: {password}\n\n{brokers}\n\nin the configuration of the mat:\n{own}"


def _listed(names: Collection[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
