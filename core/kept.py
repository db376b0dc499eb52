"""What the safety engine must not forget over a restart, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from core.load_history import LoadHistory
from core.rules import Latched  # noqa: TC001 - msgspec reads the annotation at run time

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

THE_MAT = ""
"""Whose history it is while nobody is chosen."""


class Kept(msgspec.Struct, frozen=True):
    """State of the safety engine, as it is kept with each event and each minute.

    Attributes
    ----------
    latched : tuple of Latched
        What nobody beside the mat has acknowledged.
    histories : dict of str to dict of str to bytes
        By person and zone: the last 15 minutes, a bit a second.
    whose : str
        Whose history was being written.
    stay_us : int or None
        How long the stay has lasted that goes on.
    """

    latched: tuple[Latched, ...] = ()
    histories: dict[str, dict[str, bytes]] = {}
    whose: str = THE_MAT
    stay_us: Annotated[int, msgspec.Meta(ge=0, le=86_400_000_000)] | None = None


class Histories:
    """What each person has borne of late, and the mat under nobody known.

    Parameters
    ----------
    zone_ids : sequence of str
    """

    def __init__(self, zone_ids: Sequence[str]) -> None:
        self._zone_ids = zone_ids
        self._others: dict[str, LoadHistory] = {}
        self.whose = THE_MAT

    def change(self, whose: str, now: LoadHistory) -> LoadHistory:
        """Give the history of somebody else, and put away the one that was used.

        The same feet may have been on the mat before anybody said whose they are, or after: to and
        from the mat's own history, whichever has more loaded seconds is taken.
        """
        if whose == self.whose:
            return now
        self._others[self.whose] = now
        theirs = self._others.pop(whose, LoadHistory.empty(len(self._zone_ids)))
        unsure = THE_MAT in (whose, self.whose)
        self.whose = whose
        return theirs.worst(now) if unsure else theirs

    def forget_others(self, people: Collection[str]) -> None:
        """Forget who is not enrolled any more."""
        for whose in set(self._others) - {THE_MAT, *people}:
            del self._others[whose]

    def kept(self, now: LoadHistory) -> dict[str, dict[str, bytes]]:
        """Write all of them."""
        everyone = {**self._others, self.whose: now}
        return {whose: history.packed(self._zone_ids) for whose, history in everyone.items()}

    def restore(self, kept: Mapping[str, Mapping[str, bytes]], was: str = THE_MAT) -> LoadHistory:
        """Read all of them; return that of who is on the mat now.

        Parameters
        ----------
        kept : mapping of str to mapping of str to bytes
        was : str
            Whose was being written then: it may be the same feet that nobody knew.
        """
        for whose, columns in kept.items():
            self._others[whose] = LoadHistory.unpacked(columns, self._zone_ids)
        now, self.whose = self.whose, was
        written = self._others.pop(was, LoadHistory.empty(len(self._zone_ids)))
        return self.change(now, written)
