"""Who is enrolled on a mat, changed by one word at a time. Pure: people in, people out.

Whatever arrives, the bounds of `core.class_limits` hold, a profile must fit the mat as a whole,
and versions only rise: a late or repeated message never brings an older profile back, nor does
removing a person first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec

from core.errors import ProfileError
from core.zone_limits import limits_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.layout import MatLayout
    from core.profiles import People, Profile

T = TypeVar("T")

MOST_PEOPLE = 32
"""More are refused: until somebody is chosen, the limits of all of them are worked out."""

MOST_REMOVED = 256
"""So many people who are gone are known by their last version; the first of them is forgotten."""

_ID = r"^[A-Za-z0-9_.-]{1,64}\Z"

PersonId = Annotated[str, msgspec.Meta(pattern=_ID)]
"""How the mat calls a person; whose that is, it never knows."""


def enrol(people: People, layout: MatLayout, person: str, profile: Profile) -> People:
    """Take the profile of a person, new or known; the same once more changes nothing.

    Raises
    ------
    ProfileError
        If it does not fit the mat, passes the hard bounds, is older than the one that is or was
        there or another of the same version, or there are too many people.
    """
    known = people.profiles.get(person)
    if known == profile:
        return people
    before = known.version if known else people.removed.get(person, 0)
    if profile.version <= before:
        raise ProfileError(
            f"version {profile.version} is not above version {before}, which "
            f"{'is' if known else 'was'} there; send a higher one"
        )
    if known is None and len(people.profiles) >= MOST_PEOPLE:
        raise ProfileError(f"{MOST_PEOPLE} people are enrolled already; remove one first")
    limits_for(layout, profile)
    profiles = {**people.profiles, person: profile}
    removed = _without(people.removed, person)
    return msgspec.structs.replace(people, profiles=profiles, had_one=True, removed=removed)


def choose(people: People, person: str | None) -> People:
    """Say who is on the mat; None: nobody knows.

    Raises
    ------
    ProfileError
        If that person is not enrolled.
    """
    if person is not None:
        _check_known(people, person)
    return msgspec.structs.replace(people, chosen=person)


def remove(people: People, person: str) -> People:
    """Forget a person but for the id and the version: only a higher one may come again.

    Raises
    ------
    ProfileError
        If that person is not enrolled.
    """
    _check_known(people, person)
    gone = {**people.removed, person: people.profiles[person].version}
    return msgspec.structs.replace(
        people,
        profiles=_without(people.profiles, person),
        chosen=None if people.chosen == person else people.chosen,
        removed=dict([*gone.items()][-MOST_REMOVED:]),
    )


def check_people(people: People, layout: MatLayout) -> None:
    """Refuse people that were not enrolled here, one by one.

    Raises
    ------
    ProfileError
        If there are too many, or an id or a profile does not fit.
    """
    if len(people.profiles) > MOST_PEOPLE or len(people.removed) > MOST_REMOVED:
        raise ProfileError(
            f"{len(people.profiles)} people and {len(people.removed)} who are gone; "
            f"at most {MOST_PEOPLE} and {MOST_REMOVED}"
        )
    for person in (*people.profiles, *people.removed):
        if not re.match(_ID, person):
            raise ProfileError(f"{person[:64]!r} is no id of a person")
    for profile in people.profiles.values():
        limits_for(layout, profile)


def _without(known: Mapping[str, T], person: str) -> dict[str, T]:
    return {name: each for name, each in known.items() if name != person}


def _check_known(people: People, person: str) -> None:
    if person not in people.profiles:
        raise ProfileError(f"nobody is enrolled as {person}")
