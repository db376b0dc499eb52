"""The first run: a code in a file that only the operator can read lets the owner be made."""

from __future__ import annotations

import logging
import os
import secrets
from typing import TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "set-up-code"

_log = logging.getLogger(__name__)


class FirstRunError(MatError, OSError):
    """The code cannot be written."""


class SetUpCode:
    """The code of the first run; none once it has been used.

    Parameters
    ----------
    code : str
        Empty: there is none.
    path : Path
        Its file.
    """

    def __init__(self, code: str, path: Path) -> None:
        self._code, self._path = code, path

    def fits(self, code: str) -> bool:
        """Whether it is the code; how long that takes says nothing of it."""
        right, tried = self._code.encode(), code.strip().encode("utf-8", "surrogatepass")
        return bool(right) and secrets.compare_digest(right, tried)

    def spend(self) -> None:
        """Let it never fit again, after a restart neither."""
        self._code = ""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s: the used code cannot be removed: %s", self._path, error)


def write_code(path: Path, code: str) -> SetUpCode:
    """Write a new code into a file that nobody else on this computer may read.

    Raises
    ------
    FirstRunError
        If it cannot be written.
    """
    try:
        path.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(path, flags, 0o600), "w") as file:
            file.write(code + "\n")
    except OSError as error:
        raise FirstRunError(f"{path}: {error.strerror}; see [store] path") from None
    return SetUpCode(code, path)
