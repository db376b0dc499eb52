"""Limits of people on a layout: edits, caps, the strictest of several, and in integers."""

from __future__ import annotations

import math
from dataclasses import astuple
from typing import Literal

import pytest

from core.errors import ProfileError
from core.layout import load_layout
from core.profiles import LimitEdit, Profile
from core.zone_limits import OFF_CN, limits_for
from tests.core.play import ZONES, cn, edited, of_class
from tests.core.support import small_layout

Mode = Literal["seated", "standing"]
LAYOUT = small_layout()
RULES = ("advisory", "warning", "limit", "ceiling")


@pytest.mark.parametrize(
    ("number", "kpa"),
    [(0, (150, 200, 400, 600)), (1, (100, 150, 200, 400)), (2, (50, 75, 100, 200))],
)
def test_each_limit_as_a_force_of_each_zone(number: int, kpa: tuple[float, ...]) -> None:
    limits = limits_for(LAYOUT, of_class(number))
    for name, value in zip(RULES, kpa, strict=True):
        assert limits.kpa(name).tolist() == [value] * 3
        assert limits.cn(name).tolist() == [cn(value, zone) for zone in range(3)]
    assert limits.cn("excluded_contact").tolist() == [OFF_CN] * 3
    assert limits.classes.tolist() == [number] * 3
    assert not limits.excluded.any()


def test_an_excluded_zone_has_one_limit_only() -> None:
    limits = limits_for(LAYOUT, Profile(classes={"l_heel": 3}))
    assert limits.excluded.tolist() == [False, True, False]
    for name in RULES:
        assert limits.cn(name)[1] == OFF_CN
        assert limits.kpa(name)[1] == math.inf
        assert limits.shown_kpa(name)[1] == 4.67
        assert limits.shown_cn(name)[1] == cn(4.67, 1)
    assert limits.cn("excluded_contact").tolist() == [OFF_CN, cn(4.67, 1), OFF_CN]
    assert limits.shown_kpa("limit").tolist() == [200.0, 4.67, 200.0]


@pytest.mark.parametrize(
    ("number", "warning_us", "limit_us"),
    [(0, 5_000_000, 500_000), (1, 2_000_000, 1_000_000), (2, 1_000_000, 500_000), (3, 0, 0)],
)
def test_persistence_by_class(number: int, warning_us: int, limit_us: int) -> None:
    limits = limits_for(LAYOUT, of_class(number))
    assert limits.persistence_us("warning").tolist() == [warning_us] * 3
    assert limits.persistence_us("limit").tolist() == [limit_us] * 3
    assert limits.persistence_us("advisory").tolist() == [0] * 3
    assert limits.persistence_us("overload").tolist() == [0] * 3
    assert limits.persistence_us("excluded_contact").tolist() == [500_000] * 3


def test_contact_and_long_loads_are_of_the_zone_mean() -> None:
    limits = limits_for(LAYOUT, Profile())
    assert limits.contact_cn.tolist() == [720, 346, 400]
    assert limits.sustained_cn.tolist() == [1681, 807, 934]


BOUNDS = {
    "advisory_kpa": 150.0,
    "warning_kpa": 250.0,
    "warning_s": 5.0,
    "limit_kpa": 400.0,
    "limit_s": 0.5,
    "ceiling_kpa": 600.0,
}


def test_an_edit_may_reach_every_bound_at_once() -> None:
    row = limits_for(LAYOUT, edited(**BOUNDS)).rows[0]
    assert astuple(row) == (150.0, 250.0, 5.0, 400.0, 0.5, 600.0)


@pytest.mark.parametrize("name", BOUNDS)
def test_no_edit_passes_a_bound(name: str) -> None:
    beyond = {**BOUNDS, name: BOUNDS[name] + 0.01}
    with pytest.raises(ProfileError, match=f"^zone l_toes: {name} "):
        limits_for(LAYOUT, edited(**beyond))


@pytest.mark.parametrize(
    ("figures", "fits"),
    [
        ({"advisory_kpa": 150.0}, True),  # the warning of class 1
        ({"warning_kpa": 100.0}, True),  # its advisory
        ({"warning_kpa": 99.9}, False),
        ({"warning_kpa": 200.0}, True),  # its limit
        ({"warning_kpa": 200.1}, False),
        ({"limit_kpa": 400.0}, True),  # its ceiling
        ({"limit_kpa": 149.9}, False),
        ({"ceiling_kpa": 199.9}, False),
        ({"ceiling_kpa": 200.0}, True),
    ],
)
def test_an_edited_row_must_rise(figures: dict[str, float], *, fits: bool) -> None:
    if fits:
        limits_for(LAYOUT, edited(**figures))
    else:
        with pytest.raises(ProfileError, match="must rise"):
            limits_for(LAYOUT, edited(**figures))


def test_what_an_edit_leaves_out_stays_but_no_time_above_that_of_class_0() -> None:
    """The limit of class 1 lasts 1 s; in an edited row at most 0.5 s."""
    rows = limits_for(LAYOUT, edited(advisory_kpa=90.0)).rows
    assert astuple(rows[0]) == (90.0, 150.0, 2.0, 200.0, 0.5, 400.0)
    assert astuple(rows[1]) == (100.0, 150.0, 2.0, 200.0, 1.0, 400.0)


def test_an_edit_of_nothing_shortens_the_time_as_well() -> None:
    assert limits_for(LAYOUT, edited()).rows[0].limit_s == 0.5


def test_an_edit_of_an_excluded_zone_opens_nothing() -> None:
    edit = LimitEdit("Dr A", "2026-11-01", "healed", limit_kpa=100.0)
    profile = Profile(classes={"l_toes": 3}, edits={"l_toes": edit}, caps_kpa={"l_toes": 50.0})
    assert limits_for(LAYOUT, profile).cn("limit")[0] == OFF_CN


def test_a_cap_lies_over_an_edit_and_on_its_zone_only() -> None:
    edit = LimitEdit("Dr A", "2026-11-01", "clear", limit_kpa=300.0)
    rows = limits_for(LAYOUT, Profile(edits={"l_toes": edit}, caps_kpa={"l_toes": 100.0})).rows
    assert astuple(rows[0]) == (50.0, 75.0, 2.0, 100.0, 0.5, 200.0)
    assert astuple(rows[2]) == (100.0, 150.0, 2.0, 200.0, 1.0, 400.0)


@pytest.mark.parametrize(
    "profile",
    [
        Profile(classes={"l_nose": 1}),
        Profile(edits={"l_nose": LimitEdit("Dr A", "2026-11-01", "x")}),
        Profile(caps_kpa={"l_nose": 80.0}),
    ],
)
def test_a_profile_of_another_mat_is_refused(profile: Profile) -> None:
    with pytest.raises(ProfileError, match="names l_nose, which this mat does not have"):
        limits_for(LAYOUT, Profile(), profile)


def test_of_several_the_strictest_figure_each() -> None:
    """An edit for one, a cap for another, class 2 for a third: none is loosened by the others."""
    a = edited(advisory_kpa=40.0, warning_kpa=250.0, limit_kpa=300.0, warning_s=0.5)
    b = Profile(caps_kpa={"l_toes": 60.0}, version=9)
    c = Profile(classes={"l_toes": 0, "r_heel": 2}, version=4)
    limits = limits_for(LAYOUT, a, b, c)
    assert astuple(limits.rows[0]) == pytest.approx((30.0, 45.0, 0.5, 60.0, 0.5, 120.0))
    assert astuple(limits.rows[1]) == (100.0, 150.0, 2.0, 200.0, 1.0, 400.0)
    assert astuple(limits.rows[2]) == (50.0, 75.0, 1.0, 100.0, 0.5, 200.0)
    assert limits.classes.tolist() == [1, 1, 2]
    assert limits.version == 9


@pytest.mark.parametrize("order", [1, -1])
def test_excluded_by_one_is_excluded_for_all(order: int) -> None:
    people = (Profile(classes={"l_toes": 3}), edited(limit_kpa=180.0), of_class(2))[::order]
    limits = limits_for(LAYOUT, *people)
    assert limits.classes.tolist() == [3, 2, 2]
    assert limits.cn("limit")[0] == OFF_CN
    assert limits.cn("excluded_contact")[0] == cn(4.67)


@pytest.mark.parametrize("order", [1, -1])
def test_the_smallest_foot_counts(order: int) -> None:
    full = load_layout("full16")
    small, large = Profile(foot_mm=(200.0, 80.0)), Profile(foot_mm=(250.0, 95.0))
    both = limits_for(full, *(small, large)[::order])
    assert both.cn("limit").tolist() == limits_for(full, small).cn("limit").tolist()
    assert (both.cn("limit") < limits_for(full, large).cn("limit")).all()


@pytest.mark.parametrize(
    ("modes", "mode"),
    [
        (("standing",), "standing"),
        (("standing", "standing"), "standing"),
        (("standing", "seated"), "seated"),
        (("seated", "standing"), "seated"),
        (("seated",), "seated"),
    ],
)
def test_seated_if_any_of_them_is(modes: tuple[Mode, ...], mode: Mode) -> None:
    assert limits_for(LAYOUT, *(Profile(mode=each) for each in modes)).mode == mode


@pytest.mark.parametrize(
    ("masses", "standing_cn", "weight_cn"),
    [
        ((None,), 30_000, None),
        ((70.0,), 30_890, 68_646),  # 0.45 x 70 x 9.80665 = 308.909...; 686.4655
        ((60.0,), 26_477, 58_839),
        ((70.0, 60.0), 26_477, None),
        ((70.0, None), 30_000, None),
        ((60.0, None), 26_477, None),
    ],
)
def test_what_is_taken_for_standing(
    masses: tuple[float | None, ...], standing_cn: int, weight_cn: int | None
) -> None:
    limits = limits_for(LAYOUT, *(Profile(body_mass_kg=mass) for mass in masses))
    assert (limits.standing_cn, limits.weight_cn) == (standing_cn, weight_cn)


@pytest.mark.parametrize(("number", "fragile"), [(0, False), (1, False), (2, True), (3, True)])
def test_one_zone_makes_a_mat_fragile(number: int, *, fragile: bool) -> None:
    assert limits_for(LAYOUT, Profile(classes={"r_heel": number})).fragile is fragile


def test_zones_stand_in_the_order_of_the_layout() -> None:
    assert LAYOUT.zone_ids == ZONES
    limits = limits_for(LAYOUT, Profile(classes={"r_heel": 0, "l_toes": 2}))
    assert limits.classes.tolist() == [2, 1, 0]
