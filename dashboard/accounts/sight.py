"""Whose data an account may see: the owner everybody's, the others their own and what is shared.

What of it they may do there says their role (`dashboard.accounts.roles`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.store.accounts import Account
    from dashboard.store.people import Person
    from dashboard.store.repository import Store


def sees_everybody(account: Account) -> bool:
    """Whether an account sees everybody, and what is nobody's."""
    return account.role == "owner"


def sees(store: Store, account: Account, person: str) -> bool:
    """Whether an account may see somebody."""
    return sees_everybody(account) or person in _seen(store, account)


def decides_for(account: Account, person: str) -> bool:
    """Whether an account is that person's, or speaks for everybody."""
    return sees_everybody(account) or account.person == person


def people_seen(store: Store, account: Account) -> list[Person]:
    """List whom an account may see, by name."""
    everybody = store.people.all()
    if sees_everybody(account):
        return everybody
    seen = _seen(store, account)
    return [person for person in everybody if person.id in seen]


def sees_mat(store: Store, account: Account, mat: str) -> bool:
    """Whether an account may watch a mat: it sees somebody who uses it.

    The mat does not tell who stands on it: whoever shares a mat is seen by each other's carers
    while they use it.
    """
    if sees_everybody(account):
        return True
    return not _seen(store, account).isdisjoint(_users_of(store, mat))


def is_anothers(store: Store, account: Account, mat: str) -> bool:
    """Whether what a mat tells may be of somebody else than the holder of the account."""
    return _users_of(store, mat) != {account.person}


def _seen(store: Store, account: Account) -> frozenset[str]:
    shared = store.shares.people_of(account.id)
    return shared if account.person is None else shared | {account.person}


def _users_of(store: Store, mat: str) -> set[str]:
    return {enrolment.person for enrolment in store.people.enrolled(mat)}
