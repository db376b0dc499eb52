"""`reflexmat doctor`: a table of checks, and what to do about what they find."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from core.errors import MatError
from pi import checkup_broker, checkup_files, checkup_machine
from pi.checkup import NOT_APPLICABLE, OK, Finding, Mat
from pi.layouts import print_json, printable
from pi.profile_file import profile_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pi.checkup import Machine, State

_WORDS = {
    "ok": "ok",
    "warning": "[yellow]WARNING[/]",
    "failed": "[red]FAILED[/]",
    "not applicable": "-",
}


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Attributes
    ----------
    name : str
    look : callable
        Takes the mat and says how it is; a MatError or OSError is a failure.
    needs : tuple of str
        Checks that must not have failed for this one to make sense.
    """

    name: str
    look: Callable[[Mat], Finding]
    needs: tuple[str, ...] = ("configuration",)


class Checked(msgspec.Struct, frozen=True):
    """What one check found; see `Finding`."""

    name: str
    state: State
    text: str
    advice: str


class Report(msgspec.Struct, frozen=True):
    """What `doctor --json` prints; `ok` when nothing has failed."""

    ok: bool
    checks: tuple[Checked, ...]


def _configuration(mat: Mat) -> Finding:
    return Finding(OK, f"{mat.path}: mat {mat.config.mat.id}, cells: {mat.config.bank.kind}")


def _layout(mat: Mat) -> Finding:
    spec = mat.layout.spec
    return Finding(OK, f"{spec.id}: {len(spec.zone)} zones, {len(spec.cell)} cells")


def _profile(mat: Mat) -> Finding:
    profile = profile_of(mat.config)
    if not mat.config.mat.profile:
        return Finding(
            "warning", "none: class 1 on every zone", "set [mat] profile (docs/safety.md)"
        )
    return Finding(OK, f"version {profile.version}, {profile.mode}")


_WITH_LAYOUT = ("configuration", "layout")

CHECKS = (
    Check("configuration", _configuration, ()),
    Check("layout", _layout),
    Check("profile", _profile),
    Check("Python", checkup_machine.python, ()),
    Check("packages", checkup_machine.packages, ()),
    Check("libraries", checkup_machine.libraries),
    Check("clock", checkup_machine.clock, ()),
    Check("data directory", checkup_files.data_directory),
    Check("free space", checkup_files.free_space),
    Check("card", checkup_files.card),
    Check("daemon", checkup_files.daemon),
    Check("calibration", checkup_files.calibration, _WITH_LAYOUT),
    Check("GPIO", checkup_machine.gpio, _WITH_LAYOUT),
    Check("indicators", checkup_machine.indicators, _WITH_LAYOUT),
    Check("broker's name", checkup_broker.name),
    Check("broker's port", checkup_broker.port, ("configuration", "broker's name")),
    Check("certificate", checkup_broker.certificate, ("configuration", "broker's port")),
    Check("password", checkup_broker.password),
    Check("sign-in", checkup_broker.sign_in, ("configuration", "broker's port", "password")),
)
"""In an order in which what a check needs comes before it."""


def run(config_path: Path, *, as_json: bool, machine: Machine | None = None) -> bool:
    """Print how a mat is.

    Parameters
    ----------
    config_path : Path
        TOML, see `pi.config`.
    as_json : bool
        The fields of `Report` instead of a table.
    machine : Machine, optional
        Default: this one.

    Returns
    -------
    bool
        Whether nothing has failed.
    """
    mat = Mat(config_path, machine) if machine else Mat(config_path)
    found = tuple(examine(mat))
    works = all(each.state != "failed" for each in found)
    if as_json:
        print_json(Report(works, found))
    else:
        _print(found)
    return works


def examine(mat: Mat, checks: Sequence[Check] = CHECKS) -> Iterator[Checked]:
    """Run the checks, in order; what needs one that has failed is not applicable."""
    failed: set[str] = set()
    for check in checks:
        missing = next((name for name in check.needs if name in failed), None)
        found = _look(check, mat) if missing is None else Finding(NOT_APPLICABLE, f"see {missing}")
        if missing is not None or found.state == "failed":
            failed.add(check.name)
        yield Checked(check.name, found.state, printable(found.text), printable(found.advice))


def _look(check: Check, mat: Mat) -> Finding:
    try:
        return check.look(mat)
    except (MatError, OSError) as error:
        # A MatError is one line: what, where, and behind the last semicolon what to do.
        what, semicolon, advice = str(error).rpartition("; ")
        return Finding("failed", what, advice) if semicolon else Finding("failed", advice)


def _print(found: Sequence[Checked]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 240, highlight=False)
    found_column = Column("found", ratio=3, overflow="fold")
    table = Table("", "check", found_column, Column("what to do", ratio=2, overflow="fold"))
    table.box = None
    for each in found:
        table.add_row(_WORDS[each.state], each.name, escape(each.text), escape(each.advice))
    console.print(table)
