"""`reflexmat indicators`, on mock pins and on a machine that has none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import MatError
from drivers.base import VirtualClock
from pi.self_test import run
from tests.drivers.gpio import BUZZER, GREEN, RED, Board

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT_DIR = Path(__file__).parents[2]
MOCK = {"GPIOZERO_PIN_FACTORY": "mock", "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin"}


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board()
    yield board
    board.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mat.toml"
    path.write_text("[indicators]\nenabled = true\n")
    return path


class Report:
    """What was said, and what the pins showed when it was."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.lines: list[str] = []
        self.shown: list[object] = []

    def say(self, line: str) -> None:
        self.lines.append(line)
        self.shown.append((self.board.rgb(), self.board.tone_hz()))


def test_each_colour_and_a_tone_are_shown_in_turn_and_said(board: Board, config: Path) -> None:
    clock, report = VirtualClock(), Report(board)
    works = run(
        config, report.say, as_json=False, put_out=False, factory=board.factory, clock=clock
    )
    assert works
    assert report.lines[:4] == ["light red", "light green", "light blue", "tone of 500 Hz"]
    assert report.shown[:4] == [
        ((1.0, 0.0, 0.0), None),
        ((0.0, 1.0, 0.0), None),
        ((0.0, 0.0, 1.0), None),
        ((0.0, 0.0, 0.0), 500.0),
    ]
    assert report.lines[4:7] == ["light: answers", "buzzer: answers", "button: not pressed"]
    assert "Nobody but you" in report.lines[7]
    assert clock.now_s() == pytest.approx(1.8)
    assert board.pin(RED).function == "input"


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("number", "part"), [(BUZZER, "buzzer"), (GREEN, "light")])
def test_a_part_that_is_missing_is_named(
    board: Board, config: Path, number: int, part: str, as_json: bool
) -> None:
    other, report = board.occupy(number), Report(board)
    clock = VirtualClock()
    assert not run(
        config, report.say, as_json=as_json, put_out=False, factory=board.factory, clock=clock
    )
    other.close()
    if as_json:
        (line,) = report.lines
        parts = json.loads(line)["parts"]
        assert [name for name in parts if not parts[name]["ok"]] == [part]
        assert "in use" in parts[part]["reason"]
    else:
        assert [line for line in report.lines if line.startswith(f"{part}: ")] != [
            f"{part}: answers"
        ]


def test_a_button_that_is_down_is_said(board: Board, config: Path) -> None:
    class Finger(VirtualClock):
        def wait_until(self, t_s: float) -> None:
            super().wait_until(t_s)
            board.press(down=True)

    report = Report(board)
    run(config, report.say, as_json=False, put_out=False, factory=board.factory, clock=Finger())
    assert "button: pressed" in report.lines


def test_putting_out_says_nothing_and_leaves_the_lines_free(board: Board, config: Path) -> None:
    report = Report(board)
    assert run(config, report.say, as_json=False, put_out=True, factory=board.factory)
    assert report.lines == []
    assert (board.rgb(), board.tone_hz()) == ((0.0, 0.0, 0.0), None)
    assert board.pin(RED).function == "input"


def test_what_cannot_be_put_out_is_said(board: Board, config: Path) -> None:
    other, report = board.occupy(BUZZER), Report(board)
    assert not run(config, report.say, as_json=False, put_out=True, factory=board.factory)
    (line,) = report.lines
    assert line.startswith("buzzer: ")
    other.close()


def test_a_mat_without_indicators_has_nothing_to_test_and_nothing_to_put_out(
    board: Board, config: Path
) -> None:
    config.write_text("")
    report = Report(board)
    with pytest.raises(MatError, match="enabled = true"):
        run(config, report.say, as_json=False, put_out=False, factory=board.factory)
    assert run(config, report.say, as_json=False, put_out=True, factory=board.factory)


def test_when_nothing_can_be_seen_or_heard_it_is_one_error(board: Board, config: Path) -> None:
    others = [board.occupy(number) for number in (RED, BUZZER)]
    report = Report(board)
    with pytest.raises(MatError, match="in use"):
        run(config, report.say, as_json=True, put_out=False, factory=board.factory)
    assert report.lines == []
    for other in others:
        other.close()


def command(config: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pi", "indicators", "--config", str(config), *options],
        cwd=ROOT_DIR,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command(config: Path) -> None:
    done = command(config, "--json", **MOCK)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["parts"]["light"] == {"ok": True, "reason": None}
    done = command(config, "--off", **MOCK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = command(config, GPIOZERO_PIN_FACTORY="none-of-these")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "no GPIO on this machine" in line
    done = command(config, "--json", "--off")
    assert done.returncode == 2
