"""Accounts made, changed and closed: rules, rows and audit lines in one transaction each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import MatError
from dashboard.accounts import logins
from dashboard.accounts.deeds import About, note
from dashboard.accounts.roles import ROLES
from dashboard.accounts.secret import new_id
from dashboard.store.accounts import Account

if TYPE_CHECKING:
    from dashboard.accounts.deeds import Doer
    from dashboard.store.repository import Store

MAX_NAME_CHARS = 80


class AccountError(MatError, ValueError):
    """What cannot be done with accounts; the message is a sentence for whoever tried."""


def checked_name(name: str) -> str:
    """Take a name for people.

    Raises
    ------
    AccountError
        If it is empty, too long or cannot be printed.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable():
        raise AccountError(f"A name needs 1 to {MAX_NAME_CHARS} characters that can be read.")
    return name


def checked_login(login: str) -> str:
    """Take what somebody is to sign in with, folded.

    Raises
    ------
    AccountError
        If it cannot be used.
    """
    folded = logins.fold(login)
    if (fault := logins.fault(folded)) is not None:
        raise AccountError(fault)
    return folded


def add_account(store: Store, doer: Doer, account: Account) -> None:
    """Make an account; its login is folded already.

    Raises
    ------
    AccountError
        If there is no such role, or the login or the person is taken.
    """
    check_role(account.role, account.person)
    try:
        store.accounts.add(account)
    except ValueError as error:
        raise AccountError(str(error)) from None
    note(store, doer, "account_made", About(account.id, account.person), account.role)


def make_owner(store: Store, doer: Doer, login: str, name: str, hashed: str | None) -> Account:
    """Make the first owner.

    Raises
    ------
    AccountError
        If there is one already, or the names cannot be used.
    """
    if store.accounts.n_owners():
        raise AccountError("This dashboard has an owner already.")
    account = Account(
        new_id(), checked_login(login), checked_name(name), "owner", None, hashed, doer.now_s
    )
    add_account(store, doer, account)
    return account


def set_role(store: Store, doer: Doer, account: str, role: str) -> Account:
    """Give an account another role.

    Raises
    ------
    AccountError
        If there is no such account or role, or it is the last owner.
    """
    found = find(store, account)
    check_role(role, found.person)
    if found.role != role:
        _keep_an_owner(store, found)
        store.accounts.set_role(account, role)
        note(store, doer, "role_changed", About(account), f"{found.role} to {role}")
    return found


def disable(store: Store, doer: Doer, account: str) -> Account:
    """Close an account: it is signed out everywhere, and cannot sign in.

    Raises
    ------
    AccountError
        If there is no such account, or it is the last owner.
    """
    found = find(store, account)
    if found.disabled_s is None:
        _keep_an_owner(store, found)
        store.accounts.set_disabled(account, doer.now_s)
        store.sign_ins.end_all(account)
        note(store, doer, "account_disabled", About(account))
    return found


def enable(store: Store, doer: Doer, account: str) -> Account:
    """Open an account again.

    Raises
    ------
    AccountError
        If there is no such account.
    """
    found = find(store, account)
    if found.disabled_s is not None:
        store.accounts.set_disabled(account, None)
        note(store, doer, "account_enabled", About(account))
    return found


def set_password(store: Store, doer: Doer, account: str, hashed: str, but: str = "") -> None:
    """Give an account another password; all its sign-ins end, but perhaps one."""
    store.accounts.set_password(account, hashed)
    store.sign_ins.end_all(account, but)
    note(store, doer, "password_changed", About(account))


def find(store: Store, account: str) -> Account:
    """Find an account.

    Raises
    ------
    AccountError
        If there is none of that id.
    """
    found = store.accounts.get(account)
    if found is None:
        raise AccountError("There is no such account.")
    return found


def check_role(role: str, person: str | None) -> None:
    """Take a role for an account, perhaps of somebody who uses a mat.

    Raises
    ------
    AccountError
        If there is no such role, or it needs a person.
    """
    if role not in ROLES:
        raise AccountError(f"{role}: there is no such role; there are {', '.join(ROLES)}.")
    if role == "person" and person is None:
        raise AccountError("An account of the role person is somebody's who uses a mat.")


def _keep_an_owner(store: Store, account: Account) -> None:
    if account.role == "owner" and account.disabled_s is None and store.accounts.n_owners() == 1:
        raise AccountError("This is the only owner; make another one first.")
