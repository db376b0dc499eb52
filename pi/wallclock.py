"""Whether the wall clock of this machine can be believed: a Pi has none that runs on."""

from __future__ import annotations

import ctypes
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock_story import ClockStory
from core.wire import WallPair
from pi.clock_file import ClockKept
from pi.version import RELEASED_ON

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi.clock_file import ClockFile

_TIME_ERROR = 5
# struct timex is 208 bytes on 64-bit Linux; all zero asks and changes nothing.
_TIMEX_BYTES = 512
_RELEASED_S = datetime.fromisoformat(RELEASED_ON).replace(tzinfo=UTC).timestamp()
"""A clock that shows less is wrong, whatever keeps it right."""


def clock_synchronised() -> bool:
    """Ask the kernel whether something keeps its clock right; False where it cannot tell."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return False
    state = int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return 0 <= state < _TIME_ERROR


def machine_boot(path: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """Which boot of the machine this is; empty where it cannot tell."""
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


class WallClock:
    """Looks at the wall clock for a mat, tells its story, and keeps the last right time.

    Parameters
    ----------
    file : ClockFile
    boot : str
        See `machine_boot`.
    wall_s : callable
        Wall time, s since 1970.
    synchronised : callable
        Whether something keeps it right.
    """

    def __init__(
        self,
        file: ClockFile,
        boot: str,
        wall_s: Callable[[], float] = time.time,
        synchronised: Callable[[], bool] = clock_synchronised,
    ) -> None:
        self._file, self._boot = file, boot
        self._wall_s, self._synchronised = wall_s, synchronised
        kept = file.load()
        story = ClockStory(not_before_s=max(kept.wall_s, _RELEASED_S) if kept else _RELEASED_S)
        if kept and boot and kept.machine_boot == boot:
            story = story.heard(WallPair(kept.t_s, kept.wall_s, synchronised=True))
        self._story = story

    @property
    def boot(self) -> str:
        """Which boot of the machine this is."""
        return self._boot

    @property
    def story(self) -> ClockStory:
        """What was seen so far."""
        return self._story

    def look(self, t_s: float) -> ClockStory:
        """Look at the wall clock at this time of the mat."""
        wall_s = self._wall_s()
        right = self._synchronised() and wall_s >= _RELEASED_S
        self._story = self._story.heard(WallPair(t_s, wall_s, right))
        if right:
            self._file.keep(ClockKept(wall_s, t_s, self._boot))
        return self._story
