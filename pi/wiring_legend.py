"""The signs of the wiring picture, explained: it can be read without its colours."""

from __future__ import annotations

from pi.drawing import ACCENT, BLACK, EDGE, ORANGE, RED, badge, card, element, group, text, wire

HEIGHT = 322.0
_LINES = (
    (ACCENT, False, "data of one cell, DOUT"),
    (ACCENT, True, "clock, SCK; a dot where lines join"),
    (ORANGE, False, "3.3 V"),
    (RED, False, "5 V, analogue side only"),
    (BLACK, False, "ground"),
)
_STEP = 38.0


def draw_legend(x: float, y: float, width: float) -> str:
    """Draw the legend."""
    rows = [_row(x + 28, y + 92 + row * _STEP, *line) for row, line in enumerate(_LINES)]
    last = y + 92 + len(_LINES) * _STEP
    number = badge(x + 62, last, 7, EDGE, 17) + text(
        x + 116, last + 6, "cell: the number tells, the colour helps"
    )
    return group(card(x, y, width, HEIGHT, "Signs"), *rows, number, id="legend")


def _row(x: float, y: float, colour: str, dashed: bool, words: str) -> str:  # noqa: FBT001
    line = wire(f"M{x} {y}H{x + 68}", colour, dashed=dashed)
    dot = element("circle", cx=x + 34, cy=y, r=6, fill=colour) if dashed else ""
    return line + dot + text(x + 88, y + 6, words)
