"""The coach without a screen: what each short sequence of tones means.

| cue        | sounds                               | means                                   |
|------------|--------------------------------------|-----------------------------------------|
| step       | one long tone, 450 Hz                | the next step begins                    |
| hold_begun | two tones up, 450 and 650 Hz         | you are in the band: hold it            |
| hold_done  | three tones down, 650, 550, 450 Hz   | let go                                  |
| let_go     | the same twice                       | let go, that is long enough             |
| too_hard   | high, low, high, 700, 350, 700 Hz    | press a little less                     |
| rest       | one very long low tone, 300 Hz       | lift both feet off                      |
| done       | four tones up, 350 to 650 Hz         | the routine is over                     |

Tones follow each other without a gap, where alarms repeat one tone with gaps; no alarm sounds like
these. They leave the light alone, and are not played while an alarm sounds (`core.signals`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.signals import Step

if TYPE_CHECKING:
    from core.detector import CueName

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


def _tones(*tones_hz: int | None) -> tuple[Step, ...]:
    return tuple(Step(TONE_MS, None, tone) for tone in tones_hz)


_LET_GO = _tones(650, 550, 450)

BEEPS: dict[CueName, tuple[Step, ...]] = {
    "step": (Step(600, None, 450),),
    "hold_begun": _tones(450, 650),
    "hold_done": _LET_GO,
    "let_go": (*_LET_GO, *_tones(None), *_LET_GO),
    "too_hard": _tones(700, 350, 700),
    "rest": (Step(1200, None, 300),),
    "done": _tones(350, 450, 550, 650),
}
"""Sequences for `Standing.sequence`."""
