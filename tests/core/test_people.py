"""Who is on the mat: whose limits hold, and whose long loads are counted."""

from __future__ import annotations

import msgspec
import pytest

from core.load_history import LoadHistory
from core.profiles import MISSING, LimitEdit, People, Profile
from core.zone_limits import limits_for
from tests.core.play import HEEL, LOADED_CN, TOES, ZONES, Play, of_class
from tests.core.support import small_layout

ANN, BOB = of_class(2), of_class(0)
BOTH = {"ann": ANN, "bob": BOB}


def people(chosen: str | None = None) -> People:
    return People(BOTH, chosen, had_one=True)


@pytest.mark.parametrize(
    ("who", "person", "in_force"),
    [
        (People(), None, (Profile(),)),
        (People(had_one=True), None, (MISSING,)),
        (People(chosen="ann", had_one=True), None, (MISSING,)),
        (People(chosen="ann"), None, (Profile(),)),
        (people(), None, (ANN, BOB)),
        (people("ann"), "ann", (ANN,)),
        (people("bob"), "bob", (BOB,)),
        (people("eve"), None, (ANN, BOB)),
    ],
)
def test_whose_profile_holds(
    who: People, person: str | None, in_force: tuple[Profile, ...]
) -> None:
    assert who.person == person
    assert who.in_force == in_force
    assert who.missing is (who.had_one and not who.profiles)


def test_where_nothing_was_ever_set_the_class_is_1_and_where_it_is_missing_2() -> None:
    mat = Play(People())
    assert mat.engine.limits.classes.tolist() == [1, 1, 1]
    mat.engine.set_profile(People(had_one=True))
    assert mat.engine.limits.classes.tolist() == [2, 2, 2]
    assert mat.engine.limits.mode == "seated"


@pytest.mark.parametrize(
    ("chosen", "classes"), [(None, [2] * 3), ("ann", [2] * 3), ("bob", [0] * 3), ("eve", [2] * 3)]
)
def test_until_a_person_is_chosen_the_strictest_holds(
    chosen: str | None, classes: list[int]
) -> None:
    assert Play(people(chosen)).engine.limits.classes.tolist() == classes


@pytest.mark.parametrize("field", ["who", "when", "why"])
def test_an_edit_names_who_when_and_why(field: str) -> None:
    good = {"who": "Dr A", "when": "2026-11-01", "why": "scar", "limit_kpa": 180.0}
    assert msgspec.convert(good, LimitEdit).limit_kpa == 180.0
    for changed in ({**good, field: ""}, {k: v for k, v in good.items() if k != field}):
        with pytest.raises(msgspec.ValidationError, match=field):
            msgspec.convert(changed, LimitEdit)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('{"body_mass_kg": 20}', True),
        ('{"body_mass_kg": 19.9}', False),
        ('{"body_mass_kg": 400}', True),
        ('{"body_mass_kg": 400.1}', False),
        ('{"classes": {"l_toes": 0}}', True),
        ('{"classes": {"l_toes": -1}}', False),
        ('{"classes": {"l_toes": 3}}', True),
        ('{"classes": {"l_toes": 4}}', False),
        ('{"unset_class": 3}', True),
        ('{"unset_class": 4}', False),
        ('{"caps_kpa": {"l_toes": 0}}', False),
        ('{"caps_kpa": {"l_toes": 4.67}}', True),
        ('{"caps_kpa": {"l_toes": 4.66}}', False),
        ('{"version": 2147483648}', False),
        ('{"caps_kpa": {"l_toes": 1000.1}}', False),
    ],
)
def test_a_profile_from_outside_is_looked_at(text: str, *, fits: bool) -> None:
    if fits:
        msgspec.json.decode(text, type=Profile)
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=Profile)


def test_people_come_as_json_too() -> None:
    assert msgspec.json.decode(msgspec.json.encode(people("ann")), type=People) == people("ann")


def test_a_weight_is_that_of_the_mass() -> None:
    assert Profile(body_mass_kg=70.0).weight_n == pytest.approx(686.4655)
    assert Profile().weight_n is None


def test_the_version_is_that_of_who_is_on_the_mat() -> None:
    two = {"ann": Profile(version=3), "bob": Profile(version=8)}
    assert limits_for(small_layout(), *People(two).in_force).version == 8
    assert limits_for(small_layout(), *People(two, "ann").in_force).version == 3


# Histories.


def counts(mat: Play, whose: str) -> list[int]:
    kept = mat.engine.kept().histories
    return [int(n) for n in LoadHistory.unpacked(kept[whose], ZONES).long_count]


def loaded(mat: Play, seconds: int, *zones: int) -> None:
    """Load zones for whole seconds, and close the last of them."""
    for zone in zones:
        mat.press(LOADED_CN, zone)
    mat.wait(seconds)
    for zone in zones:
        mat.press(0, zone)
    mat.frames(1)
    mat.until(mat.t_us // 1_000_000 + 1)


def test_each_person_has_a_history_of_their_own() -> None:
    mat = Play(people("ann"))
    loaded(mat, 10, TOES)
    mat.engine.set_profile(people("bob"))
    loaded(mat, 4, HEEL)
    assert counts(mat, "ann") == [10, 0, 0]
    assert counts(mat, "bob") == [0, 4, 0]
    mat.engine.set_profile(people("ann"))
    assert counts(mat, "ann") == [10, 0, 0]
    assert counts(mat, "bob") == [0, 4, 0]


@pytest.mark.parametrize(("before", "with_ann", "then"), [(10, 4, 10), (4, 10, 10), (7, 7, 7)])
def test_who_is_chosen_takes_the_worse_of_two(before: int, with_ann: int, then: int) -> None:
    """The feet on the mat before anybody said whose they are may have been the same."""
    mat = Play(people("ann"))
    loaded(mat, with_ann, TOES)
    mat.engine.set_profile(people("bob"))
    mat.engine.set_profile(people())
    loaded(mat, before, TOES)
    assert counts(mat, "") == [before, 0, 0]
    mat.engine.set_profile(people("ann"))
    assert counts(mat, "ann") == [then, 0, 0]


def test_the_worse_is_chosen_zone_by_zone() -> None:
    mat = Play(people("ann"))
    loaded(mat, 10, TOES)
    mat.engine.set_profile(people("bob"))
    mat.engine.set_profile(people())
    loaded(mat, 4, TOES, HEEL)
    mat.engine.set_profile(people("ann"))
    assert counts(mat, "ann") == [10, 4, 0]


def test_whoever_is_no_longer_chosen_leaves_it_to_the_mat() -> None:
    mat = Play(people("ann"))
    loaded(mat, 10, TOES)
    mat.engine.set_profile(people())
    assert counts(mat, "") == [10, 0, 0]
    assert counts(mat, "ann") == [10, 0, 0]


def test_another_profile_of_the_same_person_changes_no_history() -> None:
    mat = Play(people("ann"))
    loaded(mat, 10, TOES)
    mat.engine.set_profile(People({"ann": of_class(1)}, "ann"))
    assert counts(mat, "ann") == [10, 0, 0]
    loaded(mat, 5, TOES)
    assert counts(mat, "ann") == [15, 0, 0]


def test_a_profile_alone_belongs_to_the_mat() -> None:
    mat = Play(of_class(2))
    loaded(mat, 10, TOES)
    assert list(mat.engine.kept().histories) == [""]


def test_long_loads_of_one_are_not_those_of_another() -> None:
    """4:44 of Ann; Bob of class 2 begins at nothing; Ann goes on where she was."""
    mat = Play(People({"ann": ANN, "bob": ANN}, "ann"))
    loaded(mat, 284, TOES)
    mat.engine.set_profile(People({"ann": ANN, "bob": ANN}, "bob"))
    loaded(mat, 14, TOES)
    assert mat.said("sustained") == []
    mat.engine.set_profile(People({"ann": ANN, "bob": ANN}, "ann"))
    mat.press(LOADED_CN)
    mat.wait(1)
    assert mat.said("sustained") == []
    mat.frames(1)
    assert [each[1:] for each in mat.said("sustained")] == [("raised", "medium")]


def test_a_long_load_stands_as_soon_as_its_person_is_known() -> None:
    """Judged at the first frame of the next second."""
    mat = Play(People({"ann": ANN, "bob": BOB}, "bob"))
    loaded(mat, 290, TOES)
    assert mat.said("sustained") == []
    mat.engine.set_profile(People({"ann": ANN, "bob": ANN}, "bob"))
    next_s = mat.t_s
    mat.frames(1)
    assert mat.said("sustained") == [(next_s, "raised", "medium")]
