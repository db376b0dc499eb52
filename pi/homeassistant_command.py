"""Arguments of `reflexmat homeassistant`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_homeassistant(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments, and what is done with them."""
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    remove = commands.add_parser("remove", help="take the entities of the mat away")
    remove.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
    remove.set_defaults(do=_remove)


def _remove(args: argparse.Namespace) -> int:
    sys.stdout.write(importlib.import_module("pi.homeassistant").remove(args.config) + "\n")
    return 0
