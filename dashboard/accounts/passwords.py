"""Passwords: which are too weak, and their argon2id hashes, one at a time."""

from __future__ import annotations

import asyncio
import unicodedata
from importlib import resources

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS = 10
MAX_CHARS = 200
"""A bound on what is hashed; longer than any sentence that somebody types."""

MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
"""OWASP's parameters for argon2id."""

_NOBODYS = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"
# Zeros for salt and hash: it takes as long as another to compare with, and nothing fits it.


def fold(password: str) -> str:
    """Make one of what different keyboards send for the same characters (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, about: tuple[str, ...] = ()) -> str | None:
    """Why a password is refused; None: it can be used.

    Length and the commonest only, no rules of composition (NIST SP 800-63B).

    Parameters
    ----------
    password : str
    about : tuple of str
        What whoever guesses would try first: login, name.
    """
    text = fold(password)
    if len(text) < MIN_CHARS:
        return f"The password needs at least {MIN_CHARS} characters. A short sentence is good."
    if len(text) > MAX_CHARS:
        return f"The password can have at most {MAX_CHARS} characters."
    if _is_common(text.casefold(), about):
        return "That password is among the first that somebody would guess. Choose another."
    return None


def _is_common(text: str, about: tuple[str, ...]) -> bool:
    if len(set(text)) <= 2 or text in _commonest():
        return True
    # A common word with digits behind it is no better.
    bare = text.rstrip("0123456789!.?*#$")
    return bare in _commonest() or any(bare and bare == fold(word).casefold() for word in about)


def _commonest() -> frozenset[str]:
    words = resources.files("dashboard.accounts").joinpath("common-passwords.txt")
    return frozenset(words.read_text("utf-8").split())


class Hasher:
    """Makes and checks hashes, beside the event loop and one at a time: each needs 19 MiB."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(PASSES, MEMORY_KIB, LANES, type=Type.ID)
        self._lock = asyncio.Lock()

    def hash_now(self, password: str) -> str:
        """Hash a password; for programs without an event loop."""
        return self._argon2.hash(fold(password))

    async def hash(self, password: str) -> str:
        """Hash a password."""
        async with self._lock:
            return await asyncio.to_thread(self.hash_now, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether a password is that of a hash; without one it takes as long and is not."""
        async with self._lock:
            return await asyncio.to_thread(self._verify, hashed, password)

    def is_old(self, hashed: str) -> bool:
        """Whether a hash was made with other parameters than are used now."""
        return self._argon2.check_needs_rehash(hashed)

    def _verify(self, hashed: str | None, password: str) -> bool:
        try:
            self._argon2.verify(hashed or _NOBODYS, fold(password))
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None
