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
INDICATOR_PINS = {3: "button", 17: "red light", 18: "buzzer", 22: "blue light", 27: "green light"}
MAX_CELLS_OWN_SCK = {True: 10, False: 13}
MAX_CELLS_SHARED_SCK = {True: 20, False: 25}
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


def _check_pins(spec: LayoutSpec) -> Iterator[Finding]:
    taken = {pin: f"the {what}" for pin, what in INDICATOR_PINS.items() if spec.indicators}
    clocks: set[int] = set()
    for index, cell in enumerate(spec.cell):
        if (cell.dout is None) != (cell.sck is None):
            yield "cell", index, "dout and sck go together"
        for what, pin in (("dout", cell.dout), ("sck", cell.sck)):
            if pin is None or (what == "sck" and pin in clocks):
                continue
            if pin not in USABLE_PINS:
                yield (
                    "cell",
                    index,
                    f"{what} = {pin}: GPIO 2 to 27 can be used, 0 and 1 are reserved",
                )
            if pin in taken:
                yield "cell", index, f"{what} = {pin} is used by {taken[pin]} already"
            taken[pin] = f"cell {index + 1} ({what})"
            clocks.update([pin] if what == "sck" else [])


def _check_number(spec: LayoutSpec) -> Iterator[Finding]:
    wired = [index for index, cell in enumerate(spec.cell) if cell.sck is not None]
    own = len({spec.cell[index].sck for index in wired}) == len(wired)
    most = (MAX_CELLS_OWN_SCK if own else MAX_CELLS_SHARED_SCK)[spec.indicators]
    if len(wired) > most:
        kind = "with a clock line each" if own else "on shared clock lines"
        yield "cell", wired[most], f"{len(wired)} cells {kind}; at most {most} fit the pins"


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
