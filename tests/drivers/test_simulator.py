"""The simulator: frames on its grid, presses, readers who were away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import fit_to
from core.layout import load_layout
from drivers.base import VirtualClock
from drivers.errors import BankNotStartedError, DriverError
from drivers.person import Person
from drivers.scenario import EMPTY
from drivers.simulator import Simulator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.frames import CellFrames

LAYOUT = load_layout("full16")
ZONE = "l_heel_med"
AT = LAYOUT.zone_ids.index(ZONE)
START_S = 1000.1


def empty_mat(clock: VirtualClock, rate_hz: float = 80.0) -> Simulator:
    return Simulator(LAYOUT, Person(LAYOUT, 62.0, 1, EMPTY), clock, rate_hz, seed=2)


def force_n(bank: Simulator, frames: CellFrames) -> NDArray[np.float64]:
    spec = bank.calibration_spec("2024-05-01")
    return fit_to(spec, LAYOUT).forces(frames).force_cn / 100


@pytest.mark.parametrize("rate_hz", [10.0, 80.0, 30.0, 93.7])
def test_frame_k_is_at_start_plus_k_periods(rate_hz: float) -> None:
    with empty_mat(VirtualClock(START_S), rate_hz) as bank:
        frames = [bank.read(1.0) for _ in range(300)]
    assert {len(part) for part in frames} == {1}
    t_s = np.concatenate([part.t_s for part in frames])
    np.testing.assert_array_equal(t_s, START_S + np.arange(300) / rate_hz)


def test_delivers_the_forces_of_the_person() -> None:
    clock = VirtualClock()
    person = Person(LAYOUT, 62.0, 1)
    with Simulator(LAYOUT, person, clock, seed=2) as bank:
        parts = [bank.read(1.0)]
        for _ in range(60):
            clock.wait_until(clock.now_s() + 0.5)
            parts.append(bank.read(1.0))
    for part in parts:
        expected_n = person.forces_n(part.t_s)
        np.testing.assert_allclose(force_n(bank, part), expected_n, atol=6 * 0.0094 + 0.005)


def test_a_reader_who_was_away_gets_the_newest_frame_and_the_loss() -> None:
    clock = VirtualClock(START_S)
    with empty_mat(clock) as bank:
        bank.read(1.0)
        clock.wait_until(START_S + 1.0 + 1 / 80)
        assert len(bank.read(1.0)) == 81 - 1 + 1
        clock.wait_until(START_S + 11.0)
        frames = bank.read(1.0)
    assert len(frames) == 1
    assert frames.t_s[0] == START_S + 11.0
    assert frames.seq[0] == 880
    assert (frames.lost == 880 - 81 - 1).all()


def test_a_press_grows_while_it_is_held_and_falls_when_let_go() -> None:
    clock = VirtualClock(START_S)
    with empty_mat(clock) as bank:
        bank.read(0.1)
        bank.press(ZONE, 3.0)
        held = [bank.read(0.1) for _ in range(300)]
    values_n = np.concatenate([force_n(bank, part) for part in held])
    t_s = np.concatenate([part.t_s for part in held]) - START_S
    others = np.delete(values_n, AT, axis=1)
    assert abs(others).max() < 0.1
    down = t_s <= 3.0
    np.testing.assert_allclose(values_n[down, AT], 60 + 80 * t_s[down], atol=0.1)
    assert abs(values_n[t_s >= 3.1, AT]).max() < 0.1
    assert (np.diff(values_n[(t_s > 3.0) & (t_s < 3.1), AT]) < 0).all()


def test_a_press_never_overloads_a_cell() -> None:
    clock = VirtualClock()
    with Simulator(LAYOUT, Person(LAYOUT, 110.0, 1), clock, seed=2) as bank:
        bank.read(0.1)
        bank.press(ZONE, 20.0)
        parts = [bank.read(0.1) for _ in range(1600)]
    most_n = max(force_n(bank, part)[:, AT].max() for part in parts)
    assert most_n == pytest.approx(0.95 * 490, abs=0.2)


Steps = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.01, 0.05, 0.2, 0.8]),
        st.sampled_from([None, 0.0, 0.1, 0.5, 2.0]),
        st.sampled_from([ZONE, "r_toes"]),
        st.booleans(),
    ),
    max_size=25,
)


@given(steps=Steps)
def test_presses_do_not_depend_on_how_reads_are_split(
    steps: list[tuple[float, float | None, str, bool]],
) -> None:
    """Two readers, one of whom reads whenever it can, see the same presses."""
    results = []
    for eager in (True, False):
        clock = VirtualClock(START_S)
        parts = []
        with empty_mat(clock) as bank:
            parts.append(bank.read(0.0))
            now_s = START_S
            last_read_s = START_S
            for wait_s, seconds, zone, reads in steps:
                now_s += wait_s
                clock.wait_until(now_s)
                if seconds is not None:
                    bank.press(zone, seconds)
                # The lazy one must not stay away for longer than a second.
                if eager or reads or now_s - last_read_s > 0.2:
                    last_read_s = now_s
                    parts.append(bank.read(0.0))
            clock.wait_until(now_s + 0.15)
            parts.append(bank.read(0.0))
        real = [part for part in parts if np.isfinite(part.age_s).all()]
        results.append(
            (np.concatenate([p.t_s for p in real]), np.concatenate([p.counts for p in real]))
        )
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_refuses_what_cannot_be() -> None:
    bank = empty_mat(VirtualClock())
    with pytest.raises(BankNotStartedError):
        bank.press(ZONE, 1.0)
    bank.start()
    with pytest.raises(DriverError, match="no zone 'x'; this mat has l_toes"):
        bank.press("x", 1.0)
    for seconds in (-1.0, float("nan"), float("inf")):
        with pytest.raises(DriverError, match="0 seconds or more"):
            bank.press(ZONE, seconds)
    with pytest.raises(DriverError, match="frames a second"):
        empty_mat(VirtualClock(), 0.0)


def test_a_weight_lies_on_its_cell_alone_until_it_is_taken_off() -> None:
    clock = VirtualClock(START_S)
    with empty_mat(clock) as bank:
        bank.read(0.1)
        bank.place(3, 100.0)
        bank.place(5, 20.0)
        on = [bank.read(0.1) for _ in range(80)]
        bank.place(3, 0.0)
        off = [bank.read(0.1) for _ in range(80)]
        calibration = fit_to(bank.calibration_spec(""), LAYOUT)
    for parts, load_n in ((on, {3: 100.0, 5: 20.0}), (off, {5: 20.0})):
        for part in parts:
            cells_n = (part.counts - calibration.zero_counts) / calibration.counts_per_n
            expected_n = [load_n.get(cell, 0.0) for cell in range(16)]
            np.testing.assert_allclose(cells_n[-1], expected_n, atol=0.1)


def test_weights_do_not_depend_on_how_reads_are_split() -> None:
    whole = []
    for eager in (True, False):
        clock = VirtualClock(START_S)
        with empty_mat(clock) as bank:
            parts = [bank.read(0.0)]
            for load_n in (50.0, 0.0, 70.0):
                clock.wait_until(clock.now_s() + 0.3)
                if eager:
                    parts.append(bank.read(0.0))
                bank.place(2, load_n)
            clock.wait_until(clock.now_s() + 0.05)
            parts.append(bank.read(0.0))
        whole.append(np.concatenate([part.counts for part in parts]))
    assert whole[0].tobytes() == whole[1].tobytes()


def test_a_weight_that_cannot_be_put_on() -> None:
    bank = empty_mat(VirtualClock())
    with pytest.raises(BankNotStartedError):
        bank.place(0, 1.0)
    with bank:
        for cell, load_n in ((-1, 1.0), (16, 1.0), (0, -1.0), (0, 491.0), (0, float("nan"))):
            with pytest.raises(DriverError, match="cannot be put on cell"):
                bank.place(cell, load_n)
