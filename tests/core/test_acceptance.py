"""What people may count on: bad frames, taps, saturation, and overloads at known frames."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from core.calibration import fit_to
from core.engine import Engine
from core.frames import CellFrames, ForceFrames, Status
from core.layout import load_layout
from core.profiles import Profile
from core.routine_plan import Plan, Variant
from core.routine_planner import plan_for
from core.routines import load_routine
from core.zone_limits import limits_for
from scripts import bad_frames, latency
from scripts.bad_frames import raised_us
from tests.core.routine_person import follow
from tests.core.support import S, calibrated, small_layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.rules import AlarmEvent

pytestmark = pytest.mark.unmeasured

LAYOUT = load_layout("full16")
HEEL = LAYOUT.zone_ids.index("l_heel_lat")
NAME = "l_heel_lat"
HELD_US = 1_000_000
"""Time of `limit` in class 1."""


def engine(skin: int = 1) -> Engine:
    return Engine(LAYOUT, Profile(mode="standing", classes={NAME: skin}))


def frames(t_us: np.ndarray, heel_cn: np.ndarray) -> ForceFrames:
    force = np.zeros((len(t_us), 16), np.int64)
    force[:, HEEL] = heel_cn
    return ForceFrames(np.arange(len(t_us)), t_us, force, np.ones(force.shape, bool))


def raised(events: tuple[AlarmEvent, ...], rule: str) -> list[int]:
    return [e.t_us for e in events if (e.rule, e.zone, e.state) == (rule, HEEL, "raised")]


def frames_late(bad: np.ndarray, onset: int, begun: int) -> int:
    """At most how many frames later the run begins that begins at `begun` if none is bad.

    Each bad frame takes one value of the load out of the mean, and each frame more brings one in
    and lets one from before the load go. Bad frames from before the load only make it come sooner.
    """
    return next(k for k in range(len(bad)) if bad[onset : begun + k + 1].sum() <= k)


@pytest.mark.parametrize("times", [1.0, 1.05, 1.5, 2.0, 4.0])
def test_a_bad_frame_delays_a_limit_by_one_frame_at_most(times: float) -> None:
    """Every pattern of three frames before the step and four of it, at 10 a second."""
    patterns = np.array(list(itertools.product([False, True], repeat=7)))
    (whole, *_) = raised_us(10, times, np.zeros((40, 16), bool))
    begun = (whole - HELD_US) * 10 // S
    for rows in patterns.reshape(-1, 16, 7):
        bad = np.zeros((40, 16), bool)
        bad[7:14] = rows.T
        for column, at_us in zip(bad.T, raised_us(10, times, bad), strict=True):
            assert at_us - whole <= frames_late(column, 10, begun) * S // 10


@pytest.mark.parametrize("times", [1.0, 1.05, 1.5, 1.95])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_nor_at_80_a_second(share: float, times: float) -> None:
    """Below the ceiling, which would say so before the mean does."""
    (whole, *_) = raised_us(80, times, np.zeros((320, 16), bool))
    begun = (whole - HELD_US) * 80 // S
    for seed in range(20):
        bad = np.random.default_rng(seed).random((320, 16)) < share
        for column, at_us in zip(bad.T, raised_us(80, times, bad), strict=True):
            assert at_us - whole <= frames_late(column, 80, begun) * S // 80


@pytest.mark.parametrize("times", bad_frames.TIMES)
@pytest.mark.parametrize("share", bad_frames.SHARES)
@pytest.mark.parametrize(("rate_hz", "most"), [(10, 0.004), (80, 0.0)])
def test_bad_frames_at_random_delay_a_limit_by_a_tenth_of_a_second_at_most(
    rate_hz: int, most: float, share: float, times: float
) -> None:
    """At 10 a second a frame is that long, and two bad ones at the onset may take longer.

    No seed is left out: how many may take longer is stated.
    """
    late_s = bad_frames.delays_s(rate_hz, times, share, seeds=40)
    assert (late_s > 0.1).mean() <= most


def test_taps_on_a_fragile_zone_raise_its_limit() -> None:
    """2 Hz, 0.2 s each, 600 kPa, class 2."""
    limits = engine(2).limits
    t_us = np.arange(10 * 80) * S // 80
    top_cn = int(600 / limits.scale.peak_kpa_per_n[HEEL] * 100)
    heel = np.where(t_us % (S // 2) < 0.2 * S, top_cn, 0)
    events = engine(2).feed_forces(frames(t_us, heel)).events
    # Three frames of the first tap fill the 50 ms.
    assert raised(events, "limit")[0] <= 0.05 * S


@pytest.mark.parametrize(
    ("slope", "zero"), [(430.0, 1e3), (-430.0, 1e3), (17_000.0, 3e5), (-17_000.0, -3e5)]
)
@pytest.mark.parametrize("towards_load", [True, False])
@pytest.mark.parametrize("other_bad", [True, False])
def test_a_saturated_cell_is_an_overload_in_the_direction_of_load(
    slope: float, zero: float, *, towards_load: bool, other_bad: bool
) -> None:
    """One of two cells under a zone, also where the other one cannot be read.

    At 17,000 counts per newton and such a zero the end is at 476 N, below the capacity of 490 N:
    then it is the status alone that tells.
    """
    layout = small_layout(("l_toes", "l_toes", "l_heel", "r_heel"))
    mat = Engine(layout, Profile(), calibrated(layout, [slope] * 4, zero))
    counts = np.full((40, 4), int(zero), np.int32)
    status = np.zeros((40, 4), np.uint16)
    end = (2**23 - 1) * (1 if slope > 0 else -1) * (1 if towards_load else -1)
    counts[20:, 1], status[20:, 1] = end, int(Status.SATURATED)
    status[20:, 0] = int(Status.TIMEOUT) * other_bad
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


def window(force_cn: list[int], t_us: list[int], at: int, long_us: int) -> list[int]:
    first = next(k for k in range(max(at - 30, 0), at + 1) if t_us[k] > t_us[at] - long_us)
    return force_cn[first : at + 1]


def expected_frame(force_cn: list[int], t_us: list[int], case: Injected, mat: Engine) -> int:
    """Frame at which it must be caught, in plain arithmetic on the forces of the zone."""
    zone = LAYOUT.zone_ids.index(case.zone)
    if case.rule == "overload":
        return next(k for k, force in enumerate(force_cn) if force > 49_000)
    bound = int(mat.limits.cn(case.rule)[zone])
    if case.rule == "ceiling":
        for k in range(len(t_us)):
            inside = window(force_cn, t_us, k, 50_000)
            if len(inside) >= 2 and min(inside) >= bound:
                return k
    held_us = {0: 500_000, 1: 1_000_000, 2: 500_000, 3: 500_000}[case.skin]
    begun = None
    for k, t in enumerate(t_us):
        inside = window(force_cn, t_us, k, 250_000)
        if sum(inside) < len(inside) * bound:
            begun = None
            continue
        begun = t if begun is None else begun
        if t - begun >= held_us:
            return k
    raise AssertionError(case)


def seated(case: Injected) -> ForceFrames:
    """Forty seconds of the gentle routine; a foot with an excluded zone takes no part."""
    limits = limits_for(LAYOUT, Profile(classes={case.zone: case.skin}))
    plan = plan_for(load_routine("gentle"), LAYOUT, limits, Variant())
    assert isinstance(plan, Plan)
    return follow(plan, LAYOUT, limits, case.rate_hz, 40.0, seed=INJECTED.index(case))


@pytest.mark.parametrize("case", INJECTED, ids=str)
def test_an_overload_is_caught_at_the_frame_that_arithmetic_tells(case: Injected) -> None:
    """A press at a frame of its own, while a seated person follows a routine."""
    zone = LAYOUT.zone_ids.index(case.zone)
    mat = Engine(LAYOUT, Profile(mode="standing", classes={case.zone: case.skin}))
    calm = seated(case)
    t_us, force = calm.t_us, calm.force_cn.copy()
    rng = np.random.default_rng(INJECTED.index(case))
    begin = int(rng.integers(20 * case.rate_hz, 30 * case.rate_hz))
    name = case.rule
    top = 49_000 if name == "overload" else int(mat.limits.cn(name)[zone])
    force[begin:, zone] = int(np.ceil(top * case.times))
    update = mat.feed_forces(ForceFrames(calm.seq, t_us, force, calm.valid))
    rule = "limit" if name == "ceiling" else name
    first = next(e for e in update.events if (e.rule, e.zone) == (rule, zone))
    column = [int(each) for each in force[:, zone]]
    at = expected_frame(column, [int(t) for t in t_us], case, mat)
    assert (first.t_us, first.state, first.priority) == (int(t_us[at]), "raised", "high")


@pytest.mark.parametrize(
    ("name", "table"), [("latency", latency.table), ("bad frames", bad_frames.table)]
)
def test_the_tables_of_the_docs_are_what_the_engine_does(
    name: str, table: Callable[[], str]
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "safety.md").read_text("utf-8")
    block = text.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- /{name} -->")[0]
    assert block == table()


def test_a_calibration_that_does_not_fit_is_refused_before_anything_acts() -> None:
    spec = calibrated(small_layout(), [430.0] * 3).spec
    with pytest.raises(ValueError, match="calibrate it again"):
        fit_to(spec, LAYOUT)
