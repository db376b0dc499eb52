"""What the one button of the mat asks for, from looking at it now and then. Pure.

| state  | goes on to | when                | asks for                             |
|--------|------------|---------------------|--------------------------------------|
| barred | up         | it is up            |                                      |
| up     | down       | it is down          |                                      |
| down   | up         | it is up            | what a press asks for, see `_PRESS`  |
| down   | held       | it is down for 3 s  | what a hold asks for, see `_HOLD`    |
| held   | up         | it is up            |                                      |

It begins barred: a button that is down when the mat starts was not pressed for the mat. A change
counts when it is seen twice, 20 ms apart: neither bouncing nor a spark may silence an alarm.
What may be acknowledged is settled when the button goes down: an alarm that comes while it is down
has not been seen, so it is not acknowledged, and nothing is begun beside it. What ends something is
asked for all the same: nobody has to fight alarms to get out of a routine, a hold always ends it.
"""

from __future__ import annotations

from typing import Literal

Intent = Literal["acknowledge", "press", "hold", "stop"]
"""`press` and `hold` ask for what they mean on a calm mat, `stop` for the end of a routine."""

State = Literal["barred", "up", "down", "held"]

DEBOUNCE_US = 20_000
HOLD_US = 3_000_000
STUCK_US = 30_000_000
"""A button that is down for longer is stuck: it cannot acknowledge anything."""

_NEXT: dict[bool, dict[State, State]] = {
    False: {"barred": "up", "up": "up", "down": "up", "held": "up"},
    True: {"barred": "barred", "up": "down", "down": "down", "held": "held"},
}
"""The state that follows, by whether the button is down; `held` comes by time."""

Told = Literal["calm", "came", "stood"]
"""Whether something stood unseen when the button went down, has come since, or neither."""

_PRESS: dict[Told, tuple[Intent, ...]] = {
    "calm": ("press",),
    "came": ("stop",),
    "stood": ("acknowledge",),
}
_HOLD: dict[Told, tuple[Intent, ...]] = {
    "calm": ("hold",),
    "came": ("stop",),
    "stood": ("acknowledge", "stop"),
}


class Button:
    """One button, looked at now and then."""

    def __init__(self) -> None:
        self._state: State = "barred"
        self._down = True
        self._since_us: int | None = None
        self._changed_us: int | None = None
        self._for_alarm = False

    @property
    def is_down(self) -> bool:
        """Whether it is down, as far as that is believed."""
        return self._down

    def look(self, t_us: int, *, down: bool | None, unseen: bool) -> tuple[Intent, ...]:
        """Take note of how the button is.

        Parameters
        ----------
        t_us : int
        down : bool or None
            None while it cannot be read.
        unseen : bool
            Whether there is something to acknowledge.

        Returns
        -------
        tuple of str
            What is asked for now, in this order.
        """
        if down is None:
            self._bar()
            return ()
        self._settle(t_us, down=down)
        before, self._state = self._state, _NEXT[self._down][self._state]
        if (before, self._state) == ("up", "down"):
            self._for_alarm = unseen
        if (before, self._state) == ("down", "up"):
            return _PRESS[self._told(unseen=unseen)]
        if self._state == "down" and self._down_us(t_us) >= HOLD_US:
            self._state = "held"
            return _HOLD[self._told(unseen=unseen)]
        return ()

    def is_stuck(self, t_us: int) -> bool:
        """Whether it has been down for longer than anybody holds a button."""
        return self._down_us(t_us) >= STUCK_US

    def _bar(self) -> None:
        """Begin anew: what cannot be read may be anything."""
        self._state, self._down = "barred", True
        self._since_us = self._changed_us = None

    def _settle(self, t_us: int, *, down: bool) -> None:
        """Believe a change that is seen again."""
        if self._since_us is None:
            self._since_us = t_us
        if down == self._down:
            self._changed_us = None
        elif self._changed_us is None:
            self._changed_us = t_us
        elif t_us - self._changed_us >= DEBOUNCE_US:
            self._down, self._since_us, self._changed_us = down, self._changed_us, None

    def _down_us(self, t_us: int) -> int:
        return t_us - self._since_us if self._down and self._since_us is not None else 0

    def _told(self, *, unseen: bool) -> Told:
        if self._for_alarm:
            return "stood"
        return "came" if unseen else "calm"
