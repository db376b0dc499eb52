"""From when until when a certificate is good, read from its bytes (X.509, DER).

Python's ssl tells this only of certificates that it has verified, and one that is pinned is not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_PIVOT = 50
"""RFC 5280: a year of two digits from 50 on is of the last century."""


class CertificateError(MatError, ValueError):
    """Bytes that are no certificate."""


def validity(der: bytes) -> tuple[datetime, datetime]:
    """Read the dates of a certificate.

    Parameters
    ----------
    der : bytes
        As `ssl.SSLSocket.getpeercert(binary_form=True)` gives it.

    Returns
    -------
    (datetime, datetime)
        First and last moment, UTC.

    Raises
    ------
    CertificateError
    """
    try:
        ((_, whole),) = _elements(der)
        (_, signed), *_ = _elements(whole)
        parts = [part for part in _elements(signed) if part[0] != _VERSION]
        # Serial number, algorithm, issuer, validity (RFC 5280, 4.1).
        first, last = _elements(parts[3][1])
        return _time(*first), _time(*last)
    except (ValueError, IndexError) as error:
        raise CertificateError(f"the broker's certificate cannot be read: {error}") from None


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Split the inside of an element: tag and content of each part."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            n_bytes = length & 0x7F
            length, at = int.from_bytes(der[at : at + n_bytes], "big"), at + n_bytes
        if at + length > len(der):
            raise ValueError("it is cut short")
        yield tag, der[at : at + length]
        at += length


def _time(tag: int, content: bytes) -> datetime:
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= _PIVOT else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError(f"no time has the tag {tag}")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
