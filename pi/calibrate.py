"""`reflexmat calibrate`: a person with a weight in the hand, led from cell to cell.

`core.calibrating` decides; this asks, shows and reads the mat. On a simulated mat it puts the
weight on by itself and says so: a rehearsal.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.prompt import Prompt

from core.calibrating import Calibrating
from core.calibration_table import Input, Phase
from core.certificate import EXPIRES_AFTER_DAYS
from core.certifying import Circumstances, assemble, certify
from core.errors import CalibrationError, MatError
from core.units import NEWTON_PER_KGF
from pi.calibration_file import save
from pi.certificate_table import certificate_rows, certificate_table
from pi.idle_mat import IdleMat, today
from pi.wallclock import clock_synchronised

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.calibration import Calibration

_ANSWERS = {"accept": Input.ACCEPT, "repeat": Input.REPEAT, "abort": Input.ABORT}


@dataclass(frozen=True)
class Options:
    """What the command line says.

    Attributes
    ----------
    cells : tuple of int
        Numbers from 1; empty: all.
    masses_kg : tuple of float
        Empty: ask.
    yes : bool
        Ask nothing: go on when the mat is as it should be, accept what is not refused.
    as_json : bool
    who : str
    repeats : int
    allow_reversed : bool
    expires_after_days : int
    """

    cells: tuple[int, ...] = ()
    masses_kg: tuple[float, ...] = ()
    yes: bool = False
    as_json: bool = False
    who: str = ""
    repeats: int = 1
    allow_reversed: bool = False
    expires_after_days: int = EXPIRES_AFTER_DAYS


def run(config_path: Path, options: Options) -> None:
    """Calibrate cells of a mat.

    Raises
    ------
    MatError
        One line, if it cannot begin, is refused with nobody to ask, or is aborted. The
        calibration then is as it was.
    """
    console = Console(stderr=True, highlight=False)
    with IdleMat(config_path, hurry=options.yes) as mat:
        before = mat.calibration_if_any()
        cells = [number - 1 for number in options.cells] or range(len(mat.layout.spec.cell))
        masses_kg = options.masses_kg or _ask_masses(console)
        dialogue = Calibrating(
            mat.layout,
            cells,
            masses_kg,
            before,
            repeats=options.repeats,
            allow_reversed=options.allow_reversed,
        )
        circumstances = _circumstances(mat, options)
        if before is None and len(set(cells)) < len(mat.layout.spec.cell):
            raise CalibrationError(
                f"{mat.path}: no usable calibration for the other cells; leave out --cell"
            )
        if not mat.simulated and not clock_synchronised():
            console.print("[yellow]the clock of this machine is not set: check the date[/]")
        _Guide(mat, dialogue, console, circumstances, yes=options.yes).lead()
        calibration = assemble(mat.layout, dialogue.fits, circumstances, before)
        save(mat.path, calibration.spec, mat.layout)
    _show(calibration, sorted(dialogue.fits), as_json=options.as_json)


def _circumstances(mat: IdleMat, options: Options) -> Circumstances:
    on = today()
    expires = date.fromisoformat(on) + timedelta(days=options.expires_after_days)
    return Circumstances(on, expires.isoformat(), options.who, mat.bank.rate_hz, mat.made_for)


def _ask_masses(console: Console) -> tuple[float, ...]:
    text = _ask(console, "Which masses do you have, in kg (for instance 5 or 5 20)?")
    try:
        return tuple(float(word.replace(",", ".")) for word in text.split())
    except ValueError:
        raise CalibrationError(f"{text!r}: no mass in kg; give --mass 5") from None


def _ask(console: Console, question: str, choices: list[str] | None = None) -> str:
    try:
        return Prompt.ask(question, console=console, choices=choices)
    except EOFError:
        raise MatError("nobody answers; give --mass and --yes to go on without questions") from None


class _Guide:
    """Leads a person through the dialogue."""

    def __init__(
        self,
        mat: IdleMat,
        dialogue: Calibrating,
        console: Console,
        circumstances: Circumstances,
        *,
        yes: bool,
    ) -> None:
        self._mat = mat
        self._dialogue = dialogue
        self._console = console
        self._circumstances = circumstances
        self._yes = yes
        self._do: dict[Phase, Callable[[], None]] = {
            Phase.WAITING: self._ask_ready,
            Phase.MEASURING: self._measure,
            Phase.REVIEW: self._review,
            Phase.REFUSED: self._refused,
        }

    def lead(self) -> None:
        """Go on until all plates are accepted.

        Raises
        ------
        MatError
            If it is aborted, or refused with nobody to ask.
        """
        while self._dialogue.phase in self._do:
            self._do[self._dialogue.phase]()
        if self._dialogue.phase is Phase.ABORTED:
            raise MatError("aborted; the calibration is as it was")

    def _ask_ready(self) -> None:
        refusal = self._dialogue.refusal
        if refusal and self._yes:
            raise CalibrationError(f"{refusal}; the calibration is as it was")
        if refusal:
            self._console.print(f"[yellow]{escape(refusal)}[/]")
        done, of = self._dialogue.progress
        self._console.print(f"[bold]{done + 1}/{of}[/] {escape(self._wanted())}")
        if self._mat.simulated:
            self._put_on()
        elif not self._yes:
            answer = _ask(self._console, "Press Enter when it lies still, or a to abort").strip()
            if answer.lower() in ("a", "abort"):
                self._dialogue.answer(Input.ABORT)
                return
        self._dialogue.answer(Input.READY)

    def _wanted(self) -> str:
        cells, mass_kg = self._dialogue.step
        if not mass_kg:
            return "Take everything off the mat."
        return f"Put {mass_kg:g} kg right on top of {self._where(cells[0])}."

    def _where(self, cell: int) -> str:
        spec = self._mat.layout.spec
        placed = spec.cell[cell]
        zone = next(zone for zone in spec.zone if zone.id == placed.zone)
        pins = "" if placed.dout is None else f", DOUT on GPIO{placed.dout}"
        return f"cell {cell + 1} ({zone.foot} {zone.name or zone.anatomy}, {zone.id}{pins})"

    def _put_on(self) -> None:
        simulated, (cells, mass_kg) = self._mat.simulated, self._dialogue.step
        assert simulated is not None  # noqa: S101 - asked by the caller
        for cell in range(len(self._mat.layout.spec.cell)):
            on_it = mass_kg if (cell,) == cells else 0.0
            simulated.place(cell, on_it * NEWTON_PER_KGF)
        what = f"putting {mass_kg:g} kg on cell {cells[0] + 1}" if mass_kg else "taking all off"
        self._console.print(f"  simulated mat: {what}")

    def _measure(self) -> None:
        columns = (BarColumn(20), TextColumn("{task.description}", markup=False))
        shown = sys.stderr.isatty()
        with Progress(*columns, console=self._console, transient=True, disable=not shown) as bar:
            task = bar.add_task("measuring", total=1.0)
            while self._dialogue.phase is Phase.MEASURING:
                cell = self._dialogue.step.cells[0] + 1
                live = self._dialogue.take(self._mat.read())
                text = f"cell {cell}: {live.counts:+,} counts, {live.moved_pct:+.2f} % of its span"
                bar.update(task, completed=live.share, description=f"{text}  {live.why}")

    def _review(self) -> None:
        review = self._dialogue.review
        found = {cell: certify(fit, self._circumstances) for cell, fit in review.items()}
        self._console.print(certificate_table(self._mat.layout, found))
        answer = "accept" if self._yes else _ask(self._console, "Well?", list(_ANSWERS))
        self._dialogue.answer(_ANSWERS[answer])

    def _refused(self) -> None:
        refusal = self._dialogue.refusal
        if self._yes:
            raise CalibrationError(f"{refusal}; the calibration is as it was")
        self._console.print(f"[yellow]{escape(refusal)}[/]")
        self._dialogue.answer(_ANSWERS[_ask(self._console, "Well?", ["repeat", "abort"])])


def _show(calibration: Calibration, cells: list[int], *, as_json: bool) -> None:
    layout, spec = calibration.layout, calibration.spec
    if as_json:
        content = {
            "calibration_id": calibration.id,
            "calibrated_on": spec.calibrated_on,
            "expires_on": calibration.expires_on,
            "cells": certificate_rows(layout, {cell: spec.cells[cell] for cell in cells}),
        }
        text = msgspec.json.format(msgspec.json.encode(content), indent=1).decode()
        sys.stdout.write(text + "\n")
        return
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(certificate_table(layout, {cell: spec.cells[cell] for cell in cells}))
    console.print(
        f"Calibration {calibration.id} of {spec.calibrated_on} holds until "
        f"{calibration.expires_on}.",
        highlight=False,
    )
