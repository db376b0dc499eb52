from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.accounts import inviting, sight
from dashboard.accounts.inviting import GOOD_FOR_S, Draft
from dashboard.accounts.managing import AccountError
from tests.dashboard.accounts.conftest import DOER, deeds

if TYPE_CHECKING:
    from dashboard.store.repository import Store

LATER = DOER._replace(now_s=DOER.now_s + 60, account=None)


def test_a_carer_comes_in_once_and_sees_whom_it_was_agreed_with(store: Store) -> None:
    draft = Draft("Nina", "caregiver", "p-rosa", "Rosa said so")
    inviting.invite(store, DOER, draft, "link")
    made = inviting.accept(store, LATER, "link", "Nina@Home", "hash")
    assert (made.login, made.name, made.role, made.person) == (
        "nina@home", "Nina", "caregiver", None,
    )  # fmt: skip
    assert [person.id for person in sight.people_seen(store, made)] == ["p-rosa"]
    (share,) = store.shares.of("p-rosa")
    assert (share.consent, share.given_by) == ("Rosa said so", "a-owner")
    with pytest.raises(AccountError, match="no longer holds"):
        inviting.accept(store, LATER, "link", "other", "hash")
    assert deeds(store) == ["invited", "account_made", "share_given"]


def test_a_person_gets_their_own_account(store: Store) -> None:
    inviting.invite(store, DOER, Draft("Rosa", "person", "p-rosa"), "link")
    made = inviting.accept(store, LATER, "link", "rosa", "hash")
    assert made.person == "p-rosa"
    assert store.shares.of("p-rosa") == []


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (Draft("X", "king"), "no such role"),
        (Draft("", "owner"), "A name needs"),
        (Draft("X", "person"), "who uses a mat"),
        (Draft("X", "person", "p-none"), "no such person"),
        (Draft("X", "person", "p-paul"), "has an account already"),
        (Draft("X", "caregiver", "p-rosa"), "how the person agreed"),
    ],
)
def test_invitations_that_cannot_be(store: Store, draft: Draft, says: str) -> None:
    with pytest.raises(AccountError, match=says):
        inviting.invite(store, DOER, draft, "link")
    assert store.invitations.open(DOER.now_s) == []


def test_a_link_runs_out_or_is_withdrawn(store: Store) -> None:
    made = inviting.invite(store, DOER, Draft("Cem", "clinician"), "link")
    late = DOER._replace(now_s=DOER.now_s + GOOD_FOR_S)
    with pytest.raises(AccountError, match="no longer holds"):
        inviting.accept(store, late, "link", "cem", "hash")
    inviting.withdraw(store, DOER, made.id)
    inviting.withdraw(store, DOER, made.id)
    with pytest.raises(AccountError, match="no longer holds"):
        inviting.accept(store, LATER, "link", "cem", "hash")
    assert deeds(store) == ["invited", "invitation_withdrawn"]


def test_a_login_that_is_taken_leaves_the_link_as_it_is(store: Store) -> None:
    inviting.invite(store, DOER, Draft("Cem", "clinician"), "link")
    with pytest.raises(AccountError, match="already"), store.transaction():
        inviting.accept(store, LATER, "link", "olga", "hash")
    assert inviting.accept(store, LATER, "link", "cem", "hash").login == "cem"


def test_a_link_gives_an_account_a_new_password(store: Store) -> None:
    inviting.invite_back(store, DOER, "a-person", "link")
    made = inviting.accept(store, LATER, "link", "whatever", "new hash")
    assert (made.id, made.login, made.password) == ("a-person", "paul", "new hash")
    with pytest.raises(AccountError, match="no such account"):
        inviting.invite_back(store, DOER, "a-nobody", "link2")
