"""`reflexmat tare`: the empty mat becomes zero, if it is steady and empty."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.prompt import Confirm
from rich.table import Table

from core.errors import MatError
from core.steadiness import WINDOW_S, Recent
from core.zeroing import Refusal, Tared, tare
from pi.calibration_file import save
from pi.idle_mat import IdleMat, now

if TYPE_CHECKING:
    from pathlib import Path

    from core.calibration import Calibration
    from core.layout import MatLayout

GIVE_UP_AFTER_S = 15.0
"""By then a mat that nobody touches has come to rest."""


class TareError(MatError):
    """A zero that stays as it was; says why."""


def run(config_path: Path, *, yes: bool, as_json: bool) -> None:
    """Set the zeros of a mat anew.

    Parameters
    ----------
    config_path : Path
    yes : bool
        Whoever calls says that the mat is empty, and is not asked.
    as_json : bool
        JSON on stdout instead of a table.

    Raises
    ------
    MatError
        One line, if the mat is not steady and empty, or cannot be used.
    """
    with IdleMat(config_path, hurry=yes or as_json) as mat:
        calibration = mat.calibration()
        if mat.simulated:
            _console().print("simulated mat: nobody stands on it")
        found = _measure(mat, calibration, confirmed=yes)
        if isinstance(found, Refusal) and found.asks and not as_json and _says_yes(found.text):
            found = _measure(mat, calibration, confirmed=True)
        if isinstance(found, Refusal):
            hint = " (--yes confirms it)" if found.asks else ""
            raise TareError(f"{found.text}{hint}; the zero stays as it was")
        save(mat.path, found.calibration.spec, mat.layout)
    _show(found, mat.layout, as_json=as_json)


def _measure(mat: IdleMat, calibration: Calibration, *, confirmed: bool) -> Tared | Refusal:
    """Wait for a steady window, and take it."""
    recent = Recent(WINDOW_S)
    begin_s: float | None = None
    with Progress(console=_console(), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("measuring the empty mat", total=WINDOW_S)
        while True:
            frames = mat.read()
            recent.add(frames)
            begin_s = float(frames.t_s[0]) if begin_s is None else begin_s
            spent_s = float(frames.t_s[-1]) - begin_s
            progress.update(task, completed=min(spent_s, WINDOW_S))
            window = recent.window()
            result = tare(calibration, window, now(), mat.contact_n, confirmed=confirmed)
            if isinstance(result, Tared) or result.asks or spent_s > GIVE_UP_AFTER_S:
                return result


def _says_yes(question: str) -> bool:
    """Ask a person, if there is one."""
    return sys.stdin.isatty() and Confirm.ask(question, console=_console(), default=False)


def _console() -> Console:
    return Console(stderr=True, highlight=False)


def _show(tared: Tared, layout: MatLayout, *, as_json: bool) -> None:
    spec = tared.calibration.spec
    rows = [
        {
            "cell": at + 1,
            "zone": layout.spec.cell[at].zone,
            "zero_counts": round(cell.zero_counts, 1),
            # Plus zero: no minus before a zero.
            "moved_n": round(float(tared.moved_n[at]), 3) + 0.0,
            "from_calibration_n": round(float(tared.from_reference_n[at]), 3) + 0.0,
            "noise_n": round(float(tared.noise_n[at]), 4),
        }
        for at, cell in enumerate(spec.cells)
    ]
    if as_json:
        content = {
            "tared_on": spec.tared_on,
            "calibration_id": tared.calibration.id,
            "cells": rows,
        }
        text = msgspec.json.format(msgspec.json.encode(content), indent=1).decode()
        sys.stdout.write(text + "\n")
        return
    table = Table("cell", "zone", title=f"Zero set {spec.tared_on}", title_justify="left")
    for name in ("zero counts", "moved N", "from calibration N", "noise N"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console(width=None if sys.stdout.isatty() else 120).print(table)
