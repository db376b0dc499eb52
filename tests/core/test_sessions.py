"""Session figures against plain loops and scipy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from core.engine import Engine
from core.frames import ZoneStatus
from core.layout import load_layout
from core.profiles import Profile
from core.sessions import Summariser, Summary
from core.zone_limits import SUSTAINED_KPA
from tests.core.support import cut, force_frames, limits_of, new_engine, small_layout

if TYPE_CHECKING:
    from core.frames import ForceFrames

RATE_HZ = 100.0
ZONES = small_layout().zone_ids
AREAS = (36.0, 17.3, 20.0)
PEAKS = [one.peak_kpa_per_n for one in limits_of(new_engine())]


class Session(NamedTuple):
    frames: ForceFrames
    cuts: list[int]


def summarise(frames: ForceFrames, cuts: list[int]) -> Summary:
    engine = new_engine()
    summariser = Summariser(engine, RATE_HZ)
    for part in cut(frames, cuts):
        summariser.add(engine.feed_forces(part))
    return summariser.result()


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    n = draw(st.integers(1, 300))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = rng.integers(8_000, 12_000, n)
    steps[rng.random(n) < 0.03] = draw(st.sampled_from([24_999, 25_001, 700_000]))
    force = np.cumsum(rng.integers(-600, 600, (n, 3)), axis=0) + draw(st.integers(-2000, 8000))
    good = rng.random((n, 3)) > draw(st.sampled_from([0.0, 0.05, 0.7, 1.0]))
    frames = force_frames(np.cumsum(steps).tolist(), force.tolist(), good.tolist())
    return Session(frames, draw(st.lists(st.integers(1, 299), max_size=6).map(
        lambda places: [p for p in places if p < n])))  # fmt: skip


def runs(joined: list[bool]) -> list[tuple[int, int]]:
    """Stretches [a, b] of frames with no gap between them."""
    found, start = [], 0
    for k in range(1, len(joined) + 1):
        if k == len(joined) or not joined[k]:
            found.append((start, k))
            start = k
    return found


@given(sessions())
def test_zones_as_plain_loops_and_trapezoids(session: Session) -> None:
    frames = session.frames
    summary = summarise(frames, session.cuts)
    contact = new_engine().feed_forces(frames).status & ZoneStatus.CONTACT != 0
    t_s = frames.t_us / 1e6
    gap = np.diff(frames.t_us, prepend=frames.t_us[0]) > 25_000
    for zone, name in enumerate(ZONES):
        found = summary.zones[name]
        good = frames.valid[:, zone]
        force_n = frames.force_cn[:, zone] / 100
        kpa = force_n * 10 / AREAS[zone]
        touched = good & contact[:, zone]
        mean = force_n[touched].mean() if touched.any() else None
        highest = force_n[good].max() if good.any() else None
        before = np.concatenate(([True], good[:-1] & ~gap[1:]))
        joined = (good & before).tolist()
        fti = dose = seconds = 0.0
        for a, b in runs(joined):
            fti += float(trapezoid(force_n[a:b], t_s[a:b]))
            dose += float(trapezoid(np.maximum(kpa[a:b] - SUSTAINED_KPA, 0), t_s[a:b]))
            for k in range(a + 1, b):
                seconds += (t_s[k] - t_s[k - 1]) * bool(contact[k, zone] and contact[k - 1, zone])
        expected = {
            "max_force_n": highest,
            "mean_force_n": mean,
            "max_pressure_kpa": None if highest is None else highest * 10 / AREAS[zone],
            "mean_pressure_kpa": None if mean is None else mean * 10 / AREAS[zone],
            "max_peak_est_kpa": None if highest is None else highest * PEAKS[zone],
            "fti_n_s": fti,
            "pti_kpa_s": fti * 10 / AREAS[zone],
            "dose_kpa_s": dose,
            "contact_s": seconds,
        }
        for key, value in expected.items():
            figure = getattr(found, key)
            assert (figure is None) == (value is None), key
            if value is not None:
                assert math.isclose(figure, value, rel_tol=1e-9, abs_tol=1e-9), key


@given(sessions())
def test_totals_and_share(session: Session) -> None:
    frames = session.frames
    summary = summarise(frames, session.cuts)
    whole = frames.valid.all(axis=1)
    total = frames.force_cn.sum(axis=1)[whole]
    assert summary.n_frames == len(frames)
    assert summary.duration_s == (frames.t_us[-1] - frames.t_us[0]) / 1e6
    if not len(total):
        assert summary.total_force_n.mean is summary.total_force_n.max is None
        assert summary.left_share_pct is None
        assert summary.cop.n_valid == 0
        return
    assert summary.total_force_n.mean == pytest.approx(total.mean() / 100, rel=1e-9)
    assert summary.total_force_n.max == total.max() / 100
    heavy = total >= 2000
    left = frames.force_cn[:, :2].sum(axis=1)[whole]
    assert summary.cop.n_valid == heavy.sum()
    if heavy.any():
        share = 100 * left[heavy].sum() / total[heavy].sum()
        assert summary.left_share_pct == pytest.approx(share, rel=1e-9)
    else:
        assert summary.left_share_pct is None


@pytest.mark.unmeasured
@given(sessions())
def test_batches_change_nothing_not_even_the_last_bit(session: Session) -> None:
    whole = summarise(session.frames, [])
    assert summarise(session.frames, session.cuts) == whole
    assert summarise(session.frames, list(range(len(session.frames)))) == whole


@pytest.mark.unmeasured
def test_batches_change_nothing_on_a_mat_of_sixteen_zones() -> None:
    layout = load_layout("full16")
    rng = np.random.default_rng(5)
    force = np.cumsum(rng.integers(-400, 420, (6000, 16)), axis=0)
    good = rng.random((6000, 16)) > 0.001
    frames = force_frames(np.cumsum(rng.integers(9_000, 11_000, 6000)).tolist(), force.tolist(),
                          good.tolist())  # fmt: skip
    found = []
    for cuts in ([], list(range(6000)), [1, 4095, 4096, 5000]):
        engine = Engine(layout, Profile())
        summariser = Summariser(engine, RATE_HZ)
        for part in cut(frames, cuts):
            summariser.add(engine.feed_forces(part))
        found.append(summariser.result())
    assert found[0] == found[1] == found[2]
    assert found[0].cop.n_valid > 4096
    assert found[0].zones["l_toes"].dose_kpa_s > 0


def test_gaps_are_never_bridged() -> None:
    t_us = [0, 10_000, 2_000_000, 2_010_000]
    frames = force_frames(t_us, [[7200, 0, 0]] * 4)
    zone = summarise(frames, []).zones["l_toes"]
    assert zone.fti_n_s == pytest.approx(72 * 0.02)
    assert zone.contact_s == pytest.approx(0.02)
    assert zone.dose_kpa_s == pytest.approx((20 - 4.67) * 0.02)


@pytest.mark.parametrize(("gap_us", "seconds"), [(25_000, 0.045), (25_001, 0.02)])
def test_two_and_a_half_periods_are_no_gap_and_more_are(gap_us: int, seconds: float) -> None:
    t_us = [0, 10_000, 10_000 + gap_us, 20_000 + gap_us]
    summary = summarise(force_frames(t_us, [[7200, 0, 0]] * 4), [])
    assert summary.zones["l_toes"].contact_s == seconds
    assert summary.feet["left"].contact_s == seconds
    assert summary.feet["left"].fti_n_s == pytest.approx(72 * seconds)


def test_a_dose_is_of_what_lies_above_4_67_kpa() -> None:
    at = 1681  # 16.812 N on 36 cm² are 4.67 kPa
    t_us = [0, 10_000, 20_000, 30_000]
    below = summarise(force_frames(t_us, [[at, 0, 0]] * 4), []).zones["l_toes"]
    above = summarise(force_frames(t_us, [[at + 1, 0, 0]] * 4), []).zones["l_toes"]
    assert below.dose_kpa_s == 0.0
    assert above.dose_kpa_s == pytest.approx((16.82 / 3.6 - 4.67) * 0.03, rel=1e-9)
    rising = summarise(force_frames(t_us[:2], [[0, 0, 0], [7200, 0, 0]]), []).zones["l_toes"]
    assert rising.dose_kpa_s == pytest.approx((20 - 4.67) / 2 * 0.01)


def test_before_the_first_frame() -> None:
    summary = Summariser(new_engine(), RATE_HZ).result()
    assert (summary.duration_s, summary.n_frames, summary.events) == (0.0, 0, ())
    assert summary.zones["l_toes"].max_force_n is None


def test_means_are_over_frames_in_contact() -> None:
    rows = [[0, 0, 0], [1000, 0, 0], [2000, 0, 0], [0, 0, 0]]
    frames = force_frames([0, 10_000, 20_000, 30_000], rows)
    zone = summarise(frames, []).zones["l_toes"]
    assert (zone.mean_force_n, zone.max_force_n) == (15.0, 20.0)
    never = summarise(frames, []).zones["l_heel"]
    assert (never.mean_force_n, never.mean_pressure_kpa, never.max_force_n) == (None, None, 0.0)


def test_events_are_listed_by_name() -> None:
    limit = limits_of(new_engine())[2].limit_cn
    frames = force_frames([k * 10_000 for k in range(102)], [[0, 0, limit]] * 102)
    advisory, event = summarise(frames, [50]).events
    assert (advisory.rule, advisory.t_s, advisory.priority) == ("advisory", 0.0, "low")
    assert (event.t_s, event.kind, event.rule, event.zone) == (1.0, "alarm", "limit", "r_heel")
    assert (event.priority, event.state, event.limit) == ("high", "raised", 200.0)
    assert event.value == pytest.approx(200, rel=1e-4)
