"""People enrolled one by one: what is refused changes nothing."""

from __future__ import annotations

import pytest

from core.enrolment import MOST_PEOPLE, MOST_REMOVED, check_people, choose, enrol, remove
from core.errors import ProfileError
from core.layout import load_layout
from core.profiles import LimitEdit, People, Profile

LAYOUT = load_layout("full16")
FIRST = Profile(version=3, classes={"l_toes": 2})
ANN = People({"ann": FIRST}, had_one=True)


def test_the_first_who_is_enrolled_is_remembered_as_such() -> None:
    assert enrol(People(), LAYOUT, "ann", FIRST) == ANN


def test_the_same_once_more_changes_nothing() -> None:
    assert enrol(ANN, LAYOUT, "ann", FIRST) is ANN


def test_a_higher_version_takes_the_place_of_the_one_before() -> None:
    newer = Profile(version=4)
    assert enrol(ANN, LAYOUT, "ann", newer).profiles == {"ann": newer}


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_version_that_does_not_rise_is_refused(version: int) -> None:
    with pytest.raises(ProfileError, match="not above version 3"):
        enrol(ANN, LAYOUT, "ann", Profile(version=version))


LOOSE = Profile(version=9, edits={"l_toes": LimitEdit("Dr. E", "2026-11-25", "x", limit_kpa=401.0)})
ELSEWHERE = Profile(version=9, caps_kpa={"l_nose": 50.0})


@pytest.mark.parametrize(("profile", "words"), [(LOOSE, "above 400"), (ELSEWHERE, "l_nose")])
@pytest.mark.parametrize("person", ["ann", "bob"])
def test_what_may_not_hold_on_this_mat_is_refused(
    profile: Profile, words: str, person: str
) -> None:
    with pytest.raises(ProfileError, match=words):
        enrol(ANN, LAYOUT, person, profile)


def test_there_are_at_most_so_many_and_those_may_still_change() -> None:
    full = People({f"p{n}": Profile() for n in range(MOST_PEOPLE)}, had_one=True)
    check_people(full, LAYOUT)
    with pytest.raises(ProfileError, match="32 people"):
        enrol(full, LAYOUT, "ann", FIRST)
    assert enrol(full, LAYOUT, "p0", FIRST).profiles["p0"] == FIRST


def test_who_is_on_the_mat_is_one_of_them_or_nobody_known() -> None:
    assert choose(ANN, "ann").person == "ann"
    assert choose(choose(ANN, "ann"), None) == ANN
    with pytest.raises(ProfileError, match="nobody is enrolled as bob"):
        choose(ANN, "bob")


def test_who_is_removed_is_forgotten_and_the_mat_says_that_it_had_one() -> None:
    both = choose(enrol(ANN, LAYOUT, "bob", Profile()), "ann")
    left = remove(both, "bob")
    assert (left.profiles, left.person, left.removed) == (ANN.profiles, "ann", {"bob": 1})
    left = remove(remove(both, "ann"), "bob")
    assert left == People(had_one=True, removed={"ann": 3, "bob": 1})
    assert left.missing
    with pytest.raises(ProfileError, match="nobody is enrolled as bob"):
        remove(left, "bob")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_removal_brings_no_older_version_back(version: int) -> None:
    gone = remove(ANN, "ann")
    with pytest.raises(ProfileError, match="not above version 3, which was there"):
        enrol(gone, LAYOUT, "ann", Profile(version=version))
    # Also when it was removed for the very profile that is sent again.
    with pytest.raises(ProfileError, match="not above"):
        enrol(gone, LAYOUT, "ann", FIRST)
    back = enrol(gone, LAYOUT, "ann", Profile(version=4))
    assert (back.profiles["ann"].version, back.removed) == (4, {})
    assert enrol(gone, LAYOUT, "bob", Profile()).removed == {"ann": 3}


def test_so_many_who_are_gone_are_known_and_the_first_is_forgotten() -> None:
    people = People(had_one=True)
    for number in range(MOST_REMOVED + 1):
        people = remove(enrol(people, LAYOUT, f"p{number}", FIRST), f"p{number}")
    assert len(people.removed) == MOST_REMOVED
    assert next(iter(people.removed)) == "p1"
    check_people(people, LAYOUT)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (People(removed={f"p{n}": 1 for n in range(MOST_REMOVED + 1)}), "257 who are gone"),
        (People(removed={"a b": 1}), "no id"),
        (People({f"p{n}": Profile() for n in range(MOST_PEOPLE + 1)}), "33 people"),
        (People({"": Profile()}), "no id"),
        (People({"a b": Profile()}), "no id"),
        (People({"ann\n": Profile()}), "no id"),
        (People({"ann": LOOSE}), "above 400"),
        (People({"ann": Profile(), "bob": ELSEWHERE}, "ann"), "l_nose"),
    ],
)
def test_people_who_were_not_enrolled_here_are_refused(people: People, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        check_people(people, LAYOUT)
