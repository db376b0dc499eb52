"""A recording played as if it came from a mat: newtons become counts, at the recording's own times.

Models what `converter` does. A reader who was away finds all rows due since, a block at a time:
a recording loses nothing but the rows that were not recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import MatError
from core.units import US_PER_S
from drivers.base import CellBank, is_due
from drivers.converter import Converter
from drivers.tape import Tape

if TYPE_CHECKING:
    from pathlib import Path

    from core.calibration import CalibrationSpec
    from core.frames import CellFrames
    from core.layout import MatLayout
    from drivers.base import Clock
    from drivers.tape import Rows


class Replay(CellBank):
    """A bank of cells that feels what a recording says.

    The first row is played at `start`. Cells of a zone without a reading say TIMEOUT; rows that
    the recording left out, by its rate, count as lost.

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
        Of the cells and their noise.

    Raises
    ------
    DriverError
        If the file cannot be opened.
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
    ) -> None:
        self._tape = Tape(path, layout, loop=loop)
        super().__init__(layout, clock, self._tape.rate_hz, "replay")
        self._converter = Converter(layout, self._tape.rate_hz, seed)
        self._blocks = self._tape.rows()
        self._failure: MatError | None = None
        self._rows: Rows | None = next(self._blocks)
        self._start_s = 0.0

    @property
    def finished(self) -> bool:
        """Whether every row was delivered and none will follow."""
        return self._rows is None and self._failure is None

    def calibration_spec(self, calibrated_on: str) -> CalibrationSpec:
        """Give what a perfect calibration of these cells finds; the date is ISO 8601."""
        return self._converter.calibration_spec(calibrated_on)

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
        return self._converter.convert(due.first, due.seq, t_s[:n_due], due.force_n, due.lost)

    def _next_block(self) -> Rows | None:
        """Look ahead, so that `finished` is true with the last row; keep an error for later."""
        try:
            return next(self._blocks, None)
        except MatError as error:
            self._failure = error
            return None

    def _close(self) -> None:
        self._blocks = iter(())
        self._tape.close()
