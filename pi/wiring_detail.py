"""One converter enlarged, with every wire named at both ends, and what to mind when soldering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.wiring import ANALOG_PIN, GROUND_PIN, SUPPLY_PIN
from pi.drawing import (
    ACCENT,
    ACCENT_SOFT,
    BLACK,
    BODY,
    EDGE,
    GREEN,
    HEAD,
    INK,
    INK_2,
    ORANGE,
    RED,
    SURFACE,
    WELL,
    WHITE,
    box,
    card,
    element,
    group,
    lines_of_text,
    text,
    wire,
)
from pi.wiring_parts import clock_colour, colour_of

if TYPE_CHECKING:
    from core.wiring import WiredCell, Wiring

HEIGHT = 668.0
_DETAIL_WIDTH, _GAP = 868.0, 24.0
_CHIP, _CHIP_END, _PI = 322.0, 502.0, 716.0
_VCC, _VDD, _RATE, _GND, _DOUT, _SCK = 150.0, 214.0, 270.0, 342.0, 424.0, 496.0
_LEADS = (
    ("E+", "red", RED, 190.0),
    ("E−", "black", BLACK, 270.0),
    ("A−", "white", WHITE, 350.0),
    ("A+", "green", GREEN, 430.0),
)
_SUPPLY_WORDS = (
    "A module with VCC and VDD: VCC to 5 V, for the analogue side.",
    "A module with VCC alone: VCC to 3.3 V, pin 1. Then 5 V goes nowhere.",
)
_NOTES = (
    "*3.3 V on VDD, never 5 V.",
    "DOUT has the voltage of VDD, and the",
    "Pi's pins bear 3.3 V. A module with a",
    "single supply pin gets 3.3 V too.",
    "*RATE to VDD: 80 a second.",
    "RATE to GND: 10 a second.",
    "*The pull-up is inside the Pi.",
    "Software turns it on: a broken DOUT",
    "then never reads as a value.",
    "*One ground for everything.",
    "Twist DOUT and SCK each with a",
    "ground wire; keep them short.",
    "*A+ and A− swapped turn the sign.",
    "Makers' colours differ: measure.",
    "*Not yet tried on a real Pi.",
    "Read docs/hardware.md first.",
)


def draw_detail(wiring: Wiring, x: float, y: float, width: float) -> str:
    """Draw the first cell's converter enlarged, and the notes beside it."""
    cell = wiring.cells[0]
    title = f"One converter, enlarged: cell {cell.number}"
    about = f"Every other one is wired the same way, with {_others(wiring)}."
    notes_x = x + _DETAIL_WIDTH + _GAP
    return group(
        card(x, y, _DETAIL_WIDTH, HEIGHT, title, about),
        f'<g transform="translate({x:g} {y:g})">',
        _bridge(),
        _supply(),
        _signals(wiring, cell),
        _boxes(cell),
        "</g>",
        card(notes_x, y, width - _DETAIL_WIDTH - _GAP, HEIGHT, "Mind this"),
        lines_of_text(notes_x + 28, y + 92, _NOTES, step=28),
        id="detail",
    )


def _others(wiring: Wiring) -> str:
    n_clocks = len(wiring.clock_cells)
    if n_clocks == len(wiring.cells):
        return "its own DOUT and SCK"
    return "its own DOUT and the same SCK" if n_clocks == 1 else "the DOUT and SCK shown above"


def _bridge() -> str:
    beam = box(34, 166, 92, 288, rx=10, fill=WELL, stroke=EDGE, stroke_width=2)
    holes = element("path", d="M80 270V350", stroke=EDGE, stroke_width=10) + "".join(
        element("circle", cx=80, cy=at, r=24, fill=SURFACE, stroke=EDGE, stroke_width=2)
        for at in (262, 358)
    )
    leads = [_lead(*lead) for lead in _LEADS]
    return "".join(leads) + beam + holes


def _lead(pin: str, colour_name: str, colour: str, y: float) -> str:
    path = f"M126 {y}H{_CHIP}"
    return (
        wire(path, EDGE, width=8)
        + element("path", d=path, stroke=colour, stroke_width=5)
        + text(142, y - 10, colour_name)
        + text(_CHIP - 12, y - 10, pin, font_weight=600, text_anchor="end")
    )


def _supply() -> str:
    capacitor = wire(f"M620 {_VDD}V{_GND}", INK, width=3) + (
        box(600, 268, 40, 14, fill=SURFACE)
        + element("path", d="M602 268H638M602 282H638", stroke=INK, stroke_width=4)
        + text(646, 281, "100 nF")
    )
    return (
        wire(f"M{_CHIP_END} {_VCC}H{_PI}", RED)
        + wire(f"M{_CHIP_END} {_VDD}H{_PI}", ORANGE)
        + wire(f"M{_CHIP_END} {_GND}H{_PI}", BLACK)
        + capacitor
        + wire(f"M{_CHIP_END} {_RATE}H560V{_VDD}", ORANGE)
        + "".join(
            _dot(x, y, c) for x, y, c in ((560, _VDD, ORANGE), (620, _VDD, INK), (620, _GND, INK))
        )
    )


def _signals(wiring: Wiring, cell: WiredCell) -> str:
    # A ground wire winds around each of the two lines.
    twist = "".join(
        wire(f"M{_CHIP_END} {y}H{_PI}", colour, dashed=dashed, width=5)
        + element("path", d=_twist(y), fill="none", stroke=BLACK, stroke_width=2)
        for y, colour, dashed in (
            (_DOUT, colour_of(cell), False),
            (_SCK, clock_colour(wiring, cell), True),
        )
    )
    words = text(
        609, (_DOUT + _SCK) / 2 + 6, "twisted with ground", fill=INK_2, text_anchor="middle"
    )
    return twist + words


def _twist(y: float) -> str:
    waves = "".join(f"q10 {-22 if turn % 2 else 22} 20 0" for turn in range(9))
    return f"M519 {y}{waves}"


def _boxes(cell: WiredCell) -> str:
    pins = (
        ("VCC", _VCC, "5 V", ANALOG_PIN.number),
        ("VDD", _VDD, "3.3 V", SUPPLY_PIN.number),
        ("RATE", _RATE, "", 0),
        ("GND", _GND, "GND", GROUND_PIN.number),
        ("DOUT", _DOUT, cell.dout.name, cell.dout.number),
        ("SCK", _SCK, cell.sck.name, cell.sck.number),
    )
    chip = box(
        _CHIP, 116, _CHIP_END - _CHIP, 426, rx=12, fill=ACCENT_SOFT, stroke=ACCENT, stroke_width=2
    ) + text(
        0,
        0,
        "HX711",
        HEAD,
        font_weight=600,
        text_anchor="middle",
        transform=f"translate({_CHIP + 48} 329) rotate(-90)",
    )
    pi = box(_PI, 116, 128, 426, rx=12, fill=INK)
    return chip + pi + "".join(_ends(*pin) for pin in pins) + _pull_up() + _under()


def _ends(name: str, y: float, pin_name: str, number: int) -> str:
    module = text(_CHIP_END - 14, y + 7, name, BODY, font_weight=600, text_anchor="end")
    if not number:
        return module
    return (
        module
        + text(_PI + 14, y - 3, f"pin {number}", fill=SURFACE, font_weight=600)
        + text(_PI + 14, y + 21, pin_name, fill=SURFACE)
    )


def _pull_up() -> str:
    # Between the 3.3 V and the DOUT pin, inside the Pi.
    x = _PI + 108
    return (
        element("path", d=f"M{x} {_DOUT}V{_VDD}H{x - 14}M{x} {_DOUT}H{x - 10}", fill="none",
                stroke=SURFACE, stroke_width=2)
        + box(x - 8, 272, 16, 54, fill=INK, stroke=SURFACE, stroke_width=2)
        + text(x - 14, 305, "pull-up", fill=SURFACE, text_anchor="end")
    )  # fmt: skip


def _under() -> str:
    names = (
        (80.0, "Load cell"),
        ((_CHIP + _CHIP_END) / 2, "Converter"),
        (_PI + 64, "Raspberry Pi"),
    )
    return "".join(
        text(x, 574, name, font_weight=600, text_anchor="middle") for x, name in names
    ) + lines_of_text(34, 614, _SUPPLY_WORDS)


def _dot(x: float, y: float, colour: str) -> str:
    return element("circle", cx=x, cy=y, r=6, fill=colour)
