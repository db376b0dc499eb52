"""Certificates of a test, made by the command `openssl` as docs/broker.md does it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Certificate(NamedTuple):
    """PEM files of a certificate and its key."""

    pem: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 as openssl prints it: with colons."""
        out = _openssl("x509", "-in", self.pem, "-noout", "-fingerprint", "-sha256")
        return out.strip().partition("=")[2]


def make_ca(folder: Path, name: str) -> Certificate:
    """Make a CA of its own."""
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    _openssl(
        *("req", "-x509", *_EC, "-days", 30, "-subj", f"/CN={name}"),
        *("-keyout", made.key, "-out", made.pem),
    )
    return made


def make_certificate(
    ca: Certificate, name: str, san: str = "IP:127.0.0.1, DNS:localhost", days: int = 30
) -> Certificate:
    """Make a certificate of a broker; -1 day: one that has expired."""
    folder = ca.pem.parent
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName = {san}\nauthorityKeyIdentifier = keyid\n")
    _openssl("req", *_EC, "-keyout", made.key, "-out", request, "-subj", f"/CN={name}")
    _openssl(
        *("x509", "-req", "-in", request, "-CA", ca.pem, "-CAkey", ca.key, "-CAcreateserial"),
        *("-extfile", extensions, "-days", days, "-out", made.pem),
    )
    return made


def _openssl(*arguments: object) -> str:
    argv = ["openssl", *map(str, arguments)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
