"""Secrets that a browser keeps and the store does not: it has their digests."""

from __future__ import annotations

import hashlib
import secrets

N_BYTES = 32


def new_secret() -> str:
    """Make a secret of 256 random bits, fit for a cookie and an address."""
    return secrets.token_urlsafe(N_BYTES)


def new_id() -> str:
    """Make an id that is no secret and never twice the same."""
    return secrets.token_hex(8)


def digest(secret: str) -> bytes:
    """Digest of a secret. It holds 256 random bits: no salt, no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
