"""Frames without end from a bank that may fail: what it cannot read is said, never left out."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.errors import RecordingError
from core.frames import CellFrames, Status
from core.units import US_PER_S, to_us
from drivers.errors import DriverError
from pi.backoff import Backoff
from pi.logs import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.base import CellBank, Clock

REOPEN_FIRST_S, REOPEN_MAX_S = 0.2, 5.0
VOID_EVERY_S = 0.05
"""Time between frames while there is no bank: well below the 0.5 s that make a zone unknown."""

MOST_AHEAD_S = 1.0
"""A frame farther ahead of the clock is a fault of its bank."""

BANK_FAULTS = (DriverError, RecordingError, OSError)
"""What a bank raises when it cannot go on."""

_log = logging.getLogger(__name__)


class Source:
    """Reads a bank; while there is none, delivers frames that say TIMEOUT on every cell.

    So that the engine goes on judging: a zone becomes unknown, what it may hide is raised.
    Time and running numbers rise, whatever a new bank counts.

    Parameters
    ----------
    open_bank : callable
        Makes the bank anew, not started.
    clock : Clock
    n_cells : int
    """

    def __init__(self, open_bank: Callable[[], CellBank], clock: Clock, n_cells: int) -> None:
        self._open_bank = open_bank
        self._clock = clock
        self._n_cells = n_cells
        self._backoff = Backoff(REOPEN_FIRST_S, REOPEN_MAX_S)
        self._bank: CellBank | None = None
        self._opened_s = self._due_s = float("-inf")
        self._down = False
        self._last_us: int | None = None
        self._next_seq = 0
        self._shift: int | None = None

    @property
    def clock(self) -> Clock:
        """The clock of the bank."""
        return self._clock

    @property
    def bank(self) -> CellBank | None:
        """The bank that is read now, None while there is none."""
        return self._bank

    def read(self, timeout_s: float) -> CellFrames:
        """Wait for at least one frame and return all there are.

        Parameters
        ----------
        timeout_s : float
            Longest wait, seconds.

        Returns
        -------
        CellFrames
            Never empty, later than all before.
        """
        begin_s = self._clock.now_s()
        frames = self._try_read(begin_s + timeout_s)
        if frames is None:
            self._clock.wait_until(begin_s + min(timeout_s, VOID_EVERY_S))
            frames = self._void_frame()
        self._last_us = int(to_us(frames.t_s[-1:])[0])
        self._next_seq = int(frames.seq[-1]) + 1
        return frames

    def close(self) -> None:
        """Let go of the bank."""
        if self._bank:
            self._bank.close()
        self._bank = None

    def _try_read(self, deadline_s: float) -> CellFrames | None:
        try:
            if self._bank is None:
                if self._clock.now_s() < self._due_s:
                    return None
                self._bank = self._open()
            frames = self._read_newer(self._bank, deadline_s)
        except BANK_FAULTS as error:
            self._lose(error)
            return None
        if self._down:
            self._down = False
            _log.info("event=bank_back")
        return frames

    def _open(self) -> CellBank:
        self._opened_s = self._clock.now_s()
        self._shift = None
        bank = self._open_bank()
        try:
            bank.start()
        except BANK_FAULTS:
            bank.close()
            raise
        return bank

    def _lose(self, error: Exception) -> None:
        # A bank that fails may fail to close as well; a new one follows anyway.
        with contextlib.suppress(*BANK_FAULTS):
            self.close()
        self._bank = None
        now_s = self._clock.now_s()
        self._due_s = now_s + self._backoff.next_s(now_s - self._opened_s)
        if not self._down:
            self._down = True
            _log.error("event=bank_lost reason=%s", quoted(error))

    def _read_newer(self, bank: CellBank, deadline_s: float) -> CellFrames | None:
        frames, left_s = None, float("inf")
        # The first frames of a new bank may be as old as the last void one: read on. Once in any
        # case: a program that was kept from its work for so long must not call its bank silent.
        while frames is None and left_s > 0:
            left_s = max(deadline_s - self._clock.now_s(), 0.0)
            frames = self._newer(bank.read(left_s))
        return frames

    def _newer(self, frames: CellFrames) -> CellFrames | None:
        """Cut off what is not later than the frame before, and number on."""
        # What comes later would all pass for old, and nothing for silent.
        if float(frames.t_s[-1]) > self._clock.now_s() + MOST_AHEAD_S:
            raise DriverError(f"a frame from the future: {frames.t_s[-1]:.3f} s")
        if self._shift is None:
            self._shift = max(self._next_seq - int(frames.seq[0]), 0)
        late = 0
        if self._last_us is not None:
            late = int(np.searchsorted(to_us(frames.t_s), self._last_us, side="right"))
        if late == len(frames):
            return None
        return replace(frames[late:], seq=frames.seq[late:] + self._shift)

    def _void_frame(self) -> CellFrames:
        t_s = self._clock.now_s()
        if self._last_us is not None:
            t_s = max(t_s, (self._last_us + 1) / US_PER_S)
        shape = (1, self._n_cells)
        return CellFrames(
            seq=np.array([self._next_seq], np.int64),
            t_s=np.array([t_s]),
            counts=np.zeros(shape, np.int32),
            status=np.full(shape, Status.TIMEOUT, np.uint16),
            age_s=np.full(shape, np.inf, np.float32),
            lost=np.zeros(shape, np.int32),
        )
