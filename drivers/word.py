"""One word out of the converters: 24 bits of several cells at once, and what the clock did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from core.datasheet import DATA_BITS, POWER_DOWN_S, SCK_HIGH_MAX_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.lines import Lines

HISTOGRAM_US = 256
_WEIGHTS = 2 ** np.arange(DATA_BITS - 1, -1, -1, dtype=np.int64)


class Word(NamedTuple):
    """What came out.

    Attributes
    ----------
    counts : list of int
        Of every cell, signed; without meaning for a cell that was not clocked, or if `slow`.
    extra : int
        Lines that were 1 at every bit from the 25th on.
    last : int
        Levels of all lines at the last sample.
    last_begin_s : float
        Just before the last sample was taken.
    slow : bool
        Whether a pulse may have lasted longer than the chips allow; the word was cut off there.
    """

    counts: list[int]
    extra: int
    last: int
    last_begin_s: float
    slow: bool


class Clocker(Protocol):
    """Who clocks words out.

    Attributes
    ----------
    alone : bool
        Whether it takes one group at a time only.
    high_us : list of int
        Histogram of the time that the clock was high, whole microseconds.
    """

    alone: bool
    high_us: list[int]

    def clock(self, groups: int, cells: int) -> Word | None:
        """Clock a word out of the groups of a mask; None if they were not ready after all.

        Parameters
        ----------
        groups : int
        cells : int
            Their cells.
        """
        ...

    def allow(self, write_s: float) -> None:
        """Judge the clock from now on; a write takes so long."""
        ...


class PulseStamps:
    """Judges how long the clock was high, by stamps around each pulse.

    Attributes
    ----------
    high_us : list of int
        Histogram, whole microseconds.
    """

    def __init__(self) -> None:
        self.high_us = [0] * HISTOGRAM_US
        self._max_s = math.inf

    def allow(self, spent_s: float) -> None:
        """Judge from now on; between the stamps, calls take so long beside the pulse itself."""
        self._max_s = min(SCK_HIGH_MAX_S + spent_s, POWER_DOWN_S)

    def is_slow(self, high_s: float) -> bool:
        """Count a pulse that was not longer than this; whether it may have been too long."""
        self.high_us[min(int(high_s * 1e6), HISTOGRAM_US - 1)] += 1
        return high_s > self._max_s


class GroupClocker:
    """Clocks several groups at once: two writes and one read a bit.

    Parameters
    ----------
    lines : Lines
    now_s : callable
    pulses : int
        25 to 27.
    n_cells : int
    """

    def __init__(self, lines: Lines, now_s: Callable[[], float], pulses: int, n_cells: int) -> None:
        self._lines, self._now_s, self._pulses = lines, now_s, pulses
        # One clock line after the other would be high for as long as all of them take.
        self.alone = not lines.at_once
        self._shifts = np.arange(n_cells)
        self._stamps = PulseStamps()
        self.high_us = self._stamps.high_us
        self.allow = self._stamps.allow

    def clock(self, groups: int, cells: int) -> Word:
        """Clock a word out, and stop at a pulse that was too long."""
        write, read, now_s = self._lines.write, self._lines.read, self._now_s
        is_slow = self._stamps.is_slow
        samples: list[int] = []
        after_s = 0.0
        for _ in range(self._pulses):
            before_s = now_s()
            write(groups, 1)
            write(groups, 0)
            # Two stamps around both writes: the clock was high for less than this.
            after_s = now_s()
            # Sampled after the falling edge: what delays the reader here delays no clock.
            samples.append(read(cells))
            if is_slow(after_s - before_s):
                return Word([0] * len(self._shifts), 0, samples[-1], after_s, slow=True)
        extra = samples[DATA_BITS]
        for sample in samples[DATA_BITS + 1 :]:
            extra &= sample
        return Word(self._decode(samples), extra, samples[-1], after_s, slow=False)

    def _decode(self, samples: list[int]) -> list[int]:
        levels = np.array(samples[:DATA_BITS], np.int64)
        words = _WEIGHTS @ ((levels[:, None] >> self._shifts) & 1)
        counts: list[int] = (words - ((words & 0x800000) << 1)).tolist()
        return counts
