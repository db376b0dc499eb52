"""`python -m dashboard.finishing STORE`: finish what is due, once. Started by the recorder."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import sys
import time
from pathlib import Path

from core.errors import MatError
from dashboard.finishing.finish import finish_all
from dashboard.store.repository import open_store

NICE = 10
S_PER_DAY = 86_400.0


def main() -> int:
    """Finish what is due; another one at work on the same store does it as well."""
    parser = argparse.ArgumentParser("dashboard.finishing")
    parser.add_argument("store", type=Path)
    parser.add_argument("--keep-frames-days", type=int, default=None)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # Whoever records or watches comes first.
    os.nice(NICE)
    with options.store.with_name(f"{options.store.name}.finisher").open("ab") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        try:
            work(options.store, options.keep_frames_days, time.time())
        except MatError as error:
            print(f"finishing: {error}", file=sys.stderr)
            return 1
    return 0


def work(path: Path, keep_frames_days: int | None, now_s: float) -> None:
    """Finish what is due in a store, and forget frames that are too old."""
    store = open_store(path)
    try:
        finish_all(store)
        if keep_frames_days is not None:
            with store.transaction():
                store.frames.forget_before(now_s - keep_frames_days * S_PER_DAY)
        store.shrink()
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
