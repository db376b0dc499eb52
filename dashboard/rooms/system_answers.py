"""What a mat answers to whoever looks after it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from dashboard.messages import ReplyOut

TITLES = {
    "identify": "Which mat is it?",
    "selftest": "Test of light and sound",
    "tare": "Zero",
    "log.level": "Log of the mat",
}
"""What was asked for, by verb."""

SHOWS = {
    "identify": ("It shines blue for six seconds", "It sounds low and high in turn"),
    "selftest": ("It shines red, green and blue", "It gives a tone"),
}
"""What light and buzzer do then."""


class Answer(NamedTuple):
    """An answer as it is shown.

    Attributes
    ----------
    title : str
    is_done : bool
    text : str
    """

    title: str
    is_done: bool
    text: str


class Played(msgspec.Struct, frozen=True):
    """Result of `identify` and `selftest` (docs/protocol.md)."""

    light: bool
    sound: bool
    missing: dict[str, str] = {}


class Zeroed(msgspec.Struct, frozen=True):
    """Result of `tare`."""

    calibration_id: str


def answer_of(verb: str, reply: ReplyOut) -> Answer:
    """Put a reply of the mat into words; why it refused stands in its own."""
    title = TITLES[verb]
    if not reply.ok:
        return Answer(title, is_done=False, text=f"Not done: {reply.error or 'no reason given'}.")
    try:
        return Answer(title, is_done=True, text=_done(verb, reply.result))
    except msgspec.ValidationError:
        return Answer(title, is_done=True, text="The mat says that it is done, and no more.")


def _done(verb: str, result: Any) -> str:  # noqa: ANN401 - of whatever form the mat gives
    if verb == "tare":
        zeroed = msgspec.convert(result, Zeroed)
        return f"The mat as it lies there is zero now. Calibration {zeroed.calibration_id}."
    if verb == "log.level":
        return "It writes so from now on, until it starts anew."
    return _played(SHOWS[verb], msgspec.convert(result, Played))


def _played(shows: tuple[str, str], played: Played) -> str:
    light = shows[0] if played.light else "Its light is taken by an alarm, or does not work"
    sound = shows[1] if played.sound else "Its sound is taken by an alarm, or does not work"
    missing = (f"{part}: {why}" for part, why in played.missing.items())
    return ". ".join((light, sound, *missing)) + "."
