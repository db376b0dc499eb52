"""How late light and sound are while everything around a mat fails, in real time.

A mat at 80 Hz with indicators, in a process of its own, is pressed every few seconds. Meanwhile its
network, broker, link and card fail one after the other while an hour of backlog is sent again.
Measured on the mat: from the time of a frame until what it raises has been written to the pins, and
the time between two passes. The same is measured with nothing failing.
"""

from __future__ import annotations

import itertools
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.converters import Found
from drivers.base import SystemClock
from drivers.indicators import Indicators
from drivers.simulator import Simulator
from pi import run as daemon
from pi.config import load_config
from pi.layouts import find_layout
from pi.panel import Panel
from pi.panels import wiring_of
from tests.drivers.gpio import Board
from tests.pi.yard import Yard

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.rules import AlarmEvent
    from core.update import Update

SECONDS, QUIET_SECONDS = 60.0, 15.0
AT_LEAST_S = 12.0
WARM_UP_S = 3.0
PRESS_EVERY_S, PRESS_S = 1.5, 1.2
TOO_LATE_MS = 500.0
"""A zone that has not been heard for so long is unknown: no fault of these may come near it."""

BUSY_MACHINE = 3.0
"""Where other programs delay it as much with nothing failing, it may be so many times as late."""

BACKLOG_S = 3600.0


def campaign(seed: int, share: float) -> Found:
    """Measure with nothing failing, then with everything."""
    with tempfile.TemporaryDirectory() as folder:
        yard = Yard("mosquitto", Path(folder), random.Random(seed))  # noqa: S311
        try:
            with yard.mat(rate_hz=80.0, grid_s=0.5) as mat:
                mat.live(max(BACKLOG_S * share, 100.0))
            quiet = _measure(yard, max(QUIET_SECONDS * share, AT_LEAST_S / 2), lambda _: None)
            failing = _measure(yard, max(SECONDS * share, AT_LEAST_S), Failing(yard).next)
        finally:
            yard.close()
    late_ms, quiet_ms = (1e3 * max(found["raised_s"], default=1e9) for found in (failing, quiet))
    kept = late_ms < max(TOO_LATE_MS, BUSY_MACHINE * quiet_ms)
    words = (
        f"of {len(failing['raised_s'])} alarms at 80 Hz, from the time of the frame to the end of "
        "the write to light and buzzer, while network, broker, link and card fail; "
        f"{quiet_ms:.1f} with nothing failing"
    )
    passes = (
        f"longest from one pass to the next of {failing['n']}, one being due each 12.5 ms, "
        f"meanwhile; {1e3 * quiet['gap_s']:.1f} with nothing failing"
    )
    return Found(
        kept,
        [f"  {'ok ' if kept else 'NOT'} latest alarm {late_ms:.1f} ms, {words}"],
        {
            "faults_alarm_delay_max_ms": ((late_ms, "ms"), words),
            "faults_pass_gap_max_ms": ((failing["gap_s"] * 1e3, "ms"), passes),
        },
    )


class Failing:
    """Lets one thing after the other fail, and come back."""

    def __init__(self, yard: Yard) -> None:
        self._yard = yard
        self._faults = itertools.cycle(
            [
                *(self._network_cut, yard.broker.die, self._link_stopped, self._card_full),
                *(self._network_dead, yard.broker.forget, self._link_killed),
            ]
        )

    def next(self, mat: psutil.Process) -> None:
        """Let the next one fail."""
        self._link = next(iter(mat.children()), None)
        fault = next(self._faults)
        fault()
        _wait(0.5)

    def _network_cut(self) -> None:
        self._yard.gate.cut()
        _wait(1.0)
        self._yard.gate.open()

    def _network_dead(self) -> None:
        self._yard.gate.hold()
        _wait(2.0)
        self._yard.gate.open()

    def _link_killed(self) -> None:
        if self._link:
            self._link.kill()

    def _link_stopped(self) -> None:
        if self._link:
            self._link.send_signal(signal.SIGSTOP)
            _wait(1.5)
            self._link.send_signal(signal.SIGCONT)

    def _card_full(self) -> None:
        if self._link:
            everything = resource.RLIM_INFINITY
            resource.prlimit(self._link.pid, resource.RLIMIT_FSIZE, (0, everything))
            _wait(1.5)
            resource.prlimit(self._link.pid, resource.RLIMIT_FSIZE, (everything, everything))


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _measure(yard: Yard, seconds: float, fail: Callable[[psutil.Process], None]) -> dict[str, Any]:
    argv = [sys.executable, "-m", "benchmarks.alarm_delay", str(yard.folder / "mat/mat.toml")]
    with (
        yard.scribe(),
        psutil.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as mat,
    ):
        mat.stdout.readline()
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            fail(mat)
            _wait(0.1)
        found, _ = mat.communicate("\n")
    return dict(json.loads(found))


class MeasuredPanel(Panel):
    """A panel that notes when it was done."""

    def measure(self) -> None:
        """Begin to note."""
        self.raised_s: list[float] = []
        self.begun_s: list[float] = []

    def run(self, update: Update, now_s: float) -> tuple[AlarmEvent, ...]:
        """Show how things are, and note how old was what was shown."""
        shown = super().run(update, now_s)
        done_s = SystemClock().now_s()
        self.begun_s.append(now_s)
        raised = (event for event in update.events if event.state == "raised")
        self.raised_s += [done_s - event.t_us / 1e6 for event in raised]
        return shown


def main(config_path: str) -> None:
    """Be the mat until somebody says a word."""
    config, clock, board = load_config(Path(config_path)), SystemClock(), Board()
    with ExitStack() as stack:
        sampler = daemon.build(config, clock, stack)
        layout = find_layout(config.mat.layout)
        wiring = wiring_of(config, layout)
        panel = MeasuredPanel(sampler._engine, Indicators(wiring, board.factory))
        panel.measure()
        sampler.attach(panel)
        _live(sampler, clock.now_s() + WARM_UP_S, clock)
        panel.measure()
        print("ready", flush=True)
        asked = threading.Event()
        threading.Thread(target=_listen, args=(asked,), daemon=True).start()
        zones = itertools.cycle(layout.zone_ids)
        while not asked.is_set():
            # One after the other: an alarm that stands is not raised again.
            bank = sampler._source.bank
            if isinstance(bank, Simulator):
                bank.press(next(zones), PRESS_S)
            _live(sampler, clock.now_s() + PRESS_EVERY_S, clock)
        panel.close()
    gaps_s = [b - a for a, b in itertools.pairwise(panel.begun_s)]
    print(json.dumps({"raised_s": panel.raised_s, "gap_s": max(gaps_s), "n": len(gaps_s)}))


def _listen(asked: threading.Event) -> None:
    sys.stdin.readline()
    asked.set()


def _live(sampler: Any, until_s: float, clock: SystemClock) -> None:  # noqa: ANN401
    while clock.now_s() < until_s:
        sampler.run_pass()


if __name__ == "__main__":
    main(sys.argv[1])
