"""What the safety engine must not forget over a restart, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.load_history import LoadHistory
from core.rules import Latched  # noqa: TC001 - msgspec reads the annotation at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    stay_us : int or None
        How long the stay has lasted that goes on.
    """

    latched: tuple[Latched, ...] = ()
    histories: dict[str, dict[str, bytes]] = {}
    stay_us: int | None = None


class Histories:
    """What each person has borne of late, and the mat under nobody known.

    Parameters
    ----------
    zone_ids : sequence of str
    """

    def __init__(self, zone_ids: Sequence[str]) -> None:
        self._zone_ids = zone_ids
        self._others: dict[str, LoadHistory] = {}
        self._whose = THE_MAT

    def change(self, whose: str, now: LoadHistory) -> LoadHistory:
        """Give the history of somebody else, and put away the one that was used.

        The same feet may have been on the mat before anybody said whose they are, or after: to and
        from the mat's own history, whichever has more loaded seconds is taken.
        """
        if whose == self._whose:
            return now
        self._others[self._whose] = now
        theirs = self._others.pop(whose, LoadHistory.empty(len(self._zone_ids)))
        unsure = THE_MAT in (whose, self._whose)
        self._whose = whose
        return theirs.worst(now) if unsure else theirs

    def kept(self, now: LoadHistory) -> dict[str, dict[str, bytes]]:
        """Write all of them."""
        everyone = {**self._others, self._whose: now}
        return {whose: history.packed(self._zone_ids) for whose, history in everyone.items()}

    def restore(self, kept: Mapping[str, Mapping[str, bytes]]) -> LoadHistory:
        """Read all of them; return that of who is on the mat."""
        for whose, columns in kept.items():
            self._others[whose] = LoadHistory.unpacked(columns, self._zone_ids)
        return self._others.pop(self._whose, LoadHistory.empty(len(self._zone_ids)))
