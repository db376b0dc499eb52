"""The zones of a layout: plates under the outlines, each with its name and its area in contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.geometry import centroid_mm
from core.layout import FEET
from pi.drawing import ACCENT_SOFT, EDGE, INK, INK_2, SMALL, WELL, element, group, text
from scripts.feet_drawing import (
    FEET_HEIGHT,
    FEET_WIDTH,
    MARGIN,
    TOP,
    Sheet,
    feet_card,
    foot_shape,
    path,
    point,
    side,
)

if TYPE_CHECKING:
    from core.layout import MatLayout
    from core.layout_spec import ZoneSpec

_LINE = 24.0
_NUDGE_MM = {"arch_med": (3.0, 6.0)}
"""The inner arch is narrow: three lines find room farther out and up."""


def draw_zones(layout: MatLayout) -> str:
    """Draw the zones of a layout for a foot of 260 x 98 mm."""
    spec = layout.spec
    sheet = Sheet(
        FEET_WIDTH + 2 * MARGIN,
        TOP + FEET_HEIGHT + MARGIN,
        f"Zones of {spec.id}",
        f"{spec.name}. Under each name: the area of a foot of 260 × 98 mm that touches.",
    )
    fills = (WELL, ACCENT_SOFT)
    plates = [_plate(zone, fills[index % 2]) for index, zone in enumerate(spec.zone)]
    areas = zip(spec.zone, layout.area_cm2.tolist(), strict=True)
    labels = [_label(zone, area) for zone, area in areas]
    shapes = [foot_shape(foot) for foot in FEET]
    return sheet.drawn(feet_card(), *plates, *shapes, *labels)


def _plate(zone: ZoneSpec, fill: str) -> str:
    return group(
        element("path", d=path(zone.polygon_mm), fill=fill, stroke=EDGE, stroke_width=1.5),
        title=f"{zone.id}: {zone.anatomy}",
        data_zone=zone.id,
    )


def _label(zone: ZoneSpec, area_cm2: float) -> str:
    out, up = _NUDGE_MM.get(zone.id[2:], (0.0, 0.0))
    across, along = zone.label_mm or centroid_mm(zone.polygon_mm)
    x, y = point((across + side(zone.foot) * out, along + up))
    lines = [*zone.name.replace(", ", ",\n").split("\n"), f"{area_cm2:g} cm²"]
    first = y - (len(lines) - 1) * _LINE / 2 + 6
    return "".join(
        text(
            x,
            first + row * _LINE,
            line,
            SMALL,
            fill=INK_2 if row == len(lines) - 1 else INK,
            font_weight=None if row == len(lines) - 1 else 600,
            text_anchor="middle",
        )
        for row, line in enumerate(lines)
    )
