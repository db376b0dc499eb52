"""`reflexmat-dashboard backup`: a copy of the store, while everything goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from dashboard.config import Config

HELP = "copy the store into a file, while the dashboard runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name of the copy."""
    parser.add_argument("file", type=Path, metavar="FILE", help="new file")


def run(config: Config, options: argparse.Namespace) -> int:
    """Copy, and note when."""
    from dashboard.store.backups import note_backup  # noqa: PLC0415
    from dashboard.store.copies import back_up  # noqa: PLC0415

    back_up(config.store_path, options.file)
    print(f"{options.file}: {options.file.stat().st_size / 1e6:.1f} MB, checked")
    note_backup(config.store_path, options.file, time.time())
    return 0
