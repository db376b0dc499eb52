from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.accounts import sharing, sight
from dashboard.accounts.managing import AccountError
from tests.dashboard.accounts.conftest import ACCOUNTS, CAREGIVER, CLINICIAN, DOER, PERSON, deeds

if TYPE_CHECKING:
    from dashboard.store.accounts import Account
    from dashboard.store.repository import Store


def seen(store: Store) -> dict[str, list[str]]:
    return {
        account.role: [person.name for person in sight.people_seen(store, account)]
        for account in ACCOUNTS
    }


def test_without_consent_only_the_owner_and_the_person_see_anything(store: Store) -> None:
    assert seen(store) == {
        "owner": ["Paul", "Rosa"],
        "clinician": [],
        "caregiver": [],
        "person": ["Paul"],
    }


def test_a_share_is_seen_until_it_is_taken_back(store: Store) -> None:
    sharing.give(store, DOER, "p-rosa", "a-clinician", "said so at the visit")
    assert seen(store)["clinician"] == ["Rosa"]
    assert sight.sees(store, CLINICIAN, "p-rosa")
    assert not sight.sees(store, CLINICIAN, "p-paul")
    sharing.give(store, DOER, "p-rosa", "a-clinician", "said so again")
    (share,) = store.shares.of("p-rosa")
    with pytest.raises(AccountError, match="no such share"):
        sharing.end(store, DOER, "p-paul", share.id)
    sharing.end(store, DOER, "p-rosa", share.id)
    sharing.end(store, DOER, "p-rosa", share.id)
    assert seen(store)["clinician"] == []
    assert deeds(store) == ["share_given", "share_ended"]


@pytest.mark.parametrize(
    ("person", "account", "consent", "says"),
    [
        ("p-rosa", "a-caregiver", "  ", "how the person agreed"),
        ("p-rosa", "a-caregiver", "x" * 301, "how the person agreed"),
        ("p-none", "a-caregiver", "said so", "no such person"),
        ("p-rosa", "a-nobody", "said so", "no such account"),
        ("p-rosa", "a-person", "said so", "Only a clinician or a caregiver"),
        ("p-rosa", "a-owner", "said so", "Only a clinician or a caregiver"),
    ],
)
def test_shares_that_cannot_be(
    store: Store, person: str, account: str, consent: str, says: str
) -> None:
    with pytest.raises(AccountError, match=says):
        sharing.give(store, DOER, person, account, consent)
    assert store.shares.of("p-rosa") == []
    assert deeds(store) == []


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.role)
def test_a_mat_is_watched_by_those_who_see_somebody_on_it(store: Store, account: Account) -> None:
    store.mats.add("hall", "", 1.0)
    owner = account.role == "owner"
    assert sight.sees_mat(store, account, "hall") == owner, "nobody uses it"
    store.people.enrol("hall", "p-rosa")
    assert sight.sees_mat(store, account, "hall") == owner
    store.people.enrol("hall", "p-paul")
    assert sight.sees_mat(store, account, "hall") == (account.role in ("owner", "person"))
    sharing.give(store, DOER, "p-rosa", "a-caregiver", "said so")
    assert sight.sees_mat(store, account, "hall") == (account.role != "clinician")


def test_a_mat_of_ones_own_tells_nothing_of_anybody_else(store: Store) -> None:
    store.mats.add("hall", "", 1.0)
    assert sight.is_anothers(store, PERSON, "hall"), "whoever stands on it"
    store.people.enrol("hall", "p-paul")
    assert not sight.is_anothers(store, PERSON, "hall")
    assert sight.is_anothers(store, CAREGIVER, "hall")
    store.people.enrol("hall", "p-rosa")
    assert sight.is_anothers(store, PERSON, "hall")
