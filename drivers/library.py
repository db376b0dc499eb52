"""A private copy of adafruit-circuitpython-hx711 that works on Linux.

The library (1.1.2) asks Blinka for `disable_interrupts`, which Linux does not have, and waits a
microsecond by a sleep of about 70, which powers the chip down. Two names of its module are
replaced, in a copy that only this program holds: whoever imports the library finds it as it is.
"""

from __future__ import annotations

import importlib.util
import os
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from drivers.errors import DriverError

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from drivers.base import Clock

MODULE = "adafruit_hx711.hx711"
REPLACED = ("microcontroller", "time")
USED = ("HX711", "read_fast")


def load_library(clock: Clock, module: str = MODULE) -> Any:  # noqa: ANN401 - untyped
    """Load the library anew, with its waits and its interrupt lock replaced.

    Parameters
    ----------
    clock : Clock
        Waits the millisecond of its power reset.
    module : str

    Raises
    ------
    DriverError
        If it is not installed, or no longer has the names that are replaced.
    """
    copy = _private_copy(module)
    missing = [name for name in (*REPLACED, *USED) if not hasattr(copy, name)]
    if missing:
        raise DriverError(
            f"{module} has no {missing[0]} any more; install adafruit-circuitpython-hx711==1.1.2, "
            'or use [bank] kind = "hx711"'
        )
    nothing = SimpleNamespace(
        disable_interrupts=lambda: None,
        enable_interrupts=lambda: None,
        # More than a microsecond passes between two calls of Python anyway.
        delay_us=lambda _us: None,
    )
    copy.microcontroller = nothing
    copy.time = SimpleNamespace(sleep=lambda s: clock.wait_until(clock.now_s() + s))
    return copy


def _private_copy(module: str) -> Any:  # noqa: ANN401 - untyped
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None or found.origin is None:
        raise DriverError(
            "adafruit-circuitpython-hx711 is not installed; pip install 'reflexmat[pi]'"
        )
    spec = importlib.util.spec_from_file_location("_reflexmat_adafruit_hx711", found.origin)
    assert spec is not None  # noqa: S101 - for the type checker
    assert spec.loader is not None  # noqa: S101
    copy = importlib.util.module_from_spec(spec)
    with _os_agnostic(os.environ):
        spec.loader.exec_module(copy)
    return copy


@contextmanager
def _os_agnostic(environment: MutableMapping[str, str]) -> Iterator[None]:
    """Keep Blinka, which the library imports, from looking for a board and for gpiod."""
    before = environment.get("BLINKA_OS_AGNOSTIC")
    environment["BLINKA_OS_AGNOSTIC"] = "1"
    try:
        yield
    finally:
        if before is None:
            del environment["BLINKA_OS_AGNOSTIC"]
        else:
            environment["BLINKA_OS_AGNOSTIC"] = before
