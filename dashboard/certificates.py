"""An authority of one's own and the certificate that it signs: TLS without anybody else.

The authority may sign for the names it was made for and for no other (RFC 5280, name constraints):
a phone that trusts it, and a key that is stolen, open nothing but this dashboard.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.errors import MatError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 800
"""Apple's devices take no certificate of an added authority that holds for more than 825 days."""

EARLY = timedelta(hours=24)
"""Certificates hold from yesterday on: clocks of phones differ, and a Pi's may be behind."""


class CertificateError(MatError, ValueError):
    """Names or files of which no certificate can be made."""


class Pair(NamedTuple):
    """A certificate and its private key.

    Attributes
    ----------
    certificate : x509.Certificate
    key : ec.EllipticCurvePrivateKey
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as a file holds it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key as a file holds it, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def make_authority(names: Sequence[str], now: datetime) -> Pair:
    """Make an authority for some names.

    Parameters
    ----------
    names : sequence of str
        Host names and addresses; at least one.
    now : datetime
        In UTC.

    Raises
    ------
    CertificateError
        If one is neither a host name nor an address.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"reflexmat of {names[0]}")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    limits = x509.NameConstraints([_subtree(name) for name in names], None)
    builder = (
        _builder(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(limits, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def make_certificate(authority: Pair, names: Sequence[str], now: datetime) -> Pair:
    """Make a server's certificate, with a new key.

    Parameters
    ----------
    authority : Pair
    names : sequence of str
        By which browsers will reach it.
    now : datetime
        In UTC.

    Raises
    ------
    CertificateError
        If the authority may not sign for one of them.
    """
    beyond = [name for name in names if not may_sign(authority.certificate, name)]
    if beyond:
        raise CertificateError(
            f"this authority is not for {', '.join(beyond)}; --new-authority makes another one, "
            "which every phone and computer has to trust anew"
        )
    key, issuer = ec.generate_private_key(ec.SECP256R1()), authority.certificate.subject
    ends = authority.certificate.not_valid_after_utc
    own = authority.key.public_key()
    builder = (
        _builder(_subject(names[0]), issuer, key.public_key(), now, CERTIFICATE_DAYS, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(own),
            critical=False,
        )
    )
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def may_sign(authority: x509.Certificate, name: str) -> bool:
    """Whether the authority may sign for a host name or an address."""
    try:
        limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return True
    return _subtree(name) in (limits.permitted_subtrees or [])


def names_of(certificate: x509.Certificate) -> list[str]:
    """List the names and addresses that a certificate is for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(each.value) for each in found]


def ends_at(certificate_pem: bytes) -> datetime:
    """Tell until when a certificate holds, in UTC; of several in a file, the first.

    Raises
    ------
    CertificateError
        If it is none.
    """
    try:
        return x509.load_pem_x509_certificate(certificate_pem).not_valid_after_utc
    except ValueError as error:
        raise CertificateError(f"not a certificate: {error}") from None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in the form that phones and browsers show."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def read_pair(certificate_pem: bytes, key_pem: bytes) -> Pair:
    """Read a certificate and its key.

    Raises
    ------
    CertificateError
        If they are no such thing, or do not belong together.
    """
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        key = serialization.load_pem_private_key(key_pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"not a certificate and its key: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != (
        certificate.public_key()
    ):
        raise CertificateError("the key is not that of the certificate")
    return Pair(certificate, key)


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether an authority has signed a certificate."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
    ends: datetime | None = None,
) -> x509.CertificateBuilder:
    until = now + timedelta(days=days)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - EARLY,
        not_valid_after=min(until, ends) if ends else until,
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    if address is not None:
        return x509.IPAddress(address)
    labels = name.lower().split(".")
    if len(name) > 253 or not all(_is_label(label) for label in labels):
        raise CertificateError(f"{name}: neither a host name nor an address")
    return x509.DNSName(name.lower())


def _is_label(label: str) -> bool:
    fits = 0 < len(label) <= 63 and not label.startswith("-") and not label.endswith("-")
    return fits and label.isascii() and label.replace("-", "").isalnum()


def _subtree(name: str) -> x509.GeneralName:
    address = _address(name)
    if address is None:
        return _general(name)
    return x509.IPAddress(ipaddress.ip_network(address))
