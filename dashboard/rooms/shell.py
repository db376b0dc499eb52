"""What all pages have around them: the rooms, and whose account it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashboard.accounts.roles import may

if TYPE_CHECKING:
    from dashboard.accounts.entrance import Who


class Room(NamedTuple):
    """A page of the bar.

    Attributes
    ----------
    name : str
    path : str
    permission : str
        Whoever lacks it does not see it.
    icon : str
        Path data of a picture of 24 x 24.
    """

    name: str
    path: str
    permission: str
    icon: str


ROOMS = (
    Room(
        "Live", "/", "live.watch",
        "M3 12h4l3-8 4 16 3-8h4",
    ),
    Room(
        "People", "/people", "people.see",
        "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-7 7-7s7 3 7 7M16 3.500a4 4 0 0 1 0 7.300"
        "M18 14.500c2.400 1 4 3.400 4 6.500",
    ),
    Room(
        "System", "/system", "system.see",
        "M4 5h16v6H4zM4 13h16v6H4zM7.500 8v.01M7.500 16v.01",
    ),
)  # fmt: skip
"""The bar, in its order. A room that is built puts itself in here."""

PARTS = (
    Room("People", "/people", "people.see", ""),
    Room("Accounts", "/accounts", "account.manage", ""),
    Room("Audit log", "/audit", "audit.read", ""),
)
"""The pages of the room People."""


class Shell(NamedTuple):
    """What is around one page.

    Attributes
    ----------
    rooms : tuple of Room
    parts : tuple of Room
        Pages of the room that is open; empty: it has but one.
    here : str
        Path of the page that is open.
    room : str
        Path of its room.
    name : str
        Of whoever has signed in.
    """

    rooms: tuple[Room, ...]
    parts: tuple[Room, ...]
    here: str
    room: str
    name: str


def shell_of(who: Who, here: str) -> Shell:
    """Make what is around a page."""
    in_people = here in [part.path for part in PARTS]
    parts = _open_to(who, PARTS) if in_people else ()
    return Shell(
        _open_to(who, ROOMS), parts if len(parts) > 1 else (), here,
        "/people" if in_people else here, who.account.name,
    )  # fmt: skip


def _open_to(who: Who, rooms: tuple[Room, ...]) -> tuple[Room, ...]:
    return tuple(room for room in rooms if may(who.account.role, room.permission))
