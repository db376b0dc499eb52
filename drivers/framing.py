"""Frames out of the deliveries of cells that each run at a pace of their own (DESIGN section 2).

A frame is due when every live cell has delivered since the last one, or after 1.25 periods. Two
deliveries of a cell give their mean; none gives MISSED, with the old value and its age.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.frames import VOID, CellFrames, Status
from drivers.cell import STALE_PERIODS, CellState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.cell import Cell, Delivery

FRAME_PERIODS = 1.25
_VOID, _MISSED = int(VOID), int(Status.MISSED)

Reading = tuple[int, int, float, int]
"""Counts, status, age in seconds, lost."""


class Framer:
    """Makes frames.

    Parameters
    ----------
    cells : sequence of Cell
    nominal_s : float
        Period while no cell is live.

    Attributes
    ----------
    due_s : float
        When a frame is due even if not every cell has delivered.
    """

    def __init__(self, cells: Sequence[Cell], nominal_s: float) -> None:
        self._cells = cells
        self._nominal_s = nominal_s
        self._seq = 0
        self._last_s = 0.0
        self.due_s = math.inf

    def start(self, now_s: float) -> None:
        """Begin to count time."""
        self._last_s = now_s
        self.due_s = now_s + FRAME_PERIODS * self._period_s()

    def is_complete(self) -> bool:
        """Whether every live cell has delivered, and there is one."""
        live = [cell for cell in self._cells if cell.is_live]
        return bool(live) and all(cell.pending for cell in live)

    def frame(self, now_s: float) -> CellFrames:
        """Put a frame together, at a time, from what was delivered since the last one."""
        columns = tuple(zip(*(_reading(cell, now_s) for cell in self._cells), strict=True))
        counts, status, age_s, lost = columns
        # Whoever was away for long finds a gap in the numbers, not only in time.
        self._seq += max(0, math.floor((now_s - self._last_s) / self._period_s()) - 1)
        seq, self._seq = self._seq, self._seq + 1
        for cell in self._cells:
            cell.pending.clear()
        self.start(now_s)
        return CellFrames(
            seq=np.array([seq], np.int64),
            t_s=np.array([now_s]),
            counts=np.array([counts], np.int32),
            status=np.array([status], np.uint16),
            age_s=np.array([age_s], np.float32),
            lost=np.array([lost], np.int32),
        )

    def _period_s(self) -> float:
        live = [cell.updates.period_s for cell in self._cells if cell.is_live]
        return max(live, default=self._nominal_s)


def _reading(cell: Cell, now_s: float) -> Reading:
    lost = sum(delivery.lost for delivery in cell.pending)
    if not cell.is_live:
        return _void(cell, lost)
    oldest_s = now_s - STALE_PERIODS * cell.updates.longest_s
    recent = [each for each in cell.pending if each.at_s >= oldest_s]
    used = [each for each in recent if not each.status & _VOID] or recent[-1:]
    if used:
        return _mean(used, now_s, lost)
    if cell.last is None or cell.last.at_s < oldest_s:
        return 0, int(Status.TIMEOUT), math.inf, lost
    counts, status, at_s, _ = cell.last
    return counts, status | _MISSED, now_s - at_s, lost


def _mean(used: Sequence[Delivery], now_s: float, lost: int) -> Reading:
    status = 0
    for each in used:
        status |= each.status
    counts = round(sum(each.counts for each in used) / len(used))
    return counts, status, now_s - used[-1].at_s, lost


def _void(cell: Cell, lost: int) -> Reading:
    """Say why a cell gives nothing; what went wrong since the last frame is named once."""
    gone = cell.state in (CellState.LOST, CellState.DEAD)
    status = int(cell.cause if gone else Status.SETTLING)
    for each in cell.pending:
        status |= each.status & _VOID
    return 0, status, math.inf, lost
