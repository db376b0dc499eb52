"""The rows of the table, and what no edit may pass."""

from __future__ import annotations

import math
from dataclasses import astuple, replace

import pytest

from core.class_limits import CLASS_LIMITS, FIGURES, HARD_BOUNDS, ClassLimits, capped, check_edit
from core.errors import ProfileError


@pytest.mark.parametrize(
    ("number", "row"),
    [
        (0, (150, 200, 5, 400, 0.5, 600)),
        (1, (100, 150, 2, 200, 1, 400)),
        (2, (50, 75, 1, 100, 0.5, 200)),
        (3, (math.inf,) * 6),
    ],
)
def test_the_rows_are_those_of_the_design(number: int, row: tuple[float, ...]) -> None:
    assert astuple(CLASS_LIMITS[number]) == row


def test_there_are_four_classes_and_the_bounds_are_those_of_the_design() -> None:
    assert sorted(CLASS_LIMITS) == [0, 1, 2, 3]
    assert astuple(HARD_BOUNDS) == (150, 250, 5, 400, 0.5, 600)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_may_be_at_its_bound_and_not_above(name: str) -> None:
    check_edit(HARD_BOUNDS)
    above = replace(HARD_BOUNDS, **{name: math.nextafter(getattr(HARD_BOUNDS, name), math.inf)})
    with pytest.raises(ProfileError, match=f"^{name} .* the most that anyone may set"):
        check_edit(above)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("advisory_kpa", "warning_kpa"),
        ("warning_kpa", "limit_kpa"),
        ("limit_kpa", "ceiling_kpa"),
    ],
)
def test_pressures_may_be_equal_and_must_not_fall(low: str, high: str) -> None:
    row = ClassLimits(80, 100, 1, 120, 0.5, 140)
    check_edit(replace(row, **{low: getattr(row, high)}))
    with pytest.raises(ProfileError, match=r"must rise: .* kPa do not"):
        check_edit(replace(row, **{low: getattr(row, high) + 0.1}))


def test_the_times_of_a_row_need_no_order() -> None:
    check_edit(ClassLimits(80, 100, 0, 120, 0.5, 140))


def test_every_row_but_that_of_excluded_zones_lies_within_the_bounds_in_pressure() -> None:
    for number in (0, 1, 2):
        row = CLASS_LIMITS[number]
        check_edit(replace(row, limit_s=0.5))


def test_the_stricter_of_two_rows_is_the_smaller_of_each_figure() -> None:
    a, b = ClassLimits(1, 20, 3, 40, 5, 60), ClassLimits(10, 2, 30, 4, 50, 6)
    assert astuple(a.stricter(b)) == astuple(b.stricter(a)) == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("number", "cap_kpa", "row"),
    [
        (1, 200, (100, 150, 2, 200, 1, 400)),
        (1, 201, (100, 150, 2, 200, 1, 400)),
        (1, 100, (50, 75, 2, 100, 1, 200)),
        (0, 100, (50, 75, 2, 100, 0.5, 200)),
        (0, 300, (150, 200, 2, 300, 0.5, 600)),
        (2, 100, (50, 75, 1, 100, 0.5, 200)),
        (2, 50, (25, 37.5, 1, 50, 0.5, 100)),
    ],
)
def test_a_cap_scales_the_row_of_class_1_and_only_lowers(
    number: int, cap_kpa: float, row: tuple[float, ...]
) -> None:
    assert astuple(capped(CLASS_LIMITS[number], cap_kpa)) == pytest.approx(row, rel=1e-12)
