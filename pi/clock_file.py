"""The last right wall time that the mat has known, on the card: a bound for the next boot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from pathlib import Path

CLOCK_FILE = "clock.json"
KEEP_EVERY_S = 60.0
"""No more often, to spare the card."""


class ClockKept(msgspec.Struct, frozen=True):
    """What is kept.

    Attributes
    ----------
    wall_s, t_s : float
        Wall time, s since 1970, and the mat's own, of one moment at which the first was right.
    machine_boot : str
        The boot of the machine whose seconds `t_s` counts: a daemon that starts again within it
        knows the time at once.
    """

    wall_s: float
    t_s: float
    machine_boot: str


class ClockFile:
    """The file of the last right wall time.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._card = SlowCard(path, "clock")
        self._kept_t_s = float("-inf")

    def load(self) -> ClockKept | None:
        """Read what the last daemon knew; None if there is nothing."""
        return self._card.read(ClockKept)

    def keep(self, kept: ClockKept) -> None:
        """Write a right time, at most once a minute of the mat's own time."""
        if kept.t_s - self._kept_t_s >= KEEP_EVERY_S or self._card.failed:
            self._kept_t_s = kept.t_s
            self._card.write(msgspec.json.encode(kept))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()
