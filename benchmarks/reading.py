"""What reading the converters costs: GPIO calls, and Python around them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.converters import LibraryPins
from benchmarks.results import Result
from drivers.hx711 import Hx711Bank
from drivers.library import load_library
from tests.drivers.hx711_rig import Mat

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.lines import Lines

FRAMES = 2_000
FRAME_US = 12_500
REPEATS = 5


def run() -> dict[str, Result]:
    """Measure."""
    return {
        "gpio_calls_vs_adafruit": _calls(),
        "reading_python_us": _python(shared=True, n_cells=16),
        "reading_python_own_us": _python(shared=False, n_cells=10),
    }


def _calls() -> Result:
    mat = Mat(n_cells=16, shared=True)
    with mat.bank as bank:
        for _ in range(200):
            bank.read(0.1)
        begin = mat.clock.calls
        for _ in range(FRAMES):
            bank.read(0.1)
        ours = (mat.clock.calls - begin) / FRAMES
    library = 16 * _library_calls()
    return Result(
        ours,
        "calls a frame",
        "16 cells on one clock line at 80 SPS, calls of 2 us, looks for the edges counted; "
        "baseline: 16 x one read() of the Adafruit library on the same chips, its polls counted",
        library,
        ours / library,
    )


def _library_calls(reads: int = 20) -> float:
    mat = Mat(n_cells=1)
    pins = LibraryPins(mat)
    hx711 = load_library(mat.clock).HX711(pins.data, pins.clock)
    hx711.read()
    begin = mat.clock.calls
    for _ in range(reads):
        hx711.read()
    return (mat.clock.calls - begin) / reads


def _python(*, shared: bool, n_cells: int) -> Result:
    script = _record(Mat(n_cells=n_cells, shared=shared))
    best_us = min(_play(script, n_cells, shared=shared) for _ in range(REPEATS)) * 1e6
    wiring = "on one clock line" if shared else "with a clock line each"
    return Result(
        best_us,
        "us a frame",
        f"Python of the sampling loop, {n_cells} mock cells {wiring} at 80 SPS, GPIO calls and "
        f"sleeps left out: {100 * best_us / FRAME_US:.1f} % of the 12.5 ms; processor time, "
        f"best of {REPEATS} runs of {FRAMES} frames",
    )


class _Script:
    """All that a reader was told, in order: times, and levels of the lines."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self.levels: list[int] = []


class _NotingClock:
    def __init__(self, mat: Mat, script: _Script) -> None:
        self._now_s, self.wait_until = mat.clock.now_s, mat.clock.wait_until
        self._note = script.times_s.append

    def now_s(self) -> float:
        t_s = self._now_s()
        self._note(t_s)
        return t_s


class _NotingLines:
    def __init__(self, lines: Lines, script: _Script) -> None:
        self._read, self.write, self.close = lines.read, lines.write, lines.close
        self.at_once = lines.at_once
        self._note = script.levels.append

    def read(self, cells: int = -1) -> int:
        levels = self._read(cells)
        self._note(levels)
        return levels


def _record(mat: Mat) -> _Script:
    script = _Script()
    clock = _NotingClock(mat, script)
    bank = Hx711Bank(mat.layout, lambda wiring: _NotingLines(mat.open_lines(wiring), script), clock)
    with bank:
        for _ in range(FRAMES):
            bank.read(0.1)
    return script


class _PlayedClock:
    def __init__(self, script: _Script) -> None:
        self.now_s: Callable[[], float] = iter(script.times_s).__next__

    def wait_until(self, t_s: float) -> None:
        """The time that follows is in the script."""


class _PlayedLines:
    at_once = True

    def __init__(self, script: _Script) -> None:
        self._next: Callable[[], int] = iter(script.levels).__next__

    def read(self, cells: int = -1) -> int:
        return self._next()

    def write(self, mask: int, level: int) -> None:
        """What follows is in the script."""

    def close(self) -> None:
        """Nothing is open."""


def _play(script: _Script, n_cells: int, *, shared: bool) -> float:
    """Run the reader on what it was told before; return seconds a frame."""
    layout = Mat(n_cells=n_cells, shared=shared).layout
    bank = Hx711Bank(layout, lambda _: _PlayedLines(script), _PlayedClock(script))
    with bank:
        begin_s = time.process_time()
        for _ in range(FRAMES):
            bank.read(0.1)
        return (time.process_time() - begin_s) / FRAMES
