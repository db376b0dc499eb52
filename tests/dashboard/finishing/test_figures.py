from __future__ import annotations

import dataclasses
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from core.engine import Engine
from core.frames import ForceFrames, ZoneStatus
from core.profiles import Profile
from core.sessions import Summariser, Summary
from dashboard.finishing.compact import LONGEST_US, compacted
from dashboard.finishing.figures import figures_of, n_lost
from dashboard.finishing.layouts import layout_by_hash
from dashboard.store.events import EventRow
from tests.dashboard.finishing.support import BEGIN_US, LAYOUT, end_us, seconds
from tests.dashboard.support import make_layout

LIMIT = EventRow(
    9_000_000, "alarm", "limit", "l_toes", "high", "raised", 240.0, 200.0, 1, "Lift", "Much"
)


def test_the_figures_are_those_of_one_look_at_all_frames() -> None:
    chunks = seconds(150)
    figures = figures_of(chunks, LAYOUT, Profile(), [LIMIT], (BEGIN_US, end_us(chunks)))
    engine = Engine(LAYOUT, Profile())
    summariser = Summariser(engine, 80.0)
    t_us, force_cn = (np.concatenate([getattr(c, n) for c in chunks]) for n in ("t_us", "force_cn"))
    valid = np.concatenate([c.status for c in chunks]) & ZoneStatus.VALID != 0
    summariser.add(engine.feed_forces(ForceFrames(np.arange(150 * 80), t_us, force_cn, valid)))
    wanted, got = summariser.result(), msgspec.json.decode(figures.summary, type=Summary)
    assert got.zones == wanted.zones
    assert (got.cop, got.feet, got.total_force_n) == (wanted.cop, wanted.feet, wanted.total_force_n)
    # What was raised is the mat's own word.
    assert [(e.rule, e.t_s, e.value) for e in got.events] == [("limit", 9.0, 240.0)]
    assert {zone.zone for zone in figures.zones} == set(LAYOUT.zone_ids)


def test_minutes_add_up_to_the_session() -> None:
    chunks = seconds(150)
    figures = figures_of(chunks, LAYOUT, Profile(), [], (BEGIN_US, end_us(chunks)))
    assert {minute.minute for minute in figures.minutes} == {0, 1, 2}
    for zone in figures.zones:
        parts = [minute for minute in figures.minutes if minute.zone == zone.zone]
        assert sum(part.contact_s for part in parts) == pytest.approx(zone.contact_s, abs=1e-9)
        assert sum(part.dose_kpa_s for part in parts) == pytest.approx(zone.dose_kpa_s, abs=1e-6)
        peaks = [part.max_peak_est_kpa or 0.0 for part in parts]
        assert max(peaks) == pytest.approx(zone.max_peak_est_kpa)


def test_frames_that_are_missing_are_counted_and_never_bridged() -> None:
    chunks = seconds(20)
    whole = figures_of(chunks, LAYOUT, Profile(), [], (BEGIN_US, end_us(chunks)))
    assert whole.n_lost == 0
    holed = figures_of(
        chunks[3:8] + chunks[10:18], LAYOUT, Profile(), [], (BEGIN_US, end_us(chunks))
    )
    assert holed.n_lost == 7 * 80
    assert n_lost(chunks[1:], (BEGIN_US + 50_000, end_us(chunks))) == 0
    assert holed.zones[0].contact_s < whole.zones[0].contact_s - 6.9


def test_a_layout_that_only_the_mat_knows_gives_the_same_pressures() -> None:
    told = make_layout()
    other = msgspec.structs.replace(told, hash="0" * 16)
    layout = layout_by_hash(other.hash, other)
    assert layout
    chunks = seconds(10)
    figures = figures_of(chunks, layout, Profile(), [], (BEGIN_US, end_us(chunks)))
    for zone in figures.zones:
        assert zone.max_force_n is not None
        assert zone.max_pressure_kpa == pytest.approx(zone.max_force_n * 0.35)
        assert zone.max_peak_est_kpa == pytest.approx(zone.max_force_n * 1.6)
    shipped = layout_by_hash(LAYOUT.hash, None)
    assert shipped
    assert shipped.hash == LAYOUT.hash
    assert layout_by_hash("0" * 16, None) is None


def test_compacted_frames_are_the_same_frames() -> None:
    chunks = seconds(150)
    other = dataclasses.replace(chunks[80], resumed=True)
    chunks = [*chunks[:40], *chunks[41:80], other, *chunks[81:]]
    small = compacted(chunks)
    assert len(small) == 4
    for name in ("t_us", "force_cn", "status"):
        before, after = ([getattr(c, name) for c in some] for some in (chunks, small))
        assert (np.concatenate(before) == np.concatenate(after)).all()
    assert all(c.t_us[-1] - c.t_us[0] < LONGEST_US for c in small)
    assert [c.resumed for c in small] == [False, False, True, False]
    assert all(a.t_us[-1] < b.t_us[0] for a, b in pairwise(small))
