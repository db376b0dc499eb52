"""Zero tracking: follows drift, never a load, never beyond its budget, however frames come."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine import Engine
from core.errors import FrameError
from core.frames import Status, ZoneStatus, join_cell_frames
from core.layout import parse_layout
from core.profiles import Profile
from core.zero_tracking import BUDGET_MN, IDLE_S, ZeroKept
from core.zero_uncertainty import temperature_change_c, zero_uncertainty_n
from core.zeroing import Refusal, Tared
from tests.core.cells import Bench
from tests.core.support import calibrated, force_frames, grave, named, small_layout, small_toml
from tests.core.test_feed_split import same

if TYPE_CHECKING:
    from core.frames import CellFrames

CELLS = ("r_heel", "l_toes", "l_heel", "l_toes")
LAYOUT = small_layout(CELLS)
CALIBRATION = calibrated(LAYOUT, [4383.0, -4400.0, 4300.0, 4500.0])
TOES, HEEL, RIGHT = 0, 1, 2


def new(kept: ZeroKept | None = None) -> Engine:
    engine = Engine(LAYOUT, Profile(), CALIBRATION)
    if kept:
        engine.restore_zero(kept)
    return engine


def offset_mn(engine: Engine) -> list[int]:
    kept = engine.zero_kept()
    assert kept is not None
    return list(kept.offset_mn)


def played(*stretches: tuple[float, object], rate_hz: int = 20, seed: int = 1) -> CellFrames:
    """Seconds and forces of the cells, one stretch after the other."""
    bench = Bench(CALIBRATION, rate_hz, seed=seed)
    return join_cell_frames([bench.frames(seconds, load) for seconds, load in stretches])  # type: ignore[arg-type]


def test_a_small_constant_drift_is_followed_after_thirty_seconds() -> None:
    engine = new()
    # The first second is not whole, thirty follow, and the next frame acts on them.
    engine.feed(played((IDLE_S + 1, [0.2, -0.1, 0.0, 0.1])))
    assert offset_mn(engine) == [0, 0, 0, 0]
    engine = new()
    update = engine.feed(played((IDLE_S + 2, [0.2, -0.1, 0.0, 0.1])))
    assert offset_mn(engine) == pytest.approx([20, -20, 0, 20], abs=3)
    assert update.value_cn[0, RIGHT] == pytest.approx(20, abs=4)
    engine = new()
    update = engine.feed(played((60, [0.2, -0.1, 0.0, 0.1])))
    assert offset_mn(engine) == pytest.approx([200, -100, 0, 100], abs=3)
    assert np.abs(update.value_cn[-1]).max() <= 4


def test_it_moves_at_most_a_step_a_second() -> None:
    engine, bench = new(), Bench(CALIBRATION, 20)
    before = np.zeros(4)
    for _ in range(60):
        engine.feed(bench.frames(1.0, [0.25, 0.25, -0.25, -0.1]))
        now = np.array(offset_mn(engine))
        assert np.abs(now - before).max() <= 20
        before = now


@pytest.mark.parametrize(
    "load",
    [
        [0.4, 0.0, 0.0, 0.0],  # farther than 0.3 N
        [0.0, 0.2, 0.0, 0.2],  # the zone is, though no cell of it
        lambda t_s: (0.1 * t_s / 60)[:, None] * [1, 0, 0, 0],  # rising
        lambda t_s: 0.25 * np.sin(t_s / 3)[:, None] * [1, 0, 0, 0],  # swaying
        [20.0, 15.0, 0.0, 15.0],  # somebody stands there
    ],
)
def test_what_is_no_drift_is_not_followed(load: object) -> None:
    engine = new()
    engine.feed(played((120, load)))
    assert offset_mn(engine) == [0, 0, 0, 0]


def test_a_load_on_one_zone_stops_all_of_them_for_another_thirty_seconds() -> None:
    engine, bench = new(), Bench(CALIBRATION, 20)
    engine.feed(bench.frames(29, [0.2, 0, 0, 0]))
    engine.feed(bench.frames(1, [0.2, 0, 300.0, 0]))
    engine.feed(bench.frames(30, [0.2, 0, 0, 0]))
    assert offset_mn(engine) == [0, 0, 0, 0]
    engine.feed(bench.frames(1, [0.2, 0, 0, 0]))
    assert offset_mn(engine)[0] > 0


@pytest.mark.unmeasured
@given(
    st.lists(
        st.tuples(
            st.sampled_from([5.0, 31.0, 40.0, 45.5]),
            st.sampled_from([0.0, 0.05, 0.25, 0.29, 0.35, 0.6, -0.29, -5.0, 3.0, 40.0]),
            st.sampled_from([0, 0, 1, 256, 8, 32]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 3),
)
@settings(max_examples=40)
def test_the_budget_holds_whatever_comes(
    stretches: list[tuple[float, float, int]], cell: int
) -> None:
    """Load the zone a little, let it be zeroed, load it a little more, again and again."""
    engine, bench = new(), Bench(CALIBRATION, 10)
    load = np.zeros(4)
    for seconds, more_n, status in stretches:
        load[cell] += more_n
        before = offset_mn(engine)
        states = np.zeros(4, np.uint16)
        states[cell] = status
        engine.feed(bench.frames(seconds, load, states))
        assert np.abs(offset_mn(engine)).max() <= BUDGET_MN
        if status & (1 | 256 | 8):  # nothing is learnt from what cannot be read
            # What was whole before may still act, at the first frame.
            assert np.abs(np.subtract(offset_mn(engine), before)).max() <= 20


def test_a_zone_that_is_loaded_bit_by_bit_keeps_its_load() -> None:
    """Each step is small enough to be followed; the sum is not."""
    engine, bench = new(), Bench(CALIBRATION, 10)
    for step in range(11):
        engine.feed(bench.frames(80, [0.25 * (step + 1), 0, 0, 0]))
    update = engine.feed(bench.frames(80, [3.0, 0, 0, 0]))
    assert offset_mn(engine)[0] == BUDGET_MN
    assert update.value_cn[-1, RIGHT] == pytest.approx(300 - 50, abs=4)
    assert [alarm.raised.rule for alarm in engine.active] == ["zero_drift"]


@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.GLITCH, Status.SATURATED, Status.STUCK])
def test_bad_readings_are_left_out_and_many_of_them_stop_it(status: Status) -> None:
    frames = played((60, [0.2, 0, 0, 0]))
    frames.counts[::3, 0] = 8_000_000
    frames.status[::3, 0] = int(status)
    engine = new()
    engine.feed(frames)
    assert offset_mn(engine)[0] == pytest.approx(200, abs=4)
    frames.status[1::3, 0] = int(status)
    engine = new()
    engine.feed(frames)
    assert offset_mn(engine) == [0, 0, 0, 0]


def test_a_gap_begins_anew() -> None:
    first, second = played((29, [0.2, 0, 0, 0])), played((31, [0.2, 0, 0, 0]), seed=2)
    second.t_s[:] += 60
    engine = new()
    engine.feed(first)
    engine.feed(second)
    assert offset_mn(engine) == [0, 0, 0, 0]


def test_drift_beyond_the_budget_is_said_and_a_tare_ends_it() -> None:
    engine, bench = new(), Bench(CALIBRATION, 20)
    found = engine.feed(bench.frames(40, [0, 0, -0.8, 0])).events
    assert [(e.rule, e.kind, e.priority, e.zone, e.state) for e in found] == [
        ("zero_drift", "fault", "low", HEEL, "raised")
    ]
    assert found[0].t_us == 1031 * 1_000_000
    # Somebody steps on that foot: graver. Off again: it stays.
    up = grave(engine.feed(bench.frames(1, [0, 40, -0.8, 40])).events)
    assert [(e.rule, e.priority, e.state) for e in up] == [("zero_drift", "medium", "raised")]
    assert grave(engine.feed(bench.frames(40, [0, 0, -0.8, 0])).events) == []
    (seen,) = engine.acknowledge(int(bench.n / 20 + 1000) * 1_000_000, "l_heel", "zero_drift")
    assert (seen.state, engine.active[0].state) == ("acknowledged", "acknowledged")
    assert engine.acknowledge(0) == ()
    assert engine.acknowledge(0, rule="limit") == ()
    again = engine.feed(bench.frames(121, [0, 0, -0.8, 0])).events
    assert named(again) == [(1000 + 81 + 120, "zero_drift", "raised")]
    tared = engine.tare("2026-11-25")
    assert isinstance(tared, Tared)
    assert [(e.rule, e.state) for e in tared.events] == [("zero_drift", "cleared")]
    assert engine.active == ()
    assert grave(engine.feed(bench.frames(40, [0, 0, -0.8, 0])).events) == []
    assert offset_mn(engine) == pytest.approx([0, 0, 0, 0], abs=3)


def test_a_drift_that_begins_under_a_foot_already_seen_as_loaded_is_medium() -> None:
    """The other zone of the foot hangs in its hysteresis, between half and whole contact."""
    engine, bench = new(), Bench(CALIBRATION, 20)
    engine.feed(bench.frames(2, [0, 40, 0, 40]))
    found = grave(engine.feed(bench.frames(40, [0, 2.5, -0.8, 2.5])).events)
    assert {(e.priority, e.zone) for e in found} == {("medium", TOES), ("medium", HEEL)}


def test_an_acknowledged_drift_that_has_sounded_again_still_rises() -> None:
    engine, bench = new(), Bench(CALIBRATION, 20)
    engine.feed(bench.frames(40, [0, 0, -0.8, 0]))
    engine.acknowledge(1_040_000_000)
    bench.n += 20 * 130
    found = engine.feed(
        join_cell_frames([bench.frames(1, [0, 0, -0.8, 0]), bench.frames(1, [0, 40, -0.8, 40])])
    ).events
    drift = [(e.priority, e.state) for e in found if e.rule == "zero_drift"]
    assert drift == [("low", "raised"), ("medium", "raised")]


def test_a_drift_that_was_seen_and_rises_is_news() -> None:
    engine, bench = new(), Bench(CALIBRATION, 20)
    engine.feed(bench.frames(40, [0, 0, -0.8, 0]))
    engine.acknowledge(1_040_000_000)
    found = grave(engine.feed(bench.frames(1, [0, 40, -0.8, 40])).events)
    assert [(e.rule, e.priority, e.state) for e in found] == [("zero_drift", "medium", "raised")]
    assert engine.active[0].state == "raised"


def test_budget_and_fault_outlive_a_restart() -> None:
    engine, bench = new(), Bench(CALIBRATION, 20)
    engine.feed(bench.frames(80, [0.25, 0, 0, 0]))
    engine.feed(bench.frames(80, [0.5, 0, -0.7, 0]))
    kept = engine.zero_kept()
    assert kept is not None
    assert kept.drifted == ("l_heel",)
    second = new(kept)
    assert second.zero_kept() == kept
    assert [e.rule for e in second.feed(bench.frames(1, [0, 0, -0.7, 0])).events] == ["zero_drift"]
    second.feed(bench.frames(80, [1.5, 0, 0, 0]))
    assert np.abs(offset_mn(second)).max() <= BUDGET_MN
    # It stands already: nothing is raised a second time.
    assert second.feed(bench.frames(80, [0, 0, -0.7, 0])).events == ()


@pytest.mark.parametrize(
    "kept",
    [
        ZeroKept("00000000", (100, 0, 0, 0)),
        ZeroKept(CALIBRATION.id, (100, 0, 0)),
    ],
)
def test_what_was_kept_of_another_zero_means_nothing(kept: ZeroKept) -> None:
    assert offset_mn(new(kept)) == [0, 0, 0, 0]
    assert Engine(LAYOUT, Profile()).zero_kept() is None
    forces_only = Engine(LAYOUT, Profile())
    forces_only.restore_zero(kept)
    assert forces_only.zero_uncertainty_n is None


def test_a_kept_offset_is_never_beyond_the_budget() -> None:
    kept = ZeroKept(CALIBRATION.id, (9999, -9999, 0, 0), ("l_toes", "nose"))
    engine = new(kept)
    assert offset_mn(engine) == [BUDGET_MN, -BUDGET_MN, 0, 0]
    (event,) = engine.feed(Bench(CALIBRATION, 20).frames(1, [0, 0, 0, 0])).events
    assert (event.rule, event.zone) == ("zero_drift", TOES)


@pytest.mark.unmeasured
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 1799), max_size=6),
    st.sampled_from([0.0, 0.02]),
)
@settings(max_examples=12)
def test_cut_anywhere_gives_the_same(seed: int, places: list[int], bad: float) -> None:
    rng = np.random.default_rng(seed)
    level = rng.choice([0.0, 0.2, -0.25, 0.7, -3.0], (3, 4)) * (rng.random((3, 4)) < 0.4)
    frames = played(*((30.0 + 10 * k, row) for k, row in enumerate(level)), seed=seed % 97)
    frames.status[rng.random(frames.status.shape) < bad] = int(Status.TIMEOUT)
    a, b, c = new(), new(), new()
    at = [0, *sorted({place for place in places if place < len(frames)}), len(frames)]
    whole = a.feed(frames)
    same(whole, [b.feed(frames[i:j]) for i, j in itertools.pairwise(at)])
    same(whole, [c.feed(frames[k : k + 1]) for k in range(len(frames))])
    assert a.zero_kept() == b.zero_kept() == c.zero_kept()
    assert a.zero_uncertainty_n is not None
    assert b.zero_uncertainty_n is not None
    assert a.zero_uncertainty_n.tobytes() == b.zero_uncertainty_n.tobytes()


def test_uncertainty_grows_with_what_is_not_known() -> None:
    assert temperature_change_c(None) == temperature_change_c(10**12) == 10.0
    assert temperature_change_c(0) == 0.0
    assert temperature_change_c(3600 * 10**6) == 2.0
    one = np.ones(1)
    assert zero_uncertainty_n(0.01 * one, 490 * one, -5.0, -0.2 * one) == pytest.approx(
        [0.02 + 0.49 + 0.2]
    )


def test_contact_begins_above_what_zero_may_pretend() -> None:
    """A zone of 17.3 cm2: 3.46 N are 2 kPa, which a zero of unknown age could show by itself."""
    engine, bench = new(), Bench(CALIBRATION, 20)
    unknown_n = engine.zero_uncertainty_n
    assert unknown_n is not None
    assert unknown_n[HEEL] == pytest.approx(0.98 + 2 * 39 / 4300, abs=0.001)
    # The toes rest on two cells.
    assert unknown_n[TOES] == pytest.approx(2 * 0.98 + 0.035, abs=0.01)

    def in_contact(load_n: float) -> bool:
        status = engine.feed(bench.frames(0.5, [0, load_n / 2, 0, load_n / 2])).status[-1, TOES]
        return bool(status & ZoneStatus.CONTACT)

    floor_n = 7.2
    assert 3 * unknown_n[TOES] < floor_n
    assert not in_contact(floor_n - 0.2)
    assert in_contact(floor_n + 0.2)
    engine.feed(bench.frames(31, [0, 0, 0, 0]))
    engine.feed(bench.frames(40, [0.25, 0.25, 0.25, 0]))
    tight_n = engine.zero_uncertainty_n
    assert tight_n is not None
    assert (tight_n < unknown_n).all()
    engine.feed(bench.frames(3700, [50, 50, 50, 50]))
    worn_n = engine.zero_uncertainty_n
    assert worn_n is not None
    assert (worn_n > tight_n + 0.15).all()


def test_an_uncertain_zero_raises_the_threshold_of_a_small_zone() -> None:
    """4 cm2: 2 kPa are 0.8 N, which a zero of unknown age could show by itself."""
    layout = parse_layout(small_toml().replace("area_cm2 = 17.3", "area_cm2 = 4.0"), "small.toml")
    calibration = calibrated(layout, [4383.0, 4300.0, 4400.0])
    engine = Engine(layout, Profile(), calibration)
    bench = Bench(calibration, 20)
    least_n = 3 * (10 * 0.0002 * 490 + 2 * 39 / 4300)
    for load_n, touched in ((least_n - 0.1, False), (least_n + 0.1, True)):
        status = engine.feed(bench.frames(0.5, [0, load_n, 0])).status[:, HEEL]
        assert ((status & ZoneStatus.CONTACT).astype(bool) == touched).all()
    engine.feed(bench.frames(32))
    status = engine.feed(bench.frames(0.5, [0, 0.9, 0])).status[:, HEEL]
    assert (status & ZoneStatus.CONTACT).all()
    forces_only = Engine(layout, Profile())
    update = forces_only.feed_forces(force_frames([1], [[0, 80, 0]]))
    assert update.status[0, HEEL] & ZoneStatus.CONTACT


@pytest.mark.parametrize("blow_n", [0.4, -0.4])
@pytest.mark.parametrize("batch", [1, 7, 1400])
def test_a_single_frame_off_zero_is_enough_not_to_be_near(blow_n: float, batch: int) -> None:
    """Its mean does not show in the second it belongs to."""
    frames = played((35, [0.1, 0, 0, 0]), rate_hz=40)
    frames.counts[40 * 10 + 20 :: 40 * 10, 0] += int(blow_n * 4383)
    engine = new()
    for start in range(0, len(frames), batch):
        engine.feed(frames[start : start + batch])
    assert offset_mn(engine) == [0, 0, 0, 0]


def test_a_fresh_tare_knows_its_zero_and_ages() -> None:
    engine, bench = new(), Bench(CALIBRATION, 20)
    engine.feed(bench.frames(4))
    assert isinstance(engine.tare("2026-11-25"), Tared)
    assert engine.zero_uncertainty_n is not None
    assert engine.zero_uncertainty_n[HEEL] == pytest.approx(2 * 39 / 4300, abs=0.01)
    engine.feed(bench.frames(1800, [40, 40, 40, 40]))
    assert engine.zero_uncertainty_n[HEEL] > 0.09
    assert isinstance(engine.tare("2026-11-25"), Refusal)


def test_no_frame_is_no_frame() -> None:
    with pytest.raises(FrameError, match="no frame to judge"):
        new().feed(Bench(CALIBRATION).frames(0.0))
