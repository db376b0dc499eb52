"""Replay: the recording's own times, loops, ends, missing readings and bad files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.calibration import fit_to
from core.errors import RecordingError
from core.frames import CellFrames, Status
from core.layout import load_layout
from drivers.base import VirtualClock
from drivers.cell_faults import FAULT_KINDS, CellFault
from drivers.conditions import Conditions
from drivers.errors import BankClosedError, DriverError
from drivers.replay import Replay

if TYPE_CHECKING:
    from pathlib import Path

    from core.frames import ForceFrames

LAYOUT = load_layout("insole16")
HEAD = ["# rate_hz: 100", ",".join(["t_s", *(f"{zone}_n" for zone in LAYOUT.zone_ids)])]
NAMES = ("seq", "t_s", "counts", "status", "age_s", "lost")
START_S = 50.000_000_4


def row(t_s: float, first: str = "10") -> str:
    return ",".join([f"{t_s:.3f}", first, *["20"] * 15])


def write(path: Path, *rows: str) -> Path:
    path = path / "r.csv"
    path.write_text("\n".join([*HEAD, *rows]), "utf-8")
    return path


def test_plays_at_the_times_of_the_recording_and_counts_its_gaps(tmp_path: Path) -> None:
    path = write(tmp_path, row(7.0), row(7.01), row(7.06), row(7.071))
    with Replay(LAYOUT, path, VirtualClock(START_S)) as bank:
        frames = [bank.read(1.0) for _ in range(4)]
        assert bank.finished
    t_s = [float(part.t_s[0]) for part in frames]
    np.testing.assert_allclose(t_s, [50.0, 50.01, 50.06, 50.071], rtol=0, atol=1e-9)
    assert [int(part.seq[0]) for part in frames] == [0, 1, 6, 7]
    assert [part.lost[0].tolist() for part in frames] == [[n] * 16 for n in (0, 0, 4, 0)]


def test_a_missing_reading_is_a_timeout_of_that_zone_only(tmp_path: Path) -> None:
    path = write(tmp_path, row(0.0), row(0.01, ""), row(0.02))
    with Replay(LAYOUT, path, VirtualClock()) as bank:
        _, frames, _ = (bank.read(1.0) for _ in range(3))
    assert frames.status[0, 0] == Status.TIMEOUT
    assert not frames.status[0, 1:].any()
    forces = fit_to(bank.calibration_spec(""), LAYOUT).forces(frames)
    assert forces.valid[0].tolist() == [False] + [True] * 15


def test_loops_one_period_after_the_end(tmp_path: Path) -> None:
    path = write(tmp_path, row(3.0), row(3.01), row(3.02))
    with Replay(LAYOUT, path, VirtualClock(), loop=True) as bank:
        frames = [bank.read(1.0) for _ in range(10)]
        assert not bank.finished
    np.testing.assert_allclose([part.t_s[0] for part in frames], np.arange(10) / 100, atol=1e-9)
    assert [int(part.seq[0]) for part in frames] == list(range(10))
    assert not any(part.lost.any() for part in frames)
    assert frames[0].counts.tolist() != frames[3].counts.tolist()


def test_after_the_end_there_is_nothing(tmp_path: Path) -> None:
    clock = VirtualClock()
    with Replay(LAYOUT, write(tmp_path, row(0.0), row(0.01)), clock) as bank:
        clock.wait_until(5.0)
        finished = [bank.finished]
        assert len(bank.read(1.0)) == 2
        finished.append(bank.finished)
        frames = bank.read(0.5)
    assert finished == [False, True]
    assert (frames.status == Status.TIMEOUT).all()
    assert frames.t_s[0] == clock.now_s() == 5.5
    assert frames.seq[0] == 2


def test_a_bad_line_raises_after_the_rows_before_it_and_closes(tmp_path: Path) -> None:
    path = write(tmp_path, *(row(n / 100) for n in range(4096)), row(50.0, "x"))
    clock = VirtualClock()
    with Replay(LAYOUT, path, clock, loop=True) as bank:
        clock.wait_until(100.0)
        assert len(bank.read(1.0)) == 4096
        assert not bank.finished
        with pytest.raises(RecordingError, match=r"r\.csv: line 4099: l_toes_n: 'x' is not a num"):
            bank.read(1.0)
        with pytest.raises(BankClosedError):
            bank.read(1.0)


def test_refuses_files_that_it_cannot_play(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"no\.csv: cannot be read: No such file"):
        Replay(LAYOUT, tmp_path / "no.csv", VirtualClock())
    with pytest.raises(DriverError, match="cannot be read: Is a directory"):
        Replay(LAYOUT, tmp_path, VirtualClock())
    binary = tmp_path / "b.csv"
    binary.write_bytes(bytes(range(256)) * 50)
    with pytest.raises(RecordingError, match=r"b\.csv: line 1: no header"):
        Replay(LAYOUT, binary, VirtualClock())
    latin = tmp_path / "l.csv"
    latin.write_bytes("\n".join([*HEAD, row(0.0), row(0.01, "1é")]).encode("latin-1"))
    with pytest.raises(RecordingError, match=r"line 4: l_toes_n: '1\\ufffd' is not a number"):
        Replay(LAYOUT, latin, VirtualClock())
    with pytest.raises(RecordingError, match=r"line 2: .*no such zone in layout starter8"):
        Replay(load_layout("starter8"), write(tmp_path, row(0.0), row(0.01)), VirtualClock())


def test_a_file_that_goes_away_while_it_loops(tmp_path: Path) -> None:
    path = write(tmp_path, row(0.0), row(0.01))
    with Replay(LAYOUT, path, VirtualClock(), loop=True) as bank:
        bank.read(1.0)
        path.unlink()
        bank.read(1.0)
        with pytest.raises(DriverError, match="cannot be read"):
            bank.read(1.0)


def test_blocks_and_rounds_join_without_a_seam(tmp_path: Path) -> None:
    n_rows = 9000
    path = write(tmp_path, *(row(n / 100, str(n / 100)) for n in range(n_rows)))
    clock = VirtualClock()
    parts: list[ForceFrames] = []
    with Replay(LAYOUT, path, clock, loop=True) as bank:
        calibration = fit_to(bank.calibration_spec("2024-05-01"), LAYOUT)
        while sum(map(len, parts)) < 2 * n_rows:
            clock.wait_until(clock.now_s() + 7.0)
            parts.append(calibration.forces(bank.read(1.0)))
    seq = np.concatenate([part.seq for part in parts])
    t_us = np.concatenate([part.t_us for part in parts])
    force_n = np.concatenate([part.force_cn[:, 0] for part in parts]) / 100
    np.testing.assert_array_equal(seq, np.arange(len(seq)))
    np.testing.assert_array_equal(t_us, seq * 10_000)
    np.testing.assert_allclose(force_n, seq % n_rows / 100, atol=0.15)
    assert sum(part.lost for part in parts) == 0


def test_forces_go_through_cells_with_faults_that_creep_and_drift(tmp_path: Path) -> None:
    """Pure in the number of the row, with gaps, whole or row by row."""
    kinds = enumerate(FAULT_KINDS)
    faults = tuple(CellFault(kind, n, 0.2 + n / 20, 0.8 + n / 20) for n, kind in kinds)
    conditions = Conditions(creep=True, drift_n_per_h=9.0, faults=faults)
    path = write(tmp_path, *(row(n / 100) for n in range(300) if n not in (34, 90)))
    read: list[CellFrames] = []
    for waits_s in ([0.0] * 298, [9.0], [0.7] * 6):
        clock = VirtualClock(START_S)
        with Replay(LAYOUT, path, clock, conditions=conditions) as bank:
            parts = []
            for wait_s in waits_s:
                clock.wait_until(clock.now_s() + wait_s)
                if not bank.finished:
                    parts.append(bank.read(1.0))
        read.append(joined(parts))
    assert len(read[0]) == len(read[1]) == 298
    for name in NAMES:
        whole = getattr(read[0], name)
        np.testing.assert_array_equal(whole, getattr(read[1], name), err_msg=name)
        split = getattr(read[2], name)
        np.testing.assert_array_equal(whole[: len(split)], split, err_msg=name)
    with Replay(LAYOUT, path, VirtualClock(START_S)) as bank:
        plain = joined([bank.read(1.0) for _ in range(298)])
    assert (read[0].status[:, : len(faults)] != 0).any(axis=0).sum() == len(faults) - 1
    assert not plain.status.any()
    assert (plain.counts[-1] != read[0].counts[-1]).any()


def joined(parts: list[CellFrames]) -> CellFrames:
    return CellFrames(*(np.concatenate([getattr(part, name) for part in parts]) for name in NAMES))
