"""What guides people on a mat, beside its warnings: safety depends on none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi.commands import Verb
    from pi.roster import Roster


class Guide:
    """The people of a mat.

    Parameters
    ----------
    roster : Roster
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def verbs(self) -> dict[str, Verb]:
        """Give what may be asked."""
        return self._roster.verbs()

    def keep(self) -> None:
        """Keep what could not be written before: once a minute."""
        self._roster.keep()
