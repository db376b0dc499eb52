from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from dashboard.accounts import managing
from dashboard.accounts.deeds import About, note
from dashboard.accounts.managing import AccountError
from dashboard.store.accounts import Account
from dashboard.store.repository import open_store
from dashboard.store.sign_ins import SignIn
from tests.dashboard.accounts.conftest import DOER, OWNER, deeds

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.store.repository import Store


def sign_in(store: Store, account: str, number: int) -> None:
    row = SignIn(f"s{number}", account, 900.0, 900.0, 500.0, 5000.0, "", "")
    store.sign_ins.add(bytes([number]), row)


def test_only_one_first_owner_is_made(tmp_path: Path) -> None:
    empty = open_store(tmp_path / "empty.db")
    made = managing.make_owner(empty, DOER, " Ann@Example.ORG ", "Ann   Lee", "hash")
    assert (made.login, made.name, made.role) == ("ann@example.org", "Ann Lee", "owner")
    assert empty.accounts.all() == [made]
    with pytest.raises(AccountError, match="has an owner already"):
        managing.make_owner(empty, DOER, "ben", "Ben", "hash")
    assert deeds(empty) == ["account_made"]
    empty.close()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"login": "OLGA"}, None),
        ({"login": "olga"}, "olga: somebody signs in with that already"),
        ({"role": "admin"}, "admin: there is no such role"),
        ({"role": "person"}, "is somebody's who uses a mat"),
        ({"role": "person", "person": "p-paul"}, "has an account already"),
    ],
)
def test_accounts_that_cannot_be(store: Store, change: dict[str, str], says: str | None) -> None:
    account = msgspec.structs.replace(
        Account("new", "new", "New", "caregiver", None, None, 1.0), **change
    )
    if says is None:
        managing.add_account(store, DOER, account)
        return
    with pytest.raises(AccountError, match=says):
        managing.add_account(store, DOER, account)
    assert store.accounts.get("new") is None


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(AccountError, match="A name needs"):
        managing.checked_name(name)


@pytest.mark.parametrize("login", ["", "x" * 121, "an n", "a\u200bb"])
def test_logins_that_cannot_be(login: str) -> None:
    with pytest.raises(AccountError, match="name to sign in with"):
        managing.checked_login(login)


def test_the_last_owner_stays(store: Store) -> None:
    with pytest.raises(AccountError, match="only owner"):
        managing.disable(store, DOER, "a-owner")
    with pytest.raises(AccountError, match="only owner"):
        managing.set_role(store, DOER, "a-owner", "caregiver")
    managing.set_role(store, DOER, "a-clinician", "owner")
    managing.disable(store, DOER, "a-owner")
    with pytest.raises(AccountError, match="only owner"):
        managing.disable(store, DOER, "a-clinician")
    assert deeds(store) == ["role_changed", "account_disabled"]


def test_a_closed_account_is_signed_out_and_can_be_opened(store: Store) -> None:
    sign_in(store, "a-caregiver", 1)
    managing.disable(store, DOER, "a-caregiver")
    managing.disable(store, DOER, "a-caregiver")
    assert store.sign_ins.of("a-caregiver", 1000.0) == []
    managing.enable(store, DOER, "a-caregiver")
    managing.enable(store, DOER, "a-caregiver")
    assert managing.find(store, "a-caregiver").disabled_s is None
    assert deeds(store) == ["account_disabled", "account_enabled"]
    with pytest.raises(AccountError, match="no such account"):
        managing.enable(store, DOER, "a-nobody")


def test_a_new_password_ends_the_other_sign_ins(store: Store) -> None:
    for number in (1, 2):
        sign_in(store, "a-owner", number)
    sign_in(store, "a-person", 3)
    managing.set_password(store, DOER, "a-owner", "other", but="s2")
    assert [each.id for each in store.sign_ins.of("a-owner", 1000.0)] == ["s2"]
    assert len(store.sign_ins.of("a-person", 1000.0)) == 1
    assert store.accounts.get("a-owner") == msgspec.structs.replace(OWNER, password="other")


def test_the_audit_log_takes_only_what_it_has_words_for(store: Store) -> None:
    with pytest.raises(ValueError, match="no words for it"):
        note(store, DOER, "sneezed", About())
