"""Opens the lines of this machine, and says in one line why it cannot.

lgpio leaves a pipe where it is imported, in the working directory or in `LG_WD`, which a service
may not be able to write; so it gets a folder of its own first. The import also moves the whole
program there, and it is moved back.
"""

from __future__ import annotations

import atexit
import importlib
import os
import tempfile
import warnings
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.errors import DriverError
from drivers.lgpio_lines import LgpioLines
from drivers.lines import GpiozeroLines

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from drivers.lines import Lines, Wiring

HEADER_LABELS = ("pinctrl-bcm", "pinctrl-rp1")
"""How the chip with the 40-pin header is called; a Pi has others beside it."""

NO_GPIO = (
    "no GPIO on this machine: cells need a Raspberry Pi; "
    'use [bank] kind = "simulator" or "replay" elsewhere'
)


def open_lines(
    wiring: Wiring,
    chip: int | None = None,
    load: Callable[[str], Any] = importlib.import_module,
    devices: Path = Path("/dev"),
    may_open: Callable[[Path, int], bool] = os.access,
) -> Lines:
    """Open the lines of this machine through lgpio.

    Parameters
    ----------
    wiring : Wiring
    chip : int or None
        Number of the GPIO chip; None: as gpiozero finds it.
    load : callable
        Imports a module by name.
    devices : Path
        Where the GPIO chips are.
    may_open : callable
        Whether this user may open a file so.

    Raises
    ------
    DriverError
        If there is no GPIO, no permission or no library, the chip is not the header, or a pin is
        busy; one line, with what to do.
    """
    factory, lgpio = open_factory(chip, load, devices, may_open)
    try:
        return LgpioLines(wiring, factory, lgpio, owns_factory=True)
    except lgpio.error as error:
        raise DriverError(
            f"a pin of the cells cannot be had: {error}; end the other program that uses it "
            "(gpioinfo shows which), or change dout and sck in the layout"
        ) from None
    except load("gpiozero").GPIOZeroError as error:
        raise DriverError(f"{error}; give each part pins of its own") from None


def open_slowly(
    wiring: Wiring,
    chip: int | None = None,
    load: Callable[[str], Any] = importlib.import_module,
) -> GpiozeroLines:
    """Open lines on the pin factory that gpiozero is set to, one call a pin.

    Parameters
    ----------
    wiring : Wiring
    chip : None
        Taken for the sake of likeness; gpiozero chooses the chip itself.
    load : callable
        Imports a module by name.

    Raises
    ------
    DriverError
        If there is no GPIO, or a pin is busy.
    """
    keep_pipe_out_of_the_way()
    gpiozero = load("gpiozero")
    try:
        with warnings.catch_warnings(action="ignore"):
            # The factory that GPIOZERO_PIN_FACTORY names, else the first that works here.
            gpiozero.Device.ensure_pin_factory()
    except gpiozero.BadPinFactory:
        raise DriverError(NO_GPIO) from None
    try:
        return GpiozeroLines(wiring, gpiozero.Device.pin_factory)
    except gpiozero.GPIOZeroError as error:
        raise DriverError(f"{error}; give each part pins of its own") from None


def open_factory(
    chip: int | None = None,
    load: Callable[[str], Any] = importlib.import_module,
    devices: Path = Path("/dev"),
    may_open: Callable[[Path, int], bool] = os.access,
) -> tuple[Any, Any]:
    """Open gpiozero's lgpio factory; parameters as of `open_lines`.

    Returns
    -------
    tuple
        The factory, and the module lgpio.

    Raises
    ------
    DriverError
    """
    chips = sorted(devices.glob("gpiochip*"))
    if not chips:
        raise DriverError(NO_GPIO)
    closed = [path for path in chips if not may_open(path, os.R_OK | os.W_OK)]
    if len(closed) == len(chips):
        raise DriverError(
            f"no permission for {closed[0]}: add this user to the group gpio "
            "(sudo usermod -aG gpio $USER) and sign in again"
        )
    lgpio, factory_class = _load(load)
    return _open(factory_class, lgpio, chip), lgpio


def keep_pipe_out_of_the_way(environment: MutableMapping[str, str] = os.environ) -> None:
    """Give lgpio a folder for its pipe, unless somebody has chosen one."""
    if "LG_WD" not in environment:
        environment["LG_WD"] = environment.get("RUNTIME_DIRECTORY") or _folder_until_exit()


def _folder_until_exit() -> str:
    folder = tempfile.TemporaryDirectory(prefix="reflexmat-lg-")
    atexit.register(folder.cleanup)
    return folder.name


def _load(load: Callable[[str], Any]) -> tuple[Any, Any]:
    keep_pipe_out_of_the_way()
    try:
        with chdir("."):
            return load("lgpio"), load("gpiozero.pins.lgpio").LGPIOFactory
    except ImportError as error:
        name = error.name or "lgpio"
        raise DriverError(f"{name} is not installed; pip install 'reflexmat[pi]'") from None


def _open(factory_class: Any, lgpio: Any, chip: int | None) -> Any:  # noqa: ANN401 - untyped
    try:
        factory = factory_class(chip)
    except Exception as error:  # noqa: BLE001 - gpiozero and lgpio share no base
        if "Pi revision" in str(error):
            raise DriverError(NO_GPIO) from None
        raise _cannot_open(chip, error) from None
    try:
        label = str(lgpio.gpio_get_chip_info(factory._handle)[3])  # noqa: SLF001 - no public name
    except lgpio.error as error:
        factory.close()
        raise _cannot_open(chip, error) from None
    if not label.startswith(HEADER_LABELS):
        number = factory.chip
        factory.close()
        raise DriverError(
            f"gpiochip{number} is {label!r}, not the 40-pin header; gpiodetect lists the chips "
            "(on a Pi 5 the header is pinctrl-rp1), give its number as [bank] chip"
        )
    return factory


def _cannot_open(chip: int | None, error: Exception) -> DriverError:
    named = "the GPIO chip" if chip is None else f"gpiochip{chip}"
    return DriverError(
        f"{named} cannot be opened: {error}; gpiodetect lists the chips, "
        "give the number of the header's as [bank] chip"
    )


OPENERS: dict[str, Callable[..., Lines]] = {"lgpio": open_lines, "gpiozero": open_slowly}
"""By `[bank] lines`."""
