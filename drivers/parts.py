"""The parts of the indicators, each by gpiozero: a light, a buzzer, a button.

Only the caller's thread ever changes what is shown: gpiozero's own blinking and pulsing run in
threads, which would go on telling of health while the sampling loop is dead. The button is looked
at, not listened to: gpiozero's `Button` starts a callback thread that would compete with the
reading of the converters whenever a contact bounces. Between changes nothing is written.
"""

from __future__ import annotations

import importlib
import os
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from core.signals import MAX_TONE_HZ, MIN_TONE_HZ
from drivers.errors import DriverError

if TYPE_CHECKING:
    from types import ModuleType

    from core.signals import Colour

RAMP_HZ = 100
"""Frequency of the software PWM in the ramps of the healthy pulse: no flicker to be seen."""

LGPIO = "lgpio"
NO_GPIO = "no GPIO on this machine: light, buzzer and button need a Raspberry Pi"

MID_TONE_HZ = 440.0
"""One octave to each side of it holds every tone from 300 to 800 Hz."""

COLOURS: dict[Colour, tuple[int, int, int]] = {
    "dark": (0, 0, 0),
    "red": (1, 0, 0),
    "amber": (1, 1, 0),
    "cyan": (0, 1, 1),
    "white": (1, 1, 1),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
}
"""Red, green, blue: full or off, so that no alarm light needs PWM."""


@dataclass(frozen=True)
class Wiring:
    """Which GPIO each part is on (BCM numbers), and of what kind the light is.

    Attributes
    ----------
    red, green, blue, buzzer, button : int
    common_anode : bool
        The light's common leg is on 3.3 V; its colours shine when their GPIO is low.
    soft_pulse : bool
        Ramps of the healthy pulse by software PWM; False: it is on or off.
    """

    red: int
    green: int
    blue: int
    buzzer: int
    button: int
    common_anode: bool = False
    soft_pulse: bool = True


class Led(Protocol):
    """What is used of gpiozero's `PWMLED`."""

    frequency: float | None
    value: float

    def close(self) -> None:
        """Let go of the pin."""


class Light:
    """An RGB LED as one part: without its red, amber would look like green.

    Three `PWMLED`, not one `RGBLED`: that gives no way to its PWM frequency.

    Parameters
    ----------
    wiring : Wiring
    factory : gpiozero pin factory
    """

    def __init__(self, wiring: Wiring, factory: object) -> None:
        led = _gpiozero().PWMLED
        shines_high = not wiring.common_anode
        self._soft = wiring.soft_pulse
        self._shown: tuple[float, ...] | None = None
        with ExitStack() as stack:
            self._leds: list[Led] = [
                stack.enter_context(led(pin, active_high=shines_high, pin_factory=factory))
                for pin in (wiring.red, wiring.green, wiring.blue)
            ]
            self.show("dark", 0.0)
            stack.pop_all()

    def show(self, colour: Colour, level: float) -> None:
        """Show a colour at a brightness of 0 to 1."""
        level = level if self._soft else float(level >= 0.5)
        wanted = tuple(level * part for part in COLOURS[colour])
        if wanted != self._shown:
            self._shown = None
            for led, value in zip(self._leds, wanted, strict=True):
                _set_level(led, value)
            self._shown = wanted

    def close(self) -> None:
        """Let go, which makes inputs of the lines: dark."""
        with ExitStack() as stack:
            for led in self._leds:
                stack.callback(led.close)


def _set_level(led: Led, level: float) -> None:
    """Set a brightness; off and full are plain levels.

    lgpio goes on writing every 10 ms for a PWM that is never off, also at 0 and at 100 %. Its
    thread needs neither the interpreter's lock nor that of the handle of the converters' lines.
    """
    ramp_hz = RAMP_HZ if 0.0 < level < 1.0 else None
    if led.frequency != ramp_hz:
        led.frequency = ramp_hz
    led.value = level


class Buzzer:
    """A passive buzzer.

    Parameters
    ----------
    wiring : Wiring
    factory : gpiozero pin factory
    """

    def __init__(self, wiring: Wiring, factory: object) -> None:
        self._tone = importlib.import_module("gpiozero.tones").Tone
        self._buzzer = _gpiozero().TonalBuzzer(
            wiring.buzzer, mid_tone=self._tone.from_frequency(MID_TONE_HZ), pin_factory=factory
        )
        self._played_hz: int | None = None
        self._stop()

    def play(self, tone_hz: int | None) -> None:
        """Sound at a frequency, or be silent.

        Raises
        ------
        ValueError
            If the tone is not one that ageing ears hear.
        """
        if tone_hz == self._played_hz:
            return
        if tone_hz is None:
            self._stop()
        elif MIN_TONE_HZ <= tone_hz <= MAX_TONE_HZ:
            self._buzzer.play(self._tone.from_frequency(tone_hz))
        else:
            raise ValueError(f"{tone_hz} Hz: tones go from {MIN_TONE_HZ} to {MAX_TONE_HZ} Hz")
        self._played_hz = tone_hz

    def close(self) -> None:
        """Let go, which makes an input of the line: silent."""
        self._buzzer.close()

    def _stop(self) -> None:
        self._buzzer.stop()
        # lgpio leaves the line as the last edge had it; a coil must not stay under current.
        self._buzzer.pwm_device.off()


class PushButton:
    """A button to ground.

    Parameters
    ----------
    wiring : Wiring
    factory : gpiozero pin factory
    """

    def __init__(self, wiring: Wiring, factory: object) -> None:
        self._input = _gpiozero().InputDevice(wiring.button, pull_up=True, pin_factory=factory)

    def is_down(self) -> bool:
        """Whether it is pressed now."""
        return bool(self._input.is_active)

    def close(self) -> None:
        """Let go."""
        self._input.close()


def own_factory(chip: int | None = None) -> object:
    """Open a pin factory for the indicators: their own on lgpio, else the one gpiozero is set to.

    Parameters
    ----------
    chip : int or None
        Number of the GPIO chip; None: as gpiozero finds it.

    Raises
    ------
    DriverError
        If there are no GPIO pins that can be used.
    """
    device = _gpiozero().Device
    gpio = importlib.import_module("drivers.gpio")
    if os.environ.get("GPIOZERO_PIN_FACTORY", LGPIO) == LGPIO:
        try:
            factory: Any = gpio.open_factory(chip)[0]
        except DriverError as error:
            raise DriverError(str(error).replace(gpio.NO_GPIO, NO_GPIO)) from None
        # Its factories share one table of pins, and each closes all of them when it is closed, as
        # happens when the cells are opened anew. That must not put out an alarm.
        factory.pins = {}
        return factory
    try:
        with warnings.catch_warnings(action="ignore"):
            device.ensure_pin_factory()
    except ImportError as error:
        raise DriverError(f"{NO_GPIO} ({error})") from None
    shared: object = device.pin_factory
    return shared


def _gpiozero() -> ModuleType:
    # Here, not above: a server and a simulated mat have no GPIO libraries.
    try:
        return importlib.import_module("gpiozero")
    except ImportError as error:
        raise DriverError(f"{error}; pip install 'reflexmat[pi]'") from None
