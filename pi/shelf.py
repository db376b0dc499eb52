"""The routines that a mat can guide through, and which of them its button begins."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Annotated

import msgspec

from core.routine_spec import Foot, RoutineError, RoutineSpec
from core.routine_text import check_routine
from core.routines import SHIPPED, default_routine, load_routine
from pi.commands import NoArgs, OnceKept, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

ROUTINES_FILE = "routines.json"

MOST_OWN = 16
"""Routines that a mat keeps beside the shipped ones."""

MOST_BYTES = 16_384
"""Of one routine as JSON."""

CHANGES_MAX, CHANGES_S = 6, 60.0
"""So many changes in so many seconds: each is written to the card."""

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


class SetArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`routine.set`: a routine, with the fields of its file.

    Not its text: reading TOML that was made to be slow would hold up the sampling for seconds.
    """

    routine: RoutineSpec


class RemoveArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`routine.remove`: the id of one that came by command."""

    routine: RoutineId


class Known(msgspec.Struct, frozen=True):
    """One routine in the result of `routine.list`."""

    id: str
    name: str
    about: str
    longest_s: float
    locked: bool
    shipped: bool


class Listed(msgspec.Struct, frozen=True):
    """Result of `routine.list`: all there are, and what the button begins."""

    routines: tuple[Known, ...]
    button: Choice


class Named(msgspec.Struct, frozen=True):
    """Result of `routine.set` and `routine.remove`: the id."""

    routine: str


class Shelved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of them on the card: those that came by command, by id."""

    button: Choice = Choice(default_routine(0))
    own: dict[str, RoutineSpec] = {}

    def check(self) -> None:
        """Refuse what cannot have come by command, one by one.

        Raises
        ------
        RoutineError
        """
        if len(self.own) > MOST_OWN:
            raise RoutineError(f"{len(self.own)} routines; at most {MOST_OWN}")
        for name, spec in self.own.items():
            if name != spec.id or name in SHIPPED:
                raise RoutineError(f"{name}: not the name of a routine of this mat")
            check_routine(spec)


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
        self._changed_s: deque[float] = deque(maxlen=CHANGES_MAX)

    @property
    def for_button(self) -> Choice:
        """What the button begins."""
        return self._kept.button

    def verbs(self) -> dict[str, Verb]:
        """Give what may be asked."""
        return {
            "routine.choose": Verb(Choice, self._choose),
            "routine.list": Verb(NoArgs, lambda _args, _now_s: self._list()),
            "routine.remove": Verb(RemoveArgs, self._remove),
            "routine.set": Verb(SetArgs, self._set),
        }

    def spec(self, name: str) -> RoutineSpec:
        """Find a routine.

        Raises
        ------
        RoutineError
            If there is none of that name.
        """
        known = self._all
        if name not in known:
            raise RoutineError(f"no routine named {name!r}; known are {', '.join(known)}")
        return known[name]

    def keep(self) -> None:
        """Keep it again, in case that failed."""
        self._keep(self._kept)

    @property
    def _all(self) -> dict[str, RoutineSpec]:
        return {**self._kept.own, **self._shipped}

    def _choose(self, choice: Choice, now_s: float) -> OnceKept:
        if choice.routine is not None and self.spec(choice.routine).locked:
            raise RoutineError("a locked routine is begun by command alone, with its clearance")
        return self._change(msgspec.structs.replace(self._kept, button=choice), now_s)

    def _list(self) -> Listed:
        known = [
            Known(
                spec.id,
                spec.name,
                spec.about,
                sum(step.whole_s for step in spec.step),
                spec.locked,
                spec.id in SHIPPED,
            )
            for spec in self._all.values()
        ]
        return Listed(tuple(sorted(known, key=lambda each: each.id)), self._kept.button)

    def _set(self, args: SetArgs, now_s: float) -> OnceKept:
        spec = args.routine
        check_routine(spec)
        for reason in self._objections(spec):
            raise RoutineError(f"{spec.id}: {reason}")
        own = {**self._kept.own, spec.id: spec}
        return self._change(msgspec.structs.replace(self._kept, own=own), now_s, Named(spec.id))

    def _objections(self, spec: RoutineSpec) -> Iterator[str]:
        """Say why this mat does not keep a routine that is sound."""
        if spec.id in SHIPPED:
            yield "that is a shipped routine; give yours another id"
        if spec.locked and self._kept.button.routine == spec.id:
            yield "the button begins it, so it cannot be locked; choose another for it first"
        if spec.id not in self._kept.own and len(self._kept.own) >= MOST_OWN:
            yield f"{MOST_OWN} routines are here already; remove one first"
        if len(msgspec.json.encode(spec)) > MOST_BYTES:
            yield f"longer than {MOST_BYTES} bytes; shorten its texts"

    def _remove(self, args: RemoveArgs, now_s: float) -> OnceKept:
        name = args.routine
        if name not in self._kept.own:
            raise RoutineError(f"{name!r} is none that came by command; shipped ones stay")
        if self._kept.button.routine == name:
            raise RoutineError(f"the button begins {name}; choose another for it first")
        own = {key: spec for key, spec in self._kept.own.items() if key != name}
        return self._change(msgspec.structs.replace(self._kept, own=own), now_s, Named(name))

    def _change(self, kept: Shelved, now_s: float, result: Named | None = None) -> OnceKept:
        if kept != self._kept:
            self._check_rate(now_s)
            self._changed_s.append(now_s)
            self._kept = kept
        # Also when nothing has changed: it may not be on the card yet.
        return OnceKept(result, self._keep(kept))

    def _check_rate(self, now_s: float) -> None:
        full = len(self._changed_s) == CHANGES_MAX
        if full and now_s - self._changed_s[0] < CHANGES_S:
            raise RoutineError(
                f"routines were changed {CHANGES_MAX} times in {CHANGES_S:.0f} s; wait a minute"
            )
