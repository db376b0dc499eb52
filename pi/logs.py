"""Logging of the daemon and its link: one line an entry on stderr, key=value."""

from __future__ import annotations

import logging
import time


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


def quoted(value: object) -> str:
    """Value of a key=value pair: one line, quoted, whatever is in it."""
    text = " ".join(str(value).split()).replace('"', "'")
    return '"' + "".join(char if char.isprintable() else "?" for char in text) + '"'
