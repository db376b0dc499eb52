"""Lines through lgpio's group calls: every clock line or every data line in one system call.

Works on the handle that gpiozero's factory has open, and reserves the pins there, so that a light
or a button on the same pin is refused. gpiozero's own pins cost two system calls for each write.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from drivers.errors import DriverError
from drivers.lines import EVERY_LINE

if TYPE_CHECKING:
    from drivers.lines import Wiring


class LgpioLines:
    """Two groups of lines: clocks out, data in with pull-ups.

    Parameters
    ----------
    wiring : Wiring
    factory : gpiozero.pins.lgpio.LGPIOFactory
    lgpio : module
        Passed in, for a machine without GPIO has no use for it.
    owns_factory : bool
        Whether the factory is closed with the lines: else a mat that is opened again and again
        runs out of handles.

    Raises
    ------
    lgpio.error
        If a line is busy; nothing is held then.
    gpiozero.GPIOPinInUse
        If another part of this program has the pin.
    """

    at_once = True

    def __init__(
        self,
        wiring: Wiring,
        factory: Any,  # noqa: ANN401 - untyped
        lgpio: Any,  # noqa: ANN401
        *,
        owns_factory: bool = False,
    ) -> None:
        self._owns_factory = owns_factory
        self._lgpio, self._factory, self._wiring = lgpio, factory, wiring
        self._handle = factory._handle  # noqa: SLF001 - gpiozero has no public name for it
        self._leaders: list[int] = []
        self._reserved = False
        try:
            self._claim()
        except BaseException:
            self.close()
            raise
        self._sck, self._dout = wiring.sck[0], wiring.dout[0]
        self._group_write, self._group_read = lgpio.group_write, lgpio.group_read

    def write(self, mask: int, level: int) -> None:
        """Set the clock lines of a mask, all at once.

        Raises
        ------
        DriverError
            If the lines have gone.
        """
        try:
            self._group_write(self._handle, self._sck, mask if level else 0, mask)
        except self._lgpio.error as error:
            raise DriverError(f"the clock lines cannot be set: {error}") from None

    def read(self, cells: int = EVERY_LINE) -> int:
        """Levels of all data lines at one moment, whichever are asked for.

        Raises
        ------
        DriverError
            If the lines have gone.
        """
        try:
            return int(self._group_read(self._handle, self._dout)[1])
        except self._lgpio.error as error:
            raise DriverError(f"the data lines cannot be read: {error}") from None

    def close(self) -> None:
        """Leave the clock lines low and give the pins back."""
        if self._leaders:
            # Lines that have gone cannot be set, but their pins are given back all the same.
            with suppress(self._lgpio.error):
                every = (1 << len(self._wiring.sck)) - 1
                self._lgpio.group_write(self._handle, self._wiring.sck[0], 0, every)
        while self._leaders:
            with suppress(self._lgpio.error):
                self._lgpio.group_free(self._handle, self._leaders.pop())
        if self._reserved:
            self._factory.release_all(self)
            self._reserved = False
            if self._owns_factory:
                with suppress(self._lgpio.error):
                    self._factory.close()

    def _claim(self) -> None:
        wiring, lgpio = self._wiring, self._lgpio
        pins = [f"GPIO{pin}" for pin in (*wiring.sck, *wiring.dout)]
        self._reserved = True
        self._factory.reserve_pins(self, *pins)
        low = [0] * len(wiring.sck)
        lgpio.group_claim_output(self._handle, list(wiring.sck), low)
        self._leaders.append(wiring.sck[0])
        lgpio.group_claim_input(self._handle, list(wiring.dout), lgpio.SET_PULL_UP)
        self._leaders.append(wiring.dout[0])

    def _conflicts_with(self, other: object) -> bool:
        """Share no pin: gpiozero asks this of whoever reserves."""
        return other is not self
