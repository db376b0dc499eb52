"""Where the dashboard listens, under which names it is asked, and what of that is too open."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+(:[0-9]{1,5})?\Z", max_length=253)]
File = Annotated[str, msgspec.Meta(min_length=1)]
HTTP_PORT, HTTPS_PORT = 80, 443


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[web]` of the configuration.

    Attributes
    ----------
    port : int
    host : str
        Address to listen on.
    names : tuple of str
        What browsers call it beside the address and `localhost`; with a port if it is another one.
    certificate, key : str or None
        Files, PEM: with them it speaks TLS itself.
    authority : str or None
        Certificate of the authority that signed it, PEM: offered to phones at `/authority.crt`.
    proxy : str or None
        Address of the reverse proxy that speaks TLS; what it says of the browser is believed.
    plain_text : bool
        Listen beyond this computer though passwords and readings can be read on the way.
    """

    port: Port
    host: Host = "127.0.0.1"
    names: tuple[Name, ...] = ()
    certificate: File | None = None
    key: File | None = None
    authority: File | None = None
    proxy: Host | None = None
    plain_text: bool = False

    @property
    def has_tls(self) -> bool:
        """Whether the dashboard speaks TLS itself."""
        return self.certificate is not None

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by https."""
        return self.has_tls or self.proxy is not None

    @property
    def origin(self) -> str:
        """Where browsers reach it, as far as that is known: the first of its names, else itself."""
        scheme, default = ("https", HTTPS_PORT) if self.is_secure else ("http", HTTP_PORT)
        address = f"[{self.host}]" if ":" in self.host else self.host
        name = self.names[0] if self.names else address
        bare = ":" in self.names[0] if self.names else False
        bare = bare or self.port == default or (self.proxy is not None and bool(self.names))
        return f"{scheme}://{name}" if bare else f"{scheme}://{name}:{self.port}"

    @property
    def problem(self) -> str | None:
        """What is wrong with the table as a whole; None: nothing."""
        if (self.certificate is None) != (self.key is None):
            return "`web.certificate` and `web.key` go together; reflexmat-dashboard tls init"
        if not (self.is_secure or self.plain_text or _is_here(self.host)):
            return (
                f"`web.host` {self.host} can be reached by others, who could read passwords on the "
                "way; reflexmat-dashboard tls init, or see docs/remote.md"
            )
        return None

    @property
    def hosts(self) -> frozenset[str]:
        """Values of `Host`, in lower case, that mean this dashboard."""
        address = f"[{self.host}]" if ":" in self.host else self.host
        own = {address.lower(), "localhost", *(n.lower() for n in self.names if ":" not in n)}
        others = {name.lower() for name in self.names if ":" in name}
        # A browser leaves out the port that its scheme has anyway.
        default = HTTPS_PORT if self.has_tls else HTTP_PORT
        bare = own if self.port == default or self.proxy is not None else set()
        return frozenset({*(f"{name}:{self.port}" for name in own), *bare, *others})


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
