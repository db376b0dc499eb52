"""Measuring on hardware: its calibration file, its clock figures, and what it may fail with."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from core.clock_figures import ClockFigures
from core.layout import MatLayout, load_layout
from drivers.base import CellBank, Clock, VirtualClock
from drivers.conditions import Conditions
from drivers.person import Person
from drivers.scenario import EMPTY
from drivers.simulator import Simulator
from pi.command_line import FAILED, main
from pi.diagnose import measure
from pi.record import Options, run

if TYPE_CHECKING:
    from pathlib import Path

    from core.frames import CellFrames

LAYOUT = load_layout("full16")


class FakeHardware(CellBank):
    """Cells on paper that say they are none, clocked slowly in one place."""

    broken = False

    def __init__(
        self,
        layout: MatLayout,
        clock: Clock,
        rate_hz: float,
        gain: int,
        _open: object = None,
    ) -> None:
        super().__init__(layout, clock, rate_hz, "hx711")
        person, conditions = Person(layout, 62.0, 1, EMPTY), Conditions(gain=gain)
        self.paper = Simulator(layout, person, clock, rate_hz, 4, conditions=conditions)

    def clock_figures(self) -> ClockFigures:
        high_us = np.full(16, 9.0)
        high_us[5] = 57.0
        return ClockFigures(high_us / 3, high_us, high_us * 2, np.full(16, 80.01))

    def _start(self) -> None:
        self.paper.start()

    def _read(self, deadline_s: float) -> CellFrames | None:
        if self.broken:
            raise OSError(5, "Input/output error")
        return self.paper._read(deadline_s)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    module = ModuleType("drivers.hx711")
    module.open_bank = FakeHardware  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "drivers.hx711", module)
    path = tmp_path / "mat.toml"
    path.write_text('[bank]\nkind = "hx711"\n')
    return path


def test_hardware_without_a_calibration_is_judged_in_counts(config: Path) -> None:
    found = measure(config, 5.0, VirtualClock())
    assert not found.calibrated
    assert found.cells[0].noise_n_rms is None
    assert [cell.cell for cell in found.cells if cell.verdict != "good"] == [6]
    assert found.cells[5].rule == "clock_stretched"
    assert found.cells[0].learnt_rate_hz == 80.01
    assert not (config.parent / "calibration.json").exists()


def test_hardware_has_its_calibration_in_a_file_that_stays_as_it_is(config: Path) -> None:
    spec = FakeHardware(LAYOUT, VirtualClock(), 80.0, 128).paper.calibration_spec("2026-01-02")
    # As `reflexmat calibrate` writes it for real cells.
    spec = msgspec.structs.replace(spec, made_for="")
    file = config.parent / "calibration.json"
    file.write_bytes(msgspec.json.encode(spec))
    before = file.read_bytes()
    found = measure(config, 5.0, VirtualClock())
    assert found.calibrated
    assert found.cells[0].load_n == pytest.approx(0.0, abs=0.01)
    run(Options(config, config.parent / "o.csv", 1.0), VirtualClock())
    assert "2026-01-02" in (config.parent / "o.csv").read_text()
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"{", None])
def test_a_calibration_that_cannot_be_used_is_one_line(
    config: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = config.parent / "calibration.json"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    assert main(["diagnose", "--config", str(config), "--seconds", "0.1"]) == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert str(file) in line


def test_hardware_that_fails_is_one_line_and_the_file_is_not_blamed(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeHardware, "broken", True)
    for command in (["diagnose"], ["record", "--out", str(config.parent / "o.csv")]):
        assert main([*command, "--config", str(config), "--seconds", "1"]) == FAILED
        (line,) = capsys.readouterr().err.splitlines()
        assert "the hx711 cannot be read: Input/output error" in line
        assert "o.csv" not in line
