"""What every bank promises, run over each of them; a new bank adds a maker to `MAKERS`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import fit_to
from core.frames import CellFrames, Status
from core.layout import load_layout
from core.recordings import write_recording
from core.units import to_us
from drivers.base import VirtualClock
from drivers.errors import BankClosedError, BankNotStartedError, DriverError
from drivers.person import Person
from drivers.replay import Replay
from drivers.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


START_S = 123_456.789_012_3


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


MAKERS: dict[str, Callable[[Path, VirtualClock], Simulator | Replay]] = {
    "simulator": make_simulator,
    "replay": make_replay,
}


class Rig:
    """Makes equal banks, each on a clock of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self.clock = VirtualClock(START_S)

    def make(self) -> Simulator | Replay:
        self.clock = VirtualClock(START_S)
        return MAKERS[self.name](self._folder, self.clock)

    @cached_property
    def whole(self) -> CellFrames:
        """What it gives to a reader who never waits longer than for the next frame."""
        with self.make() as bank:
            return read_for(bank, 500)

    def started(self) -> Simulator | Replay:
        bank = self.make()
        bank.start()
        return bank


@pytest.fixture(scope="module", params=MAKERS)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return Rig(request.param, tmp_path_factory.mktemp(request.param))


def joined(parts: list[CellFrames]) -> CellFrames:
    names = ("seq", "t_s", "counts", "status", "age_s", "lost")
    return CellFrames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def read_for(bank: Simulator | Replay, n_frames: int) -> CellFrames:
    parts = [bank.read(1.0)]
    while sum(map(len, parts)) < n_frames:
        parts.append(bank.read(1.0))
    return joined(parts)


def assert_equal(one: CellFrames, other: CellFrames) -> None:
    for name in ("seq", "t_s", "counts", "status", "age_s", "lost"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


class TestContract:
    def test_says_what_it_is(self, rig: Rig) -> None:
        bank = rig.make()
        assert bank.source == rig.name
        assert bank.rate_hz == {"simulator": 80.0, "replay": 100.0}[rig.name]
        assert len(bank.layout.zone_ids) == 16
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
            frames = read_for(bank, 200)
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
        ok = frames.status == Status.OK
        assert (frames.age_s[ok] == 0).all()
        assert np.isinf(frames.age_s[frames.status & int(Status.TIMEOUT) != 0]).all()

    @given(waits_s=st.lists(st.sampled_from([0.0, 1e-7, 1e-6, 0.003, 0.0125, 0.02, 0.3, 5.0])))
    def test_time_and_numbers_rise_and_every_loss_is_counted(
        self, rig: Rig, waits_s: list[float]
    ) -> None:
        with rig.make() as bank:
            parts = [bank.read(1.0)]
            for index, wait_s in enumerate(waits_s):
                if index % 3 == 2:
                    rig.clock.wait_until(rig.clock.now_s() + wait_s)
                deadline_s = rig.clock.now_s() + wait_s
                parts.append(bank.read(wait_s))
                assert rig.clock.now_s() <= deadline_s + 1e-6
                assert len(parts[-1]) > 0
                assert parts[-1].t_s[-1] <= deadline_s + 1e-6 * len(waits_s)
        frames = joined(parts)
        assert (np.diff(to_us(frames.t_s)) > 0).all()
        assert (np.diff(frames.seq) > 0).all()
        missing = frames.seq[-1] - frames.seq[0] + 1 - len(frames)
        assert frames.lost[1:].sum() == missing * frames.lost.shape[1]

    @given(waits_s=st.lists(st.floats(0.0, 0.9), max_size=30))
    def test_data_do_not_depend_on_how_reads_are_split(
        self, rig: Rig, waits_s: list[float]
    ) -> None:
        whole = rig.whole
        with rig.make() as bank:
            parts = [bank.read(1.0)]
            for wait_s in waits_s:
                rig.clock.wait_until(rig.clock.now_s() + wait_s)
                parts.append(bank.read(1.0))
        split = joined(parts)
        n_frames = min(len(whole), len(split))
        assert_equal(split[:n_frames], whole[:n_frames])

    def test_nothing_by_the_deadline_is_a_timeout_of_every_cell(self, rig: Rig) -> None:
        with rig.make() as bank:
            first = bank.read(1.0)
            frames = bank.read(0.001)
            again = bank.read(0.0)
            after = bank.read(1.0)
        assert len(frames) == len(again) == 1
        assert (
            frames.t_s[0] == START_S + 0.001 == rig.clock.now_s() - (after.t_s[-1] - frames.t_s[0])
        )
        for empty in (frames, again):
            assert (empty.status == Status.TIMEOUT).all()
            assert np.isinf(empty.age_s).all()
        seqs = [int(part.seq[0]) for part in (first, frames, again, after)]
        assert seqs == [0, 1, 2, 3]
        assert (after.lost == 0).all()

    def test_timeouts_change_no_reading(self, rig: Rig) -> None:
        whole = rig.whole
        with rig.make() as bank:
            parts = [part for _ in range(2500) if (part := bank.read(0.003)).age_s[0, 0] == 0]
        split = joined(parts)
        n_frames = min(len(whole), len(split))
        np.testing.assert_array_equal(split.counts[:n_frames], whole.counts[:n_frames])
        np.testing.assert_array_equal(split.t_s[:n_frames], whole.t_s[:n_frames])

    def test_reset_keeps_time_and_numbers_rising(self, rig: Rig) -> None:
        with rig.make() as bank:
            before = read_for(bank, 10)
            bank.reset()
            after = read_for(bank, 10)
        assert after.t_s[0] > before.t_s[-1]
        assert after.seq[0] > before.seq[-1]

    def test_its_calibration_fits_its_layout(self, rig: Rig) -> None:
        bank = rig.make()
        spec = bank.calibration_spec("2024-05-01")
        assert spec.calibrated_on == "2024-05-01"
        with rig.make() as other:
            assert other.calibration_spec("2024-05-01") == spec
        assert fit_to(spec, bank.layout).id
        bank.close()
