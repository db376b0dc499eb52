from __future__ import annotations

import pytest

from core.profiles import LimitEdit, Profile
from dashboard.profiles.editing import By, ProblemsError, changed, checked_why, with_limits

ZONES = ("l_toes", "r_toes")
BY = By("Dr Cleo", "2026-12-01", "callus")
FORM = {"mode": "standing", "zone.l_toes": "2", "zone.r_toes": "1"}


def test_a_form_becomes_a_profile() -> None:
    sizes = {"foot_length_mm": "245", "foot_width_mm": "92,5", "body_mass_kg": " 71 "}
    assert changed(Profile(version=3), FORM | sizes, ZONES) == Profile(
        version=3, mode="standing", foot_mm=(245.0, 92.5), body_mass_kg=71.0, classes={"l_toes": 2}
    )


def test_what_a_form_leaves_out_of_zones_stays() -> None:
    old = Profile(classes={"r_toes": 3}, caps_kpa={"l_toes": 90.0})
    new = changed(old, {"mode": "seated", "zone.l_toes": "0"}, ZONES)
    assert new == Profile(classes={"r_toes": 3, "l_toes": 0}, caps_kpa={"l_toes": 90.0})


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"zone.l_toes": "4"}, "zone.l_toes", "from 0 to 3"),
        ({"zone.l_toes": ""}, "zone.l_toes", "from 0 to 3"),
        ({"zone.l_nose": "2"}, "", "l_nose, which this mat does not have"),
        ({"mode": "dancing"}, "mode", "sitting or standing"),
        ({"foot_length_mm": "24", "foot_width_mm": "90"}, "foot_length_mm", "from 50 to 400"),
        ({"foot_length_mm": "nan", "foot_width_mm": "90"}, "foot_length_mm", "from 50"),
        ({"foot_length_mm": "245"}, "foot_width_mm", "both"),
        ({"foot_width_mm": "92"}, "foot_length_mm", "both"),
        ({"body_mass_kg": "1000"}, "body_mass_kg", "from 20 to 400"),
        ({"body_mass_kg": "heavy"}, "body_mass_kg", "a number"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(
    typed: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(ProblemsError) as caught:
        changed(Profile(), FORM | typed, ZONES)
    assert list(caught.value.fields) == [field]
    assert words in caught.value.fields[field]


def test_a_class_that_an_edit_does_not_fit_is_refused_beside_its_zone() -> None:
    edit = LimitEdit(*BY, warning_kpa=180.0)
    old = Profile(edits={"l_toes": edit})
    with pytest.raises(ProblemsError) as caught:
        changed(old, FORM, ZONES)
    assert "must rise" in caught.value.fields["zone.l_toes"]


def test_limits_of_a_zone_are_edited_and_taken_away() -> None:
    typed = {"warning_kpa": "90", "advisory_kpa": "60", "limit_s": "", "zone": "l_toes"}
    new = with_limits(Profile(), "l_toes", typed, BY, ZONES)
    edit = LimitEdit("Dr Cleo", "2026-12-01", "callus", advisory_kpa=60.0, warning_kpa=90.0)
    assert new == Profile(edits={"l_toes": edit})
    assert with_limits(new, "l_toes", {}, BY, ZONES) == Profile()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"limit_kpa": "401", "ceiling_kpa": "500"}, "limit_kpa", "above 400"),
        ({"warning_s": "6"}, "warning_s", "above 5"),
        ({"limit_kpa": "3"}, "limit_kpa", "from 4.67"),
        ({"limit_kpa": "-inf"}, "limit_kpa", "from 4.67"),
        ({"warning_kpa": "210"}, "", "must rise"),
    ],
)
def test_limits_past_the_hard_bounds_are_refused_beside_their_field(
    typed: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(ProblemsError) as caught:
        with_limits(Profile(), "l_toes", typed, BY, ZONES)
    assert list(caught.value.fields) == [field]
    assert words in caught.value.fields[field]


def test_limits_of_a_zone_that_is_not_there_are_refused() -> None:
    with pytest.raises(ProblemsError, match="l_nose"):
        with_limits(Profile(), "l_nose", {"warning_kpa": "90"}, BY, ZONES)


def test_a_reason_is_needed() -> None:
    assert checked_why({"why": "  seen   today "}) == "seen today"
    for why in ("", "  ", "x" * 201, "a\x00b"):
        with pytest.raises(ProblemsError):
            checked_why({"why": why})
