"""Notes who watches a mat that is not theirs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.accounts import sight
from dashboard.accounts.deeds import About, Doer, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.accounts.entrance import Who
    from dashboard.store.desk import Desk

EVERY_S = 600.0
"""A page that connects again and again is noted once in so long."""


class Watched:
    """Puts into the audit log who watches a mat.

    Parameters
    ----------
    desk : Desk
    wall : callable
        s since 1970.
    """

    def __init__(self, desk: Desk, wall: Callable[[], float]) -> None:
        self._desk, self._wall = desk, wall
        self._noted_s: dict[tuple[str, str], float] = {}

    async def note(self, who: Who, mat: str, address: str) -> None:
        """Note that somebody begins to watch, unless that was noted lately."""
        now_s, account = self._wall(), who.account
        if now_s - self._noted_s.get((account.id, mat), float("-inf")) < EVERY_S:
            return
        if await self._desk.read(lambda store: sight.is_anothers(store, account, mat)):
            doer = Doer(now_s, account.id, address)
            await self._desk.write(lambda store: note(store, doer, "watched", About(mat=mat)))
            self._noted_s[account.id, mat] = now_s
