"""A recording played as if it came from a mat, at its own times.

Newtons become counts, raw counts stay what they were. Models what `converter` does. A reader who
was away finds all rows due since, a block at a time: a recording loses nothing but the rows that
were not recorded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import MatError
from core.units import US_PER_S
from drivers.base import CellBank, is_due
from drivers.conditions import PLAIN
from drivers.players import open_player

if TYPE_CHECKING:
    from pathlib import Path

    from core.calibration import CalibrationSpec
    from core.frames import CellFrames
    from core.layout import MatLayout
    from drivers.base import Clock
    from drivers.conditions import Conditions
    from drivers.players import Player


class Replay(CellBank):
    """A bank of cells that feels what a recording says.

    The first row is played at `start`. Cells of a zone without a reading say TIMEOUT; rows that
    the recording left out, by its rate, count as lost. Of a raw recording every frame is played
    with the counts, statuses, ages and losses that were read.

    Parameters
    ----------
    layout : MatLayout
        The layout that the recording names; loading it is the caller's work.
    path : Path
        The CSV file, UTF-8.
    clock : Clock
        A `SystemClock` plays at true speed, a `VirtualClock` as fast as it is read.
    loop : bool
        Begin again one period after the end; else TIMEOUT frames follow.
    seed : int
        Of the cells and their noise; without effect on a raw recording.
    conditions : Conditions
        Creep, drift and faults, of forces only.

    Raises
    ------
    DriverError
        If the file cannot be opened, or a fault cannot be played.
    RecordingError
        If it is no recording of this layout. A bad line further on raises from `read`, after all
        rows before it, and closes the bank.
    """

    def __init__(
        self,
        layout: MatLayout,
        path: Path,
        clock: Clock,
        *,
        loop: bool = False,
        seed: int = 0,
        conditions: Conditions = PLAIN,
    ) -> None:
        # Which kind of rows there are only the player needs to know.
        self._player: Player[Any] = open_player(path, layout, seed, conditions, loop=loop)
        super().__init__(layout, clock, self._player.rate_hz, "replay")
        self._blocks = self._player.rows()
        self._failure: MatError | None = None
        self._rows: Any = next(self._blocks)
        self._start_s = 0.0

    @property
    def finished(self) -> bool:
        """Whether every row was delivered and none will follow."""
        return self._rows is None and self._failure is None

    @property
    def gain(self) -> int:
        """Gain of the converters: as recorded, or as the conditions say."""
        return self._player.gain

    def calibration_spec(self, calibrated_on: str) -> CalibrationSpec:
        """Give what a perfect calibration of these cells finds; the date is ISO 8601.

        Of a raw recording: the calibration that it carries, with its own date.

        Raises
        ------
        RecordingError
            If a raw recording carries none.
        """
        return self._player.calibration_spec(calibrated_on)

    def _start(self) -> None:
        # Whole microseconds, so that times still rise by one after they are rounded to it.
        self._start_s = round(self._clock.now_s(), 6)

    def _read(self, deadline_s: float) -> CellFrames | None:
        if self._failure is not None:
            self.close()
            raise self._failure
        if self._rows is None:
            return None
        t_s = self._start_s + self._rows.t_us / US_PER_S
        if not is_due(float(t_s[0]), deadline_s):
            return None
        self._clock.wait_until(float(t_s[0]))
        n_due = int(np.searchsorted(t_s, self._clock.now_s(), side="right"))
        due, rest = self._rows.split(n_due)
        self._rows = rest if len(rest) else self._next_block()
        return replace(self._player.play(due), t_s=t_s[:n_due])

    def _next_block(self) -> Any:  # noqa: ANN401 - rows of either kind
        """Look ahead, so that `finished` is true with the last row; keep an error for later."""
        try:
            return next(self._blocks, None)
        except MatError as error:
            self._failure = error
            return None

    def _close(self) -> None:
        self._blocks = iter(())
        self._player.close()
