"""What every bank of cells has in common: the clock it is given, its states, its deadlines.

A template method: `CellBank.read` owns the deadline, the running numbers and the promise that time
rises; a backend writes `_read` and, where it needs them, `_start`, `_reset` and `_close`.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from core.frames import CellFrames, Status
from core.units import US_PER_S, to_us
from drivers.errors import BankClosedError, BankNotStartedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from core.clock_figures import ClockFigures
    from core.layout import MatLayout


class Clock(Protocol):
    """Monotonic time, passed in so that tests need no waiting."""

    def now_s(self) -> float:
        """Seconds since boot; never goes back."""
        ...

    def wait_until(self, t_s: float) -> None:
        """Return once `now_s() >= t_s`, at once if it already is."""
        ...


def _boot_s() -> float:
    """Seconds since boot, suspended time included where the system can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(frozen=True)
class SystemClock:
    """The machine's own clock."""

    read: Callable[[], float] = _boot_s
    sleep: Callable[[float], None] = time.sleep

    def now_s(self) -> float:
        """Seconds since boot, suspended time included."""
        return self.read()

    def wait_until(self, t_s: float) -> None:
        """Sleep until `t_s`."""
        # A sleep may end early by the resolution of the timer.
        while (left_s := t_s - self.read()) > 0:
            self.sleep(left_s)


class VirtualClock:
    """A clock that stands still until someone waits, and then jumps.

    Parameters
    ----------
    start_s : float
        Its first reading.
    """

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        """Seconds it was moved to."""
        return self._now_s

    def wait_until(self, t_s: float) -> None:
        """Jump to `t_s`, never back."""
        self._now_s = max(self._now_s, t_s)


def is_due(t_s: float, by_s: float) -> bool:
    """Whether a frame's time has come, to the microsecond that time stamps are rounded to.

    A reader whose deadline is the time of the frame itself gets the frame, however the two
    numbers were rounded, and not a TIMEOUT with the same stamp.
    """
    return round(t_s * US_PER_S) <= round(by_s * US_PER_S)


class CellBank(ABC):
    """Converters of all cells of a mat, read together.

    Parameters
    ----------
    layout : MatLayout
        The mat.
    clock : Clock
        Where its time comes from.
    rate_hz : float
        Nominal frames per second.
    source : str
        What kind of bank it is: "simulator", "replay", ...
    """

    def __init__(self, layout: MatLayout, clock: Clock, rate_hz: float, source: str) -> None:
        self._layout = layout
        self._clock = clock
        self._rate_hz = rate_hz
        self._source = source
        self._started = False
        self._closed = False
        self._n_timeouts = 0
        self._last_us: int | None = None
        self._dropped = np.zeros(len(layout.spec.cell), np.int64)
        self._next_seq = 0

    @property
    def layout(self) -> MatLayout:
        """The mat that it reads."""
        return self._layout

    @property
    def rate_hz(self) -> float:
        """Nominal frames per second."""
        return self._rate_hz

    @property
    def source(self) -> str:
        """What kind of bank this is."""
        return self._source

    def start(self) -> None:
        """Begin to convert; no effect on a bank that has begun.

        Raises
        ------
        BankClosedError
            After `close`.
        """
        if self._closed:
            raise BankClosedError(f"the {self._source} is closed; make a new one")
        if not self._started:
            self._start()
            self._started = True

    def read(self, timeout_s: float) -> CellFrames:
        """Wait for at least one frame and return all there are.

        Parameters
        ----------
        timeout_s : float
            Longest wait.

        Returns
        -------
        CellFrames
            Never empty, `t_s` rises by whole microseconds from frame to frame and from read to
            read. When nothing came, one frame at the time of the deadline with TIMEOUT on
            every cell.

        Raises
        ------
        BankNotStartedError, BankClosedError
        ValueError
            If `timeout_s` is negative or not finite.
        """
        self._check_usable()
        if not (math.isfinite(timeout_s) and timeout_s >= 0):
            raise ValueError(f"timeout_s must be finite and not negative: {timeout_s}")
        deadline_s = self._clock.now_s() + timeout_s
        frames = self._read(deadline_s)
        frames = None if frames is None else self._rising(self._renumbered(frames))
        if frames is None:
            self._clock.wait_until(deadline_s)
            frames = self._timeout_frame(deadline_s)
        self._last_us = int(to_us(frames.t_s[-1:])[0])
        self._next_seq = int(frames.seq[-1]) + 1
        return frames

    def reset(self) -> None:
        """Start the converters anew; running numbers and time go on rising.

        Raises
        ------
        BankNotStartedError, BankClosedError
        """
        self._check_usable()
        self._reset()

    def close(self) -> None:
        """Let go of the hardware or file; no effect the second time."""
        if not self._closed:
            self._closed = True
            self._close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def clock_figures(self) -> ClockFigures | None:
        """Say how the cells were clocked since the start; None where a bank does not know."""
        return None

    @abstractmethod
    def _read(self, deadline_s: float) -> CellFrames | None:
        """Frames there are by the deadline, None if none; may return early with None.

        `seq` counts from 0 and jumps where frames were lost; the base adds its own TIMEOUT frames.
        """

    def _start(self) -> None:  # noqa: B027 - optional for a backend
        """Take hold of the hardware or file."""

    def _reset(self) -> None:  # noqa: B027 - optional for a backend
        """Power-cycle the converters."""

    def _close(self) -> None:  # noqa: B027 - optional for a backend
        """Let go; also called on a bank that never started."""

    def _check_usable(self) -> None:
        if self._closed:
            raise BankClosedError(f"the {self._source} is closed; make a new one")
        if not self._started:
            raise BankNotStartedError(f"the {self._source} is not started; call start() first")

    def _renumbered(self, frames: CellFrames) -> CellFrames:
        return replace(frames, seq=frames.seq + self._n_timeouts) if self._n_timeouts else frames

    def _rising(self, frames: CellFrames) -> CellFrames | None:
        """Drop frames from before the TIMEOUT frame last given, and count them as lost."""
        keep = 0
        if self._last_us is not None:
            keep = int(np.searchsorted(to_us(frames.t_s), self._last_us, side="right"))
        if keep == 0 and not self._dropped.any():
            return frames
        self._dropped += frames.lost[:keep].sum(axis=0) + keep
        if keep == len(frames):
            return None
        kept = frames[keep:]
        lost: NDArray[np.int32] = kept.lost.copy()
        lost[0] += self._dropped.astype(np.int32)
        self._dropped[:] = 0
        return replace(kept, lost=lost)

    def _timeout_frame(self, deadline_s: float) -> CellFrames:
        self._n_timeouts += 1
        t_s = deadline_s
        if self._last_us is not None and to_us(np.array([t_s]))[0] <= self._last_us:
            # Two reads at one instant: the second time stamp gives way, time must rise.
            t_s = (self._last_us + 1) / US_PER_S
        shape = (1, len(self._layout.spec.cell))
        return CellFrames(
            seq=np.array([self._next_seq], np.int64),
            t_s=np.array([t_s]),
            counts=np.zeros(shape, np.int32),
            status=np.full(shape, Status.TIMEOUT, np.uint16),
            age_s=np.full(shape, np.inf, np.float32),
            lost=np.zeros(shape, np.int32),
        )
