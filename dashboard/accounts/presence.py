"""Whoever watches live: their sockets end when they may watch no longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dashboard.accounts import sight
from dashboard.accounts.entrance import find
from dashboard.accounts.roles import may

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.accounts.entrance import Who
    from dashboard.store.desk import Desk
    from dashboard.store.repository import Store

CHECK_EVERY_S = 5.0
"""How soon a change by a command of the operator, another program, is noticed."""

NOT_SIGNED_IN, NOT_ALLOWED = 4401, 4403


class Ticket:
    """Somebody's leave to watch a mat, until it is taken back.

    Parameters
    ----------
    who : Who
    mat : str
    """

    def __init__(self, who: Who, mat: str) -> None:
        self.who, self.mat = who, mat
        self._ended = asyncio.Event()
        self._code: int | None = None

    async def taken_back(self) -> int | None:
        """Wait until the leave has been taken back; return the close code that says why."""
        await self._ended.wait()
        return self._code

    def take_back(self, code: int) -> None:
        """Take it back."""
        self._code = code
        self._ended.set()


class Presence:
    """The tickets that are out.

    Parameters
    ----------
    desk : Desk
    wall : callable
        s since 1970.
    """

    def __init__(self, desk: Desk, wall: Callable[[], float]) -> None:
        self._desk, self._wall = desk, wall
        self._tickets: set[Ticket] = set()

    def enter(self, who: Who, mat: str) -> Ticket:
        """Give a ticket to somebody who may watch now."""
        ticket = Ticket(who, mat)
        self._tickets.add(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take the ticket of somebody who has gone."""
        self._tickets.discard(ticket)

    async def recheck(self) -> None:
        """Take back the tickets of all who may watch no longer: after each change of who may."""
        tickets, now_s = tuple(self._tickets), self._wall()
        if tickets:
            codes = await self._desk.read(
                lambda store: [refusal(store, each.who, each.mat, now_s) for each in tickets]
            )
            for ticket, code in zip(tickets, codes, strict=True):
                if code is not None:
                    ticket.take_back(code)


def refusal(store: Store, who: Who, mat: str, now_s: float) -> int | None:
    """Why somebody may not watch a mat, as close code; None: they may.

    A role that has changed ends it too: the page comes again, with what it may do then.
    """
    now = find(store, who.digest, now_s)
    if now is None:
        return NOT_SIGNED_IN
    allowed = may(now.account.role, "live.watch") and sight.sees_mat(store, now.account, mat)
    return None if allowed and now.account.role == who.account.role else NOT_ALLOWED
