"""The wall clock as the mat sees it: jumps, years before it was made, restarts."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.wire import WallPair
from pi.clock_file import ClockFile, ClockKept
from pi.version import RELEASED_ON
from pi.wallclock import WallClock, machine_boot

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock_story import ClockStory

RELEASED_S = datetime.fromisoformat(RELEASED_ON).replace(tzinfo=UTC).timestamp()
NOW_S = RELEASED_S + 1_000_000.0


class Pi:
    """A machine whose wall clock can be turned."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "clock.json"
        self.boot, self.wall_s, self.synchronised = "boot-1", 0.0, False
        self.start()

    def start(self) -> None:
        self.file = ClockFile(self.path)
        self.clock = WallClock(self.file, self.boot, lambda: self.wall_s, lambda: self.synchronised)

    def look(self, t_s: float, wall_s: float, *, synchronised: bool) -> ClockStory:
        self.wall_s, self.synchronised = wall_s, synchronised
        return self.clock.look(t_s)

    def kept(self) -> ClockKept | None:
        self.file.close()
        return ClockFile(self.path).load()


def test_a_clock_in_1970_is_told_and_then_put_right(tmp_path: Path) -> None:
    mat = Pi(tmp_path)
    first = mat.look(5.0, 3.0, synchronised=False)
    assert first.not_before_s == RELEASED_S
    assert mat.look(65.0, 900_000.0, synchronised=False) == first
    found = mat.look(125.0, NOW_S, synchronised=True)
    assert found.pairs == (WallPair(5.0, 3.0, False), WallPair(125.0, NOW_S, True))
    assert found.synchronised
    assert mat.look(185.0, NOW_S - 5e5, synchronised=True) == found
    assert mat.kept() is not None


def test_what_cannot_be_right_is_not_called_right(tmp_path: Path) -> None:
    mat = Pi(tmp_path)
    assert not mat.look(5.0, RELEASED_S - 1.0, synchronised=True).synchronised
    assert mat.kept() is None
    assert Pi(tmp_path).look(5.0, RELEASED_S, synchronised=True).synchronised


def test_it_is_kept_once_a_minute(tmp_path: Path) -> None:
    mat = Pi(tmp_path)
    for t_s in (5.0, 64.9, 65.0, 124.9):
        mat.look(t_s, NOW_S + t_s, synchronised=True)
    assert mat.kept() == ClockKept(NOW_S + 65.0, 65.0, "boot-1")
    assert mat.path.stat().st_mode & 0o777 == 0o600


def test_the_next_boot_of_the_machine_has_a_bound(tmp_path: Path) -> None:
    mat = Pi(tmp_path)
    mat.look(5.0, NOW_S, synchronised=True)
    mat.file.close()
    mat.boot = "boot-2"
    mat.start()
    found = mat.look(2.0, 0.0, synchronised=False)
    assert found.not_before_s == NOW_S
    assert found.pairs == (WallPair(2.0, 0.0, False),)


def test_a_daemon_that_starts_again_knows_the_time_at_once(tmp_path: Path) -> None:
    mat = Pi(tmp_path)
    mat.look(5.0, NOW_S, synchronised=True)
    mat.file.close()
    mat.start()
    found = mat.look(50.0, 0.0, synchronised=False)
    assert found.pairs == (WallPair(5.0, NOW_S, True),)
    assert not found.synchronised
    mat.boot = ""
    mat.start()
    assert mat.look(50.0, 0.0, synchronised=False).pairs == (WallPair(50.0, 0.0, False),)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b'{"x":' + b"[" * 100_000])
def test_a_damaged_file_is_said_and_passed(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "clock.json").write_bytes(content)
    assert Pi(tmp_path).look(1.0, 0.0, synchronised=False).not_before_s == RELEASED_S
    assert "clock_lost" in caplog.text


def test_a_card_that_cannot_be_written_is_said_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mat = Pi(tmp_path / "later")
    mat.look(5.0, NOW_S, synchronised=True)
    mat.file._card._thread.submit(lambda: None).result()
    assert "clock_not_kept" in caplog.text
    (tmp_path / "later").mkdir()
    mat.look(6.0, NOW_S + 1.0, synchronised=True)
    assert mat.kept() == ClockKept(NOW_S + 1.0, 6.0, "boot-1")


def test_the_boot_of_this_machine(tmp_path: Path) -> None:
    assert machine_boot() == machine_boot() != ""
    assert machine_boot(tmp_path / "nothing") == ""
    other = "from pi.wallclock import machine_boot; print(machine_boot())"
    said = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == machine_boot()
