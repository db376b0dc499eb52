"""Loads of the cells: as the calibration says, but for GLITCH and for what a cell can bear."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cell_loads import CellLoads, Loads
from core.errors import CalibrationError
from core.frames import BAD, VOID, CellFrames, Status
from core.zeroing import Tared, tare
from tests.core.cells import Bench
from tests.core.support import calibrated, small_layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.calibration import Calibration

LAYOUTS = {
    "one cell a zone": ("l_toes", "l_heel", "r_heel"),
    "in another order": ("r_heel", "l_toes", "l_heel"),
    "two on one plate": ("r_heel", "l_toes", "l_heel", "l_toes"),
}
SLOPES = (4300.0, -4200.0, 4377.0, 4101.0)
CAPACITY_N = 490.0
TOP, BOTTOM = 2**23 - 1, -(2**23)

GLITCH, SATURATED, MISSED = int(Status.GLITCH), int(Status.SATURATED), int(Status.MISSED)
STATUSES = [*[0] * 4, *[GLITCH] * 2, *[SATURATED] * 2, MISSED, *(int(one) for one in VOID)]
STATUSES += [GLITCH | MISSED, GLITCH | int(Status.DESYNC), GLITCH | SATURATED]


def new(name: str = "two on one plate") -> Calibration:
    cells = LAYOUTS[name]
    return calibrated(small_layout(cells), SLOPES[: len(cells)])


def frames_of(counts: Sequence[Sequence[int]], status: Sequence[Sequence[int]]) -> CellFrames:
    values, states = np.array(counts, np.int32), np.array(status, np.uint16)
    n, shape = len(values), values.shape
    zeros = np.zeros(shape, np.float32)
    return CellFrames(
        np.arange(n), np.arange(n) / 80, values, states, zeros, zeros.astype(np.int32)
    )


def slowly(calibration: Calibration, frames: CellFrames) -> list[list[tuple[float, bool, int]]]:
    """Say it again, reading by reading: force, bad and load of each zone of each frame."""
    counts, status = frames.counts.tolist(), frames.status.tolist()
    zones = calibration.layout.cell_zone.tolist()
    out = []
    for k in range(len(frames)):
        rows = []
        for zone in range(len(calibration.layout.zone_ids)):
            forces, bad, bp = [], False, 0
            for cell in (c for c, z in enumerate(zones) if z == zone):
                used = counts[k][cell]
                good = status[k][cell] & int(BAD) == 0
                if (
                    good
                    and k >= 2
                    and status[k - 1][cell] & GLITCH
                    and not status[k - 1][cell] & int(VOID)
                    and not status[k - 2][cell] & (int(VOID) | GLITCH)
                ):
                    used = sorted(counts[j][cell] for j in (k - 2, k - 1, k))[1]
                zero, slope = calibration.zero_counts[cell], calibration.counts_per_n[cell]
                force = (used - zero) / slope
                forces.append(force)
                bad |= not good or force < -20.0
                if good:
                    own = counts[k][cell]
                    share = math.ceil((own - zero) / slope * 10_000.0 / CAPACITY_N)
                    if status[k][cell] & SATURATED and own != 0 and (own > 0) == (slope > 0):
                        share = max(share, 10_001)
                    bp = max(bp, share)
            rows.append((float(sum(forces)), bad, bp))
        out.append(rows)
    return out


def rows(loads: Loads) -> list[list[tuple[float, bool, int]]]:
    columns = (loads.zones_n.tolist(), loads.bad.tolist(), loads.load_bp.tolist())
    return [list(zip(*row, strict=True)) for row in zip(*columns, strict=True)]


def join(parts: Sequence[Loads]) -> Loads:
    return Loads(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def same(one: Loads, other: Loads) -> None:
    for a, b in zip(one, other, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert a.tobytes() == b.tobytes()


@st.composite
def read(draw: st.DrawFn) -> tuple[Calibration, CellFrames]:
    """Readings of every status there is, and quiet stretches in between."""
    name = draw(st.sampled_from(sorted(LAYOUTS)))
    calibration = new(name)
    n_cells = len(calibration.zero_counts)
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    counts = rng.integers(-150_000, 2_400_000, (n, n_cells))
    counts[rng.random((n, n_cells)) < 0.1] = TOP
    counts[rng.random((n, n_cells)) < 0.1] = BOTTOM
    status = rng.choice(STATUSES, (n, n_cells))
    status[rng.random(n) < draw(st.sampled_from([0.0, 0.4, 0.9]))] = 0
    return calibration, frames_of(counts.tolist(), status.tolist())


@given(read())
def test_as_said_again_reading_by_reading(case: tuple[Calibration, CellFrames]) -> None:
    calibration, frames = case
    assert rows(CellLoads(calibration).feed(frames)) == slowly(calibration, frames)


@given(read(), st.lists(st.integers(1, 39), max_size=5))
def test_cut_anywhere_it_is_the_same(
    case: tuple[Calibration, CellFrames], places: list[int]
) -> None:
    calibration, frames = case
    a, b, c = (CellLoads(calibration) for _ in range(3))
    whole = a.feed(frames)
    at = [0, *sorted({place for place in places if place < len(frames)}), len(frames)]
    same(whole, join([b.feed(frames[i:j]) for i, j in itertools.pairwise(at)]))
    same(whole, join([c.feed(frames[k : k + 1]) for k in range(len(frames))]))


@given(read())
def test_without_a_glitch_it_is_what_the_calibration_says(
    case: tuple[Calibration, CellFrames],
) -> None:
    calibration, frames = case
    frames.status[...] &= np.uint16(~GLITCH & 0xFFFF)
    loads = CellLoads(calibration).feed(frames)
    zones_n, bad = calibration.zones_n(frames)
    assert loads.zones_n.tobytes() == zones_n.tobytes()
    assert loads.bad.tobytes() == bad.tobytes()


def one_cell(*readings: tuple[int, int]) -> list[tuple[float, bool, int]]:
    """Feed readings of one cell, counts above its zero and status; the others are unloaded."""
    calibration = calibrated(small_layout(), [4000.0, 4000.0, 4000.0], zero=0.0)
    counts = [[counts, 10, 20] for counts, _ in readings]
    status = [[status, 0, 0] for _, status in readings]
    return [row[0] for row in rows(CellLoads(calibration).feed(frames_of(counts, status)))]


def test_a_wrong_code_in_between_never_counts() -> None:
    forces = one_cell((4000, 0), (400_000, GLITCH), (4400, 0), (4800, 0))
    assert [bad for _, bad, _ in forces] == [False, True, False, False]
    assert [forces[k][0] for k in (0, 2, 3)] == [1.0, 1.1, 1.2]


def test_a_real_step_counts_one_frame_later() -> None:
    forces = one_cell((4000, 0), (400_000, GLITCH), (404_000, 0), (408_000, 0))
    assert [bad for _, bad, _ in forces] == [False, True, False, False]
    assert [forces[k][0] for k in (0, 2, 3)] == [1.0, 100.0, 102.0]


def test_the_load_is_of_the_reading_itself() -> None:
    own = one_cell((4000, 0), (8000, GLITCH), (490 * 4000 + 1, 0))[2]
    assert own == (2.0, False, 10_001)
    assert one_cell((4000, 0), (490 * 8000, GLITCH), (4000, 0))[1][2] == 0


@pytest.mark.parametrize("before", [int(one) for one in VOID])
def test_without_three_readings_it_gives_its_own(before: int) -> None:
    assert one_cell((4000, GLITCH), (8000, 0))[1] == (2.0, False, 41)
    assert one_cell((4000, before), (400_000, GLITCH), (8000, 0))[2][0] == 2.0
    assert one_cell((4000, 0), (400_000, GLITCH | before), (8000, 0))[2][0] == 2.0
    assert one_cell((4000, 0), (400_000, GLITCH), (8000, before))[2][1]


def test_what_was_kept_from_before_may_be_a_glitch_or_missed() -> None:
    """Two in a row: both are bad, and the reading after them stands for itself."""
    again = one_cell((4000, 0), (400_000, GLITCH), (404_000, GLITCH), (4400, 0))
    assert [bad for _, bad, _ in again] == [False, True, True, False]
    assert again[3][0] == 1.1
    assert one_cell((4000, MISSED), (400_000, GLITCH), (8000, MISSED))[2][0] == 2.0


@pytest.mark.parametrize(
    ("counts", "share_bp"),
    [(-1, 0), (0, 0), (1, 1), (490 * 4000 // 2, 5000), (490 * 4000 // 2 + 1, 5001),
     (490 * 4000, 10_000), (490 * 4000 + 1, 10_001), (TOP, 42_800)],
)  # fmt: skip
def test_shares_are_rounded_up(counts: int, share_bp: int) -> None:
    assert one_cell((counts, 0))[0][2] == share_bp


@given(st.floats(4000, 4400), st.sampled_from([-1, 1]), st.sampled_from([98.0, 490.0, 977.3]))
def test_a_cell_at_its_capacity_is_not_beyond_it(
    slope: float, sign: int, capacity_n: float
) -> None:
    """However its slope rounds: the last count below is not beyond, the next one is."""
    calibration = calibrated(small_layout(), [4000.0, sign * slope, 4000.0], zero=0.0)
    calibration.layout.capacity_n[1] = capacity_n
    zero, near = int(calibration.zero_counts[1]), math.floor(capacity_n * slope)
    counts = [[0, zero + sign * (near + step), 0] for step in (0, 1)]
    loads = CellLoads(calibration).feed(frames_of(counts, [[0] * 3] * 2))
    assert loads.load_bp[:, 1].tolist() == [10_000, 10_001]


@pytest.mark.parametrize("slope", [17_000.0, -17_000.0])
def test_at_the_end_of_the_converter_a_cell_is_beyond_its_capacity(slope: float) -> None:
    """Although its calibration says 493 N at most: the converter ends before the cell does."""
    calibration = calibrated(small_layout(), [slope] * 3, zero=3_000_000.0 * np.sign(slope))
    load, lift = (TOP, BOTTOM) if slope > 0 else (BOTTOM, TOP)
    counts = [[load, load, lift], [load, load, 0]]
    status = [[SATURATED | MISSED, 0, SATURATED], [SATURATED | GLITCH, SATURATED, SATURATED]]
    loads = CellLoads(calibration).feed(frames_of(counts, status))
    assert loads.load_bp[0, 0] == 10_001
    assert loads.load_bp[0, 1] < 10_000
    assert loads.load_bp[0, 2] == 0
    assert loads.bad[0].tolist() == [False, False, True]
    assert loads.load_bp[1, 0] == 0
    assert loads.load_bp[1, 1] == 10_001
    assert loads.bad[1, 0]


def test_of_several_cells_the_worst_counts_and_a_bad_one_is_left_out() -> None:
    calibration = new()
    full = [round(z + s * CAPACITY_N) for z, s in zip(calibration.zero_counts, SLOPES, strict=True)]
    half = [round(z + s * 245.0) for z, s in zip(calibration.zero_counts, SLOPES, strict=True)]
    counts = [[half[0], half[1], half[2], full[3]]] * 2
    loads = CellLoads(calibration).feed(frames_of(counts, [[0] * 4, [0, 0, 0, GLITCH]]))
    assert loads.load_bp[:, 0].tolist() == [10_000, 5000]
    assert loads.bad[:, 0].tolist() == [False, True]
    assert loads.zones_n[0, 0] == pytest.approx(735.0, abs=0.001)


@pytest.mark.parametrize(("extra", "bad"), [(0, False), (-1, True)])
def test_a_cell_far_below_zero_is_bad_at_what_it_gives(extra: int, *, bad: bool) -> None:
    below = -20 * 4000 + extra
    assert one_cell((below, 0))[0][1] is bad
    assert one_cell((below, 0), (9 * below, GLITCH), (0, 0))[2][1] is bad
    assert one_cell((0, 0), (0, GLITCH), (below, 0))[2] == (0.0, False, 0)


def test_another_calibration_goes_on_with_the_readings_there_were() -> None:
    calibration = calibrated(small_layout(), [4000.0] * 3, zero=0.0)
    bench = Bench(calibration)
    tared = tare(calibration, bench.frames(4.0, 0.5), "2026-01-02", np.full(3, 2.0))
    assert isinstance(tared, Tared)
    loads = CellLoads(calibration)
    loads.feed(frames_of([[4000] * 3, [400_000] * 3], [[0] * 3, [GLITCH] * 3]))
    loads.use(tared.calibration)
    after = loads.feed(frames_of([[4400] * 3], [[0] * 3]))
    assert after.zones_n[0] == pytest.approx([0.6] * 3, abs=0.01)
    assert not after.bad.any()


def test_cells_that_were_not_calibrated_are_refused() -> None:
    with pytest.raises(CalibrationError, match="2 cells read, 3 calibrated"):
        CellLoads(new("one cell a zone")).feed(frames_of([[0, 0]], [[0, 0]]))
