"""TLS to the broker: whom the link believes, and what is wrong when it does not.

Either a CA vouches for the broker, or its certificate is pinned: then the fingerprint alone
counts, not the name in it, nor its dates, which a Pi without a clock cannot judge at its start.
"""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

from pi.files import FileError

if TYPE_CHECKING:
    from pi.settings import Settings

_EXPIRED, _NOT_YET, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, 62, 64
_UNKNOWN_ISSUER = (18, 19, 20, 21)
# Numbers of X509_V_ERR_* in OpenSSL's x509_vfy.h; Python has no names for them.


class FingerprintError(ssl.SSLCertVerificationError):
    """A broker whose certificate is not the pinned one."""


class _PinningContext(ssl.SSLContext):
    """Believes one certificate; `fingerprint` is its SHA-256, 64 hex digits."""

    fingerprint = ""


class _Socket(ssl.SSLSocket):
    """Looks at a pinned certificate before anything is sent: what follows holds the password."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in ssl
        try:
            super().do_handshake(block)
            if isinstance(self.context, _PinningContext):
                self._compare(self.context.fingerprint)
        except OSError:
            # paho lets go of a socket that fails here, and does not close it.
            self.close()
            raise

    def _compare(self, pinned: str) -> None:
        seen = hashlib.sha256(self.getpeercert(binary_form=True) or b"").hexdigest()
        if seen != pinned:
            raise FingerprintError(
                f"the broker's certificate has the fingerprint {seen}, not {pinned}; "
                "give the new one if you know that it was renewed"
            )


def make_context(settings: Settings) -> ssl.SSLContext:
    """Make what a TLS connection to the broker starts from.

    Raises
    ------
    FileError
        If the file of the CA cannot be used.
    """
    context = _pinning(settings.fingerprint) if settings.fingerprint else _trusting(settings)
    context.sslsocket_class = _Socket
    return context


def _trusting(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file or None)
    except ssl.SSLError:
        raise FileError(f"{settings.ca_file}: no certificate in it; give a PEM file") from None
    except OSError as error:
        why = error.strerror or error
        raise FileError(f"{settings.ca_file}: {why}; it should hold the broker's CA") from None


def _pinning(fingerprint: str) -> ssl.SSLContext:
    context = _PinningContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.fingerprint = fingerprint.replace(":", "").lower()
    return context


def explain(error: Exception, settings: Settings) -> str:
    """Say in one line why there is no connection.

    Parameters
    ----------
    error : Exception
        What connecting has raised.
    settings : Settings
    """
    if isinstance(error, FingerprintError):
        return str(error.args[0])
    if isinstance(error, ssl.SSLCertVerificationError):
        return _doubt(error, settings)
    if isinstance(error, TimeoutError):
        return "no answer; is it the right address, and does something stand between?"
    if settings.tls and isinstance(error, (ssl.SSLError, ConnectionResetError)):
        reason = getattr(error, "reason", None) or "connection closed"
        return f"no TLS there ({reason}): the port speaks plain text, or another kind of TLS"
    return str(error) or type(error).__name__


def _doubt(error: ssl.SSLCertVerificationError, settings: Settings) -> str:
    """Say why a certificate is not believed."""
    issuer = (
        f"is not from the CA in {settings.ca_file}"
        if settings.ca_file
        else "is from no CA that this system knows; give ca_file or fingerprint"
    )
    name = f"is not for {settings.host}; give host as it stands in the certificate"
    why = {
        _EXPIRED: "has expired; renew it (or is this machine's clock wrong?)",
        _NOT_YET: "is not valid yet; is this machine's clock right?",
        _OTHER_NAME: name,
        _OTHER_ADDRESS: name,
        **dict.fromkeys(_UNKNOWN_ISSUER, issuer),
    }
    said = why.get(error.verify_code, f"cannot be trusted: {error.verify_message}")
    return f"the broker's certificate {said}"
