"""The two feet in the wiring picture: plates, outlines, and where each cell sits."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from core.layout import FOOT_GAP_MM
from pi.drawing import (
    ACCENT_SOFT,
    EDGE,
    INK,
    INK_2,
    WELL,
    badge,
    card,
    element,
    group,
    text,
)
from pi.wiring_parts import colour_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.layout import MatLayout
    from core.wiring import Wiring

_MARGIN = 44.0
_ABOVE, _BELOW = 104.0, 140.0


class _Frame:
    """Millimetres of the mat to the picture: y grows downwards there."""

    def __init__(self, layout: MatLayout, box: tuple[float, float, float, float]) -> None:
        x, y, width, height = box
        points = np.array([p for shape in _everything(layout) for p in shape])
        low, high = points.min(axis=0), points.max(axis=0)
        self._scale = float(min(width / (high[0] - low[0]), height / (high[1] - low[1])))
        middle = (low + high) / 2
        self._x = x + width / 2 - float(middle[0]) * self._scale
        self._y = y + height / 2 + float(middle[1]) * self._scale

    def point(self, at_mm: Iterable[float]) -> tuple[float, float]:
        x, y = at_mm
        return self._x + x * self._scale, self._y - y * self._scale

    def path(self, points_mm: Iterable[Iterable[float]]) -> str:
        corners = (self.point(point) for point in points_mm)
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


def draw_feet(wiring: Wiring, x: float, y: float, width: float, height: float) -> str:
    """Draw both feet with their plates and the numbers of the cells under them."""
    layout = wiring.layout
    inner = (x + _MARGIN, y + _ABOVE, width - 2 * _MARGIN, height - _ABOVE - _BELOW)
    frame = _Frame(layout, inner)
    return group(
        card(x, y, width, height, "Where each cell sits", "Seen from above, toes up."),
        *_plates(layout, frame),
        *_outlines(layout, frame),
        *_cells(wiring, frame),
        *_names(layout, frame, y + height - 96),
        text(x + 28, y + height - 53, _note(wiring)[0], fill=INK_2),
        text(x + 28, y + height - 26, _note(wiring)[1], fill=INK_2),
        id="feet",
    )


def _note(wiring: Wiring) -> tuple[str, str]:
    if all(cell.at_mm is not None for cell in wiring.layout.spec.cell):
        return "Cells stand where at_mm in the layout says.", ""
    return (
        "Cells without at_mm stand about the middle of their",
        "plate. Numbers: the [[cell]] tables, in their order.",
    )


def _plates(layout: MatLayout, frame: _Frame) -> list[str]:
    return [
        element(
            "path",
            d=frame.path(zone.polygon_mm),
            fill=ACCENT_SOFT if index % 2 else WELL,
            stroke=EDGE,
            stroke_width=1.5,
            stroke_linejoin="round",
            data_zone=zone.id,
        )
        for index, zone in enumerate(layout.spec.zone)
    ]


def _everything(layout: MatLayout) -> list[Iterable[Iterable[float]]]:
    return [*(zone.polygon_mm for zone in layout.spec.zone), *_soles(layout)]


def _soles(layout: MatLayout) -> list[list[tuple[float, float]]]:
    """Outlines of both feet on the mat: soles and toes."""
    foot = json.loads(resources.files("core").joinpath("foot.json").read_text("utf-8"))
    shapes = [foot["sole"], *foot["toes"].values()]
    return [
        _on_the_mat(shape, side, layout.spec.foot_mm) for side in (-1.0, 1.0) for shape in shapes
    ]


def _outlines(layout: MatLayout, frame: _Frame) -> list[str]:
    return [
        element(
            "path",
            d=frame.path(sole),
            fill="none",
            stroke=INK,
            stroke_width=2,
            stroke_linejoin="round",
        )
        for sole in _soles(layout)
    ]


def _on_the_mat(
    shape: list[list[float]], side: float, foot_mm: tuple[float, float]
) -> list[tuple[float, float]]:
    length, width = foot_mm
    return [(side * (FOOT_GAP_MM / 2 + x * width), y * length) for x, y in shape]


def _cells(wiring: Wiring, frame: _Frame) -> list[str]:
    found = []
    for cell in wiring.cells:
        x, y = frame.point(cell.at_mm)
        found.append(
            group(
                badge(x, y, cell.number, colour_of(cell), 21),
                title=f"Cell {cell.number}: {cell.foot} {cell.zone_name}, {cell.capacity_n:g} N",
                data_place=cell.number,
            )
        )
    return found


def _names(layout: MatLayout, frame: _Frame, y: float) -> list[str]:
    middle = FOOT_GAP_MM / 2 + layout.spec.foot_mm[1] / 2
    return [
        text(frame.point((side * middle, 0))[0], y, name, font_weight=600, text_anchor="middle")
        for side, name in ((-1, "Left"), (1, "Right"))
    ]
