"""`reflexmat diagnose`: each simulated fault gets its verdict, its words and the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.layout import load_layout
from drivers.base import VirtualClock
from drivers.cell_faults import FAULT_KINDS
from pi.command_line import FAILED, main
from pi.diagnose import measure, run
from pi.files import hold
from pi.record import Options
from pi.record import run as record

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = 'mass_kg = 0.01\nkind = "simulator"\n'


def config(folder: Path, bank: str = EMPTY) -> Path:
    path = folder / "mat.toml"
    path.write_text(f"[bank]\n{bank}")
    return path


def fault(kind: str, begin_s: float = 1.0, end_s: float = 9.0, cell: int = 4) -> str:
    return f'[[bank.fault]]\nkind = "{kind}"\ncell = {cell}\nbegin_s = {begin_s}\nend_s = {end_s}\n'


EXPECTED = {
    "open_wire": ("bad", "open_wire"),
    "dout_stuck": ("bad", "dout_stuck"),
    "brown_out": ("bad", "brown_out"),
    "noise_burst": ("bad", "noisy"),
    "desync": ("bad", "dout_stuck"),
    "slow_clock": ("bad", "slow_clock"),
    "missed": ("check", "losses"),
    "saturation": ("bad", "saturated"),
    "stuck_code": ("bad", "stuck_code"),
    "spike": ("check", "spikes"),
}


@pytest.mark.parametrize("kind", FAULT_KINDS)
def test_each_fault_of_a_scenario_is_found_in_its_cell(tmp_path: Path, kind: str) -> None:
    found = measure(config(tmp_path, EMPTY + fault(kind)), 10.0, VirtualClock(3.0))
    assert found.n_frames == 801
    cell = found.cells[3]
    assert (cell.verdict, cell.rule) == EXPECTED[kind]
    assert {c.verdict for c in found.cells if c.cell != 4} == {"good"}
    assert found.verdict == cell.verdict


def test_two_cells_out_of_step_are_swapped_wires(tmp_path: Path) -> None:
    bank = EMPTY + fault("desync", cell=4) + fault("desync", cell=9)
    found = measure(config(tmp_path, bank), 10.0, VirtualClock())
    assert [cell.cell for cell in found.cells if cell.rule == "swapped_wires"] == [4, 9]


def test_a_good_mat_is_0_and_a_bad_one_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = config(tmp_path)
    assert run(good, 10.0, as_json=False, clock=VirtualClock()) == 0
    said = capsys.readouterr().out
    assert "16 of 16 cells are good" in said
    assert "BAD" not in said
    for zone in load_layout("full16").zone_ids:
        assert zone in said
    bad = config(tmp_path, EMPTY + fault("open_wire") + fault("spike", cell=7))
    assert run(bad, 10.0, as_json=False, clock=VirtualClock()) == 1
    said = capsys.readouterr().out
    assert "BAD cell 4 (l_mth45, DOUT GPIO8, SCK GPIO4): No data" in said
    assert "CHECK cell 7 (l_heel_med): Single values jump" in said
    assert said.index("BAD cell") < said.index("CHECK cell")
    assert "14 of 16 cells are good" in said


def test_a_check_alone_is_0(tmp_path: Path) -> None:
    assert (
        run(config(tmp_path, EMPTY + fault("spike")), 10.0, as_json=True, clock=VirtualClock()) == 0
    )


def test_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(tmp_path, EMPTY + "rate_hz = 93.0\ngain = 64\n" + fault("open_wire"))
    assert run(path, 10.0, as_json=True, clock=VirtualClock()) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["gain"], found["calibrated"]) == ("bad", 64, True)
    cell = found["cells"][0]
    assert cell["noise_n_rms"] == pytest.approx(39.0 / 2 / 2200, rel=0.15)
    assert cell["figures"]["rate_hz"] == pytest.approx(93.0, rel=1e-3)
    assert cell["figures"]["noise_counts_rms"] == pytest.approx(19.5, rel=0.1)
    assert cell["clock_high_us_p999"] is None
    assert found["cells"][3]["figures"]["statuses"]["TIMEOUT"] > 500


def test_drift_that_was_asked_for_is_measured(tmp_path: Path) -> None:
    path = config(tmp_path, EMPTY + "drift_n_per_h = 30.0\n")
    found = measure(path, 20.0, VirtualClock())
    assert {cell.rule for cell in found.cells} == {"drift"}
    for cell in found.cells:
        assert cell.drift_n_per_min == pytest.approx(0.5, abs=0.05)


def test_somebody_on_the_mat_is_told_to_step_off(tmp_path: Path) -> None:
    person, out = config(tmp_path, "mass_kg = 80.0\n"), tmp_path / "person.csv"
    record(Options(person, out, 10.0), VirtualClock())
    played = config(tmp_path, f'kind = "replay"\nfile = "{out}"\n')
    found = measure(played, 10.0, VirtualClock())
    rules = {cell.rule for cell in found.cells}
    assert "loaded" in rules
    assert rules <= {"loaded", "moving", "drift", ""}


def test_a_recording_of_forces_is_diagnosed_to_its_end(tmp_path: Path) -> None:
    zones = load_layout("full16").zone_ids
    rows = "".join(f"{k / 80:.4f}{',0' * 16}\n" for k in range(240))
    header = ",".join(["t_s", *(f"{zone}_n" for zone in zones)])
    (tmp_path / "r.csv").write_text(f"# rate_hz: 80\n{header}\n{rows}")
    bank = 'kind = "replay"\nfile = "r.csv"\nloop = false\n'
    found = measure(config(tmp_path, bank), 10.0, VirtualClock())
    assert (found.n_frames, found.verdict) == (240, "good")


@pytest.mark.parametrize("command", [["diagnose"], ["record", "--out", "r.csv"]])
def test_one_line_while_the_daemon_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    path = config(tmp_path)
    with hold(tmp_path / "daemon.lock", "daemon"):
        assert main([*command, "--config", str(path)]) == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert "in use by another daemon" in line


@pytest.mark.parametrize(
    ("bank", "words"),
    [
        (EMPTY + fault("spike", cell=17), "no cell 17; this mat has 16"),
        (EMPTY + fault("spike") + fault("desync"), "faults of cell 4 overlap"),
        ('kind = "replay"\nfile = "none.csv"\n', "none.csv: cannot be read"),
        ('kind = "x"\n', "line 2: bank.kind"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bank: str, words: str
) -> None:
    assert main(["diagnose", "--config", str(config(tmp_path, bank))]) == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_the_command_line_measures_a_real_second(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(tmp_path, EMPTY + fault("open_wire", 0.0, 9.0))
    assert main(["diagnose", "--config", str(path), "--seconds", "0.5", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["cells"][3]["rule"] == "open_wire"
    assert found["cells"][0]["verdict"] == "good"
