"""HX711 converters on GPIO lines: no wrong value is ever passed on as good.

`Reader` clocks the words out and judges them, `Framer` makes frames of them; this bank waits,
and opens and closes the lines. docs/hx711.md explains the checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.clock_figures import ClockFigures
from core.datasheet import PULSES_BY_GAIN
from drivers.base import CellBank
from drivers.cell import Cell
from drivers.checks import ALL_CHECKS, Check
from drivers.errors import DriverError
from drivers.framing import Framer
from drivers.lines import Wiring
from drivers.reader import Reader
from drivers.word import GroupClocker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from core.frames import CellFrames
    from core.layout import MatLayout
    from drivers.base import Clock
    from drivers.lines import Lines
    from drivers.word import Clocker

WORD_MAX_S = 1e-3
"""Longest word on a shared clock line: with a longer one, hardly a gap between the updates of
many cells is wide enough."""


class Hx711Bank(CellBank):
    """All cells of a mat.

    Parameters
    ----------
    layout : MatLayout
        Cells that share an `sck` are one clock group.
    open_lines : callable
        Opens the lines of a wiring.
    clock : Clock
    rate_hz : float
        By the RATE pin: 10 or 80. The real rate of each cell is learnt.
    gain : int
        128 or 64 (input A), 32 (input B).
    checks : frozenset of Check
        All, but in tests that show what a check is for.
    """

    _KIND = "hx711"

    def __init__(
        self,
        layout: MatLayout,
        open_lines: Callable[[Wiring], Lines],
        clock: Clock,
        rate_hz: float = 80.0,
        gain: int = 128,
        checks: frozenset[Check] = ALL_CHECKS,
    ) -> None:
        super().__init__(layout, clock, rate_hz, self._KIND)
        self._wiring = Wiring.of(layout)
        self._open_lines = open_lines
        self._gain, self._checks = gain, checks
        self._lines: Lines | None = None
        self._every_group = (1 << len(self._wiring.sck)) - 1

    @property
    def periods_s(self) -> NDArray[np.float64]:
        """Period of each cell as learnt, shape (n_cells,)."""
        return np.array([cell.updates.period_s for cell in self._cells])

    @property
    def high_us(self) -> tuple[int, ...]:
        """How often the clock was high for so many whole microseconds, since the start."""
        return tuple(self._clocker.high_us)

    def clock_figures(self) -> ClockFigures:
        """Give how the clock was and what was learnt, since the start."""
        p50, p999, most = (_quantile_us(self._clocker.high_us, q) for q in (0.5, 0.999, 1.0))
        n_cells = len(self._cells)
        learnt = [np.nan if cell.pace_hz is None else cell.pace_hz for cell in self._cells]
        return ClockFigures(
            np.full(n_cells, p50), np.full(n_cells, p999), np.full(n_cells, most), np.array(learnt)
        )

    def _start(self) -> None:
        self._lines = self._open_lines(self._wiring)
        nominal_s = 1.0 / self._rate_hz
        self._clocker = self._make_clocker(self._lines)
        self._cells = [Cell(nominal_s, self._checks, self._gain) for _ in self._wiring.dout]
        self._reader = Reader(
            self._wiring, self._lines, self._clock, self._clocker, self._cells, self._checks
        )
        self._framer = Framer(self._cells, nominal_s)
        self._check_speed()
        self._reset()
        self._framer.start(self._clock.now_s())

    def _make_clocker(self, lines: Lines) -> Clocker:
        pulses, n_cells = PULSES_BY_GAIN[self._gain], len(self._wiring.dout)
        return GroupClocker(lines, self._clock.now_s, pulses, n_cells)

    def _check_speed(self) -> None:
        word_s = self._reader.measure_word_s()
        if self._wiring.shared and word_s > WORD_MAX_S:
            raise DriverError(
                f"a word takes {word_s * 1e3:.1f} ms here, too long for cells that share a clock "
                "line (at most 1 ms); use lgpio, or give each cell an sck of its own"
            )

    def _read(self, deadline_s: float) -> CellFrames | None:
        clock, framer, reader = self._clock, self._framer, self._reader
        while True:
            next_s = reader.step()
            now_s = clock.now_s()
            complete = reader.delivered and framer.is_complete()
            # A cell that was just lost is told at once: its zone must know.
            if complete or reader.lost_now or now_s >= framer.due_s:
                return framer.frame(now_s)
            if now_s >= deadline_s:
                return None
            clock.wait_until(min(next_s, framer.due_s, deadline_s))

    def _reset(self) -> None:
        self._reader.reset(self._every_group)

    def _close(self) -> None:
        if self._lines is not None:
            self._lines.close()
            self._lines = None


def _quantile_us(high_us: Sequence[int], share: float) -> float:
    """Upper edge of the bin that holds a share of all pulses; NaN without any."""
    total = sum(high_us)
    if not total:
        return np.nan
    reached = np.cumsum(high_us) >= share * total
    return float(np.argmax(reached)) + 1.0


def open_bank(
    layout: MatLayout, clock: Clock, rate_hz: float, gain: int, open_: Callable[[Wiring], Lines]
) -> Hx711Bank:
    """Make the bank of a configuration, not started."""
    return Hx711Bank(layout, open_, clock, rate_hz, gain)
