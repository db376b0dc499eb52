"""Frames without end: a bank that fails is said, replaced, and never silently left out."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
import pytest

from core.frames import CellFrames, Status
from core.layout import load_layout
from drivers.base import CellBank, VirtualClock
from drivers.errors import DriverError
from pi.source import Source

LAYOUT = load_layout("starter8")
N_CELLS = len(LAYOUT.spec.cell)


@dataclass
class Workshop:
    """Makes banks; `faults` says at which reads of all, and which openings, something breaks."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    broken_reads: set[int] = field(default_factory=set)
    broken_starts: set[int] = field(default_factory=set)
    late_by_s: float = 0.0
    n_made: int = 0
    n_read: int = 0
    n_closed: int = 0

    def make(self) -> CellBank:
        self.n_made += 1
        return Bank(self, self.n_made - 1)


class Bank(CellBank):
    def __init__(self, workshop: Workshop, number: int) -> None:
        super().__init__(LAYOUT, workshop.clock, 10.0, "hx711")
        self._workshop = workshop
        self._number = number
        self._seq = -1

    def _start(self) -> None:
        if self._number in self._workshop.broken_starts:
            raise DriverError("no GPIO")

    def _read(self, deadline_s: float) -> CellFrames:
        self._workshop.n_read += 1
        if self._workshop.n_read in self._workshop.broken_reads:
            raise DriverError("the wire\nis loose")
        self._clock.wait_until(deadline_s)
        self._seq += 1
        shape = (1, N_CELLS)
        return CellFrames(
            np.array([self._seq], np.int64),
            np.array([deadline_s - self._workshop.late_by_s]),
            np.zeros(shape, np.int32),
            np.zeros(shape, np.uint16),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.int32),
        )

    def _close(self) -> None:
        self._workshop.n_closed += 1
        raise OSError("already gone")


def read_many(workshop: Workshop, n: int) -> tuple[Source, list[CellFrames]]:
    source = Source(workshop.make, workshop.clock, N_CELLS)
    return source, [source.read(0.1) for _ in range(n)]


def test_frames_of_a_healthy_bank_pass_unchanged() -> None:
    source, frames = read_many(Workshop(), 3)
    assert [int(f.seq[0]) for f in frames] == [0, 1, 2]
    assert not any(f.status.any() for f in frames)
    assert source.bank is not None


def test_a_fault_gives_timeouts_at_once_and_a_new_bank_after_a_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    workshop = Workshop(broken_reads={3, 4})
    _, frames = read_many(workshop, 20)
    void = [bool((f.status == Status.TIMEOUT).all()) for f in frames]
    # Read 3 fails; the bank made after 0.2 s fails at once; the next comes after 0.4 s more.
    assert void[:2] == [False, False]
    assert void[2:] == sorted(void[2:], reverse=True)
    assert not void[-1]
    silent_s = frames[void[2:].index(False) + 2].t_s[0] - frames[1].t_s[0]
    assert 0.6 <= silent_s <= 0.85
    assert np.all(np.diff(np.concatenate([f.t_s for f in frames])) > 0)
    assert [int(f.seq[0]) for f in frames] == list(range(20))
    assert (workshop.n_made, workshop.n_closed) == (3, 2)
    said = [record.message for record in caplog.records]
    assert said == ['event=bank_lost reason="the wire is loose"', "event=bank_back"]


def test_a_bank_that_cannot_start_is_tried_again_with_growing_waits() -> None:
    workshop = Workshop(broken_starts=set(range(1000)))
    source, frames = read_many(workshop, 400)
    assert all((f.status == Status.TIMEOUT).all() for f in frames)
    # 20 s: at 0, 0.2, 0.6, 1.4, 3.0, 6.2, 11.2, 16.2 s.
    assert workshop.n_made == 8
    assert source.bank is None


def test_frames_that_are_not_later_are_cut_off() -> None:
    workshop = Workshop(broken_reads={2})
    source, frames = read_many(workshop, 2)
    workshop.late_by_s = 1.0
    while workshop.n_read < 4:
        frames.append(source.read(0.1))
    assert all((f.status == Status.TIMEOUT).all() for f in frames[1:])
    workshop.late_by_s = 0.0
    frames.append(source.read(0.1))
    assert not frames[-1].status.any()
    assert np.all(np.diff(np.concatenate([f.t_s for f in frames])) > 0)
    assert np.all(np.diff(np.concatenate([f.seq for f in frames])) > 0)


class Stolen(VirtualClock):
    """The clock of a machine on which other programs take the processor, after each look at it."""

    def __init__(self, stolen_s: float) -> None:
        super().__init__()
        self._stolen_s = stolen_s

    def now_s(self) -> float:
        now_s = super().now_s()
        self.wait_until(now_s + self._stolen_s)
        return now_s


def test_a_busy_machine_is_no_silent_bank() -> None:
    """Else a frame would say that every cell is silent, and those since would be thrown away."""
    _, frames = read_many(Workshop(Stolen(0.3)), 20)
    assert not any(np.any(batch.status & Status.TIMEOUT) for batch in frames)


def test_a_mistake_in_the_program_is_not_hidden() -> None:
    def broken() -> CellBank:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Source(broken, VirtualClock(), N_CELLS).read(0.1)
