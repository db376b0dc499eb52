"""A certificate for people: a table, and the same as rows for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.table import Table

from core.errors import CalibrationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.calibration import CellCalibration
    from core.layout import MatLayout

_COLUMNS = {
    "range\nN": "range_n",
    "bound\nN": "bound_n",
    "resid.\nN": "residual_n",
    "non-lin.\nN": "nonlinearity_n",
    "hyster.\nN": "hysteresis_n",
    "repeat.\nN": "repeatability_n",
    "zero ret.\nN": "zero_return_n",
    "noise\nN": "noise_n",
}


def certificate_rows(
    layout: MatLayout, cells: Mapping[int, CellCalibration]
) -> list[dict[str, Any]]:
    """List each cell with its line and all figures; null where none was measured.

    Raises
    ------
    CalibrationError
        If a cell has no certificate.
    """
    rows = []
    for at, cell in cells.items():
        if cell.figures is None:
            raise CalibrationError(f"cell {at + 1}: no certificate; calibrate it")
        figures = {name: getattr(cell.figures, name) for name in cell.figures.__struct_fields__}
        figures = {name: _rounded(value) for name, value in figures.items()}
        rows.append(
            {
                "cell": at + 1,
                "zone": layout.spec.cell[at].zone,
                "zero_counts": _rounded(cell.zero_counts),
                "counts_per_n": _rounded(cell.counts_per_n),
                **msgspec.to_builtins(figures),
            }
        )
    return rows


def certificate_table(layout: MatLayout, cells: Mapping[int, CellCalibration]) -> Table:
    """Draw the figures of some cells; a dash where none was measured."""
    # Narrow enough for a terminal of 80 columns.
    table = Table("cell", "zone", title="Certificate", title_justify="left", box=SIMPLE_HEAD)
    table.padding = (0, 1, 0, 0)
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    for row in certificate_rows(layout, cells):
        shown = (_shown(row[key]) for key in _COLUMNS.values())
        table.add_row(str(row["cell"]), row["zone"], *shown)
    return table


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"
