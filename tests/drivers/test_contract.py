"""What every bank promises, and what banks that make their data up promise in addition.

A new bank adds a maker. `pytest tests/drivers/test_contract.py --hardware mat.toml` runs what every
bank promises on the mat of a configuration, on the machine's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import fit_to
from core.frames import VOID, CellFrames, Status
from core.layout import load_layout
from core.recordings import write_recording
from core.units import to_us
from drivers.adafruit import GIVE_UP_S
from drivers.base import SystemClock, VirtualClock
from drivers.errors import BankClosedError, BankNotStartedError, DriverError
from drivers.person import Person
from drivers.recording import RawWriter, head_of
from drivers.replay import Replay
from drivers.simulator import Simulator
from pi.banks import make_bank
from pi.config import load_config
from pi.layouts import find_layout
from tests.drivers.hx711_rig import Mat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.base import CellBank, Clock


START_S = 123_456.789_012_3
CALL_S = 2e-6
ROUNDING_S = 1e-6
"""Time stamps are whole microseconds."""


def make_simulator(_: Path, clock: VirtualClock) -> Simulator:
    layout = load_layout("full16")
    return Simulator(layout, Person(layout, 62.0, seed=3), clock, rate_hz=80.0, seed=4)


def make_replay(folder: Path, clock: VirtualClock) -> Replay:
    """Play a recording with 16 zones, a gap of two rows and some missing readings, on a loop."""
    layout = load_layout("insole16")
    path = folder / "recording.csv"
    if not path.exists():
        number = np.delete(np.arange(300), [100, 101])
        force_n = np.random.default_rng(1).uniform(0, 400, (len(number), 16)).round(2)
        force_n[::17, 3] = np.nan
        lines = write_recording({"rate_hz": "100"}, layout.zone_ids, [(number / 100.0, force_n)])
        path.write_text("".join(lines), "utf-8")
    return Replay(layout, path, clock, loop=True, seed=5)


def make_raw_replay(folder: Path, clock: VirtualClock) -> Replay:
    """Play what was read of a simulator, on a loop."""
    path = folder / "raw.csv"
    layout = load_layout("full16")
    if not path.exists():
        bank = make_simulator(folder, VirtualClock(START_S))
        spec = bank.calibration_spec("2024-05-01")
        with bank, path.open("w", encoding="utf-8") as sink:
            writer = RawWriter(sink, head_of(bank, 128, spec))
            for _ in range(300):
                writer.write(bank.read(1.0))
    return Replay(layout, path, clock, loop=True)


PLAYED: dict[str, Callable[[Path, VirtualClock], Simulator | Replay]] = {
    "simulator": make_simulator,
    "replay": make_replay,
    "raw_replay": make_raw_replay,
}


@dataclass(frozen=True)
class Wired:
    """A bank over chips on mock pins, and by how much it may pass a deadline.

    Attributes
    ----------
    mat : dict
        Of the rig.
    calls_per_bit : int
        GPIO calls of two writes and a read: one each in groups, one a pin by plain gpiozero.
    more_s : float
        What the library waits for a line that has gone high again.
    """

    mat: dict[str, Any]
    calls_per_bit: int = 3
    more_s: float = 0.0

    @property
    def late_s(self) -> float:
        """A word and the looks before and after it: begun before the deadline, they are ended."""
        return (26 * self.calls_per_bit + 2 * self.calls_per_bit) * CALL_S + self.more_s


WIRED = {
    "hx711-own-sck": Wired({"n_cells": 4}),
    "hx711-shared-sck": Wired({"n_cells": 4, "shared": True}),
    "hx711-gpiozero": Wired({"n_cells": 3, "back_end": "gpiozero"}, calls_per_bit=9),
    "adafruit": Wired({"n_cells": 2, "kind": "adafruit"}, more_s=GIVE_UP_S),
}
EVERY = (*PLAYED, *WIRED)
RATES_HZ = {"replay": 100.0}


class Rig:
    """Makes equal banks, each on a clock of its own."""

    def __init__(self, name: str, folder: Path, configuration: Path | None = None) -> None:
        self.name = name
        self.late_s = WIRED[name].late_s if name in WIRED else 0.0
        self._folder, self._configuration = folder, configuration
        self.clock: Clock = VirtualClock(START_S)

    def make(self) -> CellBank:
        if self._configuration is not None:
            self.clock = SystemClock()
            config = load_config(self._configuration)
            return make_bank(config, find_layout(config.mat.layout), self.clock)
        if self.name in WIRED:
            start_ns = round(START_S * 1e9)
            mat = Mat(oversleep_ns=0, start_ns=start_ns, **WIRED[self.name].mat)
            self.clock = mat.clock
            return mat.bank
        self.clock = clock = VirtualClock(START_S)
        return PLAYED[self.name](self._folder, clock)

    def started(self) -> CellBank:
        bank = self.make()
        bank.start()
        return bank


class PlayedRig(Rig):
    """Of a bank whose data do not depend on who reads them when."""

    def make(self) -> Simulator | Replay:
        self.clock = clock = VirtualClock(START_S)
        return PLAYED[self.name](self._folder, clock)

    @cached_property
    def whole(self) -> CellFrames:
        """What it gives to a reader who never waits longer than for the next frame."""
        with self.make() as bank:
            return read_for(bank, 500)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A real mat takes the place of those on paper."""
    if "rig" in metafunc.fixturenames:
        names = ("hardware",) if metafunc.config.getoption("hardware") else EVERY
        metafunc.parametrize("rig", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return Rig(
        request.param,
        tmp_path_factory.mktemp(request.param),
        request.config.getoption("hardware"),
    )


@pytest.fixture(scope="module", params=PLAYED)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PlayedRig:
    return PlayedRig(request.param, tmp_path_factory.mktemp(request.param))


def joined(parts: list[CellFrames]) -> CellFrames:
    names = ("seq", "t_s", "counts", "status", "age_s", "lost")
    return CellFrames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def read_for(bank: CellBank, n_frames: int) -> CellFrames:
    parts = [bank.read(1.0)]
    while sum(map(len, parts)) < n_frames:
        parts.append(bank.read(1.0))
    return joined(parts)


def assert_equal(one: CellFrames, other: CellFrames) -> None:
    for name in ("seq", "t_s", "counts", "status", "age_s", "lost"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


class TestEveryBank:
    def test_says_what_it_is(self, rig: Rig) -> None:
        bank = rig.make()
        if rig.name != "hardware":
            assert bank.source == rig.name.removeprefix("raw_").split("-")[0]
            assert bank.rate_hz == RATES_HZ.get(rig.name, 80.0)
        assert bank.source
        assert bank.rate_hz > 0
        assert len(bank.layout.spec.cell) > 0
        bank.close()

    def test_must_be_started(self, rig: Rig) -> None:
        bank = rig.make()
        with pytest.raises(BankNotStartedError, match=r"call start\(\) first"):
            bank.read(1.0)
        with pytest.raises(BankNotStartedError):
            bank.reset()
        bank.close()

    def test_close_is_for_good_and_may_be_repeated(self, rig: Rig) -> None:
        bank = rig.started()
        bank.close()
        bank.close()
        for use in (lambda: bank.read(1.0), bank.reset, bank.start):
            with pytest.raises(BankClosedError, match="is closed"):
                use()

    def test_context_manager_starts_and_closes(self, rig: Rig) -> None:
        with rig.make() as bank:
            bank.start()
            assert len(bank.read(1.0))
        with pytest.raises(DriverError):
            bank.read(1.0)

    @pytest.mark.parametrize("timeout_s", [-0.1, float("nan"), float("inf")])
    def test_refuses_a_timeout_that_is_none(self, rig: Rig, timeout_s: float) -> None:
        with rig.make() as bank, pytest.raises(ValueError, match="timeout_s"):
            bank.read(timeout_s)

    def test_shapes_and_types(self, rig: Rig) -> None:
        with rig.make() as bank:
            frames = read_for(bank, 60)
        shape = (len(frames), len(bank.layout.spec.cell))
        assert frames.counts.shape == shape
        kinds = {
            "seq": np.int64,
            "t_s": np.float64,
            "counts": np.int32,
            "status": np.uint16,
            "age_s": np.float32,
            "lost": np.int32,
        }
        for name, kind in kinds.items():
            assert getattr(frames, name).dtype == kind, name

    def test_a_reading_without_a_fault_has_an_age_and_a_void_one_is_never_ok(
        self, rig: Rig
    ) -> None:
        with rig.make() as bank:
            frames = read_for(bank, 120)
        void = frames.status & int(VOID) != 0
        assert (frames.age_s >= 0).all()
        assert np.isfinite(frames.age_s[~void]).all()
        assert void[np.isinf(frames.age_s)].all()
        assert (frames.lost >= 0).all()
        assert (frames.status == Status.OK).any(axis=0).all()

    def test_numbers_and_time_rise(self, rig: Rig) -> None:
        with rig.make() as bank:
            frames = joined([bank.read(timeout_s) for timeout_s in (1.0, 0.0, 0.003, 0.02) * 12])
        assert (np.diff(to_us(frames.t_s)) > 0).all()
        assert (np.diff(frames.seq) > 0).all()

    def test_reset_keeps_time_and_numbers_rising(self, rig: Rig) -> None:
        with rig.make() as bank:
            before = read_for(bank, 10)
            bank.reset()
            after = read_for(bank, 10)
        assert after.t_s[0] > before.t_s[-1]
        assert after.seq[0] > before.seq[-1]

    @pytest.mark.virtual_clock
    def test_nothing_by_the_deadline_is_a_timeout_of_every_cell(self, rig: Rig) -> None:
        with rig.make() as bank:
            first = bank.read(1.0)
            deadline_s = rig.clock.now_s() + 0.001
            frames = bank.read(0.001)
            again = bank.read(0.0)
            after = bank.read(1.0)
        assert frames.t_s.tolist() == [deadline_s]
        for empty in (frames, again):
            assert len(empty) == 1
            assert (empty.status == Status.TIMEOUT).all()
            assert np.isinf(empty.age_s).all()
        seqs = [int(part.seq[0]) for part in (first, frames, again, after)]
        assert seqs == [0, 1, 2, 3]
        assert (after.lost == 0).all()
        assert (after.status != Status.TIMEOUT).any()


@pytest.mark.unmeasured
@pytest.mark.virtual_clock
@given(waits_s=st.lists(st.sampled_from([0.0, 1e-7, 1e-6, 0.003, 0.0125, 0.02, 0.3, 5.0])))
def test_returns_by_its_deadline_whatever_the_reader_does(rig: Rig, waits_s: list[float]) -> None:
    with rig.make() as bank:
        parts = [bank.read(1.0)]
        for index, wait_s in enumerate(waits_s):
            if index % 3 == 2:
                rig.clock.wait_until(rig.clock.now_s() + wait_s)
            latest_s = rig.clock.now_s() + wait_s + rig.late_s + ROUNDING_S
            parts.append(bank.read(wait_s))
            assert rig.clock.now_s() <= latest_s
            assert len(parts[-1]) > 0
            # Two reads at one instant: their stamps differ by a microsecond each.
            assert parts[-1].t_s[-1] <= latest_s + ROUNDING_S * len(waits_s)
    frames = joined(parts)
    assert (np.diff(to_us(frames.t_s)) > 0).all()
    assert (np.diff(frames.seq) > 0).all()


class TestPlayedBank:
    """A simulator, a replay: nothing depends on who reads when."""

    def test_what_is_good_is_of_this_moment(self, played: PlayedRig) -> None:
        with played.make() as bank:
            frames = read_for(bank, 200)
        assert (frames.age_s[frames.status == Status.OK] == 0).all()
        assert np.isinf(frames.age_s[frames.status & int(Status.TIMEOUT) != 0]).all()

    @pytest.mark.unmeasured
    @given(waits_s=st.lists(st.sampled_from([0.0, 1e-7, 1e-6, 0.003, 0.0125, 0.02, 0.3, 5.0])))
    def test_every_loss_is_counted(self, played: PlayedRig, waits_s: list[float]) -> None:
        with played.make() as bank:
            parts = [bank.read(1.0)]
            for index, wait_s in enumerate(waits_s):
                if index % 3 == 2:
                    played.clock.wait_until(played.clock.now_s() + wait_s)
                parts.append(bank.read(wait_s))
        frames = joined(parts)
        missing = frames.seq[-1] - frames.seq[0] + 1 - len(frames)
        assert frames.lost[1:].sum() == missing * frames.lost.shape[1]

    @pytest.mark.unmeasured
    @given(waits_s=st.lists(st.floats(0.0, 0.9), max_size=30))
    def test_data_do_not_depend_on_how_reads_are_split(
        self, played: PlayedRig, waits_s: list[float]
    ) -> None:
        whole = played.whole
        with played.make() as bank:
            parts = [bank.read(1.0)]
            for wait_s in waits_s:
                played.clock.wait_until(played.clock.now_s() + wait_s)
                parts.append(bank.read(1.0))
        split = joined(parts)
        n_frames = min(len(whole), len(split))
        assert_equal(split[:n_frames], whole[:n_frames])

    def test_timeouts_change_no_reading(self, played: PlayedRig) -> None:
        whole = played.whole
        with played.make() as bank:
            parts = [part for _ in range(2500) if (part := bank.read(0.003)).age_s[0, 0] == 0]
        split = joined(parts)
        n_frames = min(len(whole), len(split))
        np.testing.assert_array_equal(split.counts[:n_frames], whole.counts[:n_frames])
        np.testing.assert_array_equal(split.t_s[:n_frames], whole.t_s[:n_frames])

    def test_its_calibration_fits_its_layout(self, played: PlayedRig) -> None:
        bank = played.make()
        spec = bank.calibration_spec("2024-05-01")
        assert spec.calibrated_on == "2024-05-01"
        with played.make() as other:
            assert other.calibration_spec("2024-05-01") == spec
        assert fit_to(spec, bank.layout).id
        bank.close()
