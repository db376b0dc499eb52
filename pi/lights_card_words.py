"""The words of the card that explains the mat's lights, with every number from `core.signals`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from core.button import HOLD_US
from core.signals import (
    ANSWERS,
    BURSTS,
    LIGHTS,
    PULSE_MS,
    SELF_TEST,
    Answer,
    Blink,
    Burst,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.wire import Priority

Sign = Literal["tick", "cross", "octagon", "triangle", "circle", "lamps"]

COLOURS = {"red": "Red", "amber": "Amber", "cyan": "Blue-green"}
"""What people call them; few say cyan."""

_S = 1000.0
_MIXED_GAPS = 2
"""Beeps belong together unless the gap between them is more than so many of the shortest."""

_TIMES = {1.0: "once", 2.0: "twice"}


@dataclass(frozen=True)
class Row:
    """One thing that the mat shows.

    Attributes
    ----------
    sign : str
        Shape beside it, told apart without colour.
    see, hear, means, do : str
    standing : Standing
        What `core.signals` plays for it.
    """

    sign: Sign
    see: str
    hear: str
    means: str
    do: str
    standing: Standing


_OF_PRIORITY: dict[Priority, tuple[Sign, str, str]] = {
    "high": (
        "octagon",
        "Too much pressure, or a place cannot be read.",
        "Lift the foot. Then press the button.",
    ),
    "medium": (
        "triangle",
        "Ease off; or a part of the mat has failed.",
        "Ease off. Then press the button.",
    ),
    "low": (
        "circle",
        "A first hint to ease off, or a small fault.",
        "Ease off, look at the page, press the button.",
    ),
}


def rows() -> tuple[Row, ...]:
    """Give what the mat shows, the everyday first, then by gravity."""
    return (
        Row(
            "tick",
            f"White, a soft pulse every {PULSE_MS / _S:g} seconds",
            "no sound",
            "The mat watches over you.",
            "Go on.",
            Standing(healthy=True),
        ),
        Row(
            "cross",
            "No light, or a light that stands still",
            "no sound",
            "The mat does NOT protect you.",
            "Feet off. Unplug it, plug it in again.",
            Standing(),
        ),
        *(_row(priority) for priority in BURSTS),
        Row(
            "lamps",
            f"{_sequence()}, once",
            "then one tone",
            "The mat starts and tests itself.",
            "Watch that all of them come, and the tone.",
            Standing(sequence=SELF_TEST),
        ),
    )


def _row(priority: Priority) -> Row:
    sign, means, do = _OF_PRIORITY[priority]
    blink, burst = LIGHTS[priority], BURSTS[priority]
    see = f"{COLOURS[blink.colour]}, {rhythm(blink)}"
    return Row(sign, see, beeps(burst), means, do, Standing(light=priority, sound=priority))


def rhythm(blink: Blink) -> str:
    """Say how a light blinks."""
    if blink.on_ms >= blink.period_ms:
        return "steady"
    if blink.period_ms <= _S:
        times = _S / blink.period_ms
        return f"{_TIMES.get(times, f'{times:g} times')} a second"
    return f"{blink.on_ms / _S:g} second on, {(blink.period_ms - blink.on_ms) / _S:g} off"


def beeps(burst: Burst) -> str:
    """Say what a burst sounds like, and how often it comes."""
    groups = _groups(burst)
    half = len(groups) // 2
    twice = len(groups) > 1 and groups[:half] == groups[half:]
    shown = groups[:half] if twice else groups
    plural = "" if shown == [1] else "s"
    number = " + ".join(map(str, shown)) + f" beep{plural}" + (", twice" if twice else "")
    return f"{number}, every {(burst.length_ms + burst.pause_ms) / _S:.0f} s"


def _groups(burst: Burst) -> list[int]:
    """Count the beeps that belong together: what lies between them is longer than within."""
    gaps_ms = [later[0] - earlier[1] for earlier, later in pairwise(burst.beeps_ms)]
    groups = [1]
    for gap_ms in gaps_ms:
        if gap_ms > _MIXED_GAPS * min(gaps_ms):
            groups.append(0)
        groups[-1] += 1
    return groups


def _sequence() -> str:
    colours = [step.colour or "" for step in SELF_TEST if step.colour != "dark"]
    return ", ".join(colours).capitalize()


BUTTON = (
    (
        "Press it shortly",
        (
            "in an alarm: “I have seen it.” The sound ends, the light stays.",
            "else: the routine begins, or ends. Turn the page.",
        ),
    ),
    (
        f"Hold it for {HOLD_US / 1e6:g} seconds",
        ("what runs ends, always. On an empty mat: “this is empty”, zero.",),
    ),
)
"""What the button does: how, and what then."""

_ANSWER_WORDS: dict[Answer, str] = {
    "done": "done",
    "refused": "refused",
    "ended": "ended",
}


def answers() -> Iterator[tuple[str, tuple[tuple[int, int, int], ...]]]:
    """Give each answer of the button: its word; begin and end of each tone, ms, and its hertz."""
    for answer, word in _ANSWER_WORDS.items():
        tones, at_ms = [], 0
        for step in ANSWERS[answer]:
            if step.tone_hz:
                tones.append((at_ms, at_ms + step.for_ms, step.tone_hz))
            at_ms += step.for_ms
        yield word, tuple(tones)
