"""The wiring picture of a layout as an SVG: header, feet, converters, one of them enlarged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi.drawing import BG, FONT, INK_2, LEAD, TITLE, attributes, box, escape, short, text
from pi.wiring_converters import converters_height, draw_converters
from pi.wiring_detail import HEIGHT as DETAIL_HEIGHT
from pi.wiring_detail import draw_detail
from pi.wiring_feet import draw_feet
from pi.wiring_header import HEIGHT as HEADER_HEIGHT
from pi.wiring_header import draw_header
from pi.wiring_legend import HEIGHT as LEGEND_HEIGHT
from pi.wiring_legend import draw_legend

if TYPE_CHECKING:
    from core.wiring import Wiring

WIDTH, MARGIN, GAP = 1400.0, 40.0, 24.0
_HEADER_WIDTH = 720.0
_TOP = 160.0
MARK = 'data-made-by="reflexmat layout wiring"'
"""What tells our pictures from other people's: only these are written over."""


def draw_wiring(wiring: Wiring) -> str:
    """Draw a mat's wiring.

    Parameters
    ----------
    wiring : Wiring

    Returns
    -------
    str
        SVG, 1400 wide. `g[data-pin]` are the header's pins, `g[data-cell]` the converters, both
        with pins and GPIO numbers as data attributes.
    """
    inner = WIDTH - 2 * MARGIN
    feet_x = MARGIN + _HEADER_WIDTH + GAP
    feet_width = MARGIN + inner - feet_x
    converters_y = _TOP + HEADER_HEIGHT + GAP
    detail_y = converters_y + converters_height(wiring) + GAP
    height = detail_y + DETAIL_HEIGHT + MARGIN
    parts = (
        _head(wiring),
        draw_header(wiring, MARGIN, _TOP, _HEADER_WIDTH),
        draw_feet(wiring, feet_x, _TOP, feet_width, HEADER_HEIGHT - LEGEND_HEIGHT - GAP),
        draw_legend(feet_x, _TOP + HEADER_HEIGHT - LEGEND_HEIGHT, feet_width),
        draw_converters(wiring, MARGIN, converters_y, inner),
        draw_detail(wiring, MARGIN, detail_y, inner),
    )
    return _open(wiring, height) + "".join(parts) + "</svg>\n"


def _open(wiring: Wiring, height: float) -> str:
    layout = wiring.layout
    root = attributes(
        {
            "viewBox": f"0 0 {WIDTH:g} {height:g}",
            "width": WIDTH,
            "height": height,
            "font_family": FONT,
            "role": "img",
            "data_layout": layout.spec.id,
            "data_hash": layout.hash,
        }
    ).replace("view-box", "viewBox")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {MARK}{root}>\n'
        f"<title>{escape(_title(wiring))}</title>\n"
        f"<desc>{escape('; '.join(f'pin {n.pin} {n.name}: {n.goes_to}' for n in wiring.nets))}"
        "</desc>\n" + box(0, 0, WIDTH, height, fill=BG) + "\n"
    )


def _title(wiring: Wiring) -> str:
    return f"Wiring of {wiring.layout.spec.id}"


def _head(wiring: Wiring) -> str:
    spec = wiring.layout.spec
    right = WIDTH - MARGIN
    return (
        text(MARGIN, 76, _title(wiring), TITLE, font_weight=700)
        + text(MARGIN, 118, f"{short(spec.name, 40)}: {_clocks(wiring)}", LEAD, fill=INK_2)
        + text(right, 76, f"layout {spec.id}", LEAD, text_anchor="end")
        + text(right, 118, f"hash {wiring.layout.hash}", LEAD, fill=INK_2, text_anchor="end")
        + "\n"
    )


def _clocks(wiring: Wiring) -> str:
    n_cells, n_clocks = len(wiring.cells), len(wiring.clock_cells)
    if n_clocks == n_cells:
        return f"{n_cells} cells, each with a clock line of its own"
    return f"{n_cells} cells on {'one clock line' if n_clocks == 1 else f'{n_clocks} clock lines'}"
