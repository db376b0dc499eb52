"""HX711 chips wired to a Pi on paper: gpiozero mock pins, and a virtual clock that calls cost.

Every call of a GPIO function takes effect somewhere between its begin and its end; the reader may
be stopped after any of them, as an operating system does. Chips are shared out to clock lines and
data lines as a layout says.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from gpiozero.pins.mock import MockFactory, MockPin

from drivers.chip import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drivers.chip import Chip

PI_4B = "c03114"


class CallClock:
    """A virtual clock; every GPIO call takes time on it.

    Parameters
    ----------
    call_ns : tuple of int
        Shortest and longest call.
    stall : callable, optional
        Nanoseconds lost after the call of a number; 0 mostly.
    oversleep_ns : int
        A sleep may end this much late.
    seed : int
    start_ns : int
    """

    def __init__(
        self,
        call_ns: tuple[int, int] = (2_000, 2_000),
        stall: Callable[[int], int] | None = None,
        oversleep_ns: int = 0,
        seed: int = 0,
        start_ns: int = 0,
    ) -> None:
        self.t_ns = start_ns
        self.calls = 0
        self.stall = stall
        self._low_ns, self._high_ns = call_ns
        self._oversleep_ns = oversleep_ns
        self._uniform = random.Random(seed).random  # noqa: S311 - jitter, not secrets

    def now_s(self) -> float:
        """Seconds, as a driver reads them."""
        return self.t_ns / NS_PER_S

    def wait_until(self, t_s: float) -> None:
        """Sleep, and perhaps a little longer."""
        late_ns = int(self._oversleep_ns * self._uniform()) if self._oversleep_ns else 0
        self.t_ns = max(self.t_ns, round(t_s * NS_PER_S) + late_ns)

    def call(self) -> int:
        """Spend the time of one GPIO call; return when it takes effect."""
        begin_ns = self.t_ns
        self.calls += 1
        took_ns = self._low_ns
        if self._high_ns > took_ns:
            took_ns += int((self._high_ns - took_ns) * self._uniform())
        self.t_ns = begin_ns + took_ns
        if self.stall is not None:
            self.t_ns += self.stall(self.calls)
        return begin_ns + took_ns // 2


class Board:
    """Chips on their clock and data lines.

    Parameters
    ----------
    clock : CallClock
    chips : mapping of int to Chip
        By the GPIO number of the data line that carries them.
    sck : mapping of int to sequence of int
        Data lines of the chips that each clock line drives, by its GPIO number.
    """

    def __init__(
        self, clock: CallClock, chips: Mapping[int, Chip], sck: Mapping[int, Sequence[int]]
    ) -> None:
        self.clock = clock
        self.chips = dict(chips)
        # What a clock line drives stays, whatever data line someone plugs a chip into.
        self._driven = {pin: tuple(chips[dout] for dout in douts) for pin, douts in sck.items()}
        self.sck_pins = tuple(sck)

    def swap(self, one: int, other: int) -> None:
        """Swap the data wires of two chips."""
        self.chips[one], self.chips[other] = self.chips[other], self.chips[one]

    def drive(self, pin: int, level: int, t_ns: int) -> None:
        """Set a clock line."""
        for chip in self._driven[pin]:
            chip.set_sck(level, t_ns)

    def level(self, pin: int, t_ns: int) -> int:
        """Level of a data line."""
        return self.chips[pin].dout(t_ns)


class BoardFactory(MockFactory):
    """A gpiozero pin factory whose pins are a board's lines; other pins are plain mock pins.

    Parameters
    ----------
    board : Board
    """

    def __init__(self, board: Board) -> None:
        super().__init__(revision=PI_4B)
        self.board = board
        for number in board.sck_pins:
            self.pin(number, pin_class=_SckPin)
        for number in board.chips:
            self.pin(number, pin_class=_DoutPin)


class _BoardPin(MockPin):
    """Keeps no history: a long test would fill the memory."""

    _state: bool

    def _change_state(self, value: bool) -> bool:  # noqa: FBT001 - gpiozero's signature
        changed = self._state != value
        self._state = value
        return changed


class _SckPin(_BoardPin):
    def _set_state(self, value: object) -> None:
        super()._set_state(value)
        board = self.factory.board
        board.drive(self._number, int(bool(value)), board.clock.call())


class _DoutPin(_BoardPin):
    def _get_state(self) -> bool:
        board = self.factory.board
        return bool(board.level(self._number, board.clock.call()))
