"""`reflexmat-dashboard`: the command line of the dashboard."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MatError
from dashboard.cli import backup, doctor, export, ingest, mat, person, restore, serve, tls, user

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "reflexmat-dashboard"
DONE, FAILED, WRONG_USE = 0, 1, 2
COMMANDS = {
    "serve": serve,
    "ingest": ingest,
    "user": user,
    "mat": mat,
    "tls": tls,
    "person": person,
    "export": export,
    "backup": backup,
    "restore": restore,
    "doctor": doctor,
}
"""Each module has `HELP`, `add_arguments(parser)` and `run(config, options)`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong use.
    """
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("core", "dashboard"):
            raise
        return _fail(f"{error.name} is missing: pip install 'reflexmat[dashboard]'", FAILED)


def _run(options: argparse.Namespace) -> int:
    from dashboard.config import ConfigError, load_config  # noqa: PLC0415 - msgspec for --help

    try:
        return int(COMMANDS[options.command].run(load_config(options.config), options))
    except ConfigError as error:
        return _fail(str(error), WRONG_USE)
    except MatError as error:
        return _fail(str(error), FAILED)


def _fail(text: str, code: int) -> int:
    print(f"{PROGRAM}: {text}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(PROGRAM, description="Shows and keeps what mats measure.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.HELP)
        command.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
        module.add_arguments(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
