"""SVG as text: the few shapes that the wiring picture is made of, and its colours.

Everything that comes from a layout file passes `escape` here: names are text, never markup.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape as _escape
from xml.sax.saxutils import quoteattr

# The colours of the pages (dashboard/static/tokens.css), light set.
BG, SURFACE, WELL = "#f4f1ee", "#ffffff", "#ebe6e3"
INK, INK_2, MUTED = "#1f1822", "#4a414d", "#6f6772"
RULE, EDGE = "#ddd6d4", "#827884"
ACCENT, ACCENT_SOFT = "#5e2a66", "#efe4f0"
# Red and amber mean alarms in the pages. On a wiring picture they are what anyone who solders
# expects of a supply and of a load cell's leads, so here they keep that older meaning.
RED, ORANGE, BLACK, WHITE, GREEN = "#b3001b", "#b34700", "#1f1822", "#ffffff", "#1d6b3a"

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif'
SMALL, BODY, LEAD, HEAD, TITLE = 18, 20, 22, 28, 44

_AIR = 14.0
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """Make text safe inside an element; what XML cannot hold becomes the sign for unknown."""
    return _escape(_clean(text))


def attributes(values: dict[str, object]) -> str:
    """Write attributes; `data_cell` becomes `data-cell`, None is left out."""
    return "".join(
        f" {name.replace('_', '-')}={quoteattr(_clean(_text(value)))}"
        for name, value in values.items()
        if value is not None
    )


def element(tag: str, **values: object) -> str:
    """Write an element without content."""
    return f"<{tag}{attributes(values)}/>"


def group(*parts: str, title: str = "", **values: object) -> str:
    """Write a group; the title is what a reader or a pointer finds."""
    about = f"<title>{escape(title)}</title>" if title else ""
    return f"<g{attributes(values)}>{about}{''.join(parts)}</g>\n"


def text(
    x: float, y: float, words: str, size: int = SMALL, *, fill: str = INK, **values: object
) -> str:
    """Write one line of text; y is its baseline."""
    values = {"x": x, "y": y, "font_size": size, "fill": fill, **values}
    return f"<text{attributes(values)}>{escape(words)}</text>"


def lines_of_text(x: float, y: float, lines: tuple[str, ...], *, step: float = 27) -> str:
    """Write lines under each other; one that begins with `*` is strong."""
    # Air above each strong line but the first.
    air = [0.0]
    for line in lines[1:]:
        air.append(air[-1] + (_AIR if line.startswith("*") else 0))
    return "".join(
        text(
            x,
            y + row * step + air[row],
            line.lstrip("*"),
            fill=INK if line.startswith("*") else INK_2,
            font_weight=600 if line.startswith("*") else None,
        )
        for row, line in enumerate(lines)
    )


def box(x: float, y: float, width: float, height: float, **values: object) -> str:
    """Draw a rectangle; `rx` rounds it."""
    return element("rect", x=x, y=y, width=width, height=height, **values)


def card(x: float, y: float, width: float, height: float, title: str, about: str = "") -> str:
    """Draw the ground of a part of the picture, with its heading."""
    return (
        box(x, y, width, height, rx=20, fill=SURFACE, stroke=RULE)
        + text(x + 28, y + 46, title, HEAD, font_weight=600)
        + text(x + 28, y + 76, about, fill=INK_2)
    )


def wire(path: str, colour: str, *, width: float = 4, dashed: bool = False) -> str:
    """Draw a wire: white beside it, so that crossing wires stay apart; dashed for a clock."""
    dash = "9 5" if dashed else None
    common = {"d": path, "fill": "none", "stroke_linejoin": "round"}
    return element("path", **common, stroke=SURFACE, stroke_width=width + 4) + element(
        "path", **common, stroke=colour, stroke_width=width, stroke_dasharray=dash
    )


def badge(x: float, y: float, number: int, colour: str, radius: float = 19) -> str:
    """Draw the number of a cell on its colour."""
    return element(
        "circle", cx=x, cy=y, r=radius, fill=colour, stroke=SURFACE, stroke_width=2
    ) + text(x, y + 7, str(number), BODY, fill=SURFACE, font_weight=700, text_anchor="middle")


def short(words: str, most: int) -> str:
    """Cut words that would run out of their place."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _clean(words: str) -> str:
    return _NOT_XML.sub("\ufffd", words)


def _text(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
