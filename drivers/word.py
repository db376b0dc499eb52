"""One word out of the converters: 24 bits of several cells at once, and what the clock did."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from drivers.chip_facts import DATA_BITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from drivers.lines import Lines

_WEIGHTS = 2 ** np.arange(DATA_BITS - 1, -1, -1, dtype=np.int64)


class Word(NamedTuple):
    """What came out.

    Attributes
    ----------
    samples : list of int
        Levels of all data lines, after each pulse; fewer than asked for if the clock was slow.
    longest_high_s : float
        Upper bound of the longest time that the clock was high.
    last_begin_s : float
        Just before the last sample was taken.
    slow : bool
        Whether a pulse may have lasted longer than the chips allow.
    """

    samples: list[int]
    longest_high_s: float
    last_begin_s: float
    slow: bool


def clock_word(
    lines: Lines,
    now_s: Callable[[], float],
    mask: int,
    pulses: int,
    high_us: list[int],
    high_max_s: float,
) -> Word:
    """Clock a word out of the groups of a mask, and stop at a pulse that was too long.

    Parameters
    ----------
    lines : Lines
    now_s : callable
    mask : int
        Clock groups.
    pulses : int
        25 to 27.
    high_us : list of int
        Histogram of the time that the clock is high, whole microseconds; counted on.
    high_max_s : float
        Longest time between the stamps around a pulse.
    """
    write, read = lines.write, lines.read
    samples: list[int] = []
    longest_s = after_s = 0.0
    last_bin = len(high_us) - 1
    for _ in range(pulses):
        before_s = now_s()
        write(mask, 1)
        write(mask, 0)
        # Two stamps around both writes: the clock was high for less than this.
        after_s = now_s()
        high_s = after_s - before_s
        # Sampled after the falling edge: what delays the reader here delays no clock.
        samples.append(read())
        high_us[min(int(high_s * 1e6), last_bin)] += 1
        if high_s > longest_s:
            longest_s = high_s
            if high_s > high_max_s:
                return Word(samples, longest_s, after_s, slow=True)
    return Word(samples, longest_s, after_s, slow=False)


def decode(samples: list[int], n_cells: int) -> NDArray[np.int64]:
    """Turn 24 samples of all lines into signed counts, shape (n_cells,); of fewer, zeros."""
    if len(samples) < DATA_BITS:
        return np.zeros(n_cells, np.int64)
    levels = np.array(samples[:DATA_BITS], np.int64)
    bits = (levels[:, None] >> np.arange(n_cells)) & 1
    words = _WEIGHTS @ bits
    counts: NDArray[np.int64] = words - ((words & 0x800000) << 1)
    return counts
