"""What somebody types to sign in: folded, so that no two look alike."""

from __future__ import annotations

import unicodedata

MAX_CHARS = 120


def fold(text: str) -> str:
    """Fold what was typed: `Ann@Example.org ` and `ann@example.org` are one."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def fault(login: str) -> str | None:
    """Why a folded login cannot be used; None: it can."""
    if not 1 <= len(login) <= MAX_CHARS:
        return f"The name to sign in with needs 1 to {MAX_CHARS} characters."
    if not login.isprintable():
        return "The name to sign in with holds characters that cannot be seen."
    if any(character.isspace() for character in login):
        return "The name to sign in with cannot have blanks in it."
    return None
