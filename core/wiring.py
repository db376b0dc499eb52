"""How a mat is wired: which header pin goes to which converter, worked out from its layout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from core.errors import LayoutError
from core.geometry import centroid_mm
from core.header import HEADER, PIN_OF_GPIO, HeaderPin
from core.layout_checks import INDICATOR_PINS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.layout import MatLayout
    from core.layout_spec import CellSpec, Point

Role = Literal["dout", "sck", "indicator", "power", "ground"]
SPREAD_MM = 34.0
"""Between the middles of cells drawn side by side under one zone, where it is wide enough."""

SUPPLY_PIN, GROUND_PIN, ANALOG_PIN = HEADER[0], HEADER[5], HEADER[1]
"""3.3 V of the digital side, ground, and 5 V of the analogue side."""


@dataclass(frozen=True)
class WiredCell:
    """A load cell with its converter.

    Attributes
    ----------
    number : int
        From 1, in the order of the layout file: what is written on the converter and its cable.
    zone, zone_name, foot : str
    capacity_n : float
    dout, sck : HeaderPin
    at_mm : tuple of float
        Its place in the mat frame: the layout's, else beside the others about the zone's centroid.
    """

    number: int
    zone: str
    zone_name: str
    foot: str
    capacity_n: float
    dout: HeaderPin
    sck: HeaderPin
    at_mm: Point


class Net(msgspec.Struct, frozen=True):
    """One row of the net list: a header pin and what hangs on it.

    Attributes
    ----------
    pin : int
        On the header, 1 to 40.
    name : str
        `GPIO 14`, `3.3 V`, `GND`.
    gpio : int or None
    role : str
        dout, sck, indicator, power or ground.
    goes_to : str
        In words.
    cells : tuple of int
        Numbers of the cells on it, from 1.
    """

    pin: int
    name: str
    gpio: int | None
    role: Role
    goes_to: str
    cells: tuple[int, ...] = ()


@dataclass(frozen=True)
class Wiring:
    """The wiring of a layout.

    Attributes
    ----------
    layout : MatLayout
    cells : tuple of WiredCell
        In the order of the layout.
    """

    layout: MatLayout
    cells: tuple[WiredCell, ...]

    @cached_property
    def clock_cells(self) -> dict[HeaderPin, tuple[int, ...]]:
        """Numbers of the cells on each clock line."""
        pins = dict.fromkeys(cell.sck for cell in self.cells)
        return {pin: tuple(c.number for c in self.cells if c.sck == pin) for pin in pins}

    @cached_property
    def nets(self) -> tuple[Net, ...]:
        """Every header pin in use, by its number."""
        found = [*self._supply(), *self._data(), *self._clocks(), *self._indicators()]
        return tuple(sorted(found, key=lambda net: net.pin))

    def _supply(self) -> list[Net]:
        everyone = tuple(cell.number for cell in self.cells)
        return [
            _net(SUPPLY_PIN, "power", "VDD (and RATE) of every converter", everyone),
            _net(
                ANALOG_PIN, "power", "analogue supply of converters with two supply pins", everyone
            ),
            _net(GROUND_PIN, "ground", "GND of every converter; any GND pin will do", everyone),
        ]

    def _data(self) -> list[Net]:
        return [
            _net(c.dout, "dout", f"DOUT of cell {c.number}, {full_name(c)}", (c.number,))
            for c in self.cells
        ]

    def _clocks(self) -> list[Net]:
        return [
            _net(pin, "sck", f"SCK of cell{'s' * (len(on) > 1)} {spans(on)}", on)
            for pin, on in self.clock_cells.items()
        ]

    def _indicators(self) -> list[Net]:
        pins = INDICATOR_PINS if self.layout.spec.indicators else {}
        return [_net(PIN_OF_GPIO[gpio], "indicator", what) for gpio, what in pins.items()]


def wiring_of(layout: MatLayout) -> Wiring:
    """Work out how a layout is wired.

    Raises
    ------
    LayoutError
        If a cell of it has no pins: it is for recordings, or not finished.
    """
    cells = layout.spec.cell
    if all(cell.dout is None for cell in cells):
        raise LayoutError(
            f"{layout.spec.id}: no cell has pins, so there is nothing to wire; "
            "give each [[cell]] a dout and an sck"
        )
    return Wiring(layout, tuple(_wired(layout, index, cell) for index, cell in enumerate(cells)))


def full_name(cell: WiredCell) -> str:
    """Say which foot and zone: `left Heel, inner`."""
    return f"{cell.foot} {cell.zone_name}"


def spans(numbers: Sequence[int]) -> str:
    """Write numbers short: `1 to 4, 7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{r[0]} to {r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)


def _net(pin: HeaderPin, role: Role, goes_to: str, cells: tuple[int, ...] = ()) -> Net:
    return Net(pin.number, pin.name, pin.gpio, role, goes_to, cells)


def _wired(layout: MatLayout, index: int, cell: CellSpec) -> WiredCell:
    if cell.dout is None or cell.sck is None:
        raise LayoutError(f"{layout.spec.id}: cell {index + 1} has no pins; give it dout and sck")
    zone = layout.spec.zone[layout.cell_zone[index]]
    return WiredCell(
        number=index + 1,
        zone=zone.id,
        zone_name=zone.name or zone.anatomy or zone.id,
        foot=zone.foot,
        capacity_n=cell.capacity_n,
        dout=PIN_OF_GPIO[cell.dout],
        sck=PIN_OF_GPIO[cell.sck],
        at_mm=cell.at_mm or _beside_the_others(layout, index),
    )


def _beside_the_others(layout: MatLayout, index: int) -> Point:
    zone = int(layout.cell_zone[index])
    peers = [i for i, other in enumerate(layout.cell_zone) if other == zone]
    polygon = layout.spec.zone[zone].polygon_mm
    x, y = centroid_mm(polygon)
    across_mm = max(corner[0] for corner in polygon) - min(corner[0] for corner in polygon)
    step_mm = min(SPREAD_MM, across_mm / len(peers))
    return x + (peers.index(index) - (len(peers) - 1) / 2) * step_mm, y
