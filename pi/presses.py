"""What the button of a mat does, and what is heard of it.

| asked for | a routine runs | none, somebody is on the mat in a session | else                  |
|-----------|----------------|-------------------------------------------|-----------------------|
| press     | it ends        | the routine of the button begins          | the same              |
| hold      | it ends        | the session ends                          | the empty mat is zero |
| stop      | it ends        |                                           |                       |

A press that acknowledges an alarm does not come here (`core.button`). What begins and ends a
routine is heard as its own beeps, so that nothing is left to answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.button import Intent
    from core.signals import Answer
    from pi.guide import Guide


class Presses:
    """The button of one mat.

    Parameters
    ----------
    guide : Guide
    tare : callable
        Takes the mat for empty; says how that ended.
    """

    def __init__(self, guide: Guide, tare: Callable[[], Answer | None]) -> None:
        self._guide, self._tare = guide, tare

    def asks(self) -> dict[Intent, Callable[[float], Answer | None]]:
        """Give what is done, by what is asked for; each takes the mat's time, seconds."""
        return {"press": self._press, "hold": self._hold, "stop": self._stop}

    def _press(self, now_s: float) -> None:
        if not self._guide.end_routine():
            self._guide.begin_for_button(now_s)

    def _hold(self, now_s: float) -> Answer | None:
        if self._guide.end_routine():
            return None
        return "ended" if self._guide.end_session(now_s) else self._tare()

    def _stop(self, _now_s: float) -> None:
        self._guide.end_routine()
