"""`reflexmat diagnose`: reads the cells of an empty mat for a while and says how each one is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from core.diagnosis import VERDICTS, Asked, Diagnosis, diagnose
from core.frames import Status, join_cell_frames
from core.judged_cell import ALL_WELL
from drivers.base import SystemClock
from pi.measuring import gain_of, known_calibration, only_reader, read_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.diagnosis import CellDiagnosis
    from drivers.base import Clock

BAD_EXIT = 1
_COLOURS = {"good": "green", "check": "yellow", "bad": "red"}
_WORDS = {"good": "good", "check": "CHECK", "bad": "BAD"}
"""Never colour alone."""

_SHOWN_STATUSES = [bit for bit in Status if bit is not Status.MISSED]


def run(config_path: Path, seconds: float, *, as_json: bool, clock: Clock | None = None) -> int:
    """Print a diagnosis.

    Parameters
    ----------
    config_path : Path
        TOML, see `pi.config`.
    seconds : float
        How long to read.
    as_json : bool
        The fields of `core.diagnosis.Diagnosis` instead of a table.
    clock : Clock, optional
        Default: the machine's own.

    Returns
    -------
    int
        Exit code: 0, or 1 if a cell is bad.

    Raises
    ------
    MatError
        If the mat cannot be read, or a daemon does.
    """
    found = measure(config_path, seconds, clock or SystemClock())
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
        sys.stdout.write(text + "\n")
    else:
        _print(found)
    return BAD_EXIT if found.verdict == "bad" else 0


def measure(config_path: Path, seconds: float, clock: Clock) -> Diagnosis:
    """Read a mat and judge its cells.

    Raises
    ------
    MatError
        If the mat cannot be read, or a daemon does.
    """
    with only_reader(config_path, clock, empty=True) as (config, bank):
        calibration = known_calibration(bank, config)
        bank.start()
        frames = join_cell_frames(read_for(bank, clock, seconds, lambda: False))
        asked = Asked(bank.rate_hz, gain_of(bank, config), calibration, bank.clock_figures())
        return diagnose(frames, bank.layout, asked)


def _print(found: Diagnosis) -> None:
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    console.print(
        f"{found.seconds:.1f} s, {found.n_frames} frames, {found.nominal_rate_hz:g} SPS expected, "
        f"gain {found.gain}{'' if found.calibrated else ', not calibrated: no newtons'}"
    )
    console.print(_table(found))
    for line in _advice(found):
        console.print(line)
    n_good = sum(cell.verdict == "good" for cell in found.cells)
    console.print(f"{n_good} of {len(found.cells)} cells are good")


def _advice(found: Diagnosis) -> Iterator[str]:
    """Say each advice once, worst first, with the cells that it is for."""
    cells_of: dict[tuple[str, str], list[CellDiagnosis]] = {}
    for cell in sorted(found.cells, key=lambda cell: -VERDICTS.index(cell.verdict)):
        if cell.advice != ALL_WELL:
            cells_of.setdefault((cell.verdict, cell.advice), []).append(cell)
    for (verdict, advice), cells in cells_of.items():
        word = f"[{_COLOURS[verdict]}]{_WORDS[verdict]:>5}[/]"
        yield f"{word} {escape('; '.join(map(_name, cells)))}: {escape(advice)}"


def _name(cell: CellDiagnosis) -> str:
    pins = "" if cell.dout is None else f", DOUT GPIO{cell.dout}, SCK GPIO{cell.sck}"
    # Pins help with wires, which is what is wrong with a bad cell only.
    return f"cell {cell.cell} ({cell.zone}{pins if cell.verdict == 'bad' else ''})"


_COLUMNS: dict[str, Callable[[CellDiagnosis], str]] = {
    "SPS": lambda cell: _number(cell.figures.rate_hz, 2),
    "off ppm": lambda cell: _number(cell.rate_ppm, 0),
    "lost %": lambda cell: _number(cell.lost_pct, 2),
    "noise counts": lambda cell: _number(cell.figures.noise_counts_rms, 1),
    "noise N": lambda cell: _number(cell.noise_n_rms, 4),
    "codes": lambda cell: str(cell.figures.n_unique_codes),
    "range %": lambda cell: _number(cell.figures.range_used_pct, 1),
    "at end %": lambda cell: _number(cell.saturated_pct, 1),
    "drift N/min": lambda cell: _number(cell.drift_n_per_min, 3),
    "SCK us p99.9": lambda cell: _number(cell.clock_high_us_p999, 1),
}


def _table(found: Diagnosis) -> Table:
    table = Table("cell", Column("zone", no_wrap=True), "verdict")
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    table.add_column("not usable")
    for cell in found.cells:
        verdict = f"[{_COLOURS[cell.verdict]}]{_WORDS[cell.verdict]}[/]"
        figures = (make(cell) for make in _COLUMNS.values())
        table.add_row(str(cell.cell), escape(cell.zone), verdict, *figures, _unusable(cell))
    return table


def _unusable(cell: CellDiagnosis) -> str:
    seen = cell.figures.statuses
    words = (f"{bit.name} {seen[bit.name]}" for bit in _SHOWN_STATUSES if bit.name in seen)
    return ", ".join(words)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
