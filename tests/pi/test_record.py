"""`reflexmat record`: files that replay and analyze read back, and none that is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from core.calibration import CalibrationSpec, CellCalibration
from core.layout import load_layout
from core.raw_recordings import read_raw
from core.recordings import read_recording
from drivers.base import VirtualClock
from drivers.replay import Replay
from pi.analyze import summarise
from pi.calibration_file import calibrate
from pi.command_line import FAILED, main
from pi.demo_files import check_recording
from pi.diagnose import measure
from pi.record import Options, run

ROOT = Path(__file__).parents[2]
LAYOUT = load_layout("full16")


def config(folder: Path, bank: str = "") -> Path:
    path = folder / "mat.toml"
    path.write_text(f"[bank]\n{bank}")
    return path


def record(folder: Path, bank: str = "", **options: object) -> Path:
    out = folder / "out.csv"
    asked = Options(config(folder, bank), out, 3.0)._replace(**options)  # type: ignore[arg-type]
    run(asked, VirtualClock(70.0))
    return out


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_raw_is_written_private_and_carries_its_calibration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = record(tmp_path)
    assert capsys.readouterr().out == f"{out}: 241 frames\n"
    assert out.stat().st_mode & 0o777 == 0o600
    with out.open(encoding="utf-8", newline="") as lines:
        recording = read_raw(lines, "x")
        assert sum(map(len, recording.blocks)) == 241
    assert (recording.head.source, recording.head.gain) == ("simulator", 128)
    assert recording.calibration(LAYOUT).spec.calibrated_on


def test_newtons_are_the_same_forces(tmp_path: Path) -> None:
    bank = "gain = 64\n[[bank.fault]]\nkind = 'open_wire'\ncell = 1\nbegin_s = 1.0\nend_s = 2.0\n"
    raw = summarise(record(tmp_path, bank))
    (tmp_path / "out.csv").unlink()
    out = record(tmp_path, bank, newtons=True)
    newtons = summarise(out)
    # Newtons tell that there was nothing, but not what ailed the cell.
    of_cells = [event.rule for event in raw.events if event.rule.startswith("cell_")]
    assert set(of_cells) == {"cell_timeout"}
    others = tuple(event for event in raw.events if not event.rule.startswith("cell_"))
    assert (newtons.events, newtons.n_frames) == (others, raw.n_frames)
    assert newtons.total_force_n == raw.total_force_n
    for zone, figures in msgspec.to_builtins(newtons.zones).items():
        expected = msgspec.to_builtins(raw.zones[zone])
        # Contact waits for three times what zero may be off, which only a calibration tells.
        for name in ("mean_force_n", "mean_pressure_kpa", "contact_s", "longest_contact_s"):
            assert (figures.pop(name) is None) == (expected.pop(name) is None)
        assert figures == pytest.approx(expected, nan_ok=False)
    with out.open(encoding="utf-8") as lines:
        recording = read_recording(lines, "x")
        force_n = np.concatenate([block.force_n for block in recording.blocks])
    assert recording.meta["layout_hash"] == LAYOUT.hash
    assert np.isnan(force_n[:, 0]).sum() == 80
    assert not np.isnan(force_n[:, 1:]).any()


def test_a_raw_recording_is_replayed_analysed_diagnosed_and_shown(tmp_path: Path) -> None:
    out = record(tmp_path, "gain = 64\n").rename(tmp_path / "first.csv")
    assert check_recording(out) == "full16"
    first = summarise(out)
    bank = 'kind = "replay"\nfile = "first.csv"\nloop = false\n'
    again = record(tmp_path, bank, seconds=None)
    assert summarise(again) == first
    second = again.read_text().replace("# source: replay", "# source: simulator")
    assert second.splitlines()[7:] == out.read_text().splitlines()[7:]
    assert second.splitlines()[:7] == out.read_text().splitlines()[:7]
    found = measure(config(tmp_path, bank), 10.0, VirtualClock())
    assert (found.n_frames, found.gain, found.calibrated) == (241, 64, True)


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("precious")
    arguments = ["record", "--config", str(config(tmp_path)), "--out", str(out), "--seconds", "0.1"]
    assert main(arguments) == FAILED
    assert out.read_text() == "precious"
    assert main([*arguments, "--force"]) == 0
    assert out.read_text().startswith("# kind: raw\n")


def test_the_recording_that_is_replayed_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = record(tmp_path)
    before = out.read_bytes()
    path = config(tmp_path, 'kind = "replay"\nfile = "out.csv"\n')
    arguments = ["record", "--config", str(path), "--out", str(out), "--force"]
    capsys.readouterr()
    assert main(arguments) == FAILED
    assert "is the recording that is replayed" in one_line(capsys)
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("/dev/full", "/dev/full: No space left on device"),
        ("no/such/folder.csv", "No such file or directory; give another file with --out"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, words: str
) -> None:
    path = config(tmp_path)
    arguments = ["record", "--config", str(path), "--seconds", "0.1", "--force"]
    assert main([*arguments, "--out", str(tmp_path / out)]) == FAILED
    assert words in one_line(capsys)


def uncalibrated(folder: Path) -> str:
    """Take the calibration out of a raw recording."""
    out = record(folder)
    lines = [line for line in out.read_text().splitlines(keepends=True) if "calibrat" not in line]
    (folder / "plain.csv").write_text("".join(lines))
    out.unlink()
    return 'kind = "replay"\nfile = "plain.csv"\nloop = false\n'


def test_counts_without_a_calibration_give_no_newtons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bank = uncalibrated(tmp_path)
    path = config(tmp_path, bank)
    capsys.readouterr()
    arguments = ["--config", str(path), "--out", str(tmp_path / "o.csv")]
    assert main(["record", *arguments, "--newtons"]) == FAILED
    assert "not calibrated: record --raw, or calibrate first" in one_line(capsys)
    assert not (tmp_path / "o.csv").exists()
    assert main(["analyze", str(tmp_path / "plain.csv")]) == FAILED
    assert "raw counts without a calibration" in one_line(capsys)
    assert main(["demo", "--replay", str(tmp_path / "plain.csv")]) == FAILED
    assert "raw counts without a calibration" in one_line(capsys)
    run(Options(path, tmp_path / "o.csv"), VirtualClock())
    assert "calibration" not in (tmp_path / "o.csv").read_text()
    found = measure(path, 10.0, VirtualClock())
    assert not found.calibrated
    assert found.cells[0].noise_n_rms is None


def test_a_raw_recording_that_is_damaged_or_foreign_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = record(tmp_path)
    whole = out.read_text()
    capsys.readouterr()
    for text, words in (
        (whole[:-3], "line 249: cut short"),
        (whole.replace(LAYOUT.hash, "0" * 16, 1), "recorded with layout full16 (0000000000000000)"),
        (whole.replace("# layout: full16", "# layout: /etc/passwd"), "may name full16"),
    ):
        out.write_text(text)
        for command in (["analyze", str(out)], ["demo", "--replay", str(out)]):
            assert main(command) == FAILED
            assert words in one_line(capsys)


def test_forces_that_no_reader_takes_are_left_out_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = record(tmp_path)
    with out.open(encoding="utf-8", newline="") as lines:
        spec = read_raw(lines, "x").head.calibration
    assert spec is not None
    first = spec.cells[0]
    high = CellCalibration(first.zero_counts - 1e6, 2.0)
    cells = (high, *spec.cells[1:])
    text = out.read_text().replace(repr(first.zero_counts), repr(high.zero_counts), 1)
    (tmp_path / "high.csv").write_text(text.replace(repr(first.counts_per_n), "2.0", 1))
    assert CalibrationSpec(spec.layout_hash, spec.calibrated_on, cells) != spec
    capsys.readouterr()
    bank = 'kind = "replay"\nfile = "high.csv"\nloop = false\n'
    path = config(tmp_path, bank)
    run(Options(path, tmp_path / "n.csv", newtons=True), VirtualClock())
    assert "241 frames, 241 forces beyond -50 to 20000 N left out" in capsys.readouterr().out
    assert summarise(tmp_path / "n.csv").zones[LAYOUT.zone_ids[0]].max_force_n is None


def test_ctrl_c_leaves_a_whole_file(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    command = [sys.executable, "-m", "pi", "record", "--config", str(config(tmp_path))]
    with subprocess.Popen(
        [*command, "--out", str(out)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while not (out.exists() and out.read_bytes().count(b"\n") > 20):
            assert process.poll() is None
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        said, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (0, b"")
    with out.open(encoding="utf-8", newline="") as lines:
        n_frames = sum(map(len, read_raw(lines, "x").blocks))
    assert said.decode() == f"{out}: {n_frames} frames\n"


def test_a_killed_recorder_leaves_whole_lines(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    command = [sys.executable, "-m", "pi", "record", "--config", str(config(tmp_path))]
    with subprocess.Popen([*command, "--out", str(out)], cwd=ROOT) as process:
        while not (out.exists() and out.read_bytes().count(b"\n") > 20):
            assert process.poll() is None
            os.sched_yield()
        process.kill()
    with out.open(encoding="utf-8", newline="") as lines:
        assert sum(map(len, read_raw(lines, "x").blocks)) > 5


def test_a_daemon_that_replays_raw_counts_takes_their_calibration(tmp_path: Path) -> None:
    out = record(tmp_path)
    with out.open(encoding="utf-8", newline="") as lines:
        spec = read_raw(lines, "x").head.calibration
    kept = tmp_path / "calibration.json"
    with Replay(LAYOUT, out, VirtualClock()) as bank:
        assert calibrate(bank, kept, "1999-01-01").spec == spec
