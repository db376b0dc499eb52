"""One or two cells read by adafruit-circuitpython-hx711: for bring-up, and to check `hx711` by.

The library clocks the word out and puts the bits together; when it may, whether it was in time
and what the value is worth is judged as for `hx711`. On Linux as shipped it cannot read at all
(docs/hx711.md says why); `library` makes it right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.datasheet import DATA_BITS, PULSES_BY_GAIN
from drivers.errors import DriverError
from drivers.hx711 import Hx711Bank
from drivers.library import load_library
from drivers.word import PulseStamps, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.layout import MatLayout
    from drivers.base import Clock
    from drivers.lines import Lines, Wiring
    from drivers.word import Clocker

MAX_CELLS = 2
GIVE_UP_S = 1e-3
"""The library waits for ever for a line that has just gone high again; a blip lasts 75 us."""


class AdafruitBank(Hx711Bank):
    """One or two cells, each with a clock line of its own; parameters as of `Hx711Bank`.

    Raises
    ------
    DriverError
        If there are more cells, or two share a clock line.
    """

    _KIND = "adafruit"

    def __init__(self, layout: MatLayout, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(layout, *args, **options)
        n_cells = len(layout.spec.cell)
        if n_cells > MAX_CELLS or self._wiring.shared:
            raise DriverError(
                f"layout {layout.spec.id}: adafruit reads one or two cells, each with an sck of "
                f'its own, not {n_cells}; use [bank] kind = "hx711"'
            )

    def _make_clocker(self, lines: Lines) -> Clocker:
        return LibraryClocker(lines, self._wiring, self._clock, self._gain)


class LibraryClocker:
    """Has the library clock words out, one cell at a time.

    Parameters
    ----------
    lines : Lines
    wiring : Wiring
        One cell a group.
    clock : Clock
    gain : int
    """

    alone = True

    def __init__(self, lines: Lines, wiring: Wiring, clock: Clock, gain: int) -> None:
        self._pulses = PULSES_BY_GAIN[gain]
        self._n_cells = len(wiring.dout)
        self._stamps = PulseStamps()
        self.high_us = self._stamps.high_us
        library = load_library(clock)
        self._pins = [_Pins(lines, clock, cell, group) for cell, group in _pairs(wiring)]
        self._chips = [library.HX711(pins.data, pins.clock) for pins in self._pins]

    def allow(self, write_s: float) -> None:
        """Judge the clock from now on: the library reads while it is high, a call more."""
        self._stamps.allow(2 * write_s)

    def clock(self, groups: int, cells: int) -> Word | None:
        """Read one cell through the library."""
        group = groups.bit_length() - 1
        pins, chip = self._pins[group], self._chips[group]
        pins.begin(self._stamps)
        try:
            value = chip._read_channel_raw(self._pulses)  # noqa: SLF001 - `read` reads twice
        except _NotReadyError:
            return None
        counts = [0] * self._n_cells
        counts[pins.cell] = _signed(value)
        extra = -1
        for sample in pins.samples[DATA_BITS:]:
            extra &= sample
        return Word(counts, extra, pins.samples[-1], pins.last_begin_s, pins.slow)


class _NotReadyError(Exception):
    """The line went high between the look and the library's own."""


class _Pins:
    """What the library takes for two digital pins: it touches only their `value`."""

    def __init__(self, lines: Lines, clock: Clock, cell: int, group: int) -> None:
        self.cell = cell
        self.samples: list[int] = []
        self.last_begin_s = 0.0
        self.slow = False
        self.data, self.clock = _Pin(self._sample, None), _Pin(self._level_out, self._drive)
        self._lines, self._now_s = lines, clock.now_s
        self._mask = 1 << group
        self._level = 0
        self._rise_s = 0.0
        self._give_up_s = 0.0
        self._stamps: PulseStamps | None = None

    def begin(self, stamps: PulseStamps) -> None:
        """Begin a word."""
        self.samples.clear()
        self.slow = False
        self._stamps = stamps
        self._give_up_s = self._now_s() + GIVE_UP_S

    def _level_out(self) -> bool:
        return bool(self._level)

    def _drive(self, level: object) -> None:
        rising = bool(level) and not self._level
        falling = not level and self._level
        if rising:
            self._rise_s = self._now_s()
        if rising or falling:
            self._level = int(bool(level))
            self._lines.write(self._mask, self._level)
        if falling and self._stamps is not None:
            self.slow |= self._stamps.is_slow(self._now_s() - self._rise_s)

    def _sample(self) -> int:
        begin_s = self._now_s()
        levels = self._lines.read(1 << self.cell)
        if self._level:
            self.samples.append(levels)
            self.last_begin_s = begin_s
        elif begin_s > self._give_up_s:
            raise _NotReadyError
        return levels >> self.cell & 1


class _Pin:
    def __init__(self, get: Callable[[], int], put: Callable[[object], None] | None) -> None:
        self._get, self._put = get, put

    @property
    def value(self) -> int:
        return self._get()

    @value.setter
    def value(self, level: object) -> None:
        assert self._put is not None  # noqa: S101 - the library never writes the data line
        self._put(level)


def _pairs(wiring: Wiring) -> list[tuple[int, int]]:
    return sorted(enumerate(wiring.group_of), key=lambda pair: pair[1])


def _signed(value: int) -> int:
    """Give the sign back: the library widens to 32 bits, but a Python int does not wrap."""
    return value - 2**32 if value >= 2**31 else value


def open_bank(
    layout: MatLayout, clock: Clock, rate_hz: float, gain: int, open_: Callable[[Wiring], Lines]
) -> AdafruitBank:
    """Make the bank of a configuration, not started."""
    return AdafruitBank(layout, open_, clock, rate_hz, gain)
