"""The 40-pin header of a Raspberry Pi (B+ to 5, Zero): which pin is what.

Checked in the tests against gpiozero's own table of the boards.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["3V3", "5V", "GND", "GPIO", "ID"]


class HeaderPin(NamedTuple):
    """One pin: its number on the board, and its GPIO number if it has one."""

    number: int
    kind: Kind
    gpio: int | None = None

    @property
    def name(self) -> str:
        """As people write it: `GPIO 14`, `3.3 V`, `GND`."""
        return _NAMES.get(self.kind, f"GPIO {self.gpio}")


_NAMES = {"3V3": "3.3 V", "5V": "5 V", "GND": "GND"}
_POWER: dict[int, Kind] = {
    **dict.fromkeys((1, 17), "3V3"),
    **dict.fromkeys((2, 4), "5V"),
    **dict.fromkeys((6, 9, 14, 20, 25, 30, 34, 39), "GND"),
}
_GPIO = {
    3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23,
    18: 24, 19: 10, 21: 9, 22: 25, 23: 11, 24: 8, 26: 7, 27: 0, 28: 1, 29: 5,
    31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21,
}  # fmt: skip


def _pin(number: int) -> HeaderPin:
    if number in _POWER:
        return HeaderPin(number, _POWER[number])
    gpio = _GPIO[number]
    return HeaderPin(number, "ID" if gpio < 2 else "GPIO", gpio)


HEADER = tuple(_pin(number) for number in range(1, 41))
"""All pins by their number; the first is `HEADER[0]`."""

PIN_OF_GPIO = {pin.gpio: pin for pin in HEADER if pin.gpio is not None}
"""Header pin of each GPIO number, 0 to 27."""
