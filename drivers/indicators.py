"""Light, buzzer and button of the mat: each may be missing, none stops the others or the mat."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from core.errors import MatError
from drivers.parts import Buzzer, Light, PushButton, own_factory

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.signals import Signal
    from drivers.parts import Wiring

RETRY_S = 10.0
"""A part that failed is tried again after this."""


class Closes(Protocol):
    """A part, as far as a slot knows it."""

    def close(self) -> None:
        """Let go."""


Part = TypeVar("Part", bound=Closes)
Result = TypeVar("Result")


class Slot(Generic[Part]):
    """A part that may be missing, and may come back.

    Parameters
    ----------
    make : callable
        Makes the part anew.

    Attributes
    ----------
    fault : str or None
        Why it does not work, as last tried.
    """

    def __init__(self, make: Callable[[], Part]) -> None:
        self._make = make
        self._part: Part | None = None
        self._due_s = float("-inf")
        self.fault: str | None = None

    def use(self, action: Callable[[Part], Result], t_s: float) -> Result | None:
        """Do something with the part; None if it is missing."""
        if self.fault is not None and t_s < self._due_s:
            return None
        try:
            if self.fault is not None:
                self._let_go()
            self._part = self._part or self._make()
            result = action(self._part)
        # Whatever a part raises, the mat goes on judging and the other parts go on showing.
        except Exception as error:  # noqa: BLE001
            self._due_s = t_s + RETRY_S
            self.fault = _worded(error)
            self.close()
            return None
        self.fault = None
        return result

    def close(self) -> None:
        """Let go of the part."""
        # A broken one may fail to close as well, and then is closed before the next is made:
        # until then gpiozero holds its pins for it.
        with contextlib.suppress(Exception):
            self._let_go()

    def _let_go(self) -> None:
        if self._part is not None:
            self._part.close()
            self._part = None


def _worded(error: Exception) -> str:
    return str(error) if isinstance(error, MatError) else f"{type(error).__name__}: {error}"


class Indicators:
    """All parts of one mat.

    Parameters
    ----------
    wiring : Wiring
    factory : gpiozero pin factory, optional
        Without it, the one of this machine.
    chip : int or None
        Number of the GPIO chip; None: as gpiozero finds it.
    """

    def __init__(self, wiring: Wiring, factory: object = None, chip: int | None = None) -> None:
        self._factory = factory
        self._chip = chip
        self._light = Slot(lambda: Light(wiring, self._pins()))
        self._buzzer = Slot(lambda: Buzzer(wiring, self._pins()))
        self._button = Slot(lambda: PushButton(wiring, self._pins()))

    @property
    def missing(self) -> dict[str, str]:
        """Parts that do not work, by name, and why."""
        slots = self._slots().items()
        return {name: slot.fault for name, slot in slots if slot.fault is not None}

    def show(self, signal: Signal, t_s: float) -> None:
        """Show a signal; writes only what changes.

        Parameters
        ----------
        signal : Signal
        t_s : float
            Now, for when a missing part is tried again.
        """
        self._light.use(lambda light: light.show(signal.colour, signal.level), t_s)
        self._buzzer.use(lambda buzzer: buzzer.play(signal.tone_hz), t_s)

    def is_down(self, t_s: float) -> bool | None:
        """Whether the button is pressed now; None while it cannot be read."""
        return self._button.use(lambda button: button.is_down(), t_s)

    def close(self) -> None:
        """Go dark and silent, and let go of everything."""
        for slot in self._slots().values():
            slot.close()

    def _pins(self) -> object:
        """Open the pins of this machine once they can be opened."""
        self._factory = self._factory or own_factory(self._chip)
        return self._factory

    def _slots(self) -> dict[str, Slot[Any]]:
        return {"light": self._light, "buzzer": self._buzzer, "button": self._button}
