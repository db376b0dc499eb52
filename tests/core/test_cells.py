"""From counts to forces, and what cells say beside them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cells import Cells, full_cn, plain_view
from core.engine import Engine
from core.errors import CalibrationError, FrameError, MatError
from core.frames import CellFrames, CellView, Status
from core.layout import load_layout
from core.profiles import Profile
from tests.core.support import calibrated, force_frames, small_layout

LAYOUT = small_layout()
CALIBRATION = calibrated(LAYOUT, [4096.0, -4096.0, 2048.0], zero=0.0)
CONTACT_CN = np.array([720, 346, 400])


def frames(counts: list[list[int]], status: object = 0, lost: int = 0) -> CellFrames:
    shape = (len(counts), len(counts[0]))
    n = np.arange(shape[0])
    return CellFrames(
        n,
        n.astype(np.float64),
        np.array(counts, np.int32),
        np.broadcast_to(np.asarray(status, np.uint16), shape).copy(),
        np.zeros(shape, np.float32),
        np.full(shape, lost, np.int32),
    )


def test_counts_become_forces_of_zones() -> None:
    felt = Cells(CALIBRATION, CONTACT_CN).feed(
        np.array([0, 1_000_000]), frames([[0, 10, 20], [4096, 10 - 8192, 20 + 20_480]], lost=2)
    )
    assert felt.forces.force_cn.tolist() == [[0, 0, 0], [100, 200, 1000]]
    assert felt.forces.valid.all()
    assert felt.forces.lost == 12
    assert felt.view.load_bp.tolist() == [[0, 0, 0], [21, 41, 205]]
    assert felt.drifted == {}
    assert felt.view.conditions == {}


def test_a_bad_reading_is_a_bad_frame_of_its_zone_and_bears_nothing() -> None:
    status = [[0, int(Status.TIMEOUT), 0]]
    felt = Cells(CALIBRATION, CONTACT_CN).feed(np.array([0]), frames([[4096, 0, 0]], status))
    assert felt.forces.valid.tolist() == [[True, False, True]]
    assert felt.view.load_bp[0, 1] == 0


def test_an_uncertain_zero_is_told_as_a_force() -> None:
    felt = Cells(CALIBRATION, CONTACT_CN).feed(np.array([0]), frames([[0, 10, 20]]))
    assert (np.atleast_2d(felt.view.least_cn) > 0).all()


@pytest.mark.parametrize("n_cells", [2, 4])
def test_cells_of_another_mat_are_refused(n_cells: int) -> None:
    cells = Cells(CALIBRATION, CONTACT_CN)
    with pytest.raises(CalibrationError, match=f"{n_cells} cells read, 3 calibrated"):
        cells.check(frames([[0] * n_cells]))
    cells.check(frames([[0] * 3]))


def test_another_contact_is_handed_on_to_zero_tracking() -> None:
    engine = Engine(LAYOUT, Profile(), CALIBRATION)
    engine.feed(frames([[0, 10, 20]]))
    engine.set_profile(Profile(unset_class=2))
    assert engine.zero_uncertainty_n is not None


@pytest.mark.parametrize("cuts", [[4096], [1], [4099], [2000, 4097]])
def test_a_long_batch_of_cells_is_judged_as_a_whole(cuts: list[int]) -> None:
    """Longer than the blocks in which it is worked through."""
    n = 4100
    counts = np.zeros((n, 3), np.int32)
    counts[4000:, 0] = 300 * 4096
    t_s = np.round(np.arange(n, dtype=np.float64) / 80, 6)
    read = CellFrames(np.arange(n), t_s, counts, np.zeros((n, 3), np.uint16),
                      np.zeros((n, 3), np.float32), np.zeros((n, 3), np.int32))  # fmt: skip
    whole, parts = (Engine(LAYOUT, Profile(), CALIBRATION) for _ in range(2))
    update = whole.feed(read)
    places = [0, *cuts, n]
    fed = [parts.feed(read[a:b]) for a, b in itertools.pairwise(places)]
    assert len(update.frames) == n
    assert update.frames.t_us.tolist() == [t for each in fed for t in each.frames.t_us.tolist()]
    assert (update.frames.force_cn[3999:4001, 0]).tolist() == [0, 30_000]
    assert update.events == tuple(event for each in fed for event in each.events)
    assert {event.rule for event in update.events} >= {"advisory", "limit"}


# Forces alone.


def test_all_cells_of_a_zone_bear_together() -> None:
    assert full_cn(small_layout(("l_toes", "l_toes", "l_heel", "r_heel"))).tolist() == [
        98_000, 49_000, 49_000,
    ]  # fmt: skip
    starter = load_layout("starter8")
    at = starter.zone_ids.index("l_heel")
    assert full_cn(starter)[at] == 98_000


@pytest.mark.parametrize(
    ("force_cn", "load_bp"),
    [(0, 0), (-500, 0), (1, 1), (4, 1), (5, 2), (49_000, 10_000), (49_001, 10_001)],
)
def test_a_load_is_rounded_up_and_never_negative(force_cn: int, load_bp: int) -> None:
    view = plain_view(force_frames([0], [[force_cn, 0, 0]]), full_cn(LAYOUT))
    assert view.load_bp.tolist() == [[load_bp, 0, 0]]
    assert view.least_cn.tolist() == [0, 0, 0]


def test_a_bad_frame_bears_nothing() -> None:
    bad = force_frames([0], [[99_000, 99_000, 0]], [[False, True, True]])
    assert plain_view(bad, full_cn(LAYOUT)).load_bp[0].tolist() == [0, 20_205, 0]


@given(st.integers(-(10**6), 10**7))
def test_above_capacity_exactly_where_the_force_is(force_cn: int) -> None:
    view = plain_view(force_frames([0], [[force_cn, 0, 0]]), full_cn(LAYOUT))
    assert (view.load_bp[0, 0] > 10_000) == (force_cn > 49_000)


@pytest.mark.parametrize("each_frame", [False, True])
def test_a_view_is_cut_along_time(*, each_frame: bool) -> None:
    least = np.arange(12).reshape(4, 3) if each_frame else np.arange(3)
    held = np.zeros((4, 3), bool)
    held[2, 1] = True
    view = CellView(np.arange(12).reshape(4, 3), least, {"cell_stuck": held})[1:3]
    assert view.load_bp.tolist() == [[3, 4, 5], [6, 7, 8]]
    assert view.least_cn.tolist() == ([[3, 4, 5], [6, 7, 8]] if each_frame else [0, 1, 2])
    assert view.conditions["cell_stuck"].tolist() == [[False] * 3, [False, True, False]]


def test_what_is_uncertain_may_differ_from_frame_to_frame() -> None:
    """Of an excluded zone: 4.67 kPa is 373 here, and each frame has a bound of its own."""
    engine = Engine(LAYOUT, Profile(unset_class=3))
    least = np.array([[1000, 0, 0]] * 4 + [[400, 0, 0]] * 4)
    forces = force_frames([k * 250_000 for k in range(8)], [[500, 0, 0]] * 8)
    events = engine.feed_forces(forces, CellView(np.zeros((8, 3), int), least)).events
    assert [(e.t_us, e.rule, e.limit) for e in events if e.zone == 0] == [
        (1_500_000, "excluded_contact", 5.0)
    ]


@pytest.mark.parametrize("wrong", ["counts", "status", "age_s", "lost", "seq", "t_s"])
def test_frames_of_another_shape_are_none(wrong: str) -> None:
    arrays = dict(vars(frames([[0, 10, 20], [0, 10, 20]])))
    arrays[wrong] = arrays[wrong][:1]
    with pytest.raises(FrameError):
        CellFrames(**arrays)


# What an engine refuses.


def test_an_engine_without_calibration_takes_forces_only() -> None:
    engine = Engine(LAYOUT, Profile())
    with pytest.raises(MatError, match="takes forces only"):
        engine.feed(frames([[0, 0, 0]]))
    with pytest.raises(MatError, match="no zero to set"):
        engine.tare("2026-11-01")
    assert engine.zero_uncertainty_n is None
    assert engine.zero_kept() is None


def test_an_engine_refuses_what_it_cannot_judge() -> None:
    engine = Engine(LAYOUT, Profile(), CALIBRATION)
    with pytest.raises(FrameError, match="no frame"):
        engine.feed(frames([[0, 0, 0]])[:0])
    with pytest.raises(CalibrationError, match="2 cells read"):
        engine.feed(frames([[0, 0]]))
    engine.feed(frames([[0, 10, 20], [0, 10, 20]]))
    with pytest.raises(FrameError, match="time goes back"):
        engine.feed(frames([[0, 10, 20]]))
