"""Pins of gpiozero's mock factory that keep what was written, and that can fail."""

from __future__ import annotations

from typing import Any

from gpiozero import InputDevice
from gpiozero.pins.local import LocalPiFactory
from gpiozero.pins.mock import MockFactory, MockPWMPin

RED, GREEN, BLUE, BUZZER, BUTTON = 17, 27, 22, 18, 3


class Pin(MockPWMPin):  # type: ignore[misc]
    """A pin with PWM whose cable can be pulled."""

    def __init__(self, factory: object, info: object) -> None:
        super().__init__(factory, info)
        self.broken = False
        self.n_writes = 0

    def _set_state(self, value: float) -> None:
        self._check()
        self.n_writes += 1
        super()._set_state(value)

    def _set_frequency(self, value: float | None) -> None:
        self._check()
        was_high = bool(self._get_state())
        super()._set_frequency(value)
        if value is None:
            # As lgpio does: the line stays as the last edge had it.
            self._state = float(was_high)

    @property
    def level(self) -> float:
        """What a part on this pin gets; an input gives it nothing."""
        return float(self._state) if self.function == "output" else 0.0

    def _get_state(self) -> float:
        self._check()
        return float(super()._get_state())

    def _check(self) -> None:
        if self.broken:
            raise OSError("no such line")


class LocalFactory(LocalPiFactory):  # type: ignore[misc]
    """A factory that shares its pins with all others of its kind, as that of lgpio does."""

    def __init__(self) -> None:
        super().__init__()
        self.pin_class = Pin

    def _get_revision(self) -> int:
        return 0xA02082


class Board:
    """The pins of a Pi."""

    def __init__(self) -> None:
        self.factory: Any = MockFactory(pin_class=Pin)

    def pin(self, number: int) -> Pin:
        pin = self.factory.pin(number)
        assert isinstance(pin, Pin)
        return pin

    def rgb(self) -> tuple[float, float, float]:
        red, green, blue = (self.pin(number).level for number in (RED, GREEN, BLUE))
        return red, green, blue

    def frequencies(self) -> set[float | None]:
        """PWM frequencies of the light."""
        return {self.pin(number).frequency for number in (RED, GREEN, BLUE)}

    def tone_hz(self) -> float | None:
        """What the buzzer plays: half the time high, at this frequency."""
        pin = self.pin(BUZZER)
        if pin.frequency is None:
            assert pin.level == 0.0
            return None
        assert pin.level == 0.5
        return float(pin.frequency)

    def press(self, *, down: bool) -> None:
        pin = self.pin(BUTTON)
        (pin.drive_low if down else pin.drive_high)()

    def occupy(self, number: int) -> Any:  # noqa: ANN401
        """Let another device use a pin, until it is closed."""
        return InputDevice(number, pull_up=number == BUTTON, pin_factory=self.factory)

    def close(self) -> None:
        for number in (RED, GREEN, BLUE, BUZZER, BUTTON):
            self.pin(number).broken = False
        self.factory.close()
