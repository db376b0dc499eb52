"""Record, then replay: equal frame for frame, whatever the cells went through."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import RecordingError
from core.frames import CellFrames
from core.layout import load_layout
from core.units import to_us
from drivers.base import VirtualClock
from drivers.cell_faults import FAULT_KINDS, CellFault
from drivers.conditions import Conditions
from drivers.errors import BankClosedError, DriverError
from drivers.person import Person
from drivers.recording import RawWriter, head_of
from drivers.replay import Replay
from drivers.simulator import Simulator

LAYOUT = load_layout("full16")
NAMES = ("seq", "t_s", "counts", "status", "age_s", "lost")
START_S = 500.000_001


def joined(parts: list[CellFrames]) -> CellFrames:
    return CellFrames(*(np.concatenate([getattr(part, name) for part in parts]) for name in NAMES))


def simulator(faults: tuple[CellFault, ...] = (), seed: int = 2) -> Simulator:
    conditions = Conditions(creep=True, faults=faults)
    clock = VirtualClock(START_S)
    return Simulator(LAYOUT, Person(LAYOUT, 62.0, 1), clock, 80.0, seed, conditions=conditions)


def record(
    bank: Simulator, path: Path, waits_s: list[float], *, calibrated: bool = True
) -> CellFrames:
    spec = bank.calibration_spec("2024-05-01") if calibrated else None
    with bank, path.open("w", encoding="utf-8", buffering=1) as sink:
        writer = RawWriter(sink, head_of(bank, 128, spec))
        parts = [bank.read(1.0)]
        writer.write(parts[0])
        for wait_s in waits_s:
            parts.append(bank.read(wait_s))
            writer.write(parts[-1])
    return joined(parts)


def replay(path: Path, clock: VirtualClock, *, loop: bool = False) -> Replay:
    return Replay(LAYOUT, path, clock, loop=loop)


FAULTS = st.lists(
    st.tuples(st.sampled_from(FAULT_KINDS), st.integers(0, 15), st.floats(0.0, 1.0)),
    unique_by=lambda fault: fault[1],
    max_size=6,
)


@settings(max_examples=40)
@given(
    faults=FAULTS,
    waits_s=st.lists(st.sampled_from([0.0, 0.001, 0.0125, 0.02]), min_size=1, max_size=80),
    reads_s=st.lists(st.floats(0.0, 0.4), max_size=10),
)
def test_a_replay_equals_what_was_recorded(
    faults: list[tuple[str, int, float]], waits_s: list[float], reads_s: list[float]
) -> None:
    asked = tuple(CellFault(kind, cell, t_s, t_s + 0.5) for kind, cell, t_s in faults)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        recorded = record(simulator(asked), path, waits_s)
        clock = VirtualClock(float(recorded.t_s[0]))
        with replay(path, clock) as bank:
            parts = []
            for wait_s in (*reads_s, 10.0):
                clock.wait_until(clock.now_s() + wait_s)
                if not bank.finished:
                    parts.append(bank.read(1.0))
            assert bank.finished
            spec = bank.calibration_spec("")
    played = joined(parts)
    for name in ("counts", "status", "age_s", "lost"):
        np.testing.assert_array_equal(getattr(played, name), getattr(recorded, name), err_msg=name)
    np.testing.assert_array_equal(played.seq, recorded.seq - recorded.seq[0])
    np.testing.assert_array_equal(to_us(played.t_s), to_us(recorded.t_s))
    assert spec == simulator().calibration_spec("2024-05-01")


def test_a_raw_recording_loops_a_period_after_its_end(tmp_path: Path) -> None:
    recorded = record(simulator(), tmp_path / "r.csv", [0.0125] * 9)
    clock = VirtualClock(20.0)
    with replay(tmp_path / "r.csv", clock, loop=True) as bank:
        played = joined([bank.read(1.0) for _ in range(30)])
        assert not bank.finished
    np.testing.assert_array_equal(played.counts, np.tile(recorded.counts, (3, 1)))
    np.testing.assert_array_equal(played.seq, np.arange(30))
    np.testing.assert_allclose(played.t_s, 20.0 + np.arange(30) / 80, atol=1.1e-6)


def test_blocks_join_without_a_seam(tmp_path: Path) -> None:
    recorded = record(simulator(), tmp_path / "r.csv", [0.0125] * 2999)
    clock = VirtualClock(20.0)
    with replay(tmp_path / "r.csv", clock) as bank:
        clock.wait_until(99.0)
        parts = []
        while not bank.finished:
            parts.append(bank.read(1.0))
    played = joined(parts)
    np.testing.assert_array_equal(played.counts, recorded.counts)
    np.testing.assert_array_equal(np.diff(to_us(played.t_s)), np.diff(to_us(recorded.t_s)))


def test_a_damaged_tail_is_told_after_the_frames_before_it(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    record(simulator(), path, [0.0125] * 9)
    text = path.read_text()
    path.write_text(text[:-4])
    clock = VirtualClock(0.0)
    with replay(path, clock) as bank:
        clock.wait_until(60.0)
        assert len(bank.read(1.0)) == 9
        with pytest.raises(RecordingError, match=r"r\.csv: line 18: cut short"):
            bank.read(1.0)
        with pytest.raises(BankClosedError):
            bank.read(1.0)


def test_refuses_another_layout_and_conditions_and_files_that_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    record(simulator(), path, [0.0125], calibrated=False)
    with pytest.raises(RecordingError, match="recorded with layout full16"):
        Replay(load_layout("starter8"), path, VirtualClock())
    with pytest.raises(DriverError, match="raw counts are played as they were read"):
        Replay(LAYOUT, path, VirtualClock(), conditions=Conditions(drift_n_per_h=1.0))
    with replay(path, VirtualClock(), loop=True) as bank:
        with pytest.raises(RecordingError, match="without a calibration"):
            bank.calibration_spec("")
        bank.read(1.0)
        path.unlink()
        with pytest.raises(DriverError, match="cannot be read: No such file"):
            [bank.read(1.0) for _ in range(3)]


def test_a_writer_refuses_frames_of_another_mat() -> None:
    bank = simulator()
    writer = RawWriter(io.StringIO(), replace(head_of(bank, 128, None), n_cells=8))
    with bank, pytest.raises(RecordingError, match="16 cells read, 8 in the recording"):
        writer.write(bank.read(1.0))
