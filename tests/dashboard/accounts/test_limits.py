from __future__ import annotations

import pytest

from core.profiles import LimitEdit, Profile
from dashboard.accounts.limits import loosened, permission_for

ZONE = "l_toes"


def edit(**kpa: float) -> LimitEdit:
    return LimitEdit("Dr A", "2026-11-30", "because", **kpa)


def with_class(number: int) -> Profile:
    return Profile(classes={ZONE: number})


@pytest.mark.parametrize("old", range(4))
@pytest.mark.parametrize("new", range(4))
def test_a_less_careful_class_is_a_clinicians(old: int, new: int) -> None:
    needed = permission_for(with_class(old), with_class(new))
    assert needed == ("limits.loosen" if new < old else "limits.tighten")


@pytest.mark.parametrize(
    ("old", "new", "loosens"),
    [
        (None, Profile(), False),
        (None, with_class(0), True),
        (None, Profile(unset_class=0), True),
        (Profile(), Profile(unset_class=2), False),
        (Profile(unset_class=2), Profile(classes={ZONE: 1}, unset_class=2), True),
        (Profile(), Profile(edits={ZONE: edit(warning_kpa=140.0)}), False),
        (Profile(), Profile(edits={ZONE: edit(warning_kpa=160.0)}), True),
        (Profile(), Profile(edits={ZONE: edit(limit_s=0.5)}), False),
        (Profile(), Profile(edits={ZONE: edit(warning_s=4.0)}), True),
        (Profile(edits={ZONE: edit(warning_kpa=140.0)}), Profile(), True),
        (Profile(), Profile(caps_kpa={ZONE: 100.0}), False),
        (Profile(caps_kpa={ZONE: 100.0}), Profile(), True),
        (Profile(caps_kpa={ZONE: 100.0}), Profile(caps_kpa={ZONE: 90.0}), False),
        (Profile(), Profile(classes={ZONE: 3, "r_toes": 0}), True),
    ],
)
def test_anything_that_alarms_later_is_a_clinicians(
    old: Profile | None, new: Profile, *, loosens: bool
) -> None:
    needed = permission_for(old, new)
    assert needed == ("limits.loosen" if loosens else "limits.tighten")


@pytest.mark.parametrize("number", range(4))
def test_to_stand_where_one_was_to_sit_loosens_what_is_for_sitting_only(number: int) -> None:
    seated = with_class(number)
    standing = Profile(classes={ZONE: number}, mode="standing")
    assert loosened(seated, standing) == ({ZONE} if number >= 2 else set())
    assert loosened(standing, seated) == set()
    assert loosened(Profile(mode="standing"), standing) == ({ZONE} if number == 0 else set())
