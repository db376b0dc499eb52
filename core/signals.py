"""What light and sound of the mat show, by what stands and by the time. Pure.

The numbers lie within the bounds that IEC 60601-1-8 gives for alarm lights and bursts; the mat is
no medical device and claims no conformity. Where the bounds leave room, the longest beeps and gaps
are taken: the sampling loop plays them, and at 10 frames a second it looks only every 100 ms.

| shown       | light                  | sound                                             |
|-------------|------------------------|---------------------------------------------------|
| high        | red, 2 Hz, half on     | 3 + 2 beeps twice, again 2.5 s after the last one |
| medium      | amber, 0.5 Hz, half on | 3 beeps, again after 5 s                          |
| low         | cyan, steady           | 1 beep, again after 30 s                          |
| a sequence  | as it says, once       | as it says, while no alarm sounds                 |
| healthy     | white, a pulse in 2 s  |                                                   |
| none of all | dark: not protecting   |                                                   |
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from core.wire import Priority

Colour = Literal["dark", "red", "amber", "cyan", "white", "green", "blue"]
Answer = Literal["done", "refused", "begun", "ended"]
"""What came of something that the button asked for."""

MIN_TONE_HZ, MAX_TONE_HZ = 300, 800
"""Ageing ears hear this range best; small piezo sirens at 2 to 4 kHz they may not hear at all."""

US_PER_MS = 1_000


class Signal(NamedTuple):
    """What the parts show at one moment.

    Attributes
    ----------
    colour : str
    level : float
        Brightness, 0 to 1; below 1 only in the ramps of the healthy pulse.
    tone_hz : int or None
        None is silence.
    """

    colour: Colour
    level: float
    tone_hz: int | None


DARK = Signal("dark", 0.0, None)


@dataclass(frozen=True)
class Blink:
    """A light that is on for the first `on_ms` of every `period_ms`."""

    colour: Colour
    on_ms: int
    period_ms: int


@dataclass(frozen=True)
class Burst:
    """Beeps that come again.

    Attributes
    ----------
    tone_hz : int
    beeps_ms : tuple of (int, int)
        Begin and end of each beep.
    pause_ms : int
        From the last beep to the first of the next burst.
    """

    tone_hz: int
    beeps_ms: tuple[tuple[int, int], ...]
    pause_ms: int

    @property
    def length_ms(self) -> int:
        """Length without the pause."""
        return self.beeps_ms[-1][1]


class Step(NamedTuple):
    """A part of a sequence; a colour of None leaves the light to what else is shown."""

    for_ms: int
    colour: Colour | None
    tone_hz: int | None


def _beeps(*lengths_ms: int) -> tuple[tuple[int, int], ...]:
    """Lay beeps and the gaps between them, in turn, on the time line."""
    edges = (0, *accumulate(lengths_ms))
    return tuple(zip(edges[::2], edges[1::2], strict=True))


_THREE_TWO_MS = (200, 125, 200, 125, 200, 450, 200, 125, 200)
"""Beeps of at most 200 ms, gaps x of at most 125 ms, and 2 x + one beep after the third."""

LIGHTS: dict[Priority, Blink] = {
    "high": Blink("red", 250, 500),
    "medium": Blink("amber", 1000, 2000),
    "low": Blink("cyan", 1000, 1000),
}
BURSTS: dict[Priority, Burst] = {
    "high": Burst(750, _beeps(*_THREE_TWO_MS, 500, *_THREE_TWO_MS), 2500),
    "medium": Burst(550, _beeps(250, 250, 250, 250, 250), 5000),
    "low": Burst(400, _beeps(250), 30_000),
}
"""Gravest first, both; the graver, the higher the tone."""

PULSE_MS = 2000
PULSE: tuple[tuple[int, float], ...] = (
    (100, 0.25),
    (200, 0.5),
    (300, 0.75),
    (500, 1.0),
    (600, 0.75),
    (700, 0.5),
    (800, 0.25),
    (PULSE_MS, 0.0),
)
"""The healthy pulse: until when in each 2 s, and how bright."""

SELF_TEST = (
    Step(500, "red", None),
    Step(500, "green", None),
    Step(500, "blue", None),
    Step(300, "dark", 500),
)
IDENTIFY = 3 * (
    Step(250, "blue", 300),
    Step(250, "blue", 600),
    Step(250, "blue", 300),
    Step(250, "blue", 600),
    Step(1000, None, None),
)
"""Says which of several mats somebody means, for 6 s."""

ANSWERS: dict[Answer, tuple[Step, ...]] = {
    "done": (Step(250, None, 400), Step(250, None, 600)),
    "refused": (Step(250, None, 300), Step(250, None, None), Step(250, None, 300)),
    "begun": (Step(600, "green", 350), Step(600, "green", 600)),
    "ended": (Step(600, "blue", 600), Step(600, "blue", 350)),
}
"""Nothing here sounds like an alarm: an answer is two tones without a gap, rising or falling, or
two of 300 Hz; what identifies a mat goes up and down. Begin and end of a routine are two long tones
each, which no other sequence has."""


@dataclass(frozen=True)
class Standing:
    """Everything that a signal depends on but the time.

    Attributes
    ----------
    light, sound : str or None
        Gravest priority of what stands, and of what sounds.
    sound_us : int
        When its first burst began.
    healthy : bool
        Frames come, every zone is known, nothing stands.
    sequence : tuple of Step
        Played once.
    sequence_us : int
        When it began.
    """

    light: Priority | None = None
    sound: Priority | None = None
    sound_us: int = 0
    healthy: bool = False
    sequence: tuple[Step, ...] = ()
    sequence_us: int = 0


def signal_at(standing: Standing, t_us: int) -> Signal:
    """Say what to show at a time, microseconds."""
    step = _step(standing, t_us)
    colour, level = _light(standing, step, t_us)
    return Signal(colour, level, _tone_hz(standing, step, t_us))


def _light(standing: Standing, step: Step | None, t_us: int) -> tuple[Colour, float]:
    if standing.light:
        blink = LIGHTS[standing.light]
        on = t_us % (blink.period_ms * US_PER_MS) < blink.on_ms * US_PER_MS
        return (blink.colour, 1.0) if on else ("dark", 0.0)
    if step and step.colour:
        return step.colour, float(step.colour != "dark")
    level = _pulse_level(t_us) if standing.healthy else 0.0
    return ("white", level) if level else ("dark", 0.0)


def _pulse_level(t_us: int) -> float:
    at_ms = t_us // US_PER_MS % PULSE_MS
    return next(level for until_ms, level in PULSE if at_ms < until_ms)


def _tone_hz(standing: Standing, step: Step | None, t_us: int) -> int | None:
    if standing.sound is None:
        return step.tone_hz if step else None
    burst = BURSTS[standing.sound]
    at_us = (t_us - standing.sound_us) % ((burst.length_ms + burst.pause_ms) * US_PER_MS)
    beeps = any(a * US_PER_MS <= at_us < b * US_PER_MS for a, b in burst.beeps_ms)
    return burst.tone_hz if beeps else None


def _step(standing: Standing, t_us: int) -> Step | None:
    """Step of the sequence that is played now."""
    left_us = t_us - standing.sequence_us
    for step in standing.sequence:
        left_us -= step.for_ms * US_PER_MS
        if left_us < 0:
            return step
    return None
