"""Lines of the audit log in words: ids become names, as far as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashboard.accounts.deeds import DEEDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.store.audit import Entry
    from dashboard.store.repository import Store

GONE = "(deleted)"
OPERATOR = "a command on the computer"
NOBODY = "nobody signed in"


class Line(NamedTuple):
    """One line as it is shown.

    Attributes
    ----------
    at_s : float
        s since 1970.
    who, did, about, detail, address : str
    """

    at_s: float
    who: str
    did: str
    about: str
    detail: str
    address: str


def lines_of(store: Store, entries: Iterable[Entry]) -> tuple[Line, ...]:
    """Put entries into words, in their order."""
    accounts = {account.id: account.name for account in store.accounts.all()}
    people = {person.id: person.name for person in store.people.all()}
    return tuple(_line(entry, accounts, people) for entry in entries)


def _line(entry: Entry, accounts: dict[str, str], people: dict[str, str]) -> Line:
    about = []
    if entry.about_account is not None and entry.about_account != entry.account:
        about.append(accounts.get(entry.about_account, GONE))
    if entry.person is not None:
        about.append(people.get(entry.person, GONE))
    if entry.mat is not None:
        about.append(f"mat {entry.mat}")
    who = _who(entry, accounts)
    did = DEEDS.get(entry.did, entry.did)
    return Line(entry.at_s, who, did, " · ".join(about), entry.detail, entry.address)


def _who(entry: Entry, accounts: dict[str, str]) -> str:
    if entry.account is not None:
        return accounts.get(entry.account, GONE)
    return NOBODY if entry.address else OPERATOR
