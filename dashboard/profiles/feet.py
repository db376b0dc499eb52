"""Two feet with their zones as SVG paths; millimetres, y downwards. Pure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from dashboard.assets import foot_outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.wire import LayoutInfo, Point

Foot = Literal["left", "right"]

HALF_GAP_MM, MARGIN_MM, BELOW_MM = 30.0, 16.0, 30.0
"""Each foot begins so far from the middle of the mat, as on the live page; room around them."""


class _Outline(msgspec.Struct, frozen=True):
    """Fractions of width and length, of a left foot seen from above as `core/foot.json` says."""

    sole: tuple[tuple[float, float], ...]
    toes: dict[str, tuple[tuple[float, float], ...]]


class FootDrawing(NamedTuple):
    """One foot.

    Attributes
    ----------
    foot : str
    outline : str
        Path data.
    label_mm : tuple of float
        Where its name stands.
    """

    foot: Foot
    outline: str
    label_mm: tuple[float, float]


class Drawing(NamedTuple):
    """Both feet.

    Attributes
    ----------
    box : str
        The view box.
    feet : tuple of FootDrawing
    zones : dict of str to str
        Path data by id of the zone.
    """

    box: str
    feet: tuple[FootDrawing, ...]
    zones: dict[str, str]


def draw(layout: LayoutInfo) -> Drawing:
    """Draw the feet of a layout."""
    length_mm, width_mm = layout.foot_mm
    half_mm = HALF_GAP_MM + width_mm + MARGIN_MM
    top_mm = length_mm + MARGIN_MM
    box = f"{-half_mm:g} {-top_mm:g} {2 * half_mm:g} {top_mm + BELOW_MM:g}"
    feet = (_foot("left", -1, layout), _foot("right", 1, layout))
    return Drawing(box, feet, {zone.id: _polygon(zone.polygon_mm) for zone in layout.zones})


def _foot(foot: Foot, sign: int, layout: LayoutInfo) -> FootDrawing:
    length_mm, width_mm = layout.foot_mm
    outline = _outline()
    parts = (
        [(sign * (HALF_GAP_MM + x * width_mm), y * length_mm) for x, y in part]
        for part in (outline.sole, *outline.toes.values())
    )
    label_mm = sign * (HALF_GAP_MM + 0.4 * width_mm)
    return FootDrawing(foot, "".join(_smooth(part) for part in parts), (label_mm, 22.0))


@cache
def _outline() -> _Outline:
    return msgspec.json.decode(foot_outline().content, type=_Outline)


def _smooth(points: Sequence[Point]) -> str:
    curves = "".join(
        f"Q{_at(point)} {_at(_middle(point, after))}"
        for point, after in zip(points, (*points[1:], points[0]), strict=True)
    )
    return f"M{_at(_middle(points[-1], points[0]))}{curves}Z"


def _polygon(points: Sequence[Point]) -> str:
    return f"M{'L'.join(map(_at, points))}Z"


def _middle(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {-point[1]:.1f}"
