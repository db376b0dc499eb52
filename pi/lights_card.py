"""`reflexmat indicators card`: a page to print that explains the mat's lights and sounds.

Drawn from `core.signals`: each light and sound is sampled as the mat would show it. Shapes, words
and rhythms tell everything; a black and white printer loses nothing.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from core.signals import MAX_TONE_HZ, signal_at
from pi.drawing import FONT, attributes, box, element, escape, group, text
from pi.files import FileError
from pi.lights_card_words import BUTTON, answers, rows, said_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pi.lights_card_words import Row, Sign

MARK = 'data-made-by="reflexmat indicators card"'
"""What tells our pictures from other people's: only these are written over."""

WIDTH, HEIGHT, MARGIN = 2100.0, 2970.0, 110.0
"""A4 in tenths of a millimetre; on A5 the smallest letters are still of 9 points."""

TITLE_SIZE, SEE_SIZE, BODY_SIZE, NOTE_SIZE = 104, 62, 54, 46
SHOWN_MS, STEP_MS = 8000, 25
_INK, _PAPER, _FAINT = "#000000", "#ffffff", "#777777"
_FILLS = {
    "white": "#ffffff",
    "red": "#d6001c",
    "amber": "#ffb000",
    "cyan": "#35c9d6",
    "green": "#1f9d4d",
    "blue": "#2f5bd0",
}
_TOP, _ROW = 330.0, 352.0
_TEXT_X = MARGIN + 300.0
_STRIP_X, _STRIP_HIGH = _TEXT_X + 170.0, 42.0
_STRIP_WIDTH = WIDTH - MARGIN - _STRIP_X
_TIMES_MS = range(0, SHOWN_MS, STEP_MS)
_ANSWER_MS_WIDE = 6
"""Milliseconds of an answer of the button to one unit of the picture."""

_HEAD_CHARS = 500
_STDOUT = Path("-")


def run(path: Path) -> None:
    """Write the card.

    Parameters
    ----------
    path : Path
        SVG; `-` is standard output. Only a card made by this command is written over.

    Raises
    ------
    FileError
        If it cannot be written, or is something else.
    """
    if path == _STDOUT:
        sys.stdout.write(draw_card())
        return
    try:
        ours = not path.is_file() or MARK in path.read_text("utf-8", "replace")[:_HEAD_CHARS]
        if ours:
            path.write_text(draw_card(), "utf-8")
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
        f"</desc>\n{box(0, 0, WIDTH, HEIGHT, fill=_PAPER)}\n"
        f"{_head()}{''.join(drawn)}{_button(button_y)}{_foot()}</svg>\n"
    )


def _described() -> str:
    return " ".join(f"{row.see}; {row.hear}: {row.means} {row.do}" for row in rows())


def _head() -> str:
    return (
        text(MARGIN, 190, "Lights and sounds of your mat", TITLE_SIZE, fill=_INK, font_weight=700)
        + text(
            MARGIN,
            270,
            f"The strips show {SHOWN_MS / 1000:g} seconds: when it shines, and when it beeps.",
            NOTE_SIZE,
            fill=_INK,
        )
        + "\n"
    )


def _row(row: Row, y: float) -> str:
    return group(
        _line(y),
        _sign(row.sign, MARGIN + 125, y + 170),
        text(_TEXT_X, y + 76, row.see, SEE_SIZE, fill=_INK, font_weight=700),
        text(WIDTH - MARGIN, y + 76, row.hear, NOTE_SIZE, fill=_INK, text_anchor="end"),
        text(_TEXT_X, y + 144, row.means, BODY_SIZE, fill=_INK),
        text(_TEXT_X, y + 210, row.do, BODY_SIZE, fill=_INK, font_weight=700),
        text(_TEXT_X, y + 270, "light", NOTE_SIZE, fill=_INK),
        _light_strip(row, y + 274),
        text(_TEXT_X, y + 324, "sound", NOTE_SIZE, fill=_INK),
        _sound_strip(row, y + 328),
        data_sign=row.sign,
    )


def _line(y: float) -> str:
    return element(
        "path", d=f"M{MARGIN} {y}H{WIDTH - MARGIN}", stroke=_INK, stroke_width=4, fill="none"
    )


def _x(step: int) -> float:
    return _STRIP_X + _STRIP_WIDTH * step * STEP_MS / SHOWN_MS


def _light_strip(row: Row, base_y: float) -> str:
    """Draw how bright it is over time: as high as it is bright, in its colour, outlined."""
    shown = [signal_at(row.standing, said_at(ms)) for ms in _TIMES_MS]
    curves = [
        _curve(
            begin, [each.level for each in shown[begin:end]], base_y, _FILLS[shown[begin].colour]
        )
        for begin, end in _runs([each.colour if each.level else "" for each in shown])
    ]
    return _axis(base_y) + "".join(curves)


def _sound_strip(row: Row, base_y: float) -> str:
    """Draw when it sounds: black, the higher the tone the higher the bar."""
    tones = [signal_at(row.standing, said_at(ms)).tone_hz or 0 for ms in _TIMES_MS]
    bars = [
        _bar(_x(begin), _x(end), base_y, _height(tones[begin]), _INK) for begin, end in _runs(tones)
    ]
    return _axis(base_y) + "".join(bars)


def _runs(values: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Give begin and end of each run of one value that is not nothing."""
    begin = 0
    for value, run_of in groupby(values):
        end = begin + len(list(run_of))
        if value:
            yield begin, end
        begin = end


def _curve(begin: int, levels: Sequence[float], base_y: float, fill: str) -> str:
    steps = [
        f"V{base_y - _STRIP_HIGH * level:g}H{_x(begin + at + 1):g}"
        for at, level in enumerate(levels)
    ]
    return _outline(f"M{_x(begin):g} {base_y:g}{''.join(steps)}V{base_y:g}Z", fill, 4)


def _height(tone_hz: float) -> float:
    return tone_hz / MAX_TONE_HZ


def _bar(begin_x: float, end_x: float, base_y: float, level: float, fill: str) -> str:
    high = _STRIP_HIGH * level
    values = {"fill": fill, "stroke": _INK, "stroke_width": 4}
    return box(begin_x, base_y - high, end_x - begin_x, high, **values)


def _axis(base_y: float) -> str:
    return element(
        "path",
        d=f"M{_STRIP_X} {base_y}H{_STRIP_X + _STRIP_WIDTH}",
        stroke=_FAINT,
        stroke_width=3,
        fill="none",
    )


def _sign(sign: Sign, x: float, y: float) -> str:
    """Draw the shape of a row, 220 wide."""
    return group(*_SIGNS[sign], transform=f"translate({x} {y})")


def _outline(d: str, fill: str = _PAPER, width: float = 14) -> str:
    return element("path", d=d, fill=fill, stroke=_INK, stroke_width=width, stroke_linejoin="round")


def _stroke(d: str, colour: str = _INK) -> str:
    caps = {"stroke_linecap": "round", "stroke_linejoin": "round", "fill": "none"}
    return element("path", d=d, stroke=colour, stroke_width=26, **caps)


def _circle(fill: str, x: float = 0, radius: float = 100) -> str:
    return element("circle", cx=x, cy=0, r=radius, fill=fill, stroke=_INK, stroke_width=14)


def _mark(words: str, y: float, colour: str) -> str:
    return text(0, y, words, 150, fill=colour, font_weight=700, text_anchor="middle")


_OCTAGON = "M-44-106H44L106-44V44L44 106H-44L-106 44V-44Z"
_SIGNS: dict[Sign, tuple[str, ...]] = {
    "tick": (_circle(_PAPER), _stroke("M-48 4L-14 40L50-36")),
    "cross": (_circle(_PAPER), _stroke("M-42-42L42 42M42-42L-42 42")),
    "octagon": (_outline(_OCTAGON, _FILLS["red"]), _mark("!", 54, _PAPER)),
    "triangle": (_outline("M0-106L112 92H-112Z", _FILLS["amber"]), _mark("!", 68, _INK)),
    "circle": (_circle(_FILLS["cyan"]), _mark("i", 54, _INK)),
    "lamps": (
        _circle(_FILLS["red"], -76, 34),
        _circle(_FILLS["green"], 0, 34),
        _circle(_FILLS["blue"], 76, 34),
    ),
}
"""Each a shape of its own."""


def _button(y: float) -> str:
    button = box(MARGIN + 25, y + 70, 200, 200, rx=36, fill=_PAPER, stroke=_INK, stroke_width=14)
    cap = element("circle", cx=MARGIN + 125, cy=y + 170, r=58, fill=_INK)
    lines = _button_lines(y + 70)
    return group(_line(y), button, cap, *lines, *_answers(y + 388), data_part="button")


def _button_lines(y: float) -> Iterator[str]:
    for how, what in BUTTON:
        yield text(_TEXT_X, y, how, SEE_SIZE, fill=_INK, font_weight=700)
        for number, then in enumerate(what, 1):
            yield text(_TEXT_X, y + number * 58, then, NOTE_SIZE, fill=_INK)
        y += len(what) * 58 + 74


def _answers(y: float) -> Iterator[str]:
    yield text(_TEXT_X, y - 6, "Its answers:", NOTE_SIZE, fill=_INK)
    x = _TEXT_X + 320
    for word, tones in answers():
        for begin_ms, end_ms, hz in tones:
            yield _bar(
                x + begin_ms / _ANSWER_MS_WIDE, x + end_ms / _ANSWER_MS_WIDE, y, _height(hz), _INK
            )
        wide = tones[-1][1] / _ANSWER_MS_WIDE
        yield text(x + wide + 20, y - 6, word, NOTE_SIZE, fill=_INK)
        x += wide + 90 + 26 * len(word)


def _foot() -> str:
    words = "In doubt, take your feet off first. This is a wellness aid, not a medical device."
    return text(MARGIN, HEIGHT - 80, words, 42, fill=_INK) + "\n"
