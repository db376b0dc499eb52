"""The coach without a screen: what each short sequence of tones and light means.

| cue        | sounds                               | light | means                            |
|------------|--------------------------------------|-------|----------------------------------|
| begun      | two long tones up, 350 and 600 Hz    | green | the routine begins               |
| step       | one long tone, 450 Hz                | green | the next step begins             |
| hold_begun | two tones up, 450 and 650 Hz         | green | you are in the band: hold it     |
| hold_done  | three tones down, 650, 550, 450 Hz   | blue  | let go                           |
| let_go     | the same twice                       | blue  | let go, that is long enough      |
| too_hard   | high, low, high, 700, 350, 700 Hz    | blue  | press a little less              |
| rest       | one very long low tone, 300 Hz       | blue  | lift both feet off               |
| done       | four tones up, 350 to 650 Hz         | green | the routine is over              |
| ended      | two long tones down, 600 and 350 Hz  | blue  | the routine has ended before     |

Green is go on, blue is let go: as long as the tones, and never without them. Tones follow each
other without a gap, where alarms repeat one tone with gaps; no alarm sounds like these, and none
shines green or blue. Neither is shown nor played while an alarm is (`core.signals`), and behind
each the white pulse goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.signals import ANSWERS, Step

if TYPE_CHECKING:
    from core.detector import CueName
    from core.signals import Colour

TONE_MS = 250
"""Long enough for a loop that looks every 100 ms."""


class Cue(NamedTuple):
    """Something to be heard.

    Attributes
    ----------
    t_us : int
        Time of the frame.
    name : str
    """

    t_us: int
    name: CueName


def _tones(colour: Colour, *tones_hz: int) -> tuple[Step, ...]:
    return tuple(Step(TONE_MS, colour, tone) for tone in tones_hz)


_LET_GO = _tones("blue", 650, 550, 450)

BEEPS: dict[CueName, tuple[Step, ...]] = {
    "begun": ANSWERS["begun"],
    "step": (Step(600, "green", 450),),
    "hold_begun": _tones("green", 450, 650),
    "hold_done": _LET_GO,
    "let_go": (*_LET_GO, Step(TONE_MS, None, None), *_LET_GO),
    "too_hard": _tones("blue", 700, 350, 700),
    "rest": (Step(1200, "blue", 300),),
    "done": _tones("green", 350, 450, 550, 650),
    "ended": ANSWERS["ended"],
}
"""Sequences for `Standing.sequence`."""
