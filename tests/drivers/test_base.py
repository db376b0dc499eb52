"""Clocks, and what the base does for a backend that delivers little or late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.frames import CellFrames, Status
from core.layout import load_layout
from drivers.base import CellBank, SystemClock, VirtualClock

if TYPE_CHECKING:
    import pytest


def frames_at(first: int, *t_s: float) -> CellFrames:
    shape = (len(t_s), 16)
    return CellFrames(
        np.arange(first, first + len(t_s)),
        np.array(t_s),
        np.ones(shape, np.int32),
        np.zeros(shape, np.uint16),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.int32),
    )


class Scripted(CellBank):
    """Gives what it was told to, in order."""

    def __init__(self, clock: VirtualClock, *script: CellFrames | None) -> None:
        super().__init__(load_layout("full16"), clock, 80.0, "scripted")
        self.script = list(script)

    def _read(self, deadline_s: float) -> CellFrames | None:
        return self.script.pop(0)


def test_virtual_clock_jumps_and_never_goes_back() -> None:
    clock = VirtualClock(5.0)
    clock.wait_until(7.5)
    clock.wait_until(6.0)
    assert clock.now_s() == 7.5


def test_system_clock_sleeps_until_it_is_time() -> None:
    now_s, slept_s = [10.0], []

    def sleep(seconds: float) -> None:
        slept_s.append(seconds)
        now_s[0] += seconds * 0.75

    clock = SystemClock(read=lambda: now_s[0], sleep=sleep)
    clock.wait_until(9.0)
    assert slept_s == []
    clock.wait_until(10.5)
    assert clock.now_s() >= 10.5
    assert slept_s[0] == 0.5


def test_system_clock_counts_from_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    before_s = clock.now_s()
    clock.wait_until(before_s)
    assert clock.now_s() >= before_s > 0
    monkeypatch.delattr("time.CLOCK_BOOTTIME", raising=False)
    assert clock.now_s() > 0


def test_a_frame_from_before_the_last_timeout_is_dropped_and_counted() -> None:
    clock = VirtualClock(1.0)
    script = [None, frames_at(0, 0.9, 1.0), None, frames_at(2, 1.2, 1.3)]
    with Scripted(clock, *script) as bank:
        parts = [bank.read(wait_s) for wait_s in (0.0, 0.0, 0.25, 0.5)]
    assert [part.t_s.tolist() for part in parts] == [[1.0], [1.000001], [1.25], [1.3]]
    seq = np.concatenate([part.seq for part in parts])
    lost = np.concatenate([part.lost[:, 0] for part in parts])
    assert seq.tolist() == [0, 1, 2, 6]
    assert lost.tolist() == [0, 0, 0, 3]
    assert [int(part.status[0, 0]) for part in parts] == [Status.TIMEOUT] * 3 + [Status.OK]
