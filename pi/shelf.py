"""The routines that a mat can guide through, and which of them its button begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from core.routine_spec import Foot, RoutineError
from core.routines import SHIPPED, default_routine, load_routine
from pi.commands import OnceKept, Verb
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from core.routine_spec import RoutineSpec

ROUTINES_FILE = "routines.json"

RoutineId = Annotated[str, msgspec.Meta(max_length=32)]
Feet = Annotated[tuple[Foot, ...], msgspec.Meta(min_length=1, max_length=2)]
BOTH: Feet = ("left", "right")


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`routine.choose`: what the button begins.

    Attributes
    ----------
    routine : str or None
        Its id; None: none.
    feet : tuple of str
        Those that take part; what the screening blocked is left out by whoever asks.
    """

    routine: RoutineId | None
    feet: Feet = BOTH


class Shelved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of them on the card."""

    button: Choice = Choice(default_routine(0))


class Shelf:
    """The routines of one mat.

    Parameters
    ----------
    kept : Shelved
    keep : callable
        Takes what is to be kept, when it has changed and now and then; gives what is done when the
        card has it.
    """

    def __init__(self, kept: Shelved, keep: Callable[[Shelved], Future[None]]) -> None:
        self._kept, self._keep = kept, keep
        # Read now: a slow card must not hold up the sampling later.
        self._shipped = {name: load_routine(name) for name in SHIPPED}

    @property
    def for_button(self) -> Choice:
        """What the button begins."""
        return self._kept.button

    def verbs(self) -> dict[str, Verb]:
        """Give what may be asked."""
        return {"routine.choose": Verb(Choice, lambda args, _now_s: self._choose(args))}

    def spec(self, name: str) -> RoutineSpec:
        """Find a routine.

        Raises
        ------
        RoutineError
            If there is none of that name.
        """
        if name not in self._shipped:
            raise RoutineError(f"no routine named {name!r}; known are {', '.join(self._shipped)}")
        return self._shipped[name]

    def keep(self) -> None:
        """Keep it again, in case that failed."""
        self._keep(self._kept)

    def _choose(self, choice: Choice) -> OnceKept:
        if choice.routine is not None and self.spec(choice.routine).locked:
            raise RoutineError("a locked routine is begun by command alone, with its clearance")
        return self._change(msgspec.structs.replace(self._kept, button=choice))

    def _change(self, kept: Shelved) -> OnceKept:
        self._kept = kept
        return OnceKept(None, self._keep(kept))


class ShelfFile:
    """The file of what is kept of routines.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._card = SlowCard(path, "routines")
        self._kept = Shelved()

    def load(self) -> Shelved:
        """Read it; of a file that cannot be used, the button begins nothing."""
        lost = Choice(None) if self._path.exists() else Choice(default_routine(0))
        # What was barred must not come back because the card has forgotten it.
        self._kept = self._card.read(Shelved) or Shelved(lost)
        return self._kept

    def keep(self, kept: Shelved) -> Future[None]:
        """Write it soon, if it has changed or could not be written before."""
        if kept != self._kept or self._card.failed:
            self._kept = kept
            self._card.write(msgspec.json.encode(kept))
        return self._card.written

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()
