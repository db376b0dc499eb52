"""Has sessions finished that are whole: in a process of its own, which takes no turn of the page's.

So the dashboard needs no numpy, and its event loop never waits for sums over an hour of frames.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOOK_EVERY_S = 6 * 3600.0
"""Without being asked: for what is too old to be kept."""

MOST_SAID = 300

_log = logging.getLogger(__name__)


class Finisher:
    """Starts the work when it is asked to, one at a time.

    Parameters
    ----------
    store : Path
    keep_frames_days : int or None
        Frames of older sessions go; None: never.
    """

    def __init__(self, store: Path, keep_frames_days: int | None) -> None:
        keep = [] if keep_frames_days is None else [f"--keep-frames-days={keep_frames_days}"]
        self._argv = [sys.executable, "-m", "dashboard.finishing", str(store), *keep]
        self._due = asyncio.Event()

    def ask(self) -> None:
        """Ask for the work; asked often meanwhile, it is done once more."""
        self._due.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._due.wait()
            self._due.clear()
            await self._work()

    async def _work(self) -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._argv, stderr=pipe)
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        for line in said.decode(errors="replace").splitlines():
            _log.warning("%s", line[:MOST_SAID])
        if process.returncode:
            _log.error("sessions could not be finished (%s)", process.returncode)
