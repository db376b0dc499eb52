"""How long to wait before something that failed is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Backoff:
    """Waits that double up to a bound, and begin anew after a success that lasted.

    Parameters
    ----------
    first_s, max_s : float
        Shortest and longest wait, seconds.
    spread : callable, optional
        Returns 0 to 1: each wait is cut by up to a quarter of that, so that many mats do not
        come back in the same instant. Pass `random.Random(...).random`.
    """

    def __init__(
        self, first_s: float, max_s: float, spread: Callable[[], float] | None = None
    ) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._spread = spread
        self._next_s = first_s

    def next_s(self, lived_s: float = 0.0) -> float:
        """Take the next wait.

        Parameters
        ----------
        lived_s : float
            How long the last attempt held, seconds; longer than `max_s` begins anew.

        Returns
        -------
        float
            Seconds.
        """
        if lived_s > self._max_s:
            self._next_s = self._first_s
        delay_s = self._next_s
        self._next_s = min(2 * delay_s, self._max_s)
        return delay_s * (1.0 - 0.25 * self._spread()) if self._spread else delay_s
