"""Files of the mat: private, whole, and held by one."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from core.calibration import decode_calibration
from core.layout import load_layout
from drivers.base import VirtualClock
from drivers.person import Person
from drivers.simulator import Simulator
from pi.calibration_file import calibrate
from pi.files import FileError, hold, make_private_dir, write_private

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_private_and_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"a much longer text than the next")
    file.chmod(0o644)
    write_private(file, b"short")
    assert file.read_bytes() == b"short"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_power_cut_does_not_bring_the_old_file_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is on the card before its new name is, and the name before this returns."""
    done, fsync = [], os.fsync

    def noted(handle: int) -> None:
        done.append((stat.S_ISDIR(os.fstat(handle).st_mode), (tmp_path / "people").exists()))
        fsync(handle)

    monkeypatch.setattr("os.fsync", noted)
    write_private(tmp_path / "people", b"{}")
    assert done == [(False, False), (True, True)]


def test_a_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_private_dir(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    for use in (
        lambda: make_private_dir(tmp_path / "f"),
        lambda: write_private(tmp_path / "f" / "g", b""),
        lambda: hold(tmp_path / "f" / "g", "demo"),
    ):
        with pytest.raises(FileError, match="choose another data directory"):
            use()


def test_only_one_holds_a_folder(tmp_path: Path) -> None:
    with hold(tmp_path / "lock", "demo"), pytest.raises(FileError, match="another demo"):
        hold(tmp_path / "lock", "demo")
    hold(tmp_path / "lock", "demo").close()


def test_the_calibration_of_a_simulated_mat_goes_through_its_file(tmp_path: Path) -> None:
    layout = load_layout("full16")
    bank = Simulator(layout, Person(layout, 62.0), VirtualClock())
    file = tmp_path / "calibration.json"
    made = calibrate(bank, file, "2026-11-23")
    assert made.spec.calibrated_on == "2026-11-23"
    assert decode_calibration(file.read_bytes(), layout, "x").id == made.id
