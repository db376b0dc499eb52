"""The bank over bit-true chips: what it tells when cells, wires or the reader fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.frames import VOID, CellFrames, Status
from drivers.base import VirtualClock
from drivers.chip import NS_PER_S, ChipFault
from drivers.errors import DriverError
from drivers.hx711 import Hx711Bank
from tests.drivers.hx711_rig import Mat, layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator

START_NS = 10**12
BROKEN_NS = START_NS + NS_PER_S
PERIOD_S = 1 / 80


def frames_of(mat: Mat, seconds: float) -> Iterator[CellFrames]:
    end_s = mat.clock.now_s() + seconds
    while mat.clock.now_s() < end_s:
        frames = mat.bank.read(0.1)
        assert mat.wrong(frames) == []
        yield frames


def statuses(mat: Mat, seconds: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    return np.concatenate([frames.status for frames in frames_of(mat, seconds)])


def settled(mat: Mat) -> Mat:
    """Start it, and read until every cell is well."""
    mat.bank.start()
    assert any((frames.status == Status.OK).all() for frames in frames_of(mat, 0.4))
    return mat


def good(status: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> float:
    return float((status & int(VOID) == 0).mean())


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("gain", [128, 64, 32])
def test_every_cell_is_well_after_two_settlings(gain: int, *, shared: bool) -> None:
    mat = Mat(n_cells=4, shared=shared, gain=gain)
    with mat.bank:
        first = statuses(mat, 0.09)
        assert (first & int(Status.SETTLING) != 0).all()
        statuses(mat, 0.16)
        assert good(statuses(mat, 1.0)) == 1.0


@pytest.mark.parametrize("back_end", ["lgpio", "gpiozero"])
def test_own_clocks_lose_nothing_and_give_the_pace_of_the_slowest(back_end: str) -> None:
    mat = settled(Mat(n_cells=6, back_end=back_end))
    lost = [chip.tally.lost for chip in mat.chips]
    frames = list(frames_of(mat, 4.0))
    assert [chip.tally.lost for chip in mat.chips] == lost
    slowest_s = max(chip.period_ns for chip in mat.chips) / NS_PER_S
    assert abs(len(frames) - 4.0 / slowest_s) <= 2
    assert sum(int(f.lost.sum()) for f in frames) == 0


def test_shared_clocks_lose_no_more_than_the_oscillators_differ() -> None:
    mat = settled(Mat(n_cells=8, shared=True, seed=5))
    before = [(c.tally.lost, c.tally.conversions) for c in mat.chips]
    frames = list(frames_of(mat, 8.0))
    slowest_ns = max(chip.period_ns for chip in mat.chips)
    for number, (chip, (lost, conversions)) in enumerate(zip(mat.chips, before, strict=True)):
        n = chip.tally.conversions - conversions
        truly = chip.tally.lost - lost
        assert truly <= n * (1 - chip.period_ns / slowest_ns) + 2
        # What is lost is counted, and said.
        assert abs(sum(int(f.lost[:, number].sum()) for f in frames) - truly) <= 2


def test_the_periods_are_learnt() -> None:
    mat = settled(Mat(n_cells=8, rate_hz=93.0 / 80 * 80, seed=2))
    statuses(mat, 3.0)
    true_s = np.array([chip.period_ns for chip in mat.chips]) / NS_PER_S
    np.testing.assert_allclose(mat.bank.periods_s, true_s, rtol=1e-3)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("kind", ["open", "stuck_high", "dead", "brown_out", "stuck_low"])
def test_a_broken_cell_is_told_in_time_and_the_others_go_on(kind: str, *, shared: bool) -> None:
    fault = ChipFault(kind, BROKEN_NS, BROKEN_NS + NS_PER_S)  # type: ignore[arg-type]
    mat = settled(Mat(n_cells=6, shared=shared, spread_ppm=0.0, faults={1: (fault,)}))
    statuses(mat, 0.98 - (mat.clock.now_s() - 1_000.0))
    lost = [chip.tally.lost for chip in mat.chips]
    last_ns, told_s = 0, None
    for frames in frames_of(mat, 0.3):
        if told_s is None and frames.status[-1, 1] & int(VOID):
            told_s = float(frames.t_s[-1])
            ends = [c.end_ns for c in mat.chips[1].history if c.end_ns <= BROKEN_NS]
            last_ns = max(ends)
    assert told_s is not None
    assert (told_s * NS_PER_S - last_ns) / mat.chips[1].period_ns <= 2.5
    others = [n for n in range(6) if n != 1]
    assert max(mat.chips[n].tally.lost - lost[n] for n in others) <= 3
    told = statuses(mat, 0.5)
    assert (told[:, 1] & int(Status.TIMEOUT | Status.DESYNC | Status.SETTLING) != 0).all()
    assert good(told[:, others]) == 1.0


@pytest.mark.parametrize("shared", [False, True])
def test_a_wire_that_is_back_is_believed_only_after_settling(*, shared: bool) -> None:
    fault = ChipFault("open", BROKEN_NS, BROKEN_NS + NS_PER_S // 2)
    mat = settled(Mat(n_cells=4, shared=shared, faults={2: (fault,)}))
    statuses(mat, 1.5 - (mat.clock.now_s() - 1_000.0))
    back = statuses(mat, 0.8)[:, 2]
    valid = back & int(VOID) == 0
    first = int(np.argmax(valid))
    assert valid[first:].all()
    # Four conversions for the supply, four for the gain.
    assert first >= 8
    assert (back[3:first] & int(Status.SETTLING) != 0).all()


def test_a_cell_that_is_bad_three_times_rests_for_ten_seconds() -> None:
    mat = settled(Mat(n_cells=2, rate_hz=80.0))
    chip = mat.chips[0]
    plain = chip.dout
    bad_until_ns = mat.clock.t_ns + 2 * NS_PER_S
    chip.dout = (  # type: ignore[method-assign]
        lambda t_ns: 0 if chip._pulses == 25 and t_ns < bad_until_ns else plain(t_ns)
    )
    told = statuses(mat, 9.0)
    assert (told[80:, 0] & int(Status.DESYNC) != 0).all()
    assert good(told[:, 1]) == 1.0
    statuses(mat, 2.5)
    assert good(statuses(mat, 1.0)) == 1.0


def test_swapped_data_wires_are_found_out() -> None:
    mat = Mat(n_cells=4)
    mat.board.swap(mat.wiring.dout[0], mat.wiring.dout[1])
    with mat.bank:
        statuses(mat, 0.5)
        told = statuses(mat, 2.0)
    assert (told[:, :2] & int(Status.DESYNC | Status.SETTLING | Status.TIMEOUT) != 0).all()
    assert good(told[:, 2:]) == 1.0


@pytest.mark.parametrize("shared", [False, True])
def test_a_reader_that_was_away_finds_the_gap_counted(*, shared: bool) -> None:
    mat = settled(Mat(n_cells=4, shared=shared, spread_ppm=1_000.0))
    statuses(mat, 1.0)
    before = mat.bank.read(0.1)
    mat.clock.wait_until(mat.clock.now_s() + 1.0)
    after = [mat.bank.read(0.1) for _ in range(10)]
    assert all(mat.wrong(frames) == [] for frames in after)
    assert after[0].seq[0] - before.seq[-1] > 70
    lost = sum(int(frames.lost.max(axis=1).sum()) for frames in after)
    assert 76 <= lost <= 81
    assert good(statuses(mat, 0.5)) == 1.0


def test_a_slow_clock_resets_and_settles() -> None:
    mat = settled(Mat(n_cells=3))
    stall_at = mat.clock.calls + 400
    mat.clock.stall = lambda call: 80_000 if call >= stall_at and not fired(call) else 0
    hits: list[int] = []

    def fired(call: int) -> bool:
        # Once, right after a clock line went up.
        up = any(chip._sck for chip in mat.chips)
        if up and not hits:
            hits.append(call)
            return False
        return True

    told = statuses(mat, 0.5)
    assert hits
    assert (told & int(Status.SLOW_SCK)).any()
    assert (told & int(Status.SETTLING)).any()
    assert good(statuses(mat, 0.5)) == 1.0
    assert sum(mat.bank.high_us[60:]) == 1


def test_without_any_cell_frames_say_so_at_a_pace_of_their_own() -> None:
    faults = {n: (ChipFault("open", BROKEN_NS),) for n in range(3)}
    mat = settled(Mat(n_cells=3, faults=faults))
    statuses(mat, 1.0)
    frames = list(frames_of(mat, 1.0))
    assert all((f.status & int(Status.TIMEOUT) != 0).all() for f in frames)
    assert all(np.isinf(f.age_s).all() for f in frames)
    assert 60 <= len(frames) <= 66


def test_two_deliveries_give_their_mean_and_none_the_old_value_with_its_age() -> None:
    mat = settled(Mat(n_cells=2, ppm=(-30_000.0, 30_000.0), traits={"noise_counts": 300.0}))
    fast, old = mat.chips[0], []
    means = 0
    for frames in frames_of(mat, 4.0):
        t_ns = round(float(frames.t_s[0]) * NS_PER_S)
        alone = {c.counts for c in fast.converted_by(t_ns, 4)}
        means += int(frames.counts[0, 0]) not in alone
        old.append(float(frames.age_s[0].max()))
    # 6 % faster: one frame in seventeen has two of its conversions.
    assert 12 <= means <= 26
    # Passed on a period late, when its line has fallen again.
    assert PERIOD_S < max(old) < 2.3 * PERIOD_S
    missed = Mat(n_cells=2, faults={0: (ChipFault("open", BROKEN_NS),)})
    settled(missed)
    said = [f for f in frames_of(missed, 1.2) if f.status[0, 0] == Status.MISSED]
    assert said
    assert all(f.age_s[0, 0] > PERIOD_S for f in said)


def test_shared_clocks_refuse_a_slow_back_end() -> None:
    mat = Mat(n_cells=8, shared=True, call_ns=(20_000, 20_000))
    with pytest.raises(DriverError, match=r"a word takes 1\.6 ms.*use lgpio"):
        mat.bank.start()
    Mat(n_cells=8, call_ns=(20_000, 20_000)).bank.start()


def test_lines_that_go_away_end_the_bank_with_one_line() -> None:
    mat = settled(Mat(n_cells=2))
    mat.lgpio.gone = True
    with pytest.raises(DriverError, match="cannot be read: unknown handle"):
        mat.bank.read(0.1)


@pytest.mark.parametrize(
    ("settling", "status"), [("silent", Status.TIMEOUT), ("garbage", Status.GLITCH)]
)
def test_a_ghost_pulse_that_doubles_a_word_is_told(settling: str, status: Status) -> None:
    mat = Mat(n_cells=1, traits={"noise_counts": 40.0, "settling": settling})
    chip = mat.chips[0]
    chip._signal = lambda _t, _g: 50_000.0
    settled(mat)
    plain = chip.set_sck
    hits: list[int] = []

    def set_sck(level: int, t_ns: int) -> None:
        plain(level, t_ns)
        if level and chip._pulses == 1 and not hits and t_ns > BROKEN_NS:
            hits.append(t_ns)
            chip._pulse(t_ns)

    chip.set_sck = set_sck  # type: ignore[method-assign]
    told = [mat.bank.read(0.1) for _ in range(120)]
    assert hits
    assert any((frames.status & int(status)).any() for frames in told)
    doubled = {int(c) for f in told for c in f.counts[f.status == Status.OK] if c > 75_000}
    assert doubled == set()


@pytest.mark.parametrize(("set_hz", "true_hz"), [(80.0, 11.7), (10.0, 93.0)])
def test_a_wrong_rate_pin_gives_no_reading_at_all(set_hz: float, true_hz: float) -> None:
    mat = Mat(n_cells=2, rate_hz=set_hz, traits={"rate_hz": true_hz})
    with mat.bank:
        assert good(statuses(mat, 5.0)) == 0.0


def test_a_reset_voids_until_settled_and_numbers_go_on() -> None:
    mat = settled(Mat(n_cells=2))
    before = mat.bank.read(0.1)
    mat.bank.reset()
    after = mat.bank.read(0.1)
    assert after.seq[0] == before.seq[-1] + 1
    assert (statuses(mat, 0.08) & int(Status.SETTLING) != 0).all()
    statuses(mat, 0.1)
    assert good(statuses(mat, 0.5)) == 1.0


def test_a_bank_that_never_opened_its_lines_closes() -> None:
    layout = layout_of(2, shared=False)
    bank = Hx711Bank(layout, lambda _: pytest.fail("opened"), VirtualClock())
    bank.close()
    with pytest.raises(DriverError):
        bank.read(0.1)
