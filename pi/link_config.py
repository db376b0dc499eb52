"""Tables of the configuration about the link: `[broker]` and `[homeassistant]`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pi.password import CREDENTIAL

PLAIN_PORT, TLS_PORT = 1883, 8883
Port = Annotated[int, msgspec.Meta(ge=1, le=65535, examples=[TLS_PORT])]

_Fingerprint = Annotated[
    str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{64}|([0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})?\Z")
]
_Prefix = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\Z")]


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[broker]`: the MQTT broker (docs/broker.md). The password stands in a file of its own.

    Attributes
    ----------
    host : str
        Name or address.
    port : int or None
        TCP; None: 8883 with TLS, 1883 without.
    user : str
        Empty: no user, no password.
    password_file : str
        File with the password in its first line, or `credential:NAME` of systemd.
    tls : bool
        Whether nobody on the way may listen or answer in the broker's place.
    ca_file : str
        PEM of the CA that vouches for the broker; empty: those of the system.
    fingerprint : str
        SHA-256 of the broker's certificate, instead of a CA: 64 hex digits, colons or none.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Port | None = None
    user: str = ""
    password_file: str = ""
    tls: bool = False
    ca_file: str = ""
    fingerprint: _Fingerprint = ""

    @property
    def tcp_port(self) -> int:
        """The port that is given, or that goes with TLS or without."""
        return self.port or (TLS_PORT if self.tls else PLAIN_PORT)


class HomeAssistantConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[homeassistant]`: whether Home Assistant is told of the mat (docs/homeassistant.md).

    Attributes
    ----------
    enabled : bool
        Whether the mat announces itself.
    prefix : str
        Where it looks for devices, as it is set there.
    """

    enabled: bool = False
    prefix: _Prefix = "homeassistant"


def complaint(broker: BrokerConfig) -> tuple[str, str] | None:
    """Find what does not go together in `[broker]`.

    Returns
    -------
    tuple of str, or None
        The key, and what to do about it.
    """
    name = broker.password_file.removeprefix(CREDENTIAL)
    is_credential = name != broker.password_file
    # First what would send in plain text what somebody wanted to be safe.
    table = (
        ("ca_file", broker.ca_file and not broker.tls, "add tls = true, or remove it"),
        ("fingerprint", broker.fingerprint and not broker.tls, "add tls = true, or remove it"),
        ("ca_file", broker.ca_file and broker.fingerprint, "give ca_file or fingerprint, not both"),
        ("user", broker.user and not broker.password_file, _BOTH),
        ("password_file", broker.password_file and not broker.user, _BOTH),
        ("password_file", is_credential and (not name or "/" in name), "name one credential"),
    )
    return next(((key, words) for key, wrong, words in table if wrong), None)


_BOTH = "give user and password_file, or neither"
