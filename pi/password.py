"""The password of the broker: from a file or a systemd credential, never from an argument."""

from __future__ import annotations

import os
from pathlib import Path

from pi.files import FileError, read_settings

CREDENTIAL = "credential:"
"""What a `password_file` begins with that systemd hands over (`LoadCredential=`)."""


def read_password(source: str) -> str:
    """First line of the file that holds a password.

    Parameters
    ----------
    source : str
        Path of the file, or `credential:NAME` for a file in `$CREDENTIALS_DIRECTORY`.

    Raises
    ------
    FileError
        If there is none; the message holds nothing of what stands in the file.
    """
    path = _path_of(source)
    try:
        text = read_settings(path)
    except UnicodeDecodeError:
        # Not the error itself: it quotes what it could not read.
        raise FileError(f"{path}: not UTF-8; write the broker's password into it") from None
    except OSError as error:
        why = error.strerror or error
        raise FileError(f"{path}: {why}; it should hold the broker's password") from None
    password = text.partition("\n")[0].strip()
    if not password:
        raise FileError(f"{path}: its first line is empty; write the broker's password into it")
    return password


def _path_of(source: str) -> Path:
    name = source.removeprefix(CREDENTIAL)
    if name == source:
        return Path(source)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise FileError(
            f"{source}: no $CREDENTIALS_DIRECTORY; systemd sets it by LoadCredential={name}:FILE"
        )
    return Path(folder) / name
