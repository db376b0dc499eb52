"""Links that make an account once, or give one a new password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dashboard.accounts import managing, sharing
from dashboard.accounts.deeds import About, note
from dashboard.accounts.managing import AccountError
from dashboard.accounts.secret import digest, new_id
from dashboard.store.accounts import Account
from dashboard.store.invitations import Invitation

if TYPE_CHECKING:
    from dashboard.accounts.deeds import Doer
    from dashboard.store.repository import Store

GOOD_FOR_S = 3 * 86_400.0
"""How long a link holds."""


class Draft(msgspec.Struct, frozen=True):
    """What an invitation is to say; fields as `Invitation`."""

    name: str
    role: str
    person: str | None = None
    consent: str | None = None


def invite(store: Store, doer: Doer, draft: Draft, secret: str) -> Invitation:
    """Make a link for somebody new.

    Parameters
    ----------
    store : Store
    doer : Doer
    draft : Draft
    secret : str
        What the link holds.

    Raises
    ------
    AccountError
        If such an account cannot be.
    """
    managing.check_role(draft.role, draft.person)
    consent = _check_person(store, draft)
    made = _row(doer, managing.checked_name(draft.name), draft.role, draft.person)
    made = msgspec.structs.replace(made, consent=consent)
    store.invitations.add(digest(secret), made)
    note(store, doer, "invited", About(person=draft.person), f"{made.name}, {made.role}")
    return made


def invite_back(store: Store, doer: Doer, account: str, secret: str) -> Invitation:
    """Make a link with which an account gets a new password.

    Raises
    ------
    AccountError
        If there is no such account.
    """
    found = managing.find(store, account)
    made = _row(doer, found.name, found.role, None)
    made = msgspec.structs.replace(made, account=account)
    store.invitations.add(digest(secret), made)
    note(store, doer, "invited", About(account), "for a new password")
    return made


def accept(store: Store, doer: Doer, secret: str, login: str, hashed: str) -> Account:
    """Make the account of a link, or give it its new password; the link is used then.

    Parameters
    ----------
    store : Store
    doer : Doer
    secret : str
    login : str
        As it was typed; not looked at where the account is there.
    hashed : str
        Hash of the password.

    Returns
    -------
    Account

    Raises
    ------
    AccountError
        If the link does not hold, or the login cannot be used: then the link still holds.
    """
    invitation = store.invitations.get(digest(secret), doer.now_s)
    if invitation is None:
        raise AccountError("This link no longer holds. Ask for a new one.")
    store.invitations.remove(invitation.id)
    if invitation.account is not None:
        managing.set_password(store, doer, invitation.account, hashed)
        return managing.find(store, invitation.account)
    return _make(store, doer, invitation, managing.checked_login(login), hashed)


def withdraw(store: Store, doer: Doer, invitation: str) -> None:
    """Make a link no longer hold; twice is once."""
    if store.invitations.remove(invitation):
        note(store, doer, "invitation_withdrawn", About())


def _make(store: Store, doer: Doer, invitation: Invitation, login: str, hashed: str) -> Account:
    own = invitation.person if invitation.consent is None else None
    account = Account(
        new_id(), login, invitation.name, invitation.role, own, hashed, doer.now_s
    )  # fmt: skip
    managing.add_account(store, doer, account)
    if invitation.person is not None and invitation.consent is not None:
        by = doer._replace(account=invitation.made_by)
        sharing.give(store, by, invitation.person, account.id, invitation.consent)
    return account


def _check_person(store: Store, draft: Draft) -> str | None:
    if draft.person is None:
        return None
    if store.people.get(draft.person) is None:
        raise AccountError("There is no such person.")
    if draft.role in sharing.CARERS:
        return sharing.checked_consent(draft.consent or "")
    if store.accounts.of_person(draft.person) is not None:
        raise AccountError("That person has an account already.")
    return None


def _row(doer: Doer, name: str, role: str, person: str | None) -> Invitation:
    until_s = doer.now_s + GOOD_FOR_S
    return Invitation(
        new_id(), name, role, person, None, None, doer.account, doer.now_s, until_s
    )  # fmt: skip
