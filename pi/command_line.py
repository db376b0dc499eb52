"""The command `reflexmat`: each sub-command imports what it needs, and no more."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MatError
from pi import command_care
from pi.homeassistant_command import add_homeassistant
from pi.version import version

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 128 + signal.SIGINT
DEMO_PORT = 8765
_EXTRAS = {"numpy": "", "msgspec": "", "paho": "[pi]", "gpiozero": "[pi]", "lgpio": "[pi]"}


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
    try:
        return _carry_out(arguments)
    except MatError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        return _say_missing(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone: nobody wants to know.
        _give_up_output()
        return FAILED
    except OSError as error:
        _give_up_output()
        return _fail(error.strerror or str(error))


def _carry_out(arguments: Sequence[str] | None) -> int:
    try:
        args = make_parser().parse_args(arguments)
        return int(args.do(args) or DONE)
    finally:
        # Here, where it can still be told: a disk that is full shows only when this is written.
        if sys.stdout:
            sys.stdout.flush()


def _fail(text: str) -> int:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"reflexmat: {text}\n")
    return FAILED


def _give_up_output() -> None:
    # The interpreter must not trip at its end over what could not be written.
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="reflexmat", description="A foot-pressure mat that warns before a spot is overloaded."
    )
    parser.add_argument("--version", action="version", version=f"reflexmat {version()}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help="a simulated mat with broker and dashboard"))
    _add_run(commands.add_parser("run", help="the daemon of a mat"))
    _add_calibrate(commands.add_parser("calibrate", help="teach the mat what its cells weigh"))
    _add_tare(commands.add_parser("tare", help="the empty mat becomes zero"))
    _add_analyze(commands.add_parser("analyze", help="figures of a recording"))
    _add_diagnose(commands.add_parser("diagnose", help="how each cell of an empty mat is"))
    _add_record(commands.add_parser("record", help="write what the mat reads into a file"))
    _add_layout(commands.add_parser("layout", help="check a layout file, draw its wiring"))
    command_care.add_all(commands)
    add_homeassistant(commands.add_parser("homeassistant", help="leave Home Assistant again"))
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=DEMO_PORT, help="of the dashboard")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play this recording")
    parser.add_argument("--data-dir", type=_folder, metavar="DIR", help="of the demo's files")
    parser.add_argument("--exit-after", type=_seconds, metavar="S", help="end after S seconds")
    parser.set_defaults(do=_demo)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
    parser.set_defaults(do=_run)


def _add_calibrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
    parser.add_argument(
        "--cell", type=int, nargs="+", action="extend", metavar="N", help="default: all"
    )
    parser.add_argument(
        "--mass", type=float, nargs="+", action="extend", metavar="KG", help="default: ask"
    )
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="put each on N times")
    parser.add_argument("--reversed", action="store_true", help="cells may count down under load")
    parser.add_argument("--name", default="", metavar="WHO", help="for the certificate")
    parser.add_argument(
        "--expires-after", type=_count, default=365, metavar="DAYS", help="default: 365"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing; needs --mass")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(do=_calibrate, refuse=parser.error)


def _add_tare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
    parser.add_argument("--yes", action="store_true", help="the mat is empty, do not ask")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(do=_tare)


def _add_analyze(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument("--layout", metavar="NAME|FILE", help="default: the one it names")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="TOML: version, mode, foot_mm")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(do=_analyze)


def _add_diagnose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
    parser.add_argument("--seconds", type=_some_seconds, default=10.0, metavar="S", help="10")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(do=_diagnose)


def _add_record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.csv", help="new file")
    parser.add_argument("--seconds", type=_some_seconds, metavar="S", help="default: until Ctrl-C")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--raw", action="store_true", help="counts and status of cells (default)")
    form.add_argument("--newtons", action="store_true", help="forces of zones")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.set_defaults(do=_record)


def _add_layout(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="say whether a layout can be used")
    check.add_argument("name", metavar="FILE|NAME")
    check.add_argument("--json", action="store_true", help="for programs")
    check.set_defaults(do=_layout_check)
    wiring = commands.add_parser("wiring", help="which pin goes to which cell")
    wiring.add_argument("name", metavar="NAME|FILE", help="a shipped layout, or a TOML file")
    form = wiring.add_mutually_exclusive_group()
    form.add_argument("--svg", type=_file, metavar="FILE", help="draw it; - for standard output")
    form.add_argument("--json", action="store_true", help="for programs")
    wiring.set_defaults(do=_layout_wiring)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return int(text)


def _folder(text: str) -> Path:
    if not text:
        # As a path it would be the current folder, which nobody asked to fill.
        raise argparse.ArgumentTypeError("an empty name is no folder")
    return Path(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _file(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("an empty name is no file")
    return Path(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no time in seconds")
    return seconds


def _some_seconds(text: str) -> float:
    seconds = _seconds(text)
    if seconds == 0:
        raise argparse.ArgumentTypeError("no time at all")
    return seconds


def _demo(args: argparse.Namespace) -> int:
    demo = importlib.import_module("pi.demo")
    options = demo.Options(args.port, args.replay, args.data_dir, args.exit_after)
    demo.run(options)
    return DONE


def _run(args: argparse.Namespace) -> int:
    importlib.import_module("pi.run").run(args.config)
    return DONE


def _calibrate(args: argparse.Namespace) -> int:
    if args.yes and not args.mass:
        args.refuse("--yes needs --mass")
    calibrate = importlib.import_module("pi.calibrate")
    options = calibrate.Options(
        cells=tuple(args.cell or ()),
        masses_kg=tuple(args.mass or ()),
        yes=args.yes,
        as_json=args.json,
        who=args.name,
        repeats=args.repeat,
        allow_reversed=args.reversed,
        expires_after_days=args.expires_after,
    )
    calibrate.run(args.config, options)
    return DONE


def _tare(args: argparse.Namespace) -> int:
    importlib.import_module("pi.tare").run(args.config, yes=args.yes, as_json=args.json)
    return DONE


def _analyze(args: argparse.Namespace) -> int:
    analyze = importlib.import_module("pi.analyze")
    analyze.run(args.file, args.layout, args.profile, as_json=args.json)
    return DONE


def _diagnose(args: argparse.Namespace) -> int:
    diagnose = importlib.import_module("pi.diagnose")
    return int(diagnose.run(args.config, args.seconds, as_json=args.json))


def _record(args: argparse.Namespace) -> int:
    record = importlib.import_module("pi.record")
    record.run(record.Options(args.config, args.out, args.seconds, args.newtons, args.force))
    return DONE


def _layout_check(args: argparse.Namespace) -> int:
    importlib.import_module("pi.layouts").check(args.name, as_json=args.json)
    return DONE


def _layout_wiring(args: argparse.Namespace) -> int:
    importlib.import_module("pi.wiring").run(args.name, args.svg, as_json=args.json)
    return DONE


def _say_missing(error: ModuleNotFoundError) -> int:
    name = (error.name or "").partition(".")[0]
    if name in ("core", "drivers", "pi", ""):
        raise error
    extra = _EXTRAS.get(name, "[demo]")
    return _fail(f"{name} is not installed; pip install 'reflexmat{extra}'")
