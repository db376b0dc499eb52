"""What the pictures of the feet agree on: the sheet, the mat's millimetres on it, the outlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.layout import FEET, FOOT_GAP_MM
from core.maps import outline
from pi.drawing import (
    BG,
    FONT,
    INK,
    INK_2,
    LEAD,
    RULE,
    SURFACE,
    TITLE,
    attributes,
    box,
    element,
    escape,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MARGIN = 40.0
TOP = 172.0
"""Where the sheet's head ends."""

PX_PER_MM = 3.6
FOOT_MM = (260.0, 98.0)
FEET_WIDTH, FEET_HEIGHT = 1040.0, 1080.0
"""Of the card with both feet."""

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Sheet:
    """A picture: its size and its head.

    Attributes
    ----------
    width, height : float
    title, about : str
    """

    width: float
    height: float
    title: str
    about: str

    def drawn(self, *parts: str) -> str:
        """Write the SVG with these parts on it."""
        root = attributes(
            {
                "viewBox": f"0 0 {self.width:g} {self.height:g}",
                "width": self.width,
                "height": self.height,
                "font_family": FONT,
                "role": "img",
            }
        ).replace("view-box", "viewBox")
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg"{root}>\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.about)}</desc>\n",
            box(0, 0, self.width, self.height, fill=BG) + "\n",
            text(MARGIN, 86, self.title, TITLE, font_weight=600) + "\n",
            text(MARGIN, 130, self.about, LEAD, fill=INK_2) + "\n",
        )
        return "".join((*head, *parts, "</svg>\n"))


def feet_card() -> str:
    """Draw the ground of the feet, with the name of each foot."""
    ground = box(MARGIN, TOP, FEET_WIDTH, FEET_HEIGHT, rx=20, fill=SURFACE, stroke=RULE)
    names = [
        text(*point((side(foot) * 79.0, -17.0)), f"{foot.capitalize()} foot", LEAD,
             fill=INK_2, text_anchor="middle")
        for foot in FEET
    ]  # fmt: skip
    return ground + "".join(names) + "\n"


def side(foot: str) -> float:
    """Return -1 for the left foot, 1 for the right."""
    return 1.0 if foot == "right" else -1.0


def point(at_mm: Iterable[float]) -> tuple[float, float]:
    """Place of the mat on the sheet: y grows downwards there."""
    x, y = at_mm
    return MARGIN + FEET_WIDTH / 2 + x * PX_PER_MM, TOP + FEET_HEIGHT - 96 - y * PX_PER_MM


def path(points_mm: Iterable[Iterable[float]]) -> str:
    """Write a closed line through places of the mat."""
    corners = (point(at) for at in points_mm)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


def on_the_mat(foot: str, fractions: Iterable[Iterable[float]]) -> list[tuple[float, float]]:
    """Foot fractions to millimetres of the mat."""
    length, width = FOOT_MM
    return [(side(foot) * (FOOT_GAP_MM / 2 + x * width), y * length) for x, y in fractions]


def foot_path(foot: str) -> str:
    """Write the outlines of a foot as one path."""
    return "".join(path(on_the_mat(foot, part)) for part in outline().values())


def foot_shape(foot: str, **values: object) -> str:
    """Draw a foot: its outlines in ink, or as told."""
    ink = {"fill": "none", "stroke": INK, "stroke_width": 2, "stroke_linejoin": "round"}
    return element("path", d=foot_path(foot), **{**ink, **values}) + "\n"
