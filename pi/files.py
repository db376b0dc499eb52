"""Files of the mat: written whole or not at all, and held by one program at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from typing import IO, TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    from pathlib import Path


SETTINGS_MAX_BYTES = 1_000_000


class FileError(MatError, OSError):
    """A file or folder that cannot be used; the message says which, why and what to do."""


class HeldError(FileError):
    """A folder that another program works in."""


def check_readable(path: Path, *, twice: bool = False) -> None:
    """Make sure that reading a file can come to an end: /dev/zero has none.

    Parameters
    ----------
    path : Path
    twice : bool
        Whether it will be read again, which a pipe cannot be.

    Raises
    ------
    OSError
        If it is neither a file nor a pipe, or not there.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and not twice)):
        raise OSError(errno.EINVAL, "not a file" if twice else "neither a file nor a pipe")


def read_settings(path: Path) -> str:
    """Read a text that a person wrote: a layout, a profile.

    Raises
    ------
    OSError
        If it cannot be read, or is larger than anybody would write.
    UnicodeDecodeError
        If it is not UTF-8.
    """
    check_readable(path)
    with path.open("rb") as file:
        content = file.read(SETTINGS_MAX_BYTES + 1)
    if len(content) > SETTINGS_MAX_BYTES:
        raise OSError(errno.EFBIG, "larger than 1 MB")
    return content.decode()


def make_private_dir(path: Path) -> None:
    """Make a folder that only its owner can enter, with what is above it.

    Raises
    ------
    FileError
        If it cannot be made or written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path, error) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise FileError(f"{path}: no permission to write; choose another data directory")


def write_private(path: Path, content: bytes) -> None:
    """Write a file, mode 0600, so that whoever reads it finds the old or the new, whole.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            os.fchmod(handle, 0o600)
            file.write(content)
            file.flush()
            os.fsync(handle)
        fresh.replace(path)
        _settle(path.parent)
    except OSError as error:
        raise _unusable(path, error) from None


def _settle(folder: Path) -> None:
    """Have a new name of a file on the card: else a power cut brings the old one back."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def hold(path: Path, who: str) -> IO[bytes]:
    """Lock a file until it is closed or this program ends, however it ends.

    Parameters
    ----------
    path : Path
        Made if need be.
    who : str
        What holds it, for the error text: "daemon", "demo".

    Raises
    ------
    HeldError
        If another program holds it.
    FileError
        If it cannot be opened.
    """
    try:
        file = path.open("ab")
    except OSError as error:
        raise _unusable(path, error) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise HeldError(
            f"{path.parent}: in use by another {who}; end that one or choose another data directory"
        ) from None
    return file


def _unusable(path: Path, error: OSError) -> FileError:
    return FileError(f"{path}: {error.strerror or error}; choose another data directory")
