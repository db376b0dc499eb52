"""Keeps a child program going: started again, with growing waits, when it dies."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from pi.backoff import Backoff
from pi.children import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pi.children import Child

RESTART_FIRST_S, RESTART_MAX_S = 0.2, 5.0


class Keeper:
    """One child program; all methods are for the thread that made it.

    Parameters
    ----------
    name : str
        What to call it before people.
    argv : sequence of str or Path
        Full path of the program, and its arguments.
    log_path : Path
        File that takes what it prints.
    renew : callable
        Called before each start after the first; returns a line for people, or nothing to say.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        log_path: Path,
        renew: Callable[[], str] = str,
    ) -> None:
        self.name = name
        self.log_path = log_path
        self._renew = renew
        self._spawn = functools.partial(spawn, argv, None, log_path)
        self._backoff = Backoff(RESTART_FIRST_S, RESTART_MAX_S)
        self._child: Child | None = None
        self._since_s = self._due_s = 0.0

    @property
    def pid(self) -> int | None:
        """Process id, None while it is not running."""
        return self._child.pid if self._child else None

    def start(self, now_s: float) -> None:
        """Start it.

        Parameters
        ----------
        now_s : float
            Monotonic seconds.

        Raises
        ------
        OSError
            If it cannot be started.
        """
        self._child = self._spawn()
        self._since_s = now_s

    def check(self, now_s: float) -> str:
        """Look after it.

        Returns
        -------
        str
            One line if it has just died, or was started again and there is a word to it.
        """
        if self._child is None:
            return self._start_again(now_s)
        code = self._child.wait(0)
        return "" if code is None else self._lose(now_s, f"ended (code {code})")

    def _start_again(self, now_s: float) -> str:
        if now_s < self._due_s:
            return ""
        try:
            line = self._renew()
            self.start(now_s)
        except OSError as error:
            return self._lose(now_s, f"cannot be started ({error.strerror or error})")
        return line

    def _lose(self, now_s: float, what: str) -> str:
        self._child = None
        delay_s = self._backoff.next_s(now_s - self._since_s)
        self._due_s = now_s + delay_s
        return f"{self.name} {what}; starting it again in {delay_s:.1f} s; see {self.log_path}"

    def last_words(self) -> str:
        """Last line that it printed."""
        lines = self.log_path.read_text("utf-8", "replace").splitlines()
        return lines[-1] if lines else "it said nothing"

    def stop(self) -> None:
        """End it; may be called again, and before `start`."""
        if self._child:
            self._child.stop()
        self._child = None
