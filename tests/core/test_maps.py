"""The map operator: what is drawn never says more than the zones, and never less at their peaks."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import Engine
from core.geometry import edge_distance_mm, inside
from core.layout import SHIPPED, load_layout
from core.maps import COLUMNS, ROWS, FootMap, encode_map, grid_mm, map_operator, outline
from core.profiles import Profile
from core.telemetry import layout_info

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.wire import LayoutInfo

INFO: dict[str, LayoutInfo] = {
    name: layout_info(Engine(load_layout(name), Profile())) for name in SHIPPED
}
MAPS = {name: map_operator(info.zones, info.foot_mm) for name, info in INFO.items()}
EACH = [(name, foot) for name in SHIPPED for foot in ("left", "right")]
FOOT_MM = (260.0, 98.0)


def depth() -> dict[str, NDArray[np.float64]]:
    """Distance of each grid point inside each part's outline, mm; negative outside."""
    x, y = grid_mm(FOOT_MM)
    found = {}
    for name, part in outline().items():
        polygon = [(px * FOOT_MM[1], py * FOOT_MM[0]) for px, py in part]
        sign = np.where(inside(polygon, x, y), 1.0, -1.0)
        found[name] = sign * edge_distance_mm(polygon, x, y)
    return found


DEPTH = depth()
DEEPEST = np.max(list(DEPTH.values()), axis=0)
TOE_DEPTH = np.max([d for name, d in DEPTH.items() if name != "sole"], axis=0)
IS_TOE = DEPTH["sole"] < TOE_DEPTH


def nearest(x: float, y: float) -> tuple[int, int]:
    gx, gy = grid_mm(FOOT_MM)
    best = min(
        (((gx[r, c] - x * FOOT_MM[1]) ** 2 + (gy[r, c] - y * FOOT_MM[0]) ** 2), r, c)
        for r in range(ROWS)
        for c in range(COLUMNS)
    )
    return best[1], best[2]


def test_the_grid_covers_the_box_of_the_foot_and_6_mm_around() -> None:
    x, y = grid_mm(FOOT_MM)
    assert x.shape == y.shape == (64, 24)
    width, height = (98 + 12) / 24, (260 + 12) / 64
    assert (x[0, 0], y[0, 0]) == pytest.approx((width / 2 - 6, height / 2 - 6))
    assert (x[-1, -1], y[-1, -1]) == pytest.approx((104 - width / 2, 266 - height / 2))


@pytest.mark.parametrize(("name", "foot"), EACH)
def test_weights_are_shares(name: str, foot: str) -> None:
    one = MAPS[name][foot]
    assert one.weights.shape == (ROWS, COLUMNS, len(one.zone_index))
    assert (one.weights >= 0).all()
    assert np.isfinite(one.weights).all()
    assert one.weights.sum(axis=2).max() <= 1 + 1e-12
    assert [INFO[name].zones[i].foot for i in one.zone_index] == [foot] * len(one.zone_index)
    assert (one.weights[DEEPEST <= 0] == 0).all()
    assert (one.weights[DEEPEST > 0].sum(axis=1) > 0).all()


@pytest.mark.parametrize(("name", "foot"), EACH)
def test_a_lone_zone_is_near_exact_at_its_peaks(name: str, foot: str) -> None:
    one = MAPS[name][foot]
    for column, zone in enumerate(one.zone_index):
        share = np.zeros(len(INFO[name].zones))
        share[zone] = 1.0
        field = one.field(share)
        for x, y, peak in INFO[name].zones[zone].peaks:
            if peak == 1.0:
                assert field[nearest(x, y)] >= 0.98, (INFO[name].zones[zone].id, x, y)
        assert field.max() <= 1.0
        assert (field == one.weights[:, :, column]).all()


@pytest.mark.parametrize(("name", "foot"), EACH)
def test_it_falls_towards_the_edge(name: str, foot: str) -> None:
    """With every zone alike, the outermost points show less than those in the middle."""
    field = MAPS[name][foot].field(np.ones(len(INFO[name].zones)))
    for part in (IS_TOE, ~IS_TOE):
        rim = field[part & (DEEPEST > 0) & (DEEPEST < 2)]
        middle = field[part & (np.where(IS_TOE, TOE_DEPTH / 6, DEPTH["sole"] / 19) > 0.8)]
        assert rim.mean() < 0.75 * middle.mean()
        assert rim.max() <= field[part].max()


@pytest.mark.parametrize(("name", "foot"), EACH)
def test_toes_take_from_toes_and_the_sole_from_the_sole(name: str, foot: str) -> None:
    one = MAPS[name][foot]
    for column, zone in enumerate(one.zone_index):
        toes = INFO[name].zones[zone].id.endswith("toes")
        elsewhere = one.weights[~IS_TOE if toes else IS_TOE, column]
        assert (elsewhere == 0).all(), INFO[name].zones[zone].id


@given(st.sampled_from(EACH), st.lists(st.floats(0, 3), min_size=16, max_size=16))
def test_the_field_stays_within_the_shares(which: tuple[str, str], shares: list[float]) -> None:
    name, foot = which
    one: FootMap = MAPS[name][foot]
    share = np.array(shares[: len(INFO[name].zones)])
    field = one.field(share)
    assert field.min() >= 0
    assert field.max() <= share[one.zone_index].max() * (1 + 1e-12)
    assert one.field(np.stack([share, share * 0]))[0] == pytest.approx(field, abs=1e-12)


def decode(payload: bytes) -> list[tuple[list[int], Any]]:
    feet, at = [], 0
    while at < len(payload):
        rows, columns, n, zero = struct.unpack_from("<HHHH", payload, at)
        assert (rows, columns, zero) == (ROWS, COLUMNS, 0)
        at += 8
        index = list(struct.unpack_from(f"<{n}H", payload, at))
        at += -(-2 * n // 4) * 4
        weights = np.frombuffer(payload, "<u2", rows * columns * n, at)
        at += 2 * rows * columns * n
        feet.append((index, weights.reshape(rows, columns, n) / 65535))
    return feet


@pytest.mark.parametrize("name", SHIPPED)
def test_the_packed_map(name: str) -> None:
    payload = encode_map(INFO[name].zones, INFO[name].foot_mm)
    assert len(payload) <= 100 * 1024
    feet = decode(payload)
    assert len(feet) == 2
    for (index, weights), one in zip(feet, MAPS[name].values(), strict=True):
        assert index == one.zone_index.tolist()
        assert np.abs(weights - one.weights).max() <= 1 / 65535
        assert (weights * 65535).sum(axis=2).max() <= 65535 + 1e-6


def test_an_odd_number_of_zones_is_padded() -> None:
    info = INFO["full16"]
    zones = info.zones[:3] + info.zones[8:9]
    feet = decode(encode_map(zones, info.foot_mm))
    assert [index for index, _ in feet] == [[0, 1, 2], [3]]


def test_a_foot_without_toes_zone_or_without_zones_is_blank_there() -> None:
    info = INFO["full16"]
    maps = map_operator(info.zones[1:8], info.foot_mm)
    assert (maps["left"].weights[IS_TOE] == 0).all()
    assert maps["left"].weights[~IS_TOE].sum() > 0
    assert maps["right"].weights.shape == (ROWS, COLUMNS, 0)
    assert (maps["right"].field(np.ones(7)) == 0).all()


def test_a_peak_outside_the_foot_does_not_blow_up() -> None:
    info = INFO["full16"]
    zone = msgspec.structs.replace(info.zones[6], peaks=((-3.0, 0.1, 1.0),))
    weights = map_operator((*info.zones[:6], zone, info.zones[7]), info.foot_mm)["left"].weights
    assert np.isfinite(weights).all()
    assert weights.sum(axis=2).max() <= 1 + 1e-12
