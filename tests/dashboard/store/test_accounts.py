from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from dashboard.store.accounts import Account
from dashboard.store.audit import Entry
from dashboard.store.invitations import Invitation
from dashboard.store.people import Person
from dashboard.store.shares import Share
from dashboard.store.sign_ins import SignIn

if TYPE_CHECKING:
    from dashboard.store.repository import Store

ANN = Account("a1", "ann", "Ann", "owner", None, "hash", 10.0)
BEN = Account("a2", "ben", "Ben", "person", "p1", None, 11.0)


@pytest.fixture
def held(store: Store) -> Store:
    store.people.add(Person("p1", "Ben", 1.0))
    store.accounts.add(ANN)
    store.accounts.add(BEN)
    return store


def test_an_account_is_found_in_each_way(held: Store) -> None:
    assert held.accounts.get("a1") == held.accounts.by_login("ann") == ANN
    assert held.accounts.of_person("p1") == BEN
    assert held.accounts.all() == [ANN, BEN]
    assert held.accounts.get("ann") is held.accounts.by_login("a1") is None


@pytest.mark.parametrize("taken", [{"login": "ann"}, {"person": "p1"}])
def test_login_and_person_are_one_accounts(held: Store, taken: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="already"):
        held.accounts.add(msgspec.structs.replace(ANN, **{"id": "a3", "login": "zoe", **taken}))
    assert len(held.accounts.all()) == 2


def test_an_account_changes(held: Store) -> None:
    held.accounts.set_password("a2", "new")
    held.accounts.set_role("a2", "owner")
    assert held.accounts.n_owners() == 2
    held.accounts.set_disabled("a2", 20.0)
    assert held.accounts.n_owners() == 1
    ben = held.accounts.get("a2")
    assert ben is not None
    assert (ben.password, ben.role, ben.disabled_s) == ("new", "owner", 20.0)
    held.accounts.set_disabled("a2", None)
    assert held.accounts.n_owners() == 2


def sign_in(number: int, begun_s: float = 100.0, idle_s: float = 50.0) -> SignIn:
    return SignIn(f"s{number}", "a1", begun_s, begun_s, idle_s, begun_s + 100.0, "::1", "Firefox")


def test_a_sign_in_ends_unused_and_in_any_case(held: Store) -> None:
    held.sign_ins.add(b"one", sign_in(1))
    assert held.sign_ins.get(b"one", 149.0) == sign_in(1)
    assert held.sign_ins.get(b"one", 150.0) is None
    held.sign_ins.use("s1", 149.0)
    assert held.sign_ins.get(b"one", 198.0) is not None
    held.sign_ins.use("s1", 198.0)
    assert held.sign_ins.get(b"one", 200.0) is None
    held.sign_ins.add(b"two", sign_in(2, 300.0))
    assert held.sign_ins.get(b"one", 150.0) is None, "swept when another begins"


def test_sign_ins_are_listed_and_ended(held: Store) -> None:
    for number in (1, 2, 3):
        held.sign_ins.add(bytes([number]), sign_in(number, 100.0 + number))
    assert [each.id for each in held.sign_ins.of("a1", 110.0)] == ["s3", "s2", "s1"]
    assert held.sign_ins.of("a2", 110.0) == []
    assert not held.sign_ins.end("a2", "s1"), "another's"
    assert held.sign_ins.end("a1", "s1")
    assert held.sign_ins.end_all("a1", "s3") == 1
    assert [each.id for each in held.sign_ins.of("a1", 110.0)] == ["s3"]


def test_an_invitation_holds_for_a_time(held: Store) -> None:
    made = Invitation("i1", "Cem", "caregiver", "p1", "said so", None, "a1", 10.0, 20.0)
    held.invitations.add(b"link", made)
    assert held.invitations.get(b"link", 19.0) == made
    assert held.invitations.get(b"link", 20.0) is None
    assert held.invitations.open(19.0) == [made]
    assert held.invitations.open(20.0) == []
    assert held.invitations.remove("i1")
    assert not held.invitations.remove("i1")
    assert held.invitations.get(b"link", 19.0) is None


def test_a_share_holds_until_it_is_ended_and_stays_written(held: Store) -> None:
    share = Share("h1", "p1", "a1", "said so", "a2", 10.0)
    assert held.shares.add(share)
    assert not held.shares.add(Share("h2", "p1", "a1", "again", None, 11.0))
    assert held.shares.people_of("a1") == {"p1"}
    assert held.shares.end("h1", "a2", 12.0)
    assert not held.shares.end("h1", None, 13.0)
    assert held.shares.people_of("a1") == frozenset()
    assert held.shares.get("h1") == msgspec.structs.replace(share, ended_s=12.0, ended_by="a2")
    assert held.shares.add(Share("h3", "p1", "a1", "again", None, 14.0))
    assert [each.id for each in held.shares.of("p1")] == ["h3", "h1"]


def test_the_audit_log_is_read_from_its_end(held: Store) -> None:
    entries = [Entry(float(n), "a1", "signed_in", person="p1" if n % 2 else None) for n in range(5)]
    for entry in entries:
        held.audit.add(entry)
    newest = held.audit.page(None, 2)
    assert [entry for _, entry in newest] == [entries[4], entries[3]]
    assert [entry for _, entry in held.audit.page(newest[-1][0], 9)] == entries[2::-1]
    assert held.audit.of_person("p1", 9) == [entries[3], entries[1]]
