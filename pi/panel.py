"""Light, buzzer and button of a mat, once in each pass of the sampler and before anything is sent.

What is shown is written here and nowhere else: when the sampling stops, the white pulse stops.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from core.button import Button
from core.errors import MatError
from core.frames import ZoneStatus
from core.signalling import Signals
from core.signals import ANSWERS, DARK, SELF_TEST
from core.units import US_PER_S
from core.windows import UNKNOWN_AFTER_US
from pi.logs import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from core.button import Intent
    from core.engine import Engine
    from core.rules import AlarmEvent, Key
    from core.signals import Answer, Step
    from core.update import Update
    from core.wire import Priority
    from drivers.indicators import Indicators

FAULT = "indicator"

_log = logging.getLogger(__name__)


class Played(msgspec.Struct, frozen=True):
    """What became of a sequence.

    Attributes
    ----------
    light, sound : bool
        Whether it has the light and the buzzer: no alarm has them, and they can be used.
    missing : dict of str to str
        Parts that do not work, and why.
    """

    light: bool
    sound: bool
    missing: dict[str, str]


class Panel:
    """The indicators of one mat.

    Parameters
    ----------
    engine : Engine
    indicators : Indicators
    quiet : collection of str
        Priorities that make no sound.
    asks : mapping of str to callable
        What is done on a calm mat, by what the button asks for. Takes the mat's time, seconds; says
        how it ended, or None if that is heard in another way. What is not there does nothing.
    """

    def __init__(
        self,
        engine: Engine,
        indicators: Indicators,
        quiet: Collection[Priority] = (),
        asks: Mapping[Intent, Callable[[float], Answer | None]] = {},
    ) -> None:
        self._engine = engine
        self._indicators = indicators
        self._signals = Signals(quiet)
        self._button = Button()
        self._asks = asks
        self._known_missing: dict[str, str] = {}
        self._tested = False
        self._meant: frozenset[Key] = frozenset()

    def start(self, now_s: float) -> None:
        """Take hold of the parts, dark and silent.

        Before the first frame: on a Pi, loading gpiozero takes long enough to make zones unknown.
        """
        self._indicators.show(DARK, now_s)
        self._indicators.is_down(now_s)

    def run(self, update: Update, now_s: float) -> tuple[AlarmEvent, ...]:
        """Obey the button, and show how things are.

        Parameters
        ----------
        update : Update
            What the engine has just found.
        now_s : float
            The clock of the frames.

        Returns
        -------
        tuple of AlarmEvent
            What the button acknowledged.
        """
        t_us = round(now_s * US_PER_S)
        if not self._tested:
            self._tested = True
            self._signals.play(SELF_TEST, t_us)
        self._signals.update(self._engine.active, t_us, healthy=is_healthy(update, t_us))
        down, was_down = self._indicators.is_down(now_s), self._button.is_down
        asked = self._button.look(t_us, down=down, unseen=self._signals.unseen)
        if self._button.is_down and not was_down:
            # Whoever presses means what there is now, not what comes before the finger is up.
            self._meant = self._signals.sounding
        seen = tuple(event for intent in asked for event in self._obey(intent, now_s))
        self._indicators.show(self._signals.at(t_us), now_s)
        self._report(t_us)
        return seen

    def silence(self, zone: str | None, rule: str | None) -> None:
        """Take the sound of what somebody beside the mat has acknowledged; None for all."""
        index = None if zone is None else self._engine.layout.zone_ids.index(zone)
        self._signals.silence(index, rule)

    def answer(self, answer: Answer, now_s: float) -> None:
        """Let the buzzer say how something ended that the button asked for."""
        self._signals.play(ANSWERS[answer], round(now_s * US_PER_S))

    def play(self, steps: tuple[Step, ...], now_s: float) -> Played:
        """Play a sequence once; alarms come before it.

        Returns
        -------
        Played
            How much of it can be seen and heard, as far as is known.
        """
        self._signals.play(steps, round(now_s * US_PER_S))
        light, sound = self._signals.free
        missing = self._indicators.missing
        return Played(light and "light" not in missing, sound and "buzzer" not in missing, missing)

    def close(self) -> None:
        """Go dark and silent."""
        self._indicators.close()

    def _obey(self, intent: Intent, now_s: float) -> tuple[AlarmEvent, ...]:
        if intent == "acknowledge":
            return self._acknowledge(round(now_s * US_PER_S))
        does = self._asks.get(intent)
        try:
            answer = does(now_s) if does else None
        except MatError as error:
            _log.error("event=button_refused intent=%s reason=%s", intent, quoted(error))
            answer = "refused"
        if answer:
            self.answer(answer, now_s)
        return ()

    def _acknowledge(self, t_us: int) -> tuple[AlarmEvent, ...]:
        zone_ids = self._engine.layout.zone_ids
        events: list[AlarmEvent] = []
        for zone, rule in sorted(self._meant, key=str):
            name = None if zone is None else zone_ids[zone]
            events += self._engine.acknowledge(t_us, name, rule)
            self._signals.silence(zone, rule)
        self._signals.update(self._engine.active, t_us, healthy=False)
        return tuple(events)

    def _report(self, t_us: int) -> None:
        missing = self._indicators.missing
        if self._button.is_stuck(t_us):
            missing["button"] = "it is stuck: down for half a minute"
        if missing != self._known_missing:
            self._known_missing = missing
            parts = "; ".join(f"{name}: {why}" for name, why in missing.items())
            _log.warning("event=indicators missing=%s", quoted(parts or "none"))
        self._engine.report(FAULT, holds=bool(missing))


def is_healthy(update: Update, t_us: int) -> bool:
    """Whether frames really come and every zone is known."""
    fresh = abs(t_us - int(update.frames.t_us[-1])) <= UNKNOWN_AFTER_US
    return fresh and not (update.status[-1] & ZoneStatus.UNKNOWN).any()
