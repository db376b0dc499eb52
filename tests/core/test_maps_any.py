"""The map operator by every stated figure, for any layout, any zone shapes, any size of foot."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import Engine
from core.errors import LayoutError
from core.layout import FOOT_GAP_MM, SHIPPED, MatLayout, load_layout
from core.layout_spec import CellSpec, LayoutSpec, ZoneSpec
from core.maps import COLUMNS, MAX_BYTES, ROWS, FootMap, encode_map, grid_mm, map_operator, outline
from core.profiles import Profile
from core.telemetry import layout_info

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from core.wire import LayoutInfo, ZoneInfo

REACH_MM = {True: (7.0, 9.0), False: (17.0, 21.0)}
"""Of a toe, and of the sole."""

FALL_MM = {True: 6.0, False: 19.0}
RIM = {True: 0.55, False: 0.34}
NEARBY = 2 * math.log(10)
FEET = ("left", "right")


def info_of(layout: MatLayout) -> LayoutInfo:
    return layout_info(Engine(layout, Profile()))


SIZES = [(260.0, 98.0), (230.0, 87.0), (181.5, 66.25), (330.0, 125.0), (399.0, 51.0), (51.0, 60.0)]
"""Length and width of feet; the last two are the ends of what a layout may say."""


@st.composite
def polygons(draw: st.DrawFn, n_zones: int) -> list[list[tuple[float, float]]]:
    """Corners in foot fractions: a star of 3 to 7 corners in each box of a foot cut up."""
    boxes = [(0.0, 0.0, 1.0, 1.0)]
    while len(boxes) < n_zones:
        x0, y0, x1, y1 = boxes.pop(draw(st.integers(0, len(boxes) - 1)))
        at = draw(st.floats(0.3, 0.7))
        if draw(st.booleans()):
            x = x0 + at * (x1 - x0)
            boxes += [(x0, y0, x, y1), (x, y0, x1, y1)]
        else:
            y = y0 + at * (y1 - y0)
            boxes += [(x0, y0, x1, y), (x0, y, x1, y1)]
    return [draw(_star(box)) for box in boxes]


@st.composite
def _star(draw: st.DrawFn, box: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    x0, y0, x1, y1 = box
    radii = draw(st.lists(st.floats(0.2, 1.0), min_size=3, max_size=7))
    turns = np.arange(len(radii)) * 2 * math.pi / len(radii)
    return [
        ((x0 + x1 + r * (x1 - x0) * math.cos(t)) / 2, (y0 + y1 + r * (y1 - y0) * math.sin(t)) / 2)
        for r, t in zip(radii, turns, strict=True)
    ]


PEAKS = st.lists(
    st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2), st.just(1.0) | st.floats(0.01, 1.0)),
    max_size=3,
).map(tuple)
"""None: the centroid."""


@st.composite
def made_layouts(draw: st.DrawFn) -> LayoutInfo:
    length, width = draw(st.sampled_from(SIZES))
    zones = []
    for foot, n_zones in (("left", draw(st.integers(1, 16))), ("right", draw(st.integers(1, 16)))):
        for number, corners in enumerate(draw(polygons(n_zones))):
            side = 1 if foot == "right" else -1
            mm = [(side * (FOOT_GAP_MM / 2 + x * width), y * length) for x, y in corners]
            zones.append(
                ZoneSpec(f"{foot}_{number}", foot, "", tuple(mm), 2.0, peaks=draw(PEAKS))  # type: ignore[arg-type]
            )
    cells = tuple(CellSpec(zone.id, 490.0) for zone in zones)
    spec = LayoutSpec("any", "Any", (length, width), 1500.0, tuple(zones), cells)
    return info_of(MatLayout(spec))


INFO = [info_of(load_layout(name)) for name in SHIPPED]
RESIZED = st.builds(
    lambda info, size: msgspec.structs.replace(info, foot_mm=size),
    st.sampled_from(INFO),
    st.sampled_from(SIZES),
)
"""A shipped layout on a foot of any size."""

LAYOUTS = RESIZED | made_layouts()


class Place(NamedTuple):
    """What a test knows of the grid over a foot, worked out in its own way."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    depth: NDArray[np.float64]
    is_toe: NDArray[np.bool_]
    fall: NDArray[np.float64]


@cache
def place(foot_mm: tuple[float, float]) -> Place:
    """Depth by many points on the outline, instead of by its edges."""
    x, y = grid_mm(foot_mm)
    depth = {name: _depth(part, foot_mm, x, y) for name, part in outline().items()}
    toe = np.max([d for name, d in depth.items() if name != "sole"], axis=0)
    deepest, is_toe = np.maximum(toe, depth["sole"]), toe > depth["sole"]
    t = np.clip(deepest / np.where(is_toe, 6.0, 19.0), 0, 1)
    rim = np.where(is_toe, 0.55, 0.34)
    return Place(x, y, deepest, is_toe, rim + (1 - rim) * (3 * t**2 - 2 * t**3))


def _depth(
    part: tuple[tuple[float, float], ...],
    foot_mm: tuple[float, float],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.float64]:
    corners = [(px * foot_mm[1], py * foot_mm[0]) for px, py in part]
    edge = [np.linspace(a, b, 12, endpoint=False) for a, b in pairwise([*corners, corners[0]])]
    points = np.concatenate(edge)
    away = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1]).min(axis=2)
    turns = np.zeros(x.shape)
    for (ax, ay), (bx, by) in pairwise([*corners, corners[0]]):
        one, two = np.arctan2(ay - y, ax - x), np.arctan2(by - y, bx - x)
        turns += (two - one + math.pi) % (2 * math.pi) - math.pi
    signed: NDArray[np.float64] = np.where(np.abs(turns) > math.pi, away, -away)
    return signed


def points_of(
    zone: ZoneInfo, at: Place, foot_mm: tuple[float, float]
) -> list[tuple[tuple[int, int], float]]:
    """Grid point inside the outline that is nearest to each peak, with its share."""
    usable = np.argwhere(at.depth > 0)
    found = []
    for px, py, share in zone.peaks:
        x, y = at.x[tuple(usable.T)] - px * foot_mm[1], at.y[tuple(usable.T)] - py * foot_mm[0]
        row, column = usable[np.argmin(x * x + y * y)]
        found.append(((int(row), int(column)), share))
    return found


class Case(NamedTuple):
    """One foot of a layout."""

    info: LayoutInfo
    one: FootMap
    at: Place
    peaks: list[list[tuple[tuple[int, int], float]]]
    """Of each zone of this foot."""


def cases(info: LayoutInfo) -> list[Case]:
    at = place(info.foot_mm)
    maps = map_operator(info.zones, info.foot_mm)
    return [
        Case(info, one, at, [points_of(info.zones[i], at, info.foot_mm) for i in one.zone_index])
        for one in maps.values()
    ]


def shares(info: LayoutInfo) -> st.SearchStrategy[NDArray[np.float64]]:
    n_zones = len(info.zones)
    return st.lists(st.just(0.0) | st.floats(0, 3), min_size=n_zones, max_size=n_zones).map(
        np.array
    )


@pytest.mark.unmeasured
@given(LAYOUTS)
def test_no_weight_is_negative_no_sum_above_1_and_none_outside(info: LayoutInfo) -> None:
    for case in cases(info):
        weights = case.one.weights
        assert weights.shape == (ROWS, COLUMNS, len(case.one.zone_index))
        assert np.isfinite(weights).all()
        assert weights.min() >= 0
        assert weights.sum(axis=2).max() <= 1 + 1e-12
        assert (weights[case.at.depth < -1e-6] == 0).all()


@given(LAYOUTS)
def test_a_lone_zone_at_its_limit_is_seen_at_its_peak(info: LayoutInfo) -> None:
    """0.98 at the point nearest to each peak of share 1 that no other zone claims."""
    for case in cases(info):
        for column, own in enumerate(case.peaks):
            others = {point for k, p in enumerate(case.peaks) if k != column for point, _ in p}
            share = np.zeros(len(info.zones))
            share[case.one.zone_index[column]] = 1.0
            field = case.one.field(share)
            assert field.max() <= 1.0
            for point, height in own:
                if height == 1.0 and point not in others:
                    assert field[point] >= 0.98


@given(LAYOUTS)
def test_two_zones_that_claim_one_point_share_it(info: LayoutInfo) -> None:
    """Their sum at 1 leaves nothing else; both at their limit still show the limit."""
    for case in cases(info):
        field = case.one.field(np.ones(len(info.zones)))
        for own in case.peaks:
            for point, _ in own:
                there = [max(s for at, s in p if at == point) for p in case.peaks
                         if any(at == point for at, _ in p)]  # fmt: skip
                if set(there) == {1.0}:
                    assert field[point] >= 0.98


@given(LAYOUTS)
def test_it_falls_towards_the_outline(info: LayoutInfo) -> None:
    """No zone shows more than its fall allows, whatever its peaks gain by lying near the edge."""
    for case in cases(info):
        for column, own in enumerate(case.peaks):
            for is_toe in (True, False):
                here = (case.at.is_toe == is_toe) & (case.at.depth > 0)
                gains = [s / case.at.fall[at] for at, s in own if case.at.is_toe[at] == is_toe]
                most = case.at.fall[here] * max(gains, default=0.0)
                assert (case.one.weights[here][:, column] <= most * 1.01 + 1e-12).all()


FALLING = st.sampled_from([(size, is_toe) for size in SIZES[:4] for is_toe in (True, False)])


def alone(size: tuple[float, float], point: tuple[int, int], share: float) -> NDArray[np.float64]:
    """Map of a foot that is one zone with its peak at a point of the grid."""
    at = place(size)
    peak = at.x[point] / size[1], at.y[point] / size[0], share
    zone = msgspec.structs.replace(INFO[0].zones[6], peaks=(peak,))
    return map_operator([zone], size)["left"].weights[:, :, 0]


@given(FALLING, st.floats(0.01, 1), st.data())
def test_the_fall_is_a_factor_that_is_1_at_the_peak(
    foot: tuple[tuple[float, float], bool], share: float, data: st.DataObject
) -> None:
    size, is_toe = foot
    at = place(size)
    here = (at.depth > 0.5) & (at.is_toe == is_toe)
    row, column = data.draw(st.sampled_from(np.argwhere(here).tolist()))
    point = (int(row), int(column))
    drawn = alone(size, point, share)
    assert drawn[point] == pytest.approx(share)
    wanted = np.minimum(1.0, share * at.fall / at.fall[point])
    assert drawn[here] == pytest.approx(wanted[here], rel=0.02)


@given(FALLING, st.floats(0.01, 1), st.data())
def test_34_percent_at_the_edge_of_the_sole_and_full_19_mm_inside(
    foot: tuple[tuple[float, float], bool], share: float, data: st.DataObject
) -> None:
    """Of a toe 55 % and 6 mm."""
    size, is_toe = foot
    at, full = place(size), FALL_MM[is_toe]
    inner = (at.depth >= full + 0.1) & (at.is_toe == is_toe)
    row, column = data.draw(st.sampled_from(np.argwhere(inner).tolist()))
    point = (int(row), int(column))
    drawn = alone(size, point, share) / share
    assert drawn[inner] == pytest.approx(1.0, abs=1e-12)
    assert drawn[(at.depth > 0) & (at.depth < full - 1) & (at.is_toe == is_toe)].max() < 0.999
    rim = drawn[(at.depth > 0) & (at.depth < full / 19) & (at.is_toe == is_toe)]
    assert rim.min() >= RIM[is_toe]
    assert rim.max() <= RIM[is_toe] + 0.01


@given(LAYOUTS)
def test_toes_take_from_peaks_on_toes_and_the_sole_from_those_on_the_sole(
    info: LayoutInfo,
) -> None:
    for case in cases(info):
        for column, own in enumerate(case.peaks):
            for is_toe in (True, False):
                if not any(case.at.is_toe[point] == is_toe for point, _ in own):
                    assert (case.one.weights[case.at.is_toe == is_toe][:, column] == 0).all()


@given(LAYOUTS, st.data())
def test_it_is_nowhere_above_the_highest_zone_nearby(info: LayoutInfo, data: st.DataObject) -> None:
    share = data.draw(shares(info))
    for case in cases(info):
        near = _nearby(case)
        highest = np.where(near, share[case.one.zone_index], 0.0).max(axis=2)
        field = case.one.field(share)
        assert field.min() >= 0
        assert (field <= highest * (1 + 1e-12)).all()


def _nearby(case: Case) -> NDArray[np.bool_]:
    """Which zones are near each point: by the nearest of their peaks on its surface."""
    u = np.full((ROWS, COLUMNS, len(case.peaks)), np.inf)
    for column, own in enumerate(case.peaks):
        for point, _ in own:
            is_toe = bool(case.at.is_toe[point])
            across, along = REACH_MM[is_toe]
            one = ((case.at.x - case.at.x[point]) / across) ** 2
            one += ((case.at.y - case.at.y[point]) / along) ** 2
            here = case.at.is_toe == is_toe
            u[here, column] = np.minimum(u[here, column], one[here])
    nearest = u.min(axis=2, keepdims=True)
    reach = np.where(np.isfinite(nearest), nearest, 0) + NEARBY
    return np.asarray(np.isfinite(u) & (u <= reach))


@pytest.mark.unmeasured
@given(LAYOUTS, st.data())
def test_one_product_does_a_frame_and_one_a_session(info: LayoutInfo, data: st.DataObject) -> None:
    frames = np.stack(data.draw(st.lists(shares(info), min_size=1, max_size=5)))
    for case in cases(info):
        whole = case.one.field(frames)
        assert whole.shape == (len(frames), ROWS, COLUMNS)
        for frame, field in zip(frames, whole, strict=True):
            assert case.one.field(frame) == pytest.approx(field, abs=1e-12)
            by_hand = (case.one.weights * frame[case.one.zone_index]).sum(axis=2)
            assert field == pytest.approx(by_hand, abs=1e-12)


@given(LAYOUTS)
def test_the_packed_map_is_at_most_100_kb(info: LayoutInfo) -> None:
    size = len(encode_map(info.zones, info.foot_mm))
    assert size <= 100_000 <= MAX_BYTES
    assert size >= 2 * ROWS * COLUMNS * len(info.zones)


def test_33_zones_still_have_a_map_and_34_have_none() -> None:
    zones = info_of(load_layout("full16")).zones
    many = (*zones, *zones, *zones[:2])
    assert len(encode_map(many[:33], (260.0, 98.0))) <= MAX_BYTES
    with pytest.raises(LayoutError, match="34 zones: their map has 104"):
        encode_map(many, (260.0, 98.0))


def test_a_foot_without_a_size_has_no_map() -> None:
    zones = info_of(load_layout("full16")).zones
    with pytest.raises(LayoutError, match="a foot of 0 x 0 mm is too small"):
        encode_map(zones, (0.0, 0.0))


def test_of_two_peaks_of_a_zone_at_one_point_the_higher_counts() -> None:
    zone = info_of(load_layout("full16")).zones[6]
    for peaks in ([0.4, 1.0], [1.0, 0.4]):
        both = msgspec.structs.replace(zone, peaks=tuple((0.4, 0.13, share) for share in peaks))
        assert map_operator([both], (260.0, 98.0))["left"].weights.max() == 1.0


def test_the_outline_is_that_of_the_design(shared: Path) -> None:
    here = json.loads(resources.files("core").joinpath("foot.json").read_text("utf-8"))
    assert here == json.loads((shared / "design" / "foot.json").read_text("utf-8"))
