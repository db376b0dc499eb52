"""What makes a layout unusable: each check yields the table, its index and the reason."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from core.geometry import area_mm2, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.layout_spec import LayoutSpec, ZoneSpec

USABLE_PINS = range(2, 28)
ID_PINS = range(2)
INDICATOR_PINS = {3: "button", 17: "red light", 18: "buzzer", 22: "blue light", 27: "green light"}
MIN_AREA_CM2 = 1.0
_OVERLAP_STEP_MM = 1.0
_OVERLAP_MM2 = 4.0

Finding = tuple[str, int, str]
"""Table name, index in the table, reason."""


def _check_zones(spec: LayoutSpec) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, zone in enumerate(spec.zone):
        if zone.id in seen:
            yield "zone", index, f"zone {zone.id!r} stands twice"
        seen.add(zone.id)
        plate_cm2 = area_mm2(zone.polygon_mm) / 100.0
        least = min(plate_cm2, zone.area_cm2 or plate_cm2)
        if least < MIN_AREA_CM2:
            yield "zone", index, f"zone {zone.id!r} has {least:.2f} cm2; at least 1 is needed"


def _check_cells(spec: LayoutSpec) -> Iterator[Finding]:
    zones = {zone.id for zone in spec.zone}
    for index, cell in enumerate(spec.cell):
        if cell.zone not in zones:
            yield (
                "cell",
                index,
                f"no zone named {cell.zone!r}; there are {', '.join(sorted(zones))}",
            )
    carried = {cell.zone for cell in spec.cell}
    for index, zone in enumerate(spec.zone):
        if zone.id not in carried:
            yield "zone", index, f"zone {zone.id!r} has no cell"


def _check_number(spec: LayoutSpec) -> Iterator[Finding]:
    # Own, shared or mixed: what counts is one pin a cell and one a clock line.
    available, clocks, n_cells = len(usable_pins(spec)), set[int](), 0
    for index, cell in enumerate(spec.cell):
        if cell.sck is None:
            continue
        n_cells += 1
        clocks.add(cell.sck)
        if n_cells + len(clocks) > available:
            yield (
                "cell",
                index,
                f"{n_cells} cells on {len(clocks)} clock lines need {n_cells + len(clocks)} pins; "
                f"{available} can be used: {_more_room(spec)}",
            )


def _more_room(spec: LayoutSpec) -> str:
    return "let cells share an sck" + (", or say indicators = false" if spec.indicators else "")


def usable_pins(spec: LayoutSpec) -> list[int]:
    """GPIO numbers that cells may use: on the header, neither reserved nor an indicator's."""
    return [pin for pin in USABLE_PINS if not (spec.indicators and pin in INDICATOR_PINS)]


def _check_pins(spec: LayoutSpec) -> Iterator[Finding]:
    """Pins that are not there, and pins with two uses; a clock line may have many cells."""
    taken = {pin: f"the {what}" for pin, what in INDICATOR_PINS.items() if spec.indicators}
    clocks: set[int] = set()
    for index, cell in enumerate(spec.cell):
        if (cell.dout is None) != (cell.sck is None):
            yield "cell", index, "dout and sck go together; give both, or none"
        for what, pin in (("dout", cell.dout), ("sck", cell.sck)):
            if pin is None or (what == "sck" and pin in clocks):
                continue
            if pin not in USABLE_PINS:
                yield "cell", index, f"{what} = {pin}: {_why_not(pin)}; {_free(spec)}"
            if pin in taken:
                yield (
                    "cell",
                    index,
                    f"{what} = {pin} is used by {taken[pin]} already; {_free(spec)}",
                )
            taken[pin] = f"cell {index + 1} ({what})"
            clocks.update([pin] if what == "sck" else [])


def _why_not(pin: int) -> str:
    if pin in ID_PINS:
        return "GPIO 0 and 1 are reserved for the ID memory of add-on boards"
    return "no such pin on the header, which has GPIO 2 to 27"


def _free(spec: LayoutSpec) -> str:
    used = {pin for cell in spec.cell for pin in (cell.dout, cell.sck)}
    free = [str(pin) for pin in usable_pins(spec) if pin not in used]
    return f"free: {', '.join(free)}" if free else "no other pin is free"


def _check_overlap(spec: LayoutSpec) -> Iterator[Finding]:
    for (_, first), (index, second) in itertools.combinations(enumerate(spec.zone), 2):
        if _overlap_mm2(first, second) > _OVERLAP_MM2:
            yield "zone", index, f"zone {second.id!r} overlaps zone {first.id!r}"


def _overlap_mm2(first: ZoneSpec, second: ZoneSpec) -> float:
    """Area that two zones share, counted on points 1 mm apart."""
    a, b = np.asarray(first.polygon_mm), np.asarray(second.polygon_mm)
    low, high = np.maximum(a.min(0), b.min(0)), np.minimum(a.max(0), b.max(0))
    if np.any(low >= high):
        return 0.0
    axes = [np.arange(low[i], high[i], _OVERLAP_STEP_MM) + _OVERLAP_STEP_MM / 2 for i in (0, 1)]
    x, y = np.meshgrid(*axes)
    both = inside(first.polygon_mm, x, y) & inside(second.polygon_mm, x, y)
    return float(both.sum()) * _OVERLAP_STEP_MM**2


CHECKS = (_check_zones, _check_cells, _check_number, _check_pins, _check_overlap)
"""In the order in which a person would want to mend them."""
