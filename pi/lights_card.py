"""`reflexmat indicators card`: a page to print that explains the mat's lights and sounds.

Drawn from `core.signals`: each light and sound is sampled as the mat would show it. Shapes, words
and rhythms tell everything; a black and white printer loses nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pi.drawing import FONT, attributes, box, element, escape, group, text
from pi.files import FileError
from pi.lights_card_routine import draw_routine
from pi.lights_card_strips import (
    FILLS,
    INK,
    PAPER,
    Strip,
    light_strip,
    outline,
    sound_strip,
    tone_bar,
)
from pi.lights_card_words import BUTTON, answers, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi.lights_card_words import Row, Sign

MARK = 'data-made-by="reflexmat indicators card"'
"""What tells our pictures from other people's: only these are written over."""

WIDTH, HEIGHT, MARGIN = 2100.0, 2970.0, 110.0
"""A4 in tenths of a millimetre; on A5 the smallest letters are still of 9 points."""

TITLE_SIZE, SEE_SIZE, BODY_SIZE, NOTE_SIZE = 104, 62, 54, 46
SHOWN_MS = 8000
_TOP, _ROW = 330.0, 352.0
_TEXT_X = MARGIN + 300.0
_STRIP = Strip(_TEXT_X + 170.0, WIDTH - MARGIN - _TEXT_X - 170.0, SHOWN_MS)
_ANSWER_MS_WIDE = 6
"""Milliseconds of an answer of the button to one unit of the picture."""

_HEAD_CHARS = 500
_STDOUT = Path("-")


def run(path: Path, *, routine: bool = False) -> None:
    """Write the card.

    Parameters
    ----------
    path : Path
        SVG; `-` is standard output. Only a card made by this command is written over.
    routine : bool
        Its other side: a routine with the button.

    Raises
    ------
    FileError
        If it cannot be written, or is something else.
    """
    drawn = draw_routine(MARK) if routine else draw_card()
    if path == _STDOUT:
        sys.stdout.write(drawn)
        return
    try:
        ours = not path.is_file() or MARK in path.read_text("utf-8", "replace")[:_HEAD_CHARS]
        if ours:
            path.write_text(drawn, "utf-8")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}; choose another name or folder") from None
    if not ours:
        raise FileError(f"{path}: not a card made here; choose another name")
    sys.stdout.write(f"{path}: lights and sounds of the mat, A4\n")


def draw_card() -> str:
    """Draw the card.

    Returns
    -------
    str
        SVG of the size of A4. `g[data-sign]` are its rows.
    """
    drawn = [_row(row, _TOP + index * _ROW) for index, row in enumerate(rows())]
    button_y = _TOP + len(drawn) * _ROW
    size = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
    root = attributes({"width": "210mm", "height": "297mm", "font_family": FONT, "role": "img"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {MARK} {size}{root}>\n'
        f"<title>What the lights and sounds of the mat mean</title>\n<desc>{escape(_described())}"
        f"</desc>\n{box(0, 0, WIDTH, HEIGHT, fill=PAPER)}\n"
        f"{_head()}{''.join(drawn)}{_button(button_y)}{_foot()}</svg>\n"
    )


def _described() -> str:
    return " ".join(f"{row.see}; {row.hear}: {row.means} {row.do}" for row in rows())


def _head() -> str:
    return (
        text(MARGIN, 190, "Lights and sounds of your mat", TITLE_SIZE, fill=INK, font_weight=700)
        + text(
            MARGIN,
            270,
            f"The strips show {SHOWN_MS / 1000:g} seconds: when it shines, and when it beeps.",
            NOTE_SIZE,
            fill=INK,
        )
        + "\n"
    )


def _row(row: Row, y: float) -> str:
    return group(
        _line(y),
        _sign(row.sign, MARGIN + 125, y + 170),
        text(_TEXT_X, y + 76, row.see, SEE_SIZE, fill=INK, font_weight=700),
        text(WIDTH - MARGIN, y + 76, row.hear, NOTE_SIZE, fill=INK, text_anchor="end"),
        text(_TEXT_X, y + 144, row.means, BODY_SIZE, fill=INK),
        text(_TEXT_X, y + 210, row.do, BODY_SIZE, fill=INK, font_weight=700),
        text(_TEXT_X, y + 270, "light", NOTE_SIZE, fill=INK),
        light_strip(row.standing, _STRIP, y + 274),
        text(_TEXT_X, y + 324, "sound", NOTE_SIZE, fill=INK),
        sound_strip(row.standing, _STRIP, y + 328),
        data_sign=row.sign,
    )


def _line(y: float) -> str:
    return element(
        "path", d=f"M{MARGIN} {y}H{WIDTH - MARGIN}", stroke=INK, stroke_width=4, fill="none"
    )


def _sign(sign: Sign, x: float, y: float) -> str:
    """Draw the shape of a row, 220 wide."""
    return group(*_SIGNS[sign], transform=f"translate({x} {y})")


def _stroke(d: str, colour: str = INK) -> str:
    caps = {"stroke_linecap": "round", "stroke_linejoin": "round", "fill": "none"}
    return element("path", d=d, stroke=colour, stroke_width=26, **caps)


def _circle(fill: str, x: float = 0, radius: float = 100) -> str:
    return element("circle", cx=x, cy=0, r=radius, fill=fill, stroke=INK, stroke_width=14)


def _mark(words: str, y: float, colour: str) -> str:
    return text(0, y, words, 150, fill=colour, font_weight=700, text_anchor="middle")


_OCTAGON = "M-44-106H44L106-44V44L44 106H-44L-106 44V-44Z"
_SIGNS: dict[Sign, tuple[str, ...]] = {
    "tick": (_circle(PAPER), _stroke("M-48 4L-14 40L50-36")),
    "cross": (_circle(PAPER), _stroke("M-42-42L42 42M42-42L-42 42")),
    "octagon": (outline(_OCTAGON, FILLS["red"]), _mark("!", 54, PAPER)),
    "triangle": (outline("M0-106L112 92H-112Z", FILLS["amber"]), _mark("!", 68, INK)),
    "circle": (_circle(FILLS["cyan"]), _mark("i", 54, INK)),
    "lamps": (
        _circle(FILLS["red"], -76, 34),
        _circle(FILLS["green"], 0, 34),
        _circle(FILLS["blue"], 76, 34),
    ),
}
"""Each a shape of its own."""


def _button(y: float) -> str:
    button = box(MARGIN + 25, y + 70, 200, 200, rx=36, fill=PAPER, stroke=INK, stroke_width=14)
    cap = element("circle", cx=MARGIN + 125, cy=y + 170, r=58, fill=INK)
    lines = _button_lines(y + 70)
    return group(_line(y), button, cap, *lines, *_answers(y + 388), data_part="button")


def _button_lines(y: float) -> Iterator[str]:
    for how, what in BUTTON:
        yield text(_TEXT_X, y, how, SEE_SIZE, fill=INK, font_weight=700)
        for number, then in enumerate(what, 1):
            yield text(_TEXT_X, y + number * 58, then, NOTE_SIZE, fill=INK)
        y += len(what) * 58 + 74


def _answers(y: float) -> Iterator[str]:
    yield text(_TEXT_X, y - 6, "Its answers:", NOTE_SIZE, fill=INK)
    x = _TEXT_X + 320
    for word, tones in answers():
        for begin_ms, end_ms, hz in tones:
            begin_x, end_x = x + begin_ms / _ANSWER_MS_WIDE, x + end_ms / _ANSWER_MS_WIDE
            yield tone_bar(begin_x, end_x, y, hz)
        wide = tones[-1][1] / _ANSWER_MS_WIDE
        yield text(x + wide + 20, y - 6, word, NOTE_SIZE, fill=INK)
        x += wide + 90 + 26 * len(word)


def _foot() -> str:
    words = "In doubt, take your feet off first. This is a wellness aid, not a medical device."
    return text(MARGIN, HEIGHT - 80, words, 42, fill=INK) + "\n"
