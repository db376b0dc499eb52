"""How late a read starts while the link is busy: the daemon's own loop, with its real link."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.results import Result
from drivers.base import SystemClock
from pi import run as daemon
from pi.broker import Broker, free_port
from pi.broker_config import HOST
from pi.config import load_config
from pi.demo_files import MAT, Files, choose_bank

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 30.0
WARM_UP_S = 2.0


def run() -> dict[str, Result]:
    """Measure with a quiet link and with a busy one."""
    quiet_ms, busy_ms = _lateness_ms(busy=False), _lateness_ms(busy=True)
    value, baseline = (float(np.percentile(late, 99.9)) for late in (busy_ms, quiet_ms))
    return {
        "read_start_late_ms": Result(
            value,
            "ms",
            f"p99.9 over {SECONDS:.0f} s at 80 Hz of how long after a frame was due the daemon's "
            "read had it, while its link process takes 200 commands of 2 kB a second and sends "
            f"`live` and the replies (p50 {np.median(busy_ms):.2f}, max {busy_ms.max():.1f}). "
            "Baseline: the same with nobody on the link. Simulated bank; there is no backlog yet",
            baseline,
            value / baseline,
        )
    }


class MeasuringClock(SystemClock):
    """Notes how long after the time asked for each wait ended."""

    def __init__(self) -> None:
        super().__init__()
        self.late_ms: list[float] = []

    def wait_until(self, t_s: float) -> None:
        """Wait, and note."""
        super().wait_until(t_s)
        self.late_ms.append((self.now_s() - t_s) * 1e3)


def _lateness_ms(*, busy: bool) -> np.ndarray:
    clock = MeasuringClock()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        broker = stack.enter_context(Broker(Path(folder), MAT, free_port()))
        files = Files(Path(folder))
        files.write(broker, HOST, free_port(), choose_bank(None))
        sampler = daemon.build(load_config(files.mat_config), clock, stack)
        if busy:
            stack.enter_context(_flood(broker))
        end_s = clock.now_s() + WARM_UP_S
        while clock.now_s() < end_s:
            sampler.run_pass()
        clock.late_ms.clear()
        end_s = clock.now_s() + SECONDS
        while clock.now_s() < end_s:
            sampler.run_pass()
    return np.array(clock.late_ms)


@contextmanager
def _flood(broker: Broker) -> Iterator[None]:
    """Send commands to the mat from another process, without pause."""
    account = broker.accounts.dashboard
    command = [sys.executable, "-m", "benchmarks.flood", str(broker.port), account.user]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as flood:
        print(account.password, file=flood.stdin, flush=True)
        yield
        flood.terminate()
