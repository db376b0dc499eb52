"""Figures of each foot against plain loops, and which part of it each zone belongs to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from core.balance import MIN_TOTAL_CN
from core.engine import Engine
from core.foot_figures import _regions
from core.layout import load_layout
from core.profiles import Profile
from core.sessions import Summariser
from tests.core.support import S, force_frames, new_engine, small_layout
from tests.core.test_sessions import AREAS, Session, sessions, summarise

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
        if not forces:
            assert figures.max_force_n is figures.mean_force_n is figures.heel_pct is None
            assert figures.mean_contact_area_cm2 is None
            continue
        assert figures.max_force_n == pytest.approx(max(forces))
        assert figures.mean_force_n == pytest.approx(sum(forces) / len(forces))
        assert figures.max_contact_area_cm2 == pytest.approx(max(areas))
        assert figures.mean_contact_area_cm2 == pytest.approx(sum(areas) / len(areas))


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


def test_two_minutes_off_are_a_relief_of_what_had_borne_something() -> None:
    engine = new_engine(small_layout())
    summariser = Summariser(engine, 2.0)
    loaded, off = [[5000, 5000, 0]], [[0, 0, 0]]
    rows = off * 300 + loaded * 20 + off * 239 + loaded * 4 + off * 500
    frames = force_frames([k * S // 2 for k in range(len(rows))], rows)
    summariser.add(engine.feed_forces(frames))
    found = summariser.result().feet
    assert (found["left"].reliefs, found["right"].reliefs) == (1, 0)


def test_time_at_a_load_is_told_from_time_in_contact() -> None:
    engine = new_engine(small_layout())
    summariser = Summariser(engine, 10.0)
    at = engine.limits.sustained_cn
    rows = [[int(at[0]), 0, int(at[2]) - 1]] * 11
    frames = force_frames([k * 100_000 for k in range(11)], rows)
    summariser.add(engine.feed_forces(frames))
    zones = summariser.result().zones
    assert (zones["l_toes"].loaded_s, zones["l_toes"].longest_loaded_s) == (1.0, 1.0)
    assert (zones["r_heel"].loaded_s, zones["r_heel"].contact_s) == (0.0, 1.0)
    assert np.isclose(zones["r_heel"].dose_kpa_s, 0.0)
