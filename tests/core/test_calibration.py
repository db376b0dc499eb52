"""Counts to newtons and back, bad readings, and frames that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import CalibrationSpec, CellCalibration, decode_calibration, fit_to
from core.engine import Engine
from core.errors import CalibrationError, FrameError, MatError
from core.frames import BAD, VOID, CellFrames, ForceFrames, Status, check_rising
from core.profiles import Profile
from tests.core.cells import Bench
from tests.core.support import calibrated, small_layout

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CELLS = ("r_heel", "l_toes", "l_heel", "l_toes")
LAYOUT = small_layout(CELLS)
SLOPES = (430.0, -420.0, 437.7, 410.1)


def frames_of(counts: ArrayLike, status: ArrayLike = 0) -> CellFrames:
    values = np.array(counts, np.int32)
    n = len(values)
    states = np.broadcast_to(np.array(status, np.uint16), values.shape).copy()
    return CellFrames(
        np.arange(n), np.arange(n) / 100, values, states,
        np.zeros(values.shape, np.float32), np.zeros(values.shape, np.int32),
    )  # fmt: skip


def test_cells_of_a_zone_add_up_and_a_reversed_cell_counts() -> None:
    calibration = calibrated(LAYOUT, SLOPES)
    load = np.array([[10.0, 20.0, 5.0, -3.0], [0, 0, 0, 0]])
    counts = np.rint(calibration.counts(load)).astype(np.int32)
    forces = calibration.forces(frames_of(counts))
    assert forces.force_cn[0].tolist() == [1700, 500, 1000]
    assert forces.force_cn[1].tolist() == [0, 0, 0]
    assert counts[0, 1] < counts[1, 1]
    assert forces.t_us.tolist() == [0, 10_000]
    assert forces.valid.all()


@given(
    st.lists(st.tuples(*[st.integers(-8_388_608, 8_388_607)] * 4), min_size=1, max_size=20),
    st.tuples(*[st.floats(50, 5000)] * 4),
    st.lists(st.sampled_from([-1.0, 1.0]), min_size=4, max_size=4),
)
def test_round_trip_within_half_a_count(
    counts: list[tuple[int, ...]], slopes: tuple[float, ...], signs: list[float]
) -> None:
    calibration = calibrated(LAYOUT, [a * b for a, b in zip(slopes, signs, strict=True)])
    read = np.array(counts, np.int32)
    newtons = (read - calibration.zero_counts) / calibration.counts_per_n
    assert np.abs(calibration.counts(newtons) - read).max() < 0.5
    assert np.rint(calibration.counts(newtons)).astype(np.int32).tolist() == read.tolist()
    expected_n = [[row[1] + row[3], row[2], row[0]] for row in newtons]
    error = calibration.forces(frames_of(read)).force_cn / 100 - np.array(expected_n)
    assert np.abs(error).max() <= 0.005 + 1e-6


@pytest.mark.parametrize("status", list(Status))
def test_what_makes_a_zone_bad(status: Status) -> None:
    """Only the zone of that cell; SATURATED and MISSED keep their value."""
    kept = (Status.SATURATED, Status.MISSED, Status.OK)
    forces = calibrated(LAYOUT, SLOPES).forces(frames_of([[0, 0, 0, 0]], [[0, 0, 0, int(status)]]))
    assert forces.valid[0].tolist() == [status in kept, True, True]


def test_bits_of_the_statuses() -> None:
    assert set(VOID) == {
        Status.TIMEOUT, Status.DESYNC, Status.SLOW_SCK, Status.SETTLING, Status.COLLISION,
        Status.STUCK,
    }  # fmt: skip
    assert set(BAD) == set(VOID) | {Status.GLITCH}
    forces = calibrated(LAYOUT, SLOPES).forces(
        frames_of([[0] * 4], [[int(Status.MISSED | Status.STUCK), 0, 8 | 32, 0]])
    )
    assert forces.valid[0].tolist() == [True, True, False]


def spec(**changes: object) -> CalibrationSpec:
    cells = tuple(CellCalibration(0.0, 400.0) for _ in CELLS)
    return msgspec.structs.replace(CalibrationSpec(LAYOUT.hash, "2026-01-01", cells), **changes)


def test_refusals() -> None:
    one = CellCalibration(0.0, 400.0)
    fit_to(spec(), LAYOUT)
    for wrong, words in (
        (spec(layout_hash="0" * 16), "calibrate it again"),
        (spec(cells=(one,) * 3), "4 cells, 3 calibrated"),
        (spec(cells=(one, one, one, CellCalibration(0.0, 0.0))), "cell 4: .*0 counts per newton"),
        (spec(cells=(one, CellCalibration(0.0, float("nan")), one, one)), "cell 2"),
        (spec(cells=(CellCalibration(float("inf"), 400.0), one, one, one)), "cell 1"),
    ):
        with pytest.raises(CalibrationError, match=words):
            fit_to(wrong, LAYOUT)
    with pytest.raises(CalibrationError, match="3 cells read, 4 calibrated"):
        fit_to(spec(), LAYOUT).forces(frames_of([[0, 0, 0]]))


def test_a_file_is_read_or_refused_by_name() -> None:
    text = msgspec.json.encode(spec())
    calibration = decode_calibration(text, LAYOUT, "cal.json")
    assert calibration.spec == spec()
    assert len(calibration.id) == 8
    other = spec(cells=(CellCalibration(0.0, 401.0), *spec().cells[1:]))
    assert fit_to(other, LAYOUT).id != calibration.id
    for bad in (b"", b"{", b"[]", b"{}", b"\xff", b'{"layout_hash": 3}', text[:-1],
                text.replace(LAYOUT.hash.encode(), b"0" * 16)):  # fmt: skip
        with pytest.raises(CalibrationError, match=r"^cal\.json: "):
            decode_calibration(bad, LAYOUT, "cal.json")


def test_an_engine_without_calibration_takes_no_counts() -> None:
    with pytest.raises(MatError, match="no calibration"):
        Engine(LAYOUT, Profile()).feed(frames_of([[0, 0, 0, 0]]))


def test_frames_of_the_wrong_shape() -> None:
    good = frames_of([[1, 2], [3, 4]])
    assert len(good) == 2
    assert len(good[1:]) == 1
    assert good[1:].counts.tolist() == [[3, 4]]
    parts = {
        name: getattr(good, name) for name in ("seq", "t_s", "counts", "status", "age_s", "lost")
    }
    for name in ("status", "age_s", "lost", "counts"):
        with pytest.raises(FrameError, match="differ in shape"):
            CellFrames(**{**parts, name: parts[name][:1]})
    with pytest.raises(FrameError, match="differ in shape"):
        CellFrames(**{**parts, "counts": np.zeros(2, np.int32)})
    for name in ("seq", "t_s"):
        with pytest.raises(FrameError, match="2 frames"):
            CellFrames(**{**parts, name: parts[name][:1]})
    force = np.zeros((2, 3), np.int64)
    times = np.arange(2)
    with pytest.raises(FrameError, match="forces"):
        ForceFrames(times, times, force, np.ones((2, 2), bool))
    with pytest.raises(FrameError, match="forces"):
        ForceFrames(times[:1], times[:1], force, np.ones((2, 3), bool))


def test_lost_conversions_stay_with_the_first_part() -> None:
    times = np.arange(4)
    whole = ForceFrames(times, times, np.zeros((4, 1), np.int64), np.ones((4, 1), bool), 7)
    assert [whole[a:b].lost for a, b in ((0, 2), (2, 4))] == [7, 0]
    assert whole[:2].lost == 7


def test_time_must_rise() -> None:
    check_rising(np.array([1, 2, 9]), None)
    check_rising(np.array([1, 2]), 0)
    check_rising(np.array([], np.int64), 5)
    for t_us, after_us, words in (
        ([1, 1], None, "by 0 us at frame 1"),
        ([5, 2], None, "by 3 us at frame 1"),
        ([5], 5, "by 0 us at frame 0"),
        ([5], 7, "by 2 us at frame 0"),
    ):
        with pytest.raises(FrameError, match=words):
            check_rising(np.array(t_us), after_us)


def test_a_cell_far_below_zero_makes_its_zone_bad() -> None:
    """Else it would be taken off what the zone's other cells carry."""
    calibration = calibrated(LAYOUT, [4383.0, -4383.0, 4383.0, 4383.0])
    frames = Bench(calibration).frames(0.1, [-19.0, 0.0, 470.0, -30.0])
    valid = calibration.forces(frames).valid
    zones = LAYOUT.cell_zone
    assert valid[:, zones[0]].all()
    assert not valid[:, zones[3]].any()


@pytest.mark.parametrize("slope", [43_830.0, -20_000.0])
def test_a_slope_that_leaves_no_room_for_the_capacity_is_refused(slope: float) -> None:
    with pytest.raises(CalibrationError, match="were the masses in kg"):
        calibrated(LAYOUT, [4383.0, slope, 4383.0, 4383.0])


@pytest.mark.parametrize(
    ("zero", "fits"), [(2.0**23 - 1, True), (2.0**23, False), (-(2.0**23), False)]
)
def test_a_zero_at_the_end_of_the_converter_is_no_zero(zero: float, *, fits: bool) -> None:
    cells = (CellCalibration(zero, 4300.0), *[CellCalibration(0.0, 4300.0)] * 3)
    spec = CalibrationSpec(LAYOUT.hash, "2026-01-01", cells)
    if fits:
        assert fit_to(spec, LAYOUT).zero_counts[0] == zero
    else:
        with pytest.raises(CalibrationError, match="no load cell"):
            fit_to(spec, LAYOUT)
