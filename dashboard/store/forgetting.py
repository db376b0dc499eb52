"""Everything of a person deleted: for ever, whatever comes late."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.store.repository import Store


def forget_person(store: Store, person: str, now_s: float) -> int:
    """Delete a person, their profiles, their account, what they share, and all of their sessions.

    Sessions go with frames, events and figures. Of the audit log the lines stay, without words.

    Returns
    -------
    int
        How many sessions there were.
    """
    with store.transaction():
        sessions = store.sessions.of_person(person)
        for boot, session_id in sessions:
            store.sessions.forget(boot, session_id)
        _forget_account(store, person)
        store.people.forget(person, now_s)
    store.shrink()
    return len(sessions)


def _forget_account(store: Store, person: str) -> None:
    account = store.accounts.of_person(person)
    # A carer who uses a mat as well goes on caring for others.
    if account is not None and account.role == "person":
        store.accounts.remove(account.id)
        store.audit.forget_account(account.id)
    store.audit.forget_person(person)
