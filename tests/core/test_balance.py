"""Total, left share and centre of pressure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.balance import Scales, centre_mm
from core.layout import load_layout
from tests.core.support import small_layout

SMALL = small_layout()
AT = [(-90.0, 240.0), (-90.0, 140.0), (70.0, 40.0)]
KNOWN = np.ones((1, 3), bool)


@pytest.mark.parametrize(
    ("force_cn", "total", "share", "cop"),
    [
        ([2000, 0, 0], 2000, 100.0, (-90.0, 240.0)),
        ([0, 0, 2000], 2000, 0.0, (70.0, 40.0)),
        ([1000, 1000, 2000], 4000, 50.0, (-10.0, 115.0)),
        ([3000, 0, 1000], 4000, 75.0, (-50.0, 190.0)),
        ([0, 2500, -500], 2000, 125.0, (-130.0, 165.0)),
    ],
)
def test_by_hand(force_cn: list[int], total: int, share: float, cop: tuple[float, float]) -> None:
    assert SMALL.at_mm.tolist() == [list(p) for p in AT]
    balance = Scales(SMALL).weigh(np.array([force_cn]), KNOWN)
    assert balance.total_cn.tolist() == [total]
    assert balance.left_share_pct.tolist() == pytest.approx([share])
    assert balance.cop_mm[0].tolist() == pytest.approx(cop)


@pytest.mark.parametrize("force_cn", [[1999, 0, 0], [0, 0, 0], [-3000, 0, 0], [5000, -3001, 0]])
def test_nothing_is_said_below_20_n(force_cn: list[int]) -> None:
    balance = Scales(SMALL).weigh(np.array([force_cn]), KNOWN)
    assert balance.total_cn.tolist() == [sum(force_cn)]
    assert np.isnan(balance.left_share_pct).all()
    assert np.isnan(balance.cop_mm).all()


def test_an_unknown_zone_counts_as_nothing_and_leaves_the_rest_undefined() -> None:
    known = np.array([[True, False, True], [True, True, True]])
    balance = Scales(SMALL).weigh(np.array([[4000, 9000, 1000]] * 2), known)
    assert balance.total_cn.tolist() == [5000, 14_000]
    assert np.isnan(balance.left_share_pct).tolist() == [True, False]
    assert np.isnan(balance.cop_mm).tolist() == [[True, True], [False, False]]


FORCES = st.lists(
    st.lists(st.integers(0, 100_000), min_size=16, max_size=16), min_size=1, max_size=30
)


@pytest.mark.unmeasured
@given(FORCES, st.integers(0, 29))
def test_inside_the_hull_and_the_same_in_any_batch(rows: list[list[int]], place: int) -> None:
    layout = load_layout("full16")
    force = np.array(rows)
    known = np.ones(force.shape, bool)
    scales = Scales(layout)
    whole = scales.weigh(force, known)
    at = min(place, len(rows))
    parts = [scales.weigh(part, part >= 0) for part in (force[:at], force[at:])]
    for name in ("total_cn", "left_share_pct", "cop_mm"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert getattr(whole, name).tobytes() == joined.tobytes()
    # Within the hull: in no direction beyond the furthest zone (1 um for rounded places).
    angles = np.linspace(0, 2 * np.pi, 73)
    ways = np.stack((np.cos(angles), np.sin(angles)))
    reach = (layout.at_mm @ ways).max(axis=0)
    for row, cop in zip(rows, whole.cop_mm, strict=True):
        assert (sum(row) < 2000) == bool(np.isnan(cop).any())
        if sum(row) >= 2000:
            assert (cop @ ways <= reach + 2e-3).all()


def test_centre_of_one_foot() -> None:
    force = np.array([[1000, 1000, 9000], [999, 1000, 9000], [500, 1500, 0]])
    centre = centre_mm(force[:, :2], SMALL.at_mm[:2])
    assert centre[0].tolist() == [-90.0, 190.0]
    assert np.isnan(centre[1]).all()
    assert centre[2].tolist() == [-90.0, 165.0]
    assert centre_mm(force[1:2, :2], SMALL.at_mm[:2], least_cn=1000)[0, 0] == -90.0
