"""`reflexmat-dashboard restore`: a copy in the place of the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from dashboard.config import Config

HELP = "put a copy in the place of the store; the mats are asked for what came since"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name of the copy."""
    parser.add_argument("file", type=Path, metavar="FILE", help="as backup wrote it")


def run(config: Config, options: argparse.Namespace) -> int:
    """Put it back."""
    from dashboard.store.copies import put_back  # noqa: PLC0415

    before = put_back(options.file, config.store_path)
    print(f"{config.store_path}: restored from {options.file}")
    if before:
        print(f"what was there is kept as {before}")
    print("mats are asked for what came since when the dashboard starts; they keep up to 7 days")
    return 0
