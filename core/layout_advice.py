"""What a layout's maker should know before soldering, though the layout can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from core.class_limits import CLASS_LIMITS, UNSET_CLASS
from core.layout_lines import Lines
from core.pressure import PressureScale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.layout import MatLayout
    from core.layout_spec import CellSpec, LayoutSpec


class Advice(msgspec.Struct, frozen=True):
    """A warning, not a refusal.

    Attributes
    ----------
    line : int
        Of the layout file, from 1.
    text : str
        What it is and what to do, in one line.
    """

    line: int
    text: str


class _Remark(NamedTuple):
    table: str
    nth: int
    key: str
    text: str


class _Bus(NamedTuple):
    pins: frozenset[int]
    text: str

    def pins_of(self, cell: CellSpec) -> set[int | None]:
        return {cell.dout, cell.sck} & self.pins


HIGH_AT_BOOT = range(2, 9)
"""GPIO numbers that a Pi pulls up until a program runs (9 to 27 are pulled down). A high SCK keeps
the converter powered down. From the BCM2835's table of pulls; not tried on a Pi yet."""

_BUSES = (
    _Bus(
        frozenset({2, 3}),
        "are the I2C pins with fixed pull-ups of 1.8 kohm: leave I2C off "
        "(raspi-config, Interface options)",
    ),
    _Bus(
        frozenset({7, 8, 9, 10, 11}),
        "are the SPI pins: leave SPI off (raspi-config, Interface options)",
    ),
    _Bus(
        frozenset({14, 15}),
        "are the serial port: switch its console and port off (raspi-config, Interface options), "
        "or the Pi drives GPIO 14 against the converter",
    ),
)


def advice_on(layout: MatLayout, text: str) -> tuple[Advice, ...]:
    """Find what is worth a warning in a layout that passed its checks.

    Parameters
    ----------
    layout : MatLayout
    text : str
        The TOML it was read from, for the lines.

    Returns
    -------
    tuple of Advice
        One a kind, at its first line, however many pins it is about.
    """
    lines = Lines(text, "")
    found = [remark for look in _LOOKS for remark in look(layout.spec)]
    found += _out_of_reach(layout)
    return tuple(Advice(lines.line(r.table, r.nth, r.key), r.text) for r in found)


def _clocks(spec: LayoutSpec) -> Iterator[_Remark]:
    pins = _where(spec, lambda cell: {cell.sck} - set(HIGH_AT_BOOT))
    if pins:
        yield _Remark(
            "cell",
            pins[0][0],
            "sck",
            f"{_named(pins)} as sck: low at boot, so those converters run until the daemon starts: "
            "harmless; on GPIO 2 to 8 they would sleep",
        )


def _buses(spec: LayoutSpec) -> Iterator[_Remark]:
    for bus in _BUSES:
        pins = _where(spec, bus.pins_of)
        if pins:
            key = "dout" if spec.cell[pins[0][0]].dout in bus.pins else "sck"
            yield _Remark("cell", pins[0][0], key, f"{_named(pins)} {bus.text}")


def _unwired(spec: LayoutSpec) -> Iterator[_Remark]:
    without = [index for index, cell in enumerate(spec.cell) if cell.sck is None]
    if without and len(without) < len(spec.cell):
        names = ", ".join(str(index + 1) for index in without)
        yield _Remark(
            "cell", without[0], "zone", f"no pins for cell {names}: give dout and sck to each"
        )


def _capacity(spec: LayoutSpec) -> Iterator[_Remark]:
    # Who stands on one leg puts everything on one foot. Without pins nobody stands on it at all.
    if all(cell.sck is None for cell in spec.cell):
        return
    foot_of = {zone.id: zone.foot for zone in spec.zone}
    for foot in sorted(set(foot_of.values())):
        carried_n = sum(cell.capacity_n for cell in spec.cell if foot_of[cell.zone] == foot)
        if carried_n < spec.max_load_n:
            yield _Remark(
                "",
                0,
                "max_load_n",
                f"the cells under the {foot} foot carry {carried_n:g} N together, max_load_n is "
                f"{spec.max_load_n:g}: the stops must carry the rest of a person on one leg",
            )


def _out_of_reach(layout: MatLayout) -> Iterator[_Remark]:
    # A plate that rests on its stop reads flat: what lies above is never seen, and not alarmed.
    top_kpa = CLASS_LIMITS[UNSET_CLASS].ceiling_kpa
    needed_n = PressureScale.of(layout, layout.spec.foot_mm).peak_cn(np.array(top_kpa)) / 100.0
    carried_n = np.bincount(layout.cell_zone, layout.capacity_n, len(layout.zone_ids))
    short = np.flatnonzero(carried_n < needed_n)
    if short.size and any(cell.sck is not None for cell in layout.spec.cell):
        names = ", ".join(layout.zone_ids[zone] for zone in short)
        first = short[0]
        yield _Remark(
            "zone",
            int(first),
            "id",
            f"{names}: an estimated peak of {top_kpa:g} kPa takes up to {needed_n[first]:.0f} N, "
            f"the cells carry {carried_n[first]:g}: on its stop a plate reads flat and that alarm "
            "is lost; use stronger cells, or more",
        )


_LOOKS = (_unwired, _clocks, _buses, _capacity)


def _where(
    spec: LayoutSpec, pins_of: Callable[[CellSpec], set[int | None]]
) -> list[tuple[int, int]]:
    """Index of a cell and pin, each pin once, in the order of the file."""
    found: dict[int, int] = {}
    for index, cell in enumerate(spec.cell):
        for pin in sorted(pin for pin in pins_of(cell) if pin is not None):
            found.setdefault(pin, index)
    return [(index, pin) for pin, index in found.items()]


def _named(pins: list[tuple[int, int]]) -> str:
    return "GPIO " + ", ".join(str(pin) for pin in sorted(pin for _, pin in pins))
