from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.store.people import Enrolment, Person, ProfileVersion

if TYPE_CHECKING:
    from dashboard.store.repository import Store

ANNA = Person("p1", "Anna", 10.0)


def test_somebody_is_added_renamed_and_listed_by_name(store: Store) -> None:
    store.people.add(Person("p2", "Zoe", 9.0))
    store.people.add(ANNA)
    assert [each.name for each in store.people.all()] == ["Anna", "Zoe"]
    assert store.people.rename("p2", "Aaron")
    assert not store.people.rename("p3", "Nobody")
    assert [each.id for each in store.people.all()] == ["p2", "p1"]
    assert store.people.get("p1") == ANNA
    assert store.people.get("p3") is None


def test_an_id_is_never_two_people(store: Store) -> None:
    store.people.add(ANNA)
    with pytest.raises(ValueError, match="p1: this id is taken"):
        store.people.add(Person("p1", "Berta", 11.0))
    assert store.people.all() == [ANNA]


def test_enrolment_tells_what_the_mat_confirmed(store: Store) -> None:
    store.mats.add("hall", "", 1.0)
    store.people.add(ANNA)
    store.people.enrol("hall", "p1")
    store.people.enrol("hall", "p1")
    assert store.people.enrolled("hall") == [Enrolment("hall", "p1", None, None)]
    store.people.confirm("hall", "p1", 3, 20.0)
    assert store.people.enrolled("hall") == [Enrolment("hall", "p1", 3, 20.0)]
    store.people.leave("hall", "p1")
    assert store.people.enrolled("hall") == []


def test_versions_of_a_profile_only_rise(store: Store) -> None:
    store.people.add(ANNA)
    assert store.people.newest_profile("p1") is None
    first, second = (ProfileVersion("p1", n, "{}", "Dr Who", "first", 5.0) for n in (1, 2))
    store.people.add_profile(first)
    store.people.add_profile(second)
    for late in (first, second):
        with pytest.raises(ValueError, match="2 is there"):
            store.people.add_profile(late)
    assert store.people.profiles("p1") == [second, first]
    assert store.people.newest_profile("p1") == second
