"""The converters in the wiring picture: a strip for each cell, a bus where they share a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi.drawing import (
    ACCENT,
    ACCENT_SOFT,
    BLACK,
    BODY,
    EDGE,
    GREEN,
    INK_2,
    RED,
    RULE,
    SURFACE,
    WELL,
    WHITE,
    badge,
    box,
    card,
    element,
    group,
    short,
    text,
    wire,
)
from pi.wiring_parts import clock_colour, colour_of

if TYPE_CHECKING:
    from core.header import HeaderPin
    from core.wiring import WiredCell, Wiring

ROW = 96.0
_TOP = 104.0
_ABOUT = "Its four leads on the left, the header's pins on the right. Solid: data. Dashed: clock."
_WIDTH = 624.0
_CELL_AT, _CHIP_AT, _CHIP_WIDTH = 212.0, 290.0, 92.0
_FLAG_AT, _FLAG_WIDTH = 438.0, 176.0
_LANES_FROM, _LANES_ACROSS, _LANE = 424.0, 34.0, 12.0


def converters_height(wiring: Wiring) -> float:
    """Height of this part of the picture."""
    return _TOP + ROW * max(len(column) for column in _columns(wiring)) + 16


def draw_converters(wiring: Wiring, x: float, y: float, width: float) -> str:
    """Draw the converters of the left foot on the left, those of the right on the right."""
    columns = _columns(wiring)
    drawn = [
        _column(wiring, column, x + 24 + side * (_WIDTH + 24), y + _TOP)
        for side, column in enumerate(columns)
    ]
    title = "One converter (HX711) for each cell"
    return group(
        card(x, y, width, converters_height(wiring), title, _ABOUT), *drawn, id="converters"
    )


def _columns(wiring: Wiring) -> tuple[list[WiredCell], list[WiredCell]]:
    left = [cell for cell in wiring.cells if cell.foot == "left"]
    return left, [cell for cell in wiring.cells if cell.foot == "right"]


def _column(wiring: Wiring, cells: list[WiredCell], x: float, y: float) -> str:
    strips = [_strip(wiring, cell, x, y + row * ROW) for row, cell in enumerate(cells)]
    rows = {cell.number: y + row * ROW for row, cell in enumerate(cells)}
    return "".join(strips) + _buses(wiring, rows, x)


def _strip(wiring: Wiring, cell: WiredCell, x: float, y: float) -> str:
    colour = colour_of(cell)
    return group(
        box(x, y, _WIDTH, ROW - 10, rx=12, fill=SURFACE, stroke=RULE),
        badge(x + 34, y + 43, cell.number, colour, 20),
        text(x + 66, y + 38, short(cell.zone_name, 13), BODY, font_weight=600),
        text(x + 66, y + 66, f"{cell.foot}, {cell.capacity_n:g} N", fill=INK_2),
        _load_cell(x + _CELL_AT, y + 43),
        box(x + _CHIP_AT, y + 10, _CHIP_WIDTH, 66, rx=8, fill=ACCENT_SOFT, stroke=ACCENT),
        text(x + _CHIP_AT + _CHIP_WIDTH - 12, y + 35, "DOUT", text_anchor="end"),
        text(x + _CHIP_AT + _CHIP_WIDTH - 12, y + 65, "SCK", text_anchor="end"),
        _line(cell.dout, x, y + 28, colour, dashed=False),
        _line(cell.sck, x, y + 59, clock_colour(wiring, cell), dashed=True),
        title=f"Cell {cell.number}, {cell.foot} {cell.zone_name}: "
        f"DOUT to pin {cell.dout.number}, SCK to pin {cell.sck.number}",
        id=f"cell-{cell.number}",
        data_cell=cell.number,
        data_zone=cell.zone,
        data_dout_pin=cell.dout.number,
        data_dout_gpio=cell.dout.gpio,
        data_sck_pin=cell.sck.number,
        data_sck_gpio=cell.sck.gpio,
    )


def _load_cell(x: float, y: float) -> str:
    # The names of the four leads stand in the enlarged picture.
    leads = [
        wire(f"M{x + 46} {y + at}H{x + _CHIP_AT - _CELL_AT}", EDGE, width=5)
        + element(
            "path", d=f"M{x + 46} {y + at}H{x + _CHIP_AT - _CELL_AT}", stroke=colour, stroke_width=3
        )
        for at, colour in zip((-15, -5, 5, 15), (RED, BLACK, WHITE, GREEN), strict=True)
    ]
    body = box(x - 4, y - 22, 54, 44, rx=6, fill=WELL, stroke=EDGE, stroke_width=2)
    holes = element("path", d=f"M{x + 14} {y}H{x + 32}", stroke=EDGE, stroke_width=5) + "".join(
        element("circle", cx=x + at, cy=y, r=8, fill=SURFACE, stroke=EDGE, stroke_width=2)
        for at in (13, 33)
    )
    return "".join(leads) + body + holes


def _line(pin: HeaderPin, x: float, y: float, colour: str, *, dashed: bool) -> str:
    left = x + _FLAG_AT
    return (
        wire(f"M{x + _CHIP_AT + _CHIP_WIDTH} {y}H{left}", colour, dashed=dashed)
        + box(left, y - 14, _FLAG_WIDTH, 28, rx=14, fill=SURFACE, stroke=colour, stroke_width=2)
        + text(left + 14, y + 6, f"pin {pin.number}", font_weight=600)
        + text(left + _FLAG_WIDTH - 12, y + 6, pin.name, fill=INK_2, text_anchor="end")
    )


def _buses(wiring: Wiring, rows: dict[int, float], x: float) -> str:
    """Join the clocks of cells that share a line; a dot where they meet, none where they cross."""
    shared = [on for on in wiring.clock_cells.values() if len(on) > 1]
    ends = [[rows[number] + 59 for number in on if number in rows] for on in shared]
    lanes = _lanes([found for found in ends if found])
    step = min(_LANE, _LANES_ACROSS / max(len(lanes), 1))
    return "".join(
        _bus(x + _LANES_FROM - lane * step, found)
        for lane, buses in enumerate(lanes)
        for found in buses
    )


def _lanes(buses: list[list[float]]) -> list[list[list[float]]]:
    """Put buses side by side that would else lie on each other and look joined."""
    lanes: list[list[list[float]]] = []
    for bus in sorted(buses, key=min):
        free = next((lane for lane in lanes if max(lane[-1]) < min(bus)), None)
        if free is None:
            lanes.append([bus])
        else:
            free.append(bus)
    return lanes


def _bus(x: float, ends: list[float]) -> str:
    dots = "".join(element("circle", cx=x, cy=y, r=6, fill=ACCENT) for y in ends)
    return wire(f"M{x} {min(ends)}V{max(ends)}", ACCENT, dashed=True) + dots
