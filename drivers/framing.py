"""Frames out of the deliveries of cells that each run at a pace of their own (DESIGN section 2).

A frame is due when every live cell has delivered since the last one, or after 1.25 periods. Two
deliveries of a cell give their mean; none gives MISSED, with the old value and its age.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.frames import VOID, CellFrames, Status
from drivers.cell import CellState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.cell import Cell, Delivery

FRAME_PERIODS = 1.25

Reading = tuple[int, int, float, int]
"""Counts, status, age in seconds, lost."""


class Framer:
    """Makes frames.

    Parameters
    ----------
    cells : sequence of Cell
    nominal_s : float
        Period while no cell is live.
    """

    def __init__(self, cells: Sequence[Cell], nominal_s: float) -> None:
        self._cells = cells
        self._nominal_s = nominal_s
        self._seq = 0
        self._last_s = 0.0

    @property
    def due_s(self) -> float:
        """When a frame is due even if not every cell has delivered."""
        return self._last_s + FRAME_PERIODS * self._period_s

    @property
    def _period_s(self) -> float:
        live = [cell.updates.period_s for cell in self._cells if cell.is_live]
        return max(live, default=self._nominal_s)

    def start(self, now_s: float) -> None:
        """Begin to count time."""
        self._last_s = now_s

    def is_due(self, now_s: float, *, at_once: bool) -> bool:
        """Whether there is a frame.

        Parameters
        ----------
        now_s : float
        at_once : bool
            A cell was just lost: its zone must know.
        """
        live = [cell for cell in self._cells if cell.is_live]
        complete = bool(live) and all(cell.pending for cell in live)
        return complete or at_once or now_s >= self.due_s

    def frame(self, now_s: float) -> CellFrames:
        """Put a frame together, at a time, from what was delivered since the last one."""
        columns = tuple(zip(*(_reading(cell, now_s) for cell in self._cells), strict=True))
        counts, status, age_s, lost = columns
        # Whoever was away for long finds a gap in the numbers, not only in time.
        self._seq += max(0, math.floor((now_s - self._last_s) / self._period_s) - 1)
        seq, self._seq, self._last_s = self._seq, self._seq + 1, now_s
        for cell in self._cells:
            cell.pending.clear()
        return CellFrames(
            seq=np.array([seq], np.int64),
            t_s=np.array([now_s]),
            counts=np.array([counts], np.int32),
            status=np.array([status], np.uint16),
            age_s=np.array([age_s], np.float32),
            lost=np.array([lost], np.int32),
        )


def _reading(cell: Cell, now_s: float) -> Reading:
    lost = sum(delivery.lost for delivery in cell.pending)
    if not cell.is_live:
        return _void(cell, lost)
    good = [each for each in cell.pending if not each.status & VOID]
    used = good or cell.pending[-1:]
    if used:
        return _mean(used, now_s, lost)
    if cell.last is None:
        return 0, int(Status.SETTLING), math.inf, lost
    counts, status, at_s, _ = cell.last
    return counts, int(status | Status.MISSED), now_s - at_s, lost


def _mean(used: Sequence[Delivery], now_s: float, lost: int) -> Reading:
    status = Status.OK
    for each in used:
        status |= each.status
    counts = round(sum(each.counts for each in used) / len(used))
    return counts, int(status), now_s - used[-1].at_s, lost


def _void(cell: Cell, lost: int) -> Reading:
    """Say why a cell gives nothing; what went wrong since the last frame is named once."""
    status = cell.cause if cell.state in (CellState.LOST, CellState.DEAD) else Status.SETTLING
    for each in cell.pending:
        status |= each.status & VOID
    return 0, int(status), math.inf, lost
