"""What people may count on: rates, bad frames, taps, saturation, and overloads at known frames."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import fit_to
from core.engine import Engine
from core.frames import CellFrames, CellView, ForceFrames, Status
from core.layout import load_layout
from core.profiles import Profile
from scripts.latency import table
from tests.core.support import S, calibrated, small_layout

if TYPE_CHECKING:
    from core.rules import AlarmEvent

LAYOUT = load_layout("full16")
HEEL = LAYOUT.zone_ids.index("l_heel_lat")
NAME = "l_heel_lat"


def engine(skin: int = 1) -> Engine:
    return Engine(LAYOUT, Profile(mode="standing", classes={NAME: skin}))


def frames(t_us: np.ndarray, heel_cn: np.ndarray, bad: np.ndarray | None = None) -> ForceFrames:
    force = np.zeros((len(t_us), 16), np.int64)
    force[:, HEEL] = heel_cn
    valid = np.ones(force.shape, bool)
    if bad is not None:
        valid[:, HEEL] = ~bad
    return ForceFrames(np.arange(len(t_us)), t_us, force, valid)


def raised(events: tuple[AlarmEvent, ...], rule: str) -> list[int]:
    return [e.t_us for e in events if (e.rule, e.zone, e.state) == (rule, HEEL, "raised")]


@given(
    st.floats(0.3, 2.3),
    st.floats(3.0, 12.0),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([11, 20, 40, 80, 93]),
)
def test_slow_signals_get_the_same_verdict_at_any_rate(
    share: float, rise_s: float, skin: int, rate_hz: int
) -> None:
    """A slow rise, ten seconds on top, a slow fall; the top is not within 2 % of any limit."""
    limits = engine(skin).limits
    kpa = limits.kpa("limit")[HEEL] * share
    names = ("advisory", "warning", "limit", "ceiling")
    bounds = [float(limits.kpa(name)[HEEL]) for name in names]
    if any(abs(kpa - bound) < 0.02 * bound for bound in bounds):
        return

    def verdict(rate: int) -> dict[str, int]:
        t_us = np.arange(round((2 * rise_s + 12) * rate)) * S // rate
        edge = np.minimum(t_us / S, 2 * rise_s + 10 - t_us / S) / rise_s
        top_cn = kpa / float(limits.scale.peak_kpa_per_n[HEEL]) * 100
        heel = np.rint(np.clip(edge, 0, 1) * top_cn).astype(np.int64)
        events = engine(skin).feed_forces(frames(t_us, heel)).events
        of_heel = [e for e in events if e.zone == HEEL and e.state == "raised"]
        return {e.rule: e.t_us for e in reversed(of_heel)}

    slow, fast = verdict(10), verdict(rate_hz)
    # At 10 a second no two frames lie within 50 ms: the ceiling only makes `limit` come sooner.
    assert set(slow) == set(fast)
    for rule in set(slow) - {"limit"}:
        assert abs(slow[rule] - fast[rule]) <= 0.3 * S, rule
    if "limit" in slow:
        assert fast["limit"] <= slow["limit"] + 0.3 * S


@pytest.mark.parametrize("share", [0.03, 0.05])
@pytest.mark.parametrize("rate_hz", [10, 80])
def test_bad_frames_delay_a_limit_by_a_tenth_of_a_second_at_most(
    rate_hz: int, share: float
) -> None:
    """But for two bad ones at the very beginning at 10 a second: each is a tenth of a second."""
    t_us = np.arange(4 * rate_hz) * S // rate_hz
    on = t_us >= S
    heel = np.where(on, int(engine().limits.cn("limit")[HEEL] * 1.05), 0)
    (whole,) = raised(engine().feed_forces(frames(t_us, heel)).events, "limit")
    delays = []
    for seed in range(150):
        bad = np.random.default_rng(seed).random(len(t_us)) < share
        (at_us,) = raised(engine().feed_forces(frames(t_us, heel, bad)).events, "limit")
        first = int(np.argmax(on))
        if not (rate_hz == 10 and bad[first : first + 2].all()):
            delays.append(at_us - whole)
    assert len(delays) > 140
    assert max(delays) <= 0.1 * S


def test_taps_on_a_fragile_zone_raise_its_limit() -> None:
    """2 Hz, 0.2 s each, 600 kPa, class 2."""
    limits = engine(2).limits
    t_us = np.arange(10 * 80) * S // 80
    top_cn = int(600 / limits.scale.peak_kpa_per_n[HEEL] * 100)
    heel = np.where(t_us % (S // 2) < 0.2 * S, top_cn, 0)
    events = engine(2).feed_forces(frames(t_us, heel)).events
    # Three frames of the first tap fill the 50 ms.
    assert raised(events, "limit")[0] <= 0.05 * S


@pytest.mark.parametrize("slope", [430.0, -430.0])
@pytest.mark.parametrize("towards_load", [True, False])
def test_a_saturated_cell_is_an_overload_in_the_direction_of_load(
    slope: float, *, towards_load: bool
) -> None:
    layout = small_layout(("l_toes", "l_toes", "l_heel", "r_heel"))
    mat = Engine(layout, Profile(), calibrated(layout, [slope] * 4))
    counts = np.full((40, 4), 1000, np.int32)
    status = np.zeros((40, 4), np.uint16)
    end = (2**23 - 1) * (1 if slope > 0 else -1) * (1 if towards_load else -1)
    counts[20:, 1], status[20:, 1] = end, int(Status.SATURATED)
    t_s = 1.0 + np.arange(40) / 80
    nothing = np.zeros((40, 4), np.float32), np.zeros((40, 4), np.int32)
    events = mat.feed(CellFrames(np.arange(40), t_s, counts, status, *nothing)).events
    found = {(e.rule, e.priority, e.kind, e.t_us) for e in events if e.state == "raised"}
    at_us = round(t_s[20] * S)
    assert (("overload", "high", "alarm", at_us) in found) is towards_load
    fault = ("cell_saturated_negative", "low", "fault", at_us)
    assert (fault in found) is not towards_load


class Injected(NamedTuple):
    rate_hz: int
    zone: str
    skin: int
    rule: str
    times: float


INJECTED = [
    Injected(10, "l_toes", 1, "limit", 1.0),
    Injected(80, "r_mth1", 1, "limit", 1.2),
    Injected(93, "l_mth23", 2, "limit", 1.0),
    Injected(20, "r_mth45", 0, "limit", 1.4),
    Injected(40, "l_arch_lat", 2, "limit", 1.7),
    Injected(80, "r_toes", 1, "ceiling", 1.0),
    Injected(40, "l_heel_med", 0, "ceiling", 1.1),
    Injected(93, "r_heel_lat", 2, "ceiling", 2.5),
    Injected(80, "l_mth45", 3, "excluded_contact", 1.0),
    Injected(10, "r_arch_med", 3, "excluded_contact", 3.0),
    Injected(11, "r_heel_med", 1, "overload", 1.01),
    Injected(80, "l_heel_lat", 0, "overload", 1.2),
]


def expected_frame(force_cn: list[int], t_us: list[int], case: Injected, mat: Engine) -> int:
    """Frame at which it must be caught, in plain arithmetic on the forces of the zone."""
    zone = LAYOUT.zone_ids.index(case.zone)
    if case.rule == "overload":
        return next(k for k, force in enumerate(force_cn) if force > 49_000)
    bound = int(mat.limits.cn(case.rule)[zone])
    if case.rule == "ceiling":
        for k, t in enumerate(t_us):
            inside = [force_cn[j] for j in range(k + 1) if t_us[j] > t - 50_000]
            if len(inside) >= 2 and min(inside) >= bound:
                return k
    held_us = {0: 500_000, 1: 1_000_000, 2: 500_000, 3: 500_000}[case.skin]
    begun = None
    for k, t in enumerate(t_us):
        inside = [force_cn[j] for j in range(k + 1) if t_us[j] > t - 250_000]
        if sum(inside) < len(inside) * bound:
            begun = None
            continue
        begun = t if begun is None else begun
        if t - begun >= held_us:
            return k
    raise AssertionError(case)


@pytest.mark.parametrize("case", INJECTED, ids=str)
def test_an_overload_is_caught_at_the_frame_that_arithmetic_tells(case: Injected) -> None:
    """Into a calm seated foot with noise, a press at a frame of its own."""
    zone = LAYOUT.zone_ids.index(case.zone)
    mat = Engine(LAYOUT, Profile(mode="standing", classes={case.zone: case.skin}))
    rng = np.random.default_rng(INJECTED.index(case))
    n = 6 * case.rate_hz
    t_us = np.arange(n) * S // case.rate_hz
    force = np.rint(rng.normal(300, 10, (n, 16))).astype(np.int64)
    if case.skin == 3:
        force[:, zone] = 0
    begin = int(rng.integers(2 * case.rate_hz, 3 * case.rate_hz))
    name = case.rule
    top = 49_000 if name == "overload" else int(mat.limits.cn(name)[zone])
    force[begin:, zone] = int(np.ceil(top * case.times))
    valid = np.ones(force.shape, bool)
    update = mat.feed_forces(ForceFrames(np.arange(n), t_us, force, valid))
    rule = "limit" if name == "ceiling" else name
    first = next(e for e in update.events if (e.rule, e.zone) == (rule, zone))
    column = [int(each) for each in force[:, zone]]
    at = expected_frame(column, [int(t) for t in t_us], case, mat)
    assert (first.t_us, first.state, first.priority) == (int(t_us[at]), "raised", "high")


def test_a_long_batch_is_many_short_ones() -> None:
    """100,000 frames at once, in odd pieces, and the tail frame by frame."""
    rng = np.random.default_rng(7)
    n = 100_000
    t_us = np.arange(n) * 12_500
    force = np.abs(np.cumsum(rng.integers(-700, 701, (n, 16)), axis=0)) % 60_000
    valid = rng.random((n, 16)) > 0.01
    load_bp = rng.integers(0, 9_900, (n, 16))
    whole = ForceFrames(np.arange(n), t_us, force, valid)
    view = CellView(load_bp, np.zeros(16, np.int64))
    one, other = engine(), engine()
    expected = one.feed_forces(whole, view)
    cuts = [0, *sorted(rng.integers(1, n - 200, 60).tolist()), *range(n - 200, n + 1)]
    found: list[AlarmEvent] = []
    for start, stop in itertools.pairwise(cuts):
        if stop > start:
            found += other.feed_forces(whole[start:stop], view[start:stop]).events
    assert len(found) > 1000
    assert tuple(found) == expected.events
    assert [a.value for a in one.active] == [a.value for a in other.active]


def test_the_latency_table_of_the_docs_is_what_the_engine_does() -> None:
    text = (Path(__file__).parents[2] / "docs" / "safety.md").read_text("utf-8")
    block = text.partition("<!-- latency -->\n")[2].partition("\n<!-- /latency -->")[0]
    assert block == table()


def test_a_calibration_that_does_not_fit_is_refused_before_anything_acts() -> None:
    spec = calibrated(small_layout(), [430.0] * 3).spec
    with pytest.raises(ValueError, match="calibrate it again"):
        fit_to(spec, LAYOUT)
