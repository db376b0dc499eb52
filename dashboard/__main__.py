"""`reflexmat-dashboard`: the command line of the dashboard."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.config import Config

PROGRAM = "reflexmat-dashboard"
DONE, FAILED, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong use.
    """
    options = _parser().parse_args(arguments)
    from dashboard.config import ConfigError, load_config  # noqa: PLC0415 - msgspec for --help

    try:
        return _serve(load_config(options.config))
    except ConfigError as error:
        return _fail(str(error), WRONG_USE)
    except MatError as error:
        return _fail(str(error), FAILED)


def _serve(config: Config) -> int:
    try:
        from dashboard.server import serve  # noqa: PLC0415 - a plain line when something is missing
    except ModuleNotFoundError as error:
        text = f"{error.name} is missing: pip install 'reflexmat[dashboard]'"
        return _fail(text, FAILED)
    return serve(config)


def _fail(text: str, code: int) -> int:
    print(f"{PROGRAM}: {text}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(PROGRAM, description="Shows a reflexmat in the browser.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    serve = commands.add_parser("serve", help="serve the dashboard until stopped")
    serve.add_argument("--config", type=Path, required=True, metavar="FILE", help="a TOML file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
