"""Clock and data lines of the cells: the one thing a GPIO back end must supply.

`lgpio_lines` moves all lines of a group in one system call; `GpiozeroLines` works on any pin
factory of gpiozero, one pin after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from gpiozero import InputDevice, OutputDevice

from drivers.errors import DriverError

if TYPE_CHECKING:
    from core.layout import MatLayout


EVERY_LINE = -1


class Lines(Protocol):
    """Levels out and in; bit g of a mask is clock group g, bit i of a level is cell i.

    Attributes
    ----------
    at_once : bool
        Whether all lines of a call change, or are read, at one moment.
    """

    at_once: bool

    def write(self, mask: int, level: int) -> None:
        """Set the clock lines of a mask, and only those."""
        ...

    def read(self, cells: int = EVERY_LINE) -> int:
        """Levels of the data lines, at least of those of a mask of cells."""
        ...

    def close(self) -> None:
        """Let go of the pins, clock lines low; no effect the second time."""
        ...


@dataclass(frozen=True)
class Wiring:
    """Which pin is what, by GPIO number.

    Attributes
    ----------
    dout : tuple of int
        Data line of each cell.
    sck : tuple of int
        Clock line of each group.
    group_of : tuple of int
        Group of each cell.
    """

    dout: tuple[int, ...]
    sck: tuple[int, ...]
    group_of: tuple[int, ...]

    @cached_property
    def cells(self) -> tuple[int, ...]:
        """Mask of the cells of each group."""
        masks = [0] * len(self.sck)
        for cell, group in enumerate(self.group_of):
            masks[group] |= 1 << cell
        return tuple(masks)

    @property
    def shared(self) -> bool:
        """Whether a clock line drives more than one cell."""
        return len(self.sck) < len(self.dout)

    @classmethod
    def of(cls, layout: MatLayout) -> Wiring:
        """Read the wiring from a layout.

        Raises
        ------
        DriverError
            If a cell has no pins.
        """
        bare = [n for n, cell in enumerate(layout.spec.cell, 1) if cell.dout is None]
        if bare:
            raise DriverError(
                f"layout {layout.spec.id}: cell {bare[0]} has no pins; "
                "give each cell dout and sck, or play it with a simulator"
            )
        dout = tuple(int(cell.dout or 0) for cell in layout.spec.cell)
        clock = [int(cell.sck or 0) for cell in layout.spec.cell]
        sck = tuple(dict.fromkeys(clock))
        return cls(dout, sck, tuple(map(sck.index, clock)))


class GpiozeroLines:
    """Lines through gpiozero's devices: slow, and works with every pin factory.

    Parameters
    ----------
    wiring : Wiring
    factory : gpiozero.Factory
        Its pins must be free.

    Raises
    ------
    gpiozero.GPIOZeroError
        If a pin is not to be had; nothing is held then.
    """

    at_once = False

    def __init__(self, wiring: Wiring, factory: Any) -> None:  # noqa: ANN401 - untyped
        self._devices: list[Any] = []
        try:
            for pin in wiring.sck:
                self._devices.append(OutputDevice(pin, initial_value=False, pin_factory=factory))
            for pin in wiring.dout:
                # The pull-up makes an open wire read as "never ready" and not as noise.
                self._devices.append(InputDevice(pin, pull_up=True, pin_factory=factory))
        except BaseException:
            self.close()
            raise
        # Below the devices: `value` would cost three times as much.
        pins = [device.pin for device in self._devices]
        self._sck, self._dout = pins[: len(wiring.sck)], pins[len(wiring.sck) :]

    def write(self, mask: int, level: int) -> None:
        """Set the clock lines of a mask, one after the other."""
        for group, pin in enumerate(self._sck):
            if mask >> group & 1:
                pin.state = bool(level)

    def read(self, cells: int = EVERY_LINE) -> int:
        """Levels of the data lines of some cells, read one after the other; 0 of the others."""
        levels = 0
        for cell, pin in enumerate(self._dout):
            if cells >> cell & 1:
                levels |= int(pin.state) << cell
        return levels

    def close(self) -> None:
        """Close the devices, outputs low."""
        while self._devices:
            device = self._devices.pop()
            if isinstance(device, OutputDevice):
                device.off()
            device.close()
