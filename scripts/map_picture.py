"""The pressure map of somebody who stands on the mat, as the Live room draws it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from core.class_limits import CLASS_LIMITS, UNSET_CLASS
from core.engine import Engine
from core.layout import FEET, FOOT_GAP_MM
from core.maps import COLUMNS, MARGIN_MM, ROWS, FootMap, map_operator
from core.profiles import Profile
from core.telemetry import layout_info
from pi.drawing import EDGE, INK, INK_2, SMALL, SURFACE, box, element, group, text
from scripts.feet_drawing import (
    FEET_HEIGHT,
    FEET_WIDTH,
    FOOT_MM,
    MARGIN,
    PX_PER_MM,
    TOP,
    Sheet,
    feet_card,
    foot_path,
    foot_shape,
    path,
    point,
    side,
)
from scripts.png import png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout
    from core.layout_spec import ZoneSpec

STAND_KPA = {
    "l_toes": 38, "l_mth1": 74, "l_mth23": 68, "l_mth45": 61, "l_arch_lat": 34,
    "l_heel_med": 96, "l_heel_lat": 92,
    "r_toes": 31, "r_mth1": 66, "r_mth23": 71, "r_mth45": 52, "r_arch_lat": 27,
    "r_heel_med": 84, "r_heel_lat": 79,
}  # fmt: skip
"""Estimated peaks of somebody of 72 kg who leans a little to the left; no contact elsewhere."""

CIVIDIS = (
    0x00224E, 0x002E6A, 0x1A386F, 0x32436D, 0x434E6C, 0x535A6D, 0x61656F, 0x6F7073, 0x7D7C78,
    0x8C8878, 0x9B9476, 0xABA072, 0xBCAE6C, 0xCDBB63, 0xDEC958, 0xF0D846, 0xFEE838,
)  # fmt: skip
"""As in dashboard/static/cividis.js."""

_STEPS = 256
_HALF = 0.5

_FINER = 3
_SCALE_PX = 760.0


def draw_map(layout: MatLayout) -> str:
    """Draw the map of `STAND_KPA` on a layout that has its zones."""
    engine = Engine(layout, Profile())
    info = layout_info(engine)
    limit_kpa = engine.limits.kpa("limit")
    peak_kpa = np.array([STAND_KPA.get(zone.id, 0) for zone in info.zones], float)
    maps = map_operator(info.zones, info.foot_mm)
    sheet = Sheet(
        FEET_WIDTH + 2 * MARGIN,
        TOP + FEET_HEIGHT + 132,
        "Pressure map of a stand",
        "72 kg, leaning a little to the left. Numbers: estimated peak, kPa. Between them: made up.",
    )
    feet = [_foot(foot, maps[foot], peak_kpa / limit_kpa, layout) for foot in FEET]
    numbers = [_number(zone) for zone in layout.spec.zone if zone.id in STAND_KPA]
    return sheet.drawn(feet_card(), *feet, *numbers, _scale())


def _foot(foot: str, one: FootMap, share: NDArray[np.float64], layout: MatLayout) -> str:
    """Draw a foot: its field cut at the outline, and paper where nothing touches."""
    field = _finer(_carried_on(one.field(share)))
    hole = _hole(foot, _finer(_carried_on(_part(one, share == 0))))
    free = [zone for zone in layout.spec.zone if zone.foot == foot and zone.id not in STAND_KPA]
    inked = [zone for zone in layout.spec.zone if zone.foot == foot and zone not in free]
    return (
        _clip(foot, foot_path(foot))
        + _clip(f"{foot}-ink", "".join(path(zone.polygon_mm) for zone in inked))
        + _clip(f"{foot}-free", "".join(path(zone.polygon_mm) for zone in free))
        + group(_image(foot, field), hole, clip_path=f"url(#{foot})")
        + foot_shape(foot, clip_path=f"url(#{foot}-ink)")
        + foot_shape(foot, clip_path=f"url(#{foot}-free)", stroke_dasharray="9 7")
        + "".join(_no_contact(zone) for zone in free)
    )


def _clip(name: str, shape: str) -> str:
    inside = element("path", d=shape)
    return f'<clipPath id="{name}">{inside}</clipPath>\n'


def _part(one: FootMap, of: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much of each point belongs to some of the zones; a trace where none of it does."""
    everything = one.weights.sum(axis=2)
    own = one.weights[:, :, of[one.zone_index]].sum(axis=2)
    part: NDArray[np.float64] = np.maximum(own, 1e-9) / np.where(everything > 0, everything, 1.0)
    return np.where(everything > 0, part, 0.0)


def _carried_on(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give points outside the outline the highest of their neighbours, for a smooth edge."""
    field = field.copy()
    while (field == 0).any():
        around = np.pad(field, 1)
        near = np.max(
            [around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:]], axis=0
        )
        field = np.where(field > 0, field, near)
    return field


def _hole(foot: str, part: NDArray[np.float64]) -> str:
    """Paper where most of a point belongs to zones without contact: one run of each row."""
    edges = []
    for row, line in enumerate(part):
        own = np.flatnonzero(line > _HALF)
        if len(own):
            edges.append((row, _crossing(line, own[0], -1), _crossing(line, own[-1], 1)))
    near = [_place(foot, row, low) for row, low, _ in edges]
    far = [_place(foot, row, high) for row, _, high in edges]
    return element("path", d=path([*near, *far[::-1]]), fill=SURFACE)


def _crossing(line: NDArray[np.float64], at: int, step: int) -> float:
    """Where a row falls below a half, between one point and the next."""
    beyond = int(at) + step
    if not 0 <= beyond < len(line):
        return float(at)
    return float(at + step * (line[at] - _HALF) / (line[at] - line[beyond]))


def _place(foot: str, row: int, column: float) -> tuple[float, float]:
    """Place of a point of the finer grid on the mat."""
    length, width = FOOT_MM
    x = (column + 0.5) / (COLUMNS * _FINER) * (width + 2 * MARGIN_MM) - MARGIN_MM
    y = (row + 0.5) / (ROWS * _FINER) * (length + 2 * MARGIN_MM) - MARGIN_MM
    return side(foot) * (FOOT_GAP_MM / 2 + x), y


def _finer(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw the same field on a finer grid, straight between points, then smoothed a little."""
    for axis, count in enumerate((ROWS, COLUMNS)):
        at = (np.arange(count * _FINER) + 0.5) / _FINER - 0.5
        low = np.clip(np.floor(at).astype(int), 0, count - 2)
        part = np.clip(at - low, 0.0, 1.0)
        part = part[:, None] if axis == 0 else part
        a, b = np.take(field, low, axis), np.take(field, low + 1, axis)
        field = a + (b - a) * part
    for _ in range(3):
        for axis in (0, 1):
            padded = np.pad(field, [(1, 1) if k == axis else (0, 0) for k in (0, 1)], "edge")
            n = field.shape[axis]
            one, two, three = (np.take(padded, np.arange(k, n + k), axis) for k in range(3))
            field = (one + 2 * two + three) / 4
    return field


def _image(foot: str, field: NDArray[np.float64]) -> str:
    # Rounded first, so that no machine's last digit moves a colour.
    steps = np.rint(np.clip(np.round(field, 9), 0, 1) * (_STEPS - 1)).astype(np.uint8)
    pixels = steps[::-1]
    length, width = (mm + 2 * MARGIN_MM for mm in FOOT_MM)
    near = FOOT_GAP_MM / 2 - MARGIN_MM
    x, y = point((near if foot == "right" else -near - width, length - MARGIN_MM))
    return _png(pixels[:, ::-1] if foot == "left" else pixels, x, y, width, length)


def _png(pixels: NDArray[np.uint8], x: float, y: float, width_mm: float, height_mm: float) -> str:
    data = base64.b64encode(png(pixels, _palette())).decode()
    return element(
        "image", x=x, y=y, width=width_mm * PX_PER_MM, height=height_mm * PX_PER_MM,
        href=f"data:image/png;base64,{data}",
    ).replace("<image", '<image preserveAspectRatio="none"') + "\n"  # fmt: skip


def _palette() -> list[tuple[int, int, int]]:
    stops = np.array([[(c >> shift) & 255 for shift in (16, 8, 0)] for c in CIVIDIS], float)
    at = np.linspace(0, len(CIVIDIS) - 1, _STEPS)
    channels = [np.interp(at, np.arange(len(CIVIDIS)), stops[:, k]).astype(int) for k in range(3)]
    return [(int(red), int(green), int(blue)) for red, green, blue in np.transpose(channels)]


def _no_contact(zone: ZoneSpec) -> str:
    x, y = point(zone.label_mm or (0.0, 0.0))
    # The inner arch is narrow: its label leans to where there is most room.
    x += side(zone.foot) * 24
    return "".join(
        text(x, y + down, word, SMALL, fill=INK_2, text_anchor="middle")
        for word, down in (("no", -6), ("contact", 16))
    )


def _number(zone: ZoneSpec) -> str:
    x, y = point(zone.label_mm or (0.0, 0.0))
    words = f"{STAND_KPA[zone.id]:.2g}"
    width = 14 + 11 * len(words)
    return group(
        box(x - width / 2, y - 15, width, 30, rx=15, fill=SURFACE, stroke=EDGE),
        text(x, y + 6.5, words, SMALL, font_weight=600, text_anchor="middle"),
        title=f"{zone.name}: about {words} kPa",
    )


def _scale() -> str:
    """Draw the scale: share of the limit, in kPa of a class 1 zone."""
    row = CLASS_LIMITS[UNSET_CLASS]
    x, y = MARGIN + (FEET_WIDTH - _SCALE_PX) / 2, TOP + FEET_HEIGHT + 26
    ramp = _png(
        np.arange(_STEPS, dtype=np.uint8)[None], x, y, _SCALE_PX / PX_PER_MM, 24 / PX_PER_MM
    )
    marks = (
        (0.0, "0 kPa"),
        (row.advisory_kpa, f"{row.advisory_kpa:g} advisory"),
        (row.warning_kpa, f"{row.warning_kpa:g} warning"),
        (row.limit_kpa, f"{row.limit_kpa:g} limit"),
    )
    names = []
    for kpa, words in marks:
        at = x + kpa / row.limit_kpa * _SCALE_PX
        names += [
            element("path", d=f"M{at:g} {y:g}v34", stroke=INK, stroke_width=2),
            text(at, y + 58, words, SMALL, text_anchor="middle"),
        ]
    return ramp + "".join(names)
