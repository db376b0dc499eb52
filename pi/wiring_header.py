"""The 40-pin header in the wiring picture: a flag on every pin in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.header import HEADER
from core.wiring import spans
from pi.drawing import (
    BODY,
    INK,
    INK_2,
    MUTED,
    SURFACE,
    WELL,
    badge,
    box,
    card,
    element,
    group,
    text,
    wire,
)
from pi.wiring_parts import net_colour

if TYPE_CHECKING:
    from core.header import HeaderPin
    from core.wiring import Net, Wiring

ROW = 44.0
TOP = 124.0
HEIGHT = TOP + 20 * ROW + 62
_MIDDLE = 360.0
_PAD = 44.0
_STUB_FROM, _STUB_TO = 152.0, 186.0
_FLAG_TO = 340.0
_MOST_CHARS = 10
_SUPPLY = {"3.3 V": "to every VDD", "5 V": "analogue side", "GND": "to every GND"}


def draw_header(wiring: Wiring, x: float, y: float, width: float) -> str:
    """Draw the header as it lies when the board's USB sockets point down."""
    nets = {net.pin: net for net in wiring.nets}
    pins = [_pin(wiring, pin, nets.get(pin.number), x + _MIDDLE, y + TOP) for pin in HEADER]
    top = y + TOP - ROW / 2 - 6
    board = box(x + _MIDDLE - _PAD - 4, top, 2 * _PAD + 8, 20 * ROW + 12, rx=12, fill=INK)
    return group(
        card(
            x,
            y,
            width,
            HEIGHT,
            "The header",
            "From above, USB sockets towards you; pin 1 is square.",
        ),
        board,
        *pins,
        text(
            x + 28,
            y + HEIGHT - 26,
            _note(wiring),
            fill=INK_2,
        ),
        id="header",
    )


def _note(wiring: Wiring) -> str:
    if wiring.layout.spec.indicators:
        return "Lights through 330 Ω each; lights, buzzer and button end at GND."
    return "Pins without a flag stay free; any GND pin will do."


def _pin(wiring: Wiring, pin: HeaderPin, net: Net | None, middle: float, top: float) -> str:
    # Odd pins stand in the left column, even ones in the right.
    side = -1 if pin.number % 2 else 1
    y = top + (pin.number - 1) // 2 * ROW
    colour = net_colour(wiring, net) if net else WELL
    return group(
        _flag(net, colour, middle, y, side) if net else "",
        _pad(pin, net, colour, middle + side * _PAD / 2, y),
        text(
            middle + side * (_PAD + 14),
            y + 6,
            pin.name if pin.kind != "ID" else f"ID {pin.gpio}",
            fill=INK if net else MUTED,
            font_weight=600 if net else None,
            text_anchor="start" if side > 0 else "end",
        ),
        title=f"Pin {pin.number}, {pin.name}: {net.goes_to if net else 'free'}",
        data_pin=pin.number,
        data_gpio=pin.gpio,
        data_role=net.role if net else None,
        data_cells=" ".join(map(str, net.cells)) if net else None,
    )


def _pad(pin: HeaderPin, net: Net | None, colour: str, x: float, y: float) -> str:
    # Pin 1 is square, as on the board.
    shape = {
        "x": x - 17,
        "y": y - 17,
        "width": 34,
        "height": 34,
        "rx": 4 if pin.number == 1 else 17,
    }
    return element("rect", **shape, fill=colour, stroke=SURFACE, stroke_width=2) + text(
        x,
        y + 6,
        str(pin.number),
        fill=SURFACE if net else INK_2,
        font_weight=600,
        text_anchor="middle",
    )


def _flag(net: Net, colour: str, middle: float, y: float, side: int) -> str:
    near, far = middle + side * (_STUB_TO - 4), middle + side * _FLAG_TO
    line = wire(f"M{middle + side * _STUB_FROM} {y}H{near}", colour, dashed=net.role == "sck")
    left, width = min(near, far), abs(far - near)
    body = box(left, y - 19, width, 38, rx=19, fill=SURFACE, stroke=colour, stroke_width=2)
    return line + body + _words(net, colour, left, width, y, side)


def _words(net: Net, colour: str, left: float, width: float, y: float, side: int) -> str:
    if len(net.cells) == 1 and net.role in ("dout", "sck"):
        at, words_at = (left + 19, left + 46) if side > 0 else (left + width - 19, left + 18)
        return badge(at, y, net.cells[0], colour, 17) + text(
            words_at, y + 7, net.role.upper(), BODY, font_weight=600
        )
    words = _clock(net) if net.role == "sck" else _SUPPLY.get(net.name, net.goes_to)
    return text(left + width / 2, y + 7, words, text_anchor="middle")


def _clock(net: Net) -> str:
    cells = spans(net.cells)
    return f"SCK {cells}" if len(cells) <= _MOST_CHARS else f"SCK, {len(net.cells)} cells"
