"""The part of the command line that looks after a mat: its configuration, its lights."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

DONE, FAILED = 0, 1


def add_all(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe these commands."""
    _add_config(commands.add_parser("config", help="print the default one, or check one"))
    _add_doctor(commands.add_parser("doctor", help="look the mat over, and say what to do"))
    _add_indicators(commands.add_parser("indicators", help="test light, buzzer and button"))


def _add_config(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--example", action="store_true", help="every key, explained, as TOML")
    what.add_argument("--check", type=Path, metavar="FILE", help="say whether it can be used")
    parser.add_argument("--json", action="store_true", help="for programs; with --check")
    parser.set_defaults(do=_config, refuse=parser.error)


def _config(args: argparse.Namespace) -> int:
    if args.example and args.json:
        args.refuse("--json is for --check")
    if args.example:
        importlib.import_module("pi.config_example").run()
        return DONE
    works = importlib.import_module("pi.config_check").run(args.check, as_json=args.json)
    return DONE if works else FAILED


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(do=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    works = importlib.import_module("pi.doctor").run(args.config, as_json=args.json)
    return DONE if works else FAILED


def _add_indicators(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML; whose to test")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="for programs")
    what.add_argument("--off", action="store_true", help="only make them dark and silent")
    parser.set_defaults(do=_indicators, refuse=parser.error)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    card = commands.add_parser("card", help="a page to print that explains lights and sounds")
    card.add_argument(
        "--svg", type=Path, required=True, metavar="FILE", help="- for standard output"
    )
    card.add_argument(
        "--routine", action="store_true", help="its other side: a routine with the button"
    )
    card.set_defaults(do=_card)


def _card(args: argparse.Namespace) -> int:
    importlib.import_module("pi.lights_card").run(args.svg, routine=args.routine)
    return DONE


def _indicators(args: argparse.Namespace) -> int:
    if args.config is None:
        args.refuse("--config FILE says whose indicators to test")
    self_test = importlib.import_module("pi.self_test")
    works = self_test.run(args.config, print, as_json=args.json, put_out=args.off)
    return DONE if works else FAILED
