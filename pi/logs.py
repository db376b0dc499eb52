"""Logging of the daemon and its link: one line an entry on stderr, key=value.

SIGUSR1 makes a running process tell everything, SIGUSR2 only what matters again.
"""

from __future__ import annotations

import logging
import signal
import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from types import FrameType

Level = Literal["debug", "info"]

SIGNALS: dict[Level, signal.Signals] = {"debug": signal.SIGUSR1, "info": signal.SIGUSR2}
_NUMBERS = {"debug": logging.DEBUG, "info": logging.INFO}


def log_to_stderr(program: str) -> None:
    """Send log entries of this process to stderr.

    Parameters
    ----------
    program : str
        Name of the process, stands in each line.
    """
    logging.basicConfig(
        level=logging.INFO,
        format=f"t=%(asctime)s.%(msecs)03dZ level=%(levelname)s in={program} %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    # The journal of a mat is read beside those of other machines: UTC.
    logging.Formatter.converter = time.gmtime


def set_level(level: Level) -> None:
    """Tell more or less from now on; of this process only."""
    logging.getLogger().setLevel(_NUMBERS[level])


def level_now() -> Level:
    """How much is told."""
    return "debug" if logging.getLogger().level <= logging.DEBUG else "info"


def obey_signals() -> None:
    """Let `SIGNALS` set the level; for the main thread. Until then they end the process."""
    for number in SIGNALS.values():
        signal.signal(number, _obey)


def _obey(number: int, _frame: FrameType | None) -> None:
    # Not a word: this may run in the middle of one.
    set_level(next(level for level, each in SIGNALS.items() if each == number))


def quoted(value: object) -> str:
    """Value of a key=value pair: one line, quoted, whatever is in it."""
    text = " ".join(str(value).split()).replace('"', "'")
    return '"' + "".join(char if char.isprintable() else "?" for char in text) + '"'
