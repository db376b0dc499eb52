"""Faults as scenarios: what a bank says of each, whoever reads it and when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calibration import fit_to
from core.datasheet import COUNTS_MAX, noise_counts_rms
from core.frames import VOID, CellFrames, Status
from core.layout import load_layout
from drivers.base import VirtualClock
from drivers.cell_faults import FAULT_KINDS, CellFault
from drivers.conditions import Conditions
from drivers.errors import DriverError
from drivers.fault_frames import SPIKE_OFF_COUNTS
from drivers.person import Person
from drivers.scenario import EMPTY, Scenario, Stand
from drivers.simulator import Simulator

LAYOUT = load_layout("full16")
RATE_HZ = 80.0
NAMES = ("seq", "t_s", "counts", "status", "age_s", "lost")


def mat(
    clock: VirtualClock, *faults: CellFault, scenario: Scenario = EMPTY, gain: int = 128
) -> Simulator:
    conditions = Conditions(gain=gain, faults=faults)
    person = Person(LAYOUT, 62.0, 1, scenario)
    return Simulator(LAYOUT, person, clock, RATE_HZ, 2, conditions=conditions)


def joined(parts: list[CellFrames]) -> CellFrames:
    return CellFrames(*(np.concatenate([getattr(part, name) for part in parts]) for name in NAMES))


def read(n_frames: int, *faults: CellFault, scenario: Scenario = EMPTY) -> CellFrames:
    with mat(VirtualClock(7.0), *faults, scenario=scenario) as bank:
        return joined([bank.read(1.0) for _ in range(n_frames)])


WHOLE = read(200)


def statuses(frames: CellFrames, cell: int = 3) -> list[int]:
    return [int(value) for value in frames.status[:, cell]]


@pytest.mark.parametrize("kind", FAULT_KINDS)
def test_other_cells_and_other_times_are_untouched(kind: str) -> None:
    frames = read(200, CellFault(kind, 3, 1.0, 1.5))
    others = np.delete(np.arange(16), 3)
    for name in NAMES[2:]:
        np.testing.assert_array_equal(
            getattr(frames, name)[:, others], getattr(WHOLE, name)[:, others]
        )
        np.testing.assert_array_equal(getattr(frames, name)[:80], getattr(WHOLE, name)[:80])
        np.testing.assert_array_equal(getattr(frames, name)[124:], getattr(WHOLE, name)[124:])
    assert (frames.status[80:84, 3] != 0).any() or kind in ("noise_burst", "stuck_code")


@pytest.mark.parametrize(
    ("kind", "status", "settles"),
    [
        ("open_wire", Status.TIMEOUT, 0),
        ("brown_out", Status.TIMEOUT, 4),
        ("desync", Status.DESYNC, 4),
        ("slow_clock", Status.SLOW_SCK, 4),
    ],
)
def test_void_faults_give_no_value_and_settle(kind: str, status: Status, settles: int) -> None:
    frames = read(160, CellFault(kind, 3, 1.0, 1.5))
    expected = [0] * 80 + [int(status)] * 40 + [int(Status.SETTLING)] * settles
    assert statuses(frames) == expected + [0] * (160 - len(expected))
    void = frames.status[:, 3] & int(VOID) != 0
    assert not frames.counts[void, 3].any()
    silent = frames.status[:, 3] == Status.TIMEOUT
    assert np.isinf(frames.age_s[silent, 3]).all()
    assert not frames.age_s[~silent, 3].any()


def test_a_stuck_dout_is_found_left_alone_and_tried_again() -> None:
    said = statuses(read(2000, CellFault("dout_stuck", 3, 1.0, 22.0)))
    desync = [k for k, status in enumerate(said) if status == Status.DESYNC]
    assert desync == [80, 81, 82, 880, 881, 882, 1680, 1681, 1682]
    assert set(said[83:880]) == {int(Status.TIMEOUT)}
    assert said[1760:1765] == [int(Status.SETTLING)] * 4 + [0]


@pytest.mark.unmeasured
def test_a_burst_of_noise_is_louder_and_nobody_knows() -> None:
    frames = read(4000, CellFault("noise_burst", 3, 0.0, 50.0, times=12.0))
    assert not frames.status.any()
    rms = frames.counts[:, 3].std()
    assert rms == pytest.approx(12.0 * noise_counts_rms(80.0), rel=0.04)


def test_a_missed_conversion_is_the_old_value_with_its_age() -> None:
    frames = read(160, CellFault("missed", 3, 1.0, 1.5))
    missed = np.flatnonzero(frames.status[:, 3] == Status.MISSED)
    assert missed.tolist() == list(range(80, 120, 2))
    np.testing.assert_array_equal(frames.counts[missed, 3], WHOLE.counts[missed - 1, 3])
    np.testing.assert_array_equal(frames.counts[missed + 1, 3], WHOLE.counts[missed + 1, 3])
    np.testing.assert_allclose(frames.age_s[missed, 3], 1 / RATE_HZ)
    assert frames.lost[:, 3].sum() == frames.lost[missed, 3].sum() == 20
    assert not read(2, CellFault("missed", 3, 0.0, 0.01)).status.any()


def test_saturation_stands_at_the_end_of_the_converter() -> None:
    frames = read(160, CellFault("saturation", 3, 1.0, 1.5))
    assert statuses(frames)[80:120] == [int(Status.SATURATED)] * 40
    assert (frames.counts[80:120, 3] == COUNTS_MAX).all()


def test_a_stuck_code_is_called_so_from_the_eighth_on() -> None:
    frames = read(160, CellFault("stuck_code", 3, 1.0, 1.5))
    assert statuses(frames)[80:120] == [0] * 7 + [int(Status.STUCK)] * 33
    assert set(frames.counts[80:120, 3].tolist()) == {int(WHOLE.counts[80, 3])}


def test_a_spike_is_one_value_far_away_and_flagged() -> None:
    frames = read(160, CellFault("spike", 3, 1.0, 1.5))
    assert statuses(frames) == [0] * 80 + [int(Status.GLITCH)] + [0] * 79
    assert frames.counts[80, 3] == 2 * WHOLE.counts[80, 3] + SPIKE_OFF_COUNTS


def test_a_burst_that_reaches_the_end_of_the_converter_says_so() -> None:
    conditions = Conditions(gain=128, faults=(CellFault("noise_burst", 3, 0.0, 9.0, times=1e4),))
    bank = Simulator(
        LAYOUT, Person(LAYOUT, 62.0, 1, EMPTY), VirtualClock(), 80.0, 2, conditions=conditions
    )
    with bank:
        frames = joined([bank.read(1.0) for _ in range(700)])
    at_end = abs(frames.counts[:, 3].astype(int)) >= COUNTS_MAX
    np.testing.assert_array_equal(frames.status[:, 3] == Status.SATURATED, at_end)


@pytest.mark.parametrize("kind", ["noise_burst", "missed", "saturation", "stuck_code"])
def test_only_what_a_converter_cannot_know_passes_as_valid(kind: str) -> None:
    assert valid_in(CellFault(kind, 3, 1.0, 1.1))


@pytest.mark.parametrize(
    "kind", ["open_wire", "dout_stuck", "brown_out", "desync", "slow_clock", "spike"]
)
def test_no_void_reading_becomes_a_force(kind: str) -> None:
    assert not valid_in(CellFault(kind, 3, 1.0, 1.1))


def valid_in(fault: CellFault) -> bool:
    """Whether a frame in which the fault changed the counts, or took its first, is valid."""
    frames = read(200, fault)
    spec = mat(VirtualClock()).calibration_spec("")
    valid = fit_to(spec, LAYOUT).forces(frames).valid[:, LAYOUT.cell_zone[3]]
    changed = frames.counts[:, 3] != WHOLE.counts[:, 3]
    changed[80] = True
    return bool(valid[changed].any())


ALL = tuple(CellFault(kind, n, 0.3 + n / 10, 2.0 + n / 10) for n, kind in enumerate(FAULT_KINDS))
MORE = (
    CellFault("missed", 12, 0.0125, 3.0),
    CellFault("stuck_code", 13, 0.5, 0.9),
    CellFault("stuck_code", 13, 1.1, 4.0),
)
STANDING = Scenario((Stand(600.0),))
SPOILT = read(400, *ALL, *MORE, scenario=STANDING)


@pytest.mark.unmeasured
@settings(max_examples=25)
@given(waits_s=st.lists(st.floats(0.0, 0.9), max_size=12))
def test_faults_do_not_depend_on_how_reads_are_split(waits_s: list[float]) -> None:
    clock = VirtualClock(7.0)
    with mat(clock, *ALL, *MORE, scenario=STANDING) as bank:
        parts = [bank.read(1.0)]
        for wait_s in waits_s:
            clock.wait_until(clock.now_s() + wait_s)
            parts.append(bank.read(1.0))
    split = joined(parts)
    n_frames = min(len(split), len(SPOILT))
    for name in NAMES:
        one, other = getattr(split, name)[:n_frames], getattr(SPOILT, name)[:n_frames]
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.unmeasured
def test_a_reader_who_was_away_finds_the_same_stuck_code() -> None:
    fault = CellFault("stuck_code", 3, 1.0, 30.0)
    whole = read(1700, fault)
    clock = VirtualClock(7.0)
    with mat(clock, fault) as bank:
        bank.read(1.0)
        clock.wait_until(27.0)
        late = bank.read(1.0)
    assert late.counts[0, 3] == whole.counts[1600, 3]
    assert late.status[0, 3] == Status.STUCK


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CellFault("broken", 0, 0.0, 1.0), "no fault 'broken'; there are open_wire"),
        (lambda: CellFault("desync", 0, 1.0, 1.0), "to a later end_s"),
        (lambda: CellFault("desync", 0, -1.0, 1.0), "to a later end_s"),
        (lambda: CellFault("desync", 0, 0.0, float("nan")), "to a later end_s"),
        (lambda: CellFault("desync", 0, 0.0, float("inf")), "to a later end_s"),
        (lambda: CellFault("noise_burst", 0, 0.0, 1.0, 0.5), "times louder"),
        (lambda: mat(VirtualClock(), CellFault("desync", 16, 0.0, 1.0)), "no cell 17; .* has 16"),
        (lambda: mat(VirtualClock(), CellFault("desync", -1, 0.0, 1.0)), "no cell 0"),
        (
            lambda: mat(
                VirtualClock(),
                CellFault("spike", 3, 1.01, 2.0),
                CellFault("desync", 3, 0.0, 1.0),
            ),
            "faults of cell 4 overlap: desync",
        ),
    ],
)
def test_refuses_a_fault_that_cannot_be_played(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(DriverError, match=words):
        make()
