"""The traditional reflex points of both feet, numbered, with their names beside them."""

from __future__ import annotations

import tomllib
from importlib import resources

import msgspec

from core.layout import FEET
from pi.drawing import ACCENT, BODY, INK_2, WELL, badge, card, group, text
from scripts.feet_drawing import (
    FEET_HEIGHT,
    FEET_WIDTH,
    MARGIN,
    TOP,
    Sheet,
    feet_card,
    foot_shape,
    on_the_mat,
    point,
)

_LIST_WIDTH, _ROW, _RADIUS = 440.0, 50.0, 16.0


class ReflexPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One point, in foot fractions.

    Attributes
    ----------
    name : str
    x, y : tuple of float
        Range that charts give.
    at : tuple of float
        Place of its number, inside the outline.
    """

    name: str
    x: tuple[float, float]
    y: tuple[float, float]
    at: tuple[float, float]


def reflex_points() -> list[ReflexPoint]:
    """Read the points, from toes to heel."""
    raw = resources.files("scripts").joinpath("reflex_points.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(raw)["point"], list[ReflexPoint])


def draw_reflex_points() -> str:
    """Draw the points on both feet."""
    sheet = Sheet(
        FEET_WIDTH + _LIST_WIDTH + 2 * MARGIN + 24,
        TOP + FEET_HEIGHT + MARGIN,
        "Traditional reflex points",
        "As charts commonly draw them. A tradition, not anatomy; no effect is claimed.",
    )
    points = reflex_points()
    feet = [foot_shape(foot, fill=WELL) + _numbers(foot, points) for foot in FEET]
    return sheet.drawn(feet_card(), *feet, _names(points))


def _numbers(foot: str, points: list[ReflexPoint]) -> str:
    parts = []
    for number, each in enumerate(points, 1):
        (at_mm,) = on_the_mat(foot, [each.at])
        parts.append(
            group(
                badge(*point(at_mm), number, ACCENT, _RADIUS),
                title=f"traditional: {each.name}",
                data_point=number,
            )
        )
    return "".join(parts)


def _names(points: list[ReflexPoint]) -> str:
    x = MARGIN + FEET_WIDTH + 24
    ground = card(x, TOP, _LIST_WIDTH, FEET_HEIGHT, "Traditional names", "")
    rows = [
        badge(x + 46, TOP + 96 + row * _ROW, row + 1, ACCENT, _RADIUS)
        + text(x + 78, TOP + 103 + row * _ROW, each.name, BODY)
        for row, each in enumerate(points)
    ]
    notes = (
        "The limits of your profile always come",
        "before a point. Sore, swollen or broken",
        "skin: do not press there.",
    )
    said = [text(x + 28, TOP + 960 + row * 27, line, fill=INK_2) for row, line in enumerate(notes)]
    return ground + "".join((*rows, *said))
