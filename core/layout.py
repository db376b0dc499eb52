"""A mat's layout: zones under two feet and the cells that carry them, read from TOML text.

A layout that cannot be used is refused with file, line and reason, before anything acts on it.
Lengths in mm in the mat frame: x to the right, y towards the toes, origin between the heels.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.errors import LayoutError
from core.geometry import area_mm2, centroid_mm
from core.layout_checks import CHECKS
from core.layout_lines import Lines
from core.layout_spec import LayoutSpec, Point, ZoneSpec
from core.toml_text import toml_fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIPPED = ("full16", "starter8", "insole16")
"""Names of the layouts that come with reflexmat."""

FEET = ("left", "right")
FOOT_GAP_MM = 60.0
"""Distance between the inner edges of the two feet on the mat."""


@dataclass(frozen=True)
class MatLayout:
    """A checked layout and what follows from it.

    Attributes
    ----------
    spec : LayoutSpec
        The layout as written.

    Notes
    -----
    Everywhere the zone axis has the order of `spec.zone`, the cell axis that of `spec.cell`.
    """

    spec: LayoutSpec

    @cached_property
    def hash(self) -> str:
        """16 hex digits that change whenever anything in the layout does."""
        return hashlib.sha256(msgspec.json.encode(self.spec)).hexdigest()[:16]

    @cached_property
    def zone_ids(self) -> tuple[str, ...]:
        """Zone names, in order."""
        return tuple(zone.id for zone in self.spec.zone)

    @cached_property
    def is_right(self) -> NDArray[np.bool_]:
        """Shape (n_zones,): whether a zone lies under the right foot."""
        return np.array([zone.foot == "right" for zone in self.spec.zone])

    @cached_property
    def cell_zone(self) -> NDArray[np.int64]:
        """Shape (n_cells,): index of the zone that each cell carries."""
        return np.array([self.zone_ids.index(cell.zone) for cell in self.spec.cell])

    @cached_property
    def capacity_n(self) -> NDArray[np.float64]:
        """Shape (n_cells,): rated load of each cell, newtons."""
        return np.array([cell.capacity_n for cell in self.spec.cell], float)

    @cached_property
    def area_cm2(self) -> NDArray[np.float64]:
        """Shape (n_zones,): area in contact for a foot of `foot_mm`, not yet scaled to a person."""
        return np.array([z.area_cm2 or area_mm2(z.polygon_mm) / 100.0 for z in self.spec.zone])

    @cached_property
    def contact_fraction(self) -> NDArray[np.float64]:
        """Shape (n_zones,): part of the area that really touches (0.2 for a pebble plate)."""
        return np.array([zone.contact_fraction for zone in self.spec.zone])

    @cached_property
    def peak_ratio(self) -> NDArray[np.float64]:
        """Shape (n_zones,): local peak over zone mean."""
        return np.array([zone.peak_ratio for zone in self.spec.zone])

    @cached_property
    def at_mm(self) -> NDArray[np.float64]:
        """Shape (n_zones, 2): where the force of a zone acts: its cells, else its centroid."""
        return np.array([self._acts_at(zone) for zone in self.spec.zone])

    def _acts_at(self, zone: ZoneSpec) -> Point:
        places = [c.at_mm for c in self.spec.cell if c.zone == zone.id and c.at_mm is not None]
        if not places:
            return centroid_mm(zone.polygon_mm)
        x, y = np.mean(places, axis=0)
        return float(x), float(y)


def to_foot_fraction(foot: str, point_mm: Point, foot_mm: tuple[float, float]) -> Point:
    """Mat frame to foot fractions: x 0 medial to 1 lateral, y 0 heel to 1 toe tip."""
    length, width = foot_mm
    sign = 1.0 if foot == "right" else -1.0
    return (sign * point_mm[0] - FOOT_GAP_MM / 2) / width, point_mm[1] / length


def load_layout(name: str) -> MatLayout:
    """Load a shipped layout.

    Raises
    ------
    LayoutError
        If there is none of that name.
    """
    return parse_layout(shipped_text(name), f"{name}.toml")


def shipped_text(name: str) -> str:
    """TOML of a shipped layout.

    Raises
    ------
    LayoutError
        If there is none of that name.
    """
    if name not in SHIPPED:
        raise LayoutError(f"no layout named {name!r}; shipped are {', '.join(SHIPPED)}")
    return resources.files("core.layouts").joinpath(f"{name}.toml").read_text("utf-8")


def parse_layout(text: str, source: str) -> MatLayout:
    """Read and check a layout.

    Parameters
    ----------
    text : str
        TOML, as in DESIGN section 4 and docs/layouts.md.
    source : str
        Where it came from, for the error text.

    Raises
    ------
    LayoutError
        With source, line and reason, if anything in it cannot be used.
    """
    lines = Lines(text, source)
    try:
        spec = msgspec.convert(tomllib.loads(text), LayoutSpec)
    except msgspec.ValidationError as error:
        raise lines.refuse_path(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise LayoutError(f"{source}: {toml_fault(error, text)}") from None
    for check in CHECKS:
        for table, index, reason in check(spec):
            raise lines.refuse(table, index, reason)
    return MatLayout(spec)
