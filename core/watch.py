"""One condition that is there or not, frame by frame: faults, and alarms of the whole mat.

| state        | goes on to   | when                                                             |
|--------------|--------------|------------------------------------------------------------------|
| idle         | pending      | the condition holds                                              |
| pending      | idle         | a frame without it                                               |
| idle/pending | raised       | it has held for the persistence                                  |
| raised, ack. | raised       | it has become graver; it sounds again every so often if it is so |
| raised       | acknowledged | a person says so                                                 |
| acknowledged | raised       | it still holds 120 s later                                       |
| raised, ack. | idle         | frames without it for so long, if it clears by itself at all     |

Frames are stepped through, but only while there is something to watch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.latch import CLEAR_US, SEEN_US
from core.rules import PRIORITIES
from core.windows import UNKNOWN_AFTER_US

if TYPE_CHECKING:
    from core.wire import AlarmState, Priority


class Watch:
    """The state of one condition.

    Parameters
    ----------
    persistence_us : int
        How long it must hold.
    clear_us : int or None
        How long it must be absent; None: something else clears it.
    again_us : int or None
        How often it is raised anew while it holds, acknowledged or not; None: never.

    Attributes
    ----------
    priority : str or None
        While it is raised or acknowledged; it never falls.
    holds : bool
        At the last frame.
    seen_us : int or None
        When it was acknowledged, if it was.
    """

    __slots__ = (
        "_again_us",
        "_calm_us",
        "_clear_us",
        "_last_us",
        "_persistence_us",
        "_raised_us",
        "_seen_beside",
        "_since_us",
        "holds",
        "priority",
        "seen_us",
    )

    def __init__(
        self,
        persistence_us: int = 0,
        clear_us: int | None = CLEAR_US,
        again_us: int | None = None,
    ) -> None:
        self._persistence_us = persistence_us
        self._clear_us = clear_us
        self._again_us = again_us
        self._since_us: int | None = None
        self._calm_us: int | None = None
        self.seen_us: int | None = None
        self._seen_beside = False
        self._raised_us = self._last_us = 0
        self.priority: Priority | None = None
        self.holds = False

    @property
    def busy(self) -> bool:
        """Whether it is raised or pending: every frame matters."""
        return self.priority is not None or self._since_us is not None

    def step(self, t_us: int, *, holds: bool, priority: Priority) -> AlarmState | None:
        """Take one frame.

        Parameters
        ----------
        t_us : int
        holds : bool
        priority : str
            How grave it would be if it were raised now.

        Returns
        -------
        str or None
            `raised`, also when raised again or higher; `cleared`; None: nothing new.
        """
        self.holds = holds
        gap, self._last_us = t_us - self._last_us > UNKNOWN_AFTER_US, t_us
        if self.priority is None:
            return self._pend(t_us, priority)
        if holds:
            self._calm_us = None
        elif self._calm_us is None or gap:
            # Nobody knows what was in a gap, so it does not count as calm.
            self._calm_us = t_us
        if self._is_over(t_us):
            self.clear()
            return "cleared"
        graver = PRIORITIES.index(priority) > PRIORITIES.index(self.priority)
        if graver or (holds and self._sounds_again(t_us)):
            self._raise(t_us, priority if graver else self.priority)
            return "raised"
        return None

    def acknowledge(self, t_us: int, *, beside: bool) -> bool:
        """Take note that a person has seen it; return whether that is news."""
        known = self.seen_us is not None and (self._seen_beside or not beside)
        if self.priority is None or known:
            return False
        self.seen_us, self._seen_beside = t_us, beside
        return True

    def clear(self) -> None:
        """Begin anew."""
        self.priority = self._since_us = self._calm_us = self.seen_us = None
        self._seen_beside = False

    def restart(self) -> None:
        """End what was pending, and begin what was becoming calm anew."""
        self._since_us = self._calm_us = None

    def _pend(self, t_us: int, priority: Priority) -> AlarmState | None:
        if not self.holds:
            self._since_us = None
            return None
        if self._since_us is None:
            self._since_us = t_us
        if t_us - self._since_us < self._persistence_us:
            return None
        self._raise(t_us, priority)
        return "raised"

    def _raise(self, t_us: int, priority: Priority) -> None:
        self.priority, self._raised_us = priority, t_us
        self._since_us = self.seen_us = None
        self._seen_beside = False

    def _is_over(self, t_us: int) -> bool:
        return (
            self._clear_us is not None
            and self._calm_us is not None
            and t_us - self._calm_us >= self._clear_us
        )

    def _sounds_again(self, t_us: int) -> bool:
        unheard = self.seen_us is not None and t_us - self.seen_us >= SEEN_US
        return unheard or (self._again_us is not None and t_us - self._raised_us >= self._again_us)
