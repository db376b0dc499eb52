"""What the page of a person shows to somebody who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashboard.accounts import sharing, sight
from dashboard.accounts.roles import may
from dashboard.rooms.audit_lines import Line, lines_of

if TYPE_CHECKING:
    from dashboard.store.accounts import Account
    from dashboard.store.mats import Mat
    from dashboard.store.people import Person
    from dashboard.store.repository import Store
    from dashboard.store.shares import Share

N_LINES = 50


class Seer(NamedTuple):
    """An account that may see somebody, or might."""

    share: Share
    account: Account | None


class PersonView(NamedTuple):
    """What the page shows.

    Attributes
    ----------
    person : Person
    is_own : bool
        Whether it is the page of whoever looks.
    may_edit, may_share : bool
    mats, other_mats : tuple of Mat
        Mats that the person uses, and the others; the latter for whoever may put them there.
    seers : tuple of Seer
    carers : tuple of Account
        Whom they might be shared with; for the owner alone.
    account : Account or None
        Of that person.
    version : int or None
        Of the newest profile.
    lines : tuple of Line
        Who read and changed what: for the person and for those who may read the audit log.
    """

    person: Person
    is_own: bool
    may_edit: bool
    may_share: bool
    mats: tuple[Mat, ...]
    other_mats: tuple[Mat, ...]
    seers: tuple[Seer, ...]
    carers: tuple[Account, ...]
    account: Account | None
    version: int | None
    lines: tuple[Line, ...]


def person_view(store: Store, viewer: Account, person: str) -> PersonView | None:
    """Gather what somebody's page shows; None: whoever looks may not see them."""
    found = store.people.get(person)
    if found is None or not sight.sees(store, viewer, person):
        return None
    is_own = viewer.person == person
    may_edit, may_audit = may(viewer.role, "people.add"), may(viewer.role, "audit.read")
    may_share = may(viewer.role, "share.give") and sight.decides_for(viewer, person)
    used, others = _mats(store, person)
    profile = store.people.newest_profile(person)
    entries = store.audit.of_person(person, N_LINES) if is_own or may_audit else []
    return PersonView(
        person=found,
        is_own=is_own,
        may_edit=may_edit,
        may_share=may_share,
        mats=used,
        other_mats=others if may_edit else (),
        seers=_seers(store, person) if may_share else (),
        carers=_carers(store) if may_edit else (),
        account=store.accounts.of_person(person) if may_edit else None,
        version=profile.version if profile else None,
        lines=lines_of(store, entries),
    )


def _mats(store: Store, person: str) -> tuple[tuple[Mat, ...], tuple[Mat, ...]]:
    known = store.mats.known()
    used = [
        mat for mat in known if person in {each.person for each in store.people.enrolled(mat.id)}
    ]
    return tuple(used), tuple(mat for mat in known if mat not in used)


def _seers(store: Store, person: str) -> tuple[Seer, ...]:
    return tuple(Seer(each, store.accounts.get(each.account)) for each in store.shares.of(person))


def _carers(store: Store) -> tuple[Account, ...]:
    return tuple(
        each
        for each in store.accounts.all()
        if each.role in sharing.CARERS and each.disabled_s is None
    )
