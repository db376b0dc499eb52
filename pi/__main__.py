"""Entry of the command `reflexmat`: takes care of Ctrl-C before anything larger is imported."""

from __future__ import annotations

import importlib
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `reflexmat`.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without it, those of the command line.

    Returns
    -------
    int
        Exit code: 0 done, 1 failed, 2 wrong use, 130 interrupted.
    """
    caught = signal.getsignal(signal.SIGINT)
    if caught is signal.default_int_handler:
        # Ctrl-C during the imports simply ends the process; Python would print a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    command_line = importlib.import_module("pi.command_line")
    if caught is signal.default_int_handler:
        signal.signal(signal.SIGINT, caught)
    return int(command_line.main(arguments))


if __name__ == "__main__":
    sys.exit(main())
