"""The person: calm enough for a demo, alive, plausible on any layout, a pure function of time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.layout import SHIPPED, MatLayout, load_layout
from core.units import NEWTON_PER_KGF
from drivers.anatomy import region_of, spread_of
from drivers.errors import DriverError
from drivers.person import Person
from drivers.scenario import (
    CALM,
    COMING_AND_GOING,
    EMPTY,
    Phase,
    Press,
    Scenario,
    Shift,
    Stand,
    StepOff,
    Tap,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL16 = load_layout("full16")
BUSY = Scenario(
    (
        Stand(20.0),
        Shift(0.4, 9.0),
        Tap("l_toes", 2.0, 40.0, 5.0),
        Press("r_mth1", 30.0, 6.0),
        StepOff(8.0),
    )
)


def times(seconds: float, rate_hz: float = 80.0) -> NDArray[np.float64]:
    return np.arange(0, seconds, 1 / rate_hz)


def left_share(force_n: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = force_n[:, ~FULL16.is_right].sum(axis=1) / force_n.sum(axis=1)
    return share


@pytest.mark.parametrize("seed", range(12))
def test_the_calm_scenario_stays_calm(seed: int) -> None:
    force_n = Person(FULL16, 62.0, seed, CALM).forces_n(times(900, 40))
    peak_kpa = force_n / FULL16.area_cm2 * 10 * FULL16.peak_ratio
    highest_kpa = peak_kpa.max(axis=1)
    assert highest_kpa.max() < 140
    assert np.mean(highest_kpa < 120) > 0.9


@pytest.mark.parametrize("seed", range(12))
def test_it_sways_and_shifts_its_weight(seed: int) -> None:
    t_s = times(300)
    force_n = Person(FULL16, 62.0, seed).forces_n(t_s)[t_s > 3]
    for side in (FULL16.is_right, ~FULL16.is_right):
        cop_mm = force_n[:, side] @ FULL16.at_mm[side] / force_n[:, side].sum(axis=1)[:, None]
        assert 4 < np.ptp(cop_mm[:, 1]) < 30
        assert 0.5 < np.ptp(cop_mm[:, 0]) < 15
    share = left_share(force_n)
    assert 0.44 < share.min() < share.max() < 0.61
    assert np.ptp(share) > 0.04
    # Smooth: no more than 1 % of the weight moves from one frame to the next.
    assert abs(np.diff(force_n, axis=0)).max() < 0.01 * 62 * NEWTON_PER_KGF


@pytest.mark.parametrize("name", SHIPPED)
def test_standing_spreads_the_weight_as_feet_do(name: str) -> None:
    layout = load_layout(name)
    t_s = times(300, 20)
    force_n = Person(layout, 62.0, 1).forces_n(t_s)
    assert (force_n >= 0).all()
    assert not force_n[0].any()
    standing = force_n[t_s > 2]
    np.testing.assert_allclose(standing.sum(axis=1), 62 * NEWTON_PER_KGF)
    for foot in (layout.is_right, ~layout.is_right):
        mean_n = standing.mean(axis=0) * foot
        region = np.array(
            [
                region_of(z, y / 260)
                for z, (_, y) in zip(layout.spec.zone, layout.at_mm, strict=True)
            ]
        )
        shares = {r: mean_n[region == r].sum() / mean_n.sum() for r in set(region)}
        assert 0.5 < shares["heel"] < 0.6
        assert 0.07 < shares["midfoot"] < 0.09
        assert 0.27 < shares["ball"] < 0.33
        assert 0.04 < shares["toes"] < 0.07


def test_the_inner_arch_does_not_touch() -> None:
    share = dict(zip(FULL16.zone_ids, spread_of(FULL16).share, strict=True))
    assert share["l_arch_med"] == share["r_arch_med"] == 0
    assert share["l_arch_lat"] == pytest.approx(0.08)


def test_zones_without_words_are_found_by_place_and_missing_regions_left_out() -> None:
    spec = FULL16.spec
    kept = [zone for zone in spec.zone if zone.foot == "right" and "toes" not in zone.id]
    zones = tuple(
        msgspec.structs.replace(zone, id=f"z{n}", anatomy="", name="")
        for n, zone in enumerate(kept)
    )
    ids = dict(zip([zone.id for zone in kept], [zone.id for zone in zones], strict=True))
    cells = tuple(
        msgspec.structs.replace(cell, zone=ids[cell.zone]) for cell in spec.cell if cell.zone in ids
    )
    layout = MatLayout(msgspec.structs.replace(spec, zone=zones, cell=cells))
    expected = spread_of(FULL16).share[[FULL16.zone_ids.index(zone.id) for zone in kept]] / 0.94
    np.testing.assert_allclose(spread_of(layout).share, expected)
    force_n = Person(layout, 62.0, 1).forces_n(times(30))
    assert force_n[-1].sum() < 0.6 * 62 * NEWTON_PER_KGF


@given(
    cuts=st.lists(st.integers(0, 900), max_size=12),
    seed=st.integers(0, 2**32),
    start_s=st.floats(0, 1e5),
)
def test_values_do_not_depend_on_how_times_are_batched(
    cuts: list[int], seed: int, start_s: float
) -> None:
    t_s = start_s + np.arange(900) / 7.0
    whole = Person(FULL16, 62.0, seed, BUSY).forces_n(t_s)
    person = Person(FULL16, 62.0, seed, BUSY)
    edges = [0, *sorted(cuts), 900]
    parts = [person.forces_n(t_s[a:b]) for a, b in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_one_by_one_is_the_same_bit_for_bit() -> None:
    t_s = times(60, 25)
    person = Person(FULL16, 62.0, 5, BUSY)
    single = np.concatenate([person.forces_n(t_s[n : n + 1]) for n in range(len(t_s))])
    np.testing.assert_array_equal(single, person.forces_n(t_s))


def test_people_differ() -> None:
    t_s = times(30)
    assert (Person(FULL16, 62.0, 1).forces_n(t_s) != Person(FULL16, 62.0, 2).forces_n(t_s)).any()


def test_steps_on_one_foot_after_the_other_and_off_again() -> None:
    t_s = times(220)
    force_n = Person(FULL16, 62.0, 1, COMING_AND_GOING).forces_n(t_s)
    left_n, right_n = (force_n[:, s].sum(axis=1) for s in (~FULL16.is_right, FULL16.is_right))
    assert left_n[t_s == 0.65] > 200
    assert right_n[t_s == 0.65] == 0
    full = (t_s > 1.55) & (t_s < 90)
    away = (t_s > 91.6) & (t_s < 110)
    again = (t_s > 111.6) & (t_s < 200)
    for when, weight_n in ((full, 62 * NEWTON_PER_KGF), (away, 0.0), (again, 62 * NEWTON_PER_KGF)):
        np.testing.assert_allclose(left_n[when] + right_n[when], weight_n)


def test_shift_tap_and_press() -> None:
    t_s = times(48)
    force_n = Person(FULL16, 62.0, 1, BUSY).forces_n(t_s)
    calm_n = Person(FULL16, 62.0, 1, Scenario((Stand(48.0),))).forces_n(t_s)
    shifted = (t_s > 22) & (t_s < 27)
    np.testing.assert_allclose(left_share(force_n[shifted]), 0.4)
    toes_n = (force_n - calm_n)[:, FULL16.zone_ids.index("l_toes")]
    tapping = (t_s >= 29) & (t_s < 34)
    assert toes_n[tapping].max() == pytest.approx(40.0, abs=0.5)
    above = toes_n[tapping] > 20
    assert np.sum(above[1:] & ~above[:-1]) == 10
    press_n = (force_n - calm_n)[:, FULL16.zone_ids.index("r_mth1")]
    np.testing.assert_allclose(press_n[(t_s > 34.4) & (t_s < 39.6)], 30.0)
    np.testing.assert_allclose(press_n[t_s < 20], 0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("phases", "away"),
    [
        ((StepOff(5.0),), ((0.0, 5.0),)),
        ((Stand(5.0), StepOff(2.0), StepOff(3.0), Stand(1.0)), ((5.0, 10.0),)),
        ((StepOff(2.0), Stand(5.0), StepOff(3.0)), ((7.0, 12.0),)),
        ((StepOff(2.0), Stand(5.0), StepOff(3.0), Stand(5.0)), ((0.0, 2.0), (7.0, 10.0))),
    ],
)
def test_absences_that_touch_are_one(
    phases: tuple[Phase, ...], away: tuple[tuple[float, float], ...]
) -> None:
    scenario = Scenario(phases)
    assert scenario.away_spans == away
    t_s = times(60, 10)
    total_n = Person(FULL16, 62.0, 1, scenario).forces_n(t_s).sum(axis=1)
    for begin_s, end_s in away:
        for at_s in (t_s % scenario.seconds, t_s % scenario.seconds + scenario.seconds):
            gone = (at_s >= begin_s + 1.6) & (at_s <= end_s)
            np.testing.assert_allclose(total_n[gone], 0.0, atol=1e-9)
    assert not total_n[t_s <= min(scenario.first_on_s, 60.0)].any()


def test_nobody_weighs_nothing() -> None:
    assert not Person(FULL16, 62.0, 1, EMPTY).forces_n(times(1300, 5)).any()


@pytest.mark.parametrize(
    "phases",
    [
        (),
        (Stand(0.0),),
        (Stand(float("inf")),),
        (Shift(1.1, 5.0),),
        (Tap("l_toes", -1.0, 5.0, 5.0),),
        (Press("l_toes", float("nan"), 5.0),),
    ],
)
def test_refuses_a_scenario_that_cannot_be_played(phases: tuple[Phase, ...]) -> None:
    with pytest.raises(DriverError):
        Scenario(phases)


@pytest.mark.parametrize("mass_kg", [0.0, -1.0, 501.0, float("nan")])
def test_refuses_a_mass_that_is_no_persons(mass_kg: float) -> None:
    with pytest.raises(DriverError, match="weighs"):
        Person(FULL16, mass_kg)


def test_refuses_a_zone_that_is_not_there() -> None:
    with pytest.raises(DriverError, match="no zone 'x' in layout full16"):
        Person(FULL16, 62.0, 0, Scenario((Press("x", 5.0, 5.0),)))
