"""Strips of the card of lights: what `core.signals` plays over time, as the mat would show it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from core.signals import MAX_TONE_HZ, US_PER_MS, signal_at
from pi.drawing import box, element

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.signals import Standing

INK, PAPER, FAINT = "#000000", "#ffffff", "#777777"
FILLS = {
    "white": "#ffffff",
    "red": "#d6001c",
    "amber": "#ffb000",
    "cyan": "#35c9d6",
    "green": "#1f9d4d",
    "blue": "#2f5bd0",
}
STEP_MS = 25
HIGH = 42.0


class Strip(NamedTuple):
    """Where a strip lies, and how much of the time it shows."""

    x: float
    width: float
    shown_ms: int

    def at(self, step: int) -> float:
        """Where a step of time is."""
        return self.x + self.width * step * STEP_MS / self.shown_ms

    @property
    def times_us(self) -> range:
        """Times that are sampled."""
        return range(0, self.shown_ms * US_PER_MS, STEP_MS * US_PER_MS)


def light_strip(standing: Standing, strip: Strip, base_y: float) -> str:
    """Draw how bright it is over time: as high as it is bright, in its colour, outlined."""
    shown = [signal_at(standing, t_us) for t_us in strip.times_us]
    curves = [
        _curve(strip, begin, [each.level for each in shown[begin:end]], base_y, shown[begin].colour)
        for begin, end in _runs([each.colour if each.level else "" for each in shown])
    ]
    return _axis(strip, base_y) + "".join(curves)


def sound_strip(standing: Standing, strip: Strip, base_y: float) -> str:
    """Draw when it sounds: black, the higher the tone the higher the bar."""
    tones = [signal_at(standing, t_us).tone_hz or 0 for t_us in strip.times_us]
    bars = [
        tone_bar(strip.at(begin), strip.at(end), base_y, tones[begin])
        for begin, end in _runs(tones)
    ]
    return _axis(strip, base_y) + "".join(bars)


def tone_bar(begin_x: float, end_x: float, base_y: float, tone_hz: float) -> str:
    """Draw one tone."""
    high = HIGH * tone_hz / MAX_TONE_HZ
    return box(begin_x, base_y - high, end_x - begin_x, high, fill=INK, stroke=INK, stroke_width=4)


def outline(d: str, fill: str = PAPER, width: float = 14) -> str:
    """Draw a shape with a black edge."""
    return element("path", d=d, fill=fill, stroke=INK, stroke_width=width, stroke_linejoin="round")


def _runs(values: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Give begin and end of each run of one value that is not nothing."""
    begin = 0
    for value, run_of in groupby(values):
        end = begin + len(list(run_of))
        if value:
            yield begin, end
        begin = end


def _curve(strip: Strip, begin: int, levels: Sequence[float], base_y: float, colour: str) -> str:
    steps = [
        f"V{base_y - HIGH * level:g}H{strip.at(begin + at + 1):g}"
        for at, level in enumerate(levels)
    ]
    return outline(f"M{strip.at(begin):g} {base_y:g}{''.join(steps)}V{base_y:g}Z", FILLS[colour], 4)


def _axis(strip: Strip, base_y: float) -> str:
    d = f"M{strip.x} {base_y}H{strip.x + strip.width}"
    return element("path", d=d, stroke=FAINT, stroke_width=3, fill="none")
