"""Accounts of more mats on the broker that the demo runs: `mats.json` in its folder."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import msgspec

from core.errors import MatError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "mats.json"


def new_password() -> str:
    """Make a password that nobody guesses."""
    return secrets.token_hex(16)


def add(folder: Path, mat: str) -> str:
    """Give a mat an account, or find the one it has; return its password.

    Raises
    ------
    MatError
        If the file is damaged, or cannot be read or written.
    """
    mats = _read(folder)
    if mat not in mats:
        mats[mat] = new_password()
        _write(folder, mats)
    return mats[mat]


def remove(folder: Path, mat: str) -> None:
    """Take the account of a mat away, if it has one.

    Raises
    ------
    MatError
        If the file is damaged, or cannot be read or written.
    """
    mats = _read(folder)
    if mats.pop(mat, None) is not None:
        _write(folder, mats)


def _read(folder: Path) -> dict[str, str]:
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise MatError(f"{path}: {error}; repair or delete it") from None


def _write(folder: Path, mats: dict[str, str]) -> None:
    path = folder / NAME
    fresh = path.with_name(f".{NAME}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(msgspec.json.encode(mats))
        fresh.replace(path)
    except OSError as error:
        raise MatError(f"{path}: {error.strerror}") from None
