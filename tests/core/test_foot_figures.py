"""Figures of each foot against plain loops, and which part of it each zone belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given

from core.balance import MIN_TOTAL_CN
from core.engine import Engine
from core.foot_figures import REGIONS, _regions
from core.layout import load_layout, parse_layout
from core.profiles import Profile
from core.sessions import Summariser
from tests.core.support import S, force_frames, new_engine, small_layout
from tests.core.test_sessions import AREAS, Session, sessions, summarise

if TYPE_CHECKING:
    from core.frames import ForceFrames

FEET = {"left": (0, 1), "right": (2,)}
FRACTIONS = (1.0, 0.7, 1.0)


@given(sessions())
def test_figures_are_what_a_loop_finds(session: Session) -> None:
    frames = session.frames
    found = summarise(frames, session.cuts)
    status = new_engine().feed_forces(frames).status
    contact = (status & 2 != 0) & frames.valid
    for foot, zones in FEET.items():
        forces, areas, at_mm = [], [], []
        for k in range(len(frames)):
            if not frames.valid[k, list(zones)].all():
                continue
            force_cn = [int(frames.force_cn[k, zone]) for zone in zones]
            if sum(force_cn) >= MIN_TOTAL_CN:
                at_mm.append(k)
            if contact[k, list(zones)].any():
                forces.append(sum(force_cn) / 100)
                areas.append(sum(AREAS[z] * FRACTIONS[z] for z in zones if contact[k, z]))
        figures = found.feet[foot]
        assert figures.cop.n_valid == len(at_mm)
        loaded, fti_n_s = loads_by_loop(frames, zones)
        assert figures.fti_n_s == pytest.approx(fti_n_s, rel=1e-9, abs=1e-9)
        assert figures.loaded_s == pytest.approx(sum(loaded))
        assert figures.longest_loaded_s == pytest.approx(max(loaded, default=0))
        if not forces:
            assert figures.max_force_n is figures.mean_force_n is figures.heel_pct is None
            assert figures.mean_contact_area_cm2 is None
            continue
        assert figures.max_force_n == pytest.approx(max(forces))
        assert figures.mean_force_n == pytest.approx(sum(forces) / len(forces))
        assert figures.max_contact_area_cm2 == pytest.approx(max(areas))
        assert figures.mean_contact_area_cm2 == pytest.approx(sum(areas) / len(areas))


def loads_by_loop(frames: ForceFrames, zones: tuple[int, ...]) -> tuple[list[float], float]:
    """Seconds of each run with a zone at 4.67 kPa or more, and the force-time integral."""
    bouts, fti_n_s, on = [0.0], 0.0, False
    for k in range(1, len(frames)):
        dt_s = int(frames.t_us[k] - frames.t_us[k - 1]) / 1e6
        pair = (k - 1, k)
        near = dt_s <= 0.025
        if near and all(frames.valid[j, z] for j in pair for z in zones):
            fti_n_s += dt_s * sum(int(frames.force_cn[j, z]) for j in pair for z in zones) / 200
        was_on, on = on, near and all(
            any(frames.valid[j, z] and frames.force_cn[j, z] >= int(4.67 * AREAS[z] * 10)
                for z in zones) for j in pair
        )  # fmt: skip
        if on:
            bouts[-1:] = [bouts[-1] + dt_s] if was_on else [bouts[-1], dt_s]
    return bouts, fti_n_s


def test_parts_of_a_foot_add_up_and_the_symmetry_index_says_which_bears_more() -> None:
    layout = load_layout("full16")
    engine = Engine(layout, Profile())
    row = [100 * (at + 1) for at in range(16)]
    frames = force_frames([k * 12_500 for k in range(200)], [row] * 200)
    summariser = Summariser(engine, 80.0)
    summariser.add(engine.feed_forces(frames))
    found = summariser.result()
    left = found.feet["left"]
    toes, mth, arch, heel = 100, 200 + 300 + 400, 500 + 600, 700 + 800
    for value, part in ((left.toes_pct, toes), (left.forefoot_pct, mth),
                        (left.midfoot_pct, arch), (left.heel_pct, heel)):  # fmt: skip
        assert value == pytest.approx(100 * part / 3600)
    assert left.fore_pct == pytest.approx(100 * (toes + mth) / 3600)
    right_n, left_n = sum(row[8:]) / 100, sum(row[:8]) / 100
    assert found.symmetry_index_pct == pytest.approx(
        100 * (right_n - left_n) / (0.5 * (right_n + left_n))
    )
    assert (found.formulas, found.cop.rate_hz, found.cop.filter) == (1, 80.0, "none")
    assert (left.contact_s, left.longest_contact_s) == (2.4875, 2.4875)
    assert [(each.t_s, each.state) for each in found.sessions] == [(0.0, "started")]


@pytest.mark.parametrize("name", ["full16", "starter8", "insole16"])
def test_zones_of_the_shipped_layouts_lie_in_their_parts(name: str) -> None:
    layout = load_layout(name)
    parts = ("heel", "arch", "mth ball", "toes")
    for zone, region in zip(layout.zone_ids, _regions(layout), strict=True):
        stem = zone[2:].rstrip("0123456789").split("_")[0]
        assert stem in parts[region], zone


@pytest.mark.parametrize(
    ("centre", "part"),
    [(0.1, "heel"), (0.27, "heel"), (0.28, "midfoot"), (0.5, "midfoot"), (0.51, "forefoot"),
     (0.8, "forefoot"), (0.81, "toes"), (0.95, "toes")],
)  # fmt: skip
def test_a_zone_of_any_layout_belongs_where_its_centroid_lies(centre: float, part: str) -> None:
    y = 100.0 * centre
    corners = [[20, y - 4], [80, y - 4], [80, y + 4], [20, y + 4]]
    mirrored = [[-x, y] for x, y in corners]
    zones = zip(("left", "right"), (mirrored, corners), strict=True)
    text = 'id = "own"\nname = "Own"\nfoot_mm = [100, 98]\nmax_load_n = 900\n' + "".join(
        f'[[zone]]\nid = "{foot}_any"\nfoot = "{foot}"\nanatomy = "any"\n'
        f"area_cm2 = 4.0\npeak_ratio = 2.0\n"
        f'polygon_mm = {polygon}\n[[cell]]\nzone = "{foot}_any"\ncapacity_n = 490\n'
        for foot, polygon in zones
    )
    found = _regions(parse_layout(text, "own.toml"))
    assert [list(REGIONS)[region] for region in found] == [part, part]


def relieved(rows: list[list[int]], before: list[list[int]] | None = None) -> tuple[int, int]:
    """Reliefs in rows of half a second; `before` is what the engine saw before the recording."""
    engine = new_engine(small_layout())
    seen = before or []
    frames = force_frames([k * S // 2 for k in range(len(seen) + len(rows))], seen + rows)
    if seen:
        engine.feed_forces(frames[: len(seen)])
    summariser = Summariser(engine, 2.0)
    summariser.add(engine.feed_forces(frames[len(seen) :]))
    found = summariser.result().feet
    return found["left"].reliefs, found["right"].reliefs


ON, OFF = [[5000, 5000, 0]], [[0, 0, 0]]


@pytest.mark.parametrize(("off_s", "reliefs"), [(119, 0), (120, 1), (121, 1), (300, 1)])
def test_two_minutes_off_are_a_relief(off_s: int, reliefs: int) -> None:
    assert relieved(ON * 20 + OFF * 2 * off_s + ON * 4) == (reliefs, 0)


@pytest.mark.parametrize(("before", "after", "reliefs"), [(0, 1, 0), (-1, 0, 1), (-2, -1, 1)])
def test_a_whole_second_is_below_by_its_mean(before: int, after: int, reliefs: int) -> None:
    at = int(new_engine().limits.sustained_cn[0])
    half_seconds = [[at + before, 0, 0], [at + after, 0, 0]]
    assert relieved(ON * 20 + half_seconds * 120 + ON * 4) == (reliefs, 0)


def test_a_relief_is_of_what_had_borne_something_and_counts_each_time() -> None:
    assert relieved(OFF * 600 + ON * 4) == (0, 0)
    assert relieved((ON * 20 + OFF * 300) * 3) == (3, 0)
    assert relieved([[0, 0, 5000]] * 20 + OFF * 300) == (0, 1)


def test_reliefs_before_the_recording_are_not_of_it() -> None:
    before = ON * 20 + OFF * 300
    assert relieved(ON * 20, before) == (0, 0)
    assert relieved(ON * 20 + OFF * 300, before) == (1, 0)


def test_time_at_a_load_is_told_from_time_in_contact() -> None:
    engine = new_engine(small_layout())
    summariser = Summariser(engine, 10.0)
    at = engine.limits.sustained_cn
    rows = [[int(at[0]), 0, int(at[2]) - 1]] * 11
    frames = force_frames([k * 100_000 for k in range(11)], rows)
    summariser.add(engine.feed_forces(frames))
    feet = summariser.result().feet
    assert (feet["left"].loaded_s, feet["left"].longest_loaded_s) == (1.0, 1.0)
    assert (feet["right"].loaded_s, feet["right"].contact_s) == (0.0, 1.0)
    zones = summariser.result().zones
    assert (zones["l_toes"].loaded_s, zones["l_toes"].longest_loaded_s) == (1.0, 1.0)
    assert (zones["r_heel"].loaded_s, zones["r_heel"].contact_s) == (0.0, 1.0)
    assert np.isclose(zones["r_heel"].dose_kpa_s, 0.0)
