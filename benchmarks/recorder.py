"""The one recorder of a mat, in a process of its own: acknowledges each record as it comes."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from typing import Any

from pi.broker_config import Account
from tests.pi.scribe import Scribe


def main() -> None:
    """Record until killed; port and user are arguments, the password the first line of stdin."""
    account = Account(sys.argv[2], sys.stdin.readline().strip())
    broker: Any = SimpleNamespace(port=int(sys.argv[1]), dashboard=account)
    with Scribe(broker):
        threading.Event().wait()


if __name__ == "__main__":
    main()
