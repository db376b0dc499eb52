"""What the parts of the wiring picture agree on: colours and names of cells and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi.drawing import ACCENT, BLACK, INK, ORANGE, RED

if TYPE_CHECKING:
    from core.wiring import Net, WiredCell, Wiring

CELL_COLOURS = (
    "#1f4fa3", "#8a4b08", "#1d6b3a", "#a0235a", "#2f4858",
    "#4d6b00", "#7a3b2e", "#006b6b", "#6350c4", "#0b5d8a",
)  # fmt: skip
"""White text on each is 4.5:1 or better. They repeat after ten cells: the number tells, not the
colour. The accent is not among them: it marks clock lines that cells share."""

_SUPPLY_COLOURS = {"3.3 V": ORANGE, "5 V": RED, "GND": BLACK}


def colour_of(cell: WiredCell) -> str:
    """Colour of a cell's badge, wires and flags."""
    return CELL_COLOURS[(cell.number - 1) % len(CELL_COLOURS)]


def clock_colour(wiring: Wiring, cell: WiredCell) -> str:
    """Colour of its clock: its own, or the accent where several cells share the line."""
    return ACCENT if len(wiring.clock_cells[cell.sck]) > 1 else colour_of(cell)


def net_colour(wiring: Wiring, net: Net) -> str:
    """Colour of a header pin in use."""
    if net.role in ("dout", "sck"):
        cell = wiring.cells[net.cells[0] - 1]
        return colour_of(cell) if net.role == "dout" else clock_colour(wiring, cell)
    return _SUPPLY_COLOURS.get(net.name, INK)
