"""The other side of the card of lights: a routine with the button alone, and what is heard in it.

Drawn from `core.coach_beeps` and `core.signals`, as the front is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.button import HOLD_US
from core.coach_beeps import BEEPS
from core.signals import IDENTIFY, Standing
from pi.drawing import FONT, attributes, box, element, escape, group, text
from pi.lights_card_strips import INK, PAPER, Strip, light_strip, sound_strip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.detector import CueName
    from core.signals import Step

WIDTH, HEIGHT, MARGIN = 2100.0, 2970.0, 110.0
_TITLE_SIZE, _SEE_SIZE, _BODY_SIZE = 104, 56, 50
_STRIP = Strip(MARGIN + 1180, WIDTH - 2 * MARGIN - 1180, 2400)
_TOP, _ROW = 870.0, 200.0


class Heard(NamedTuple):
    """A row: what is heard, what it means, and what the mat plays."""

    name: str
    hear: str
    means: str
    plays: tuple[Step, ...]


_WORDS: dict[CueName, tuple[str, str]] = {
    "begun": ("Two long tones up", "The routine begins."),
    "step": ("One long tone", "The next step begins."),
    "hold_begun": ("Two short tones up", "Right so: hold it."),
    "hold_done": ("Three tones down", "Let go."),
    "let_go": ("Three tones down, twice", "Let go, that is long enough."),
    "too_hard": ("High, low, high", "Press a little less."),
    "rest": ("One very long, low tone", "Lift both feet off, and wait."),
    "done": ("Four tones up", "The routine is over."),
    "ended": ("Two long tones down", "The routine has been stopped."),
}

START = (
    "To begin",
    "Put your feet on the mat, and press the button shortly.",
    "Not with a sore, hot, swollen or open foot, nor with a new numb place.",
)
STOP = (
    "To stop",
    "Press it shortly once more.",
    f"In an alarm, hold it for {HOLD_US / 1e6:g} seconds: that always stops it.",
)


def heard() -> tuple[Heard, ...]:
    """Give what is heard beside alarms, in the order of a routine."""
    rows = [Heard(name, *words, BEEPS[name]) for name, words in _WORDS.items()]
    blue = "Blue; low, high, low, high"
    return (*rows, Heard("identify", blue, "Which mat is it? Do nothing.", IDENTIFY))


def draw_routine(mark: str) -> str:
    """Draw it.

    Parameters
    ----------
    mark : str
        Attribute of the root that tells our pictures from other people's.

    Returns
    -------
    str
        SVG of the size of A4. `g[data-heard]` are its rows.
    """
    rows = [_row(row, _TOP + at * _ROW) for at, row in enumerate(heard())]
    size = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
    root = attributes({"width": "210mm", "height": "297mm", "font_family": FONT, "role": "img"})
    about = " ".join(f"{row.hear}: {row.means}" for row in heard())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {mark} {size}{root}>\n'
        f"<title>A routine with the button of the mat</title>\n<desc>{escape(about)}</desc>\n"
        f"{box(0, 0, WIDTH, HEIGHT, fill=PAPER)}\n{''.join(_head())}{''.join(rows)}"
        f"{text(MARGIN, HEIGHT - 80, _FOOT, 42, fill=INK)}\n</svg>\n"
    )


_FOOT = "Alarms come first: while one sounds, nothing of this is heard. This is a wellness aid."


def _head() -> Iterator[str]:
    yield text(MARGIN, 190, "A routine with the button", _TITLE_SIZE, fill=INK, font_weight=700)
    for y, (what, *lines) in ((300, START), (520, STOP)):
        yield text(MARGIN, y, what, _SEE_SIZE, fill=INK, font_weight=700)
        for at, line in enumerate(lines, 1):
            yield text(MARGIN, y + at * 64, line, _BODY_SIZE, fill=INK)
    yield text(MARGIN, 716, "Green light: go on. Blue light: let go.", _BODY_SIZE, fill=INK)
    yield text(MARGIN, 800, "What you hear in it", _SEE_SIZE, fill=INK, font_weight=700)
    yield text(_STRIP.x, 800, f"light and sound, {_STRIP.shown_ms / 1e3:g} s", 46, fill=INK)


def _row(row: Heard, y: float) -> str:
    standing = Standing(sequence=row.plays)
    line = f"M{MARGIN} {y - 40}H{WIDTH - MARGIN}"
    return group(
        element("path", d=line, stroke=INK, stroke_width=4, fill="none"),
        text(MARGIN, y + 30, row.hear, _SEE_SIZE, fill=INK, font_weight=700),
        text(MARGIN, y + 102, row.means, _BODY_SIZE, fill=INK),
        light_strip(standing, _STRIP, y + 40),
        sound_strip(standing, _STRIP, y + 110),
        data_heard=row.name,
    )
