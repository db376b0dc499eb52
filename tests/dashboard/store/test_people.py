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
    store.people.confirm("hall", "p1", None, 30.0)
    assert store.people.enrolled("hall") == [Enrolment("hall", "p1", None, None)]
    store.people.leave("hall", "p1")
    assert store.people.enrolled("hall") == []


def test_what_a_mat_holds_is_doubted_for_all_who_use_it(store: Store) -> None:
    for mat in ("hall", "ward"):
        store.mats.add(mat, "", 1.0)
    for person in (ANNA, Person("p2", "Zoe", 9.0)):
        store.people.add(person)
        for mat in ("hall", "ward"):
            store.people.enrol(mat, person.id)
            store.people.confirm(mat, person.id, 3, 20.0)
    store.people.doubt("hall")
    assert [each.version for each in store.people.enrolled("hall")] == [None, None]
    assert [each.version for each in store.people.enrolled("ward")] == [3, 3]


def test_the_newest_profiles_on_a_mat_are_of_those_who_use_it(store: Store) -> None:
    store.mats.add("hall", "", 1.0)
    for number in ("p1", "p2", "p3"):
        store.people.add(Person(number, number, 1.0))
    for person, version in (("p1", 1), ("p1", 4), ("p3", 9)):
        store.people.add_profile(ProfileVersion(person, version, "{}", "Dr Who", "so", 5.0))
    for person in ("p1", "p2"):
        store.people.enrol("hall", person)
    assert store.people.newest_on("hall") == {"p1": 4}


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
