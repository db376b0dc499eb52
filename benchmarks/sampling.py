"""How late a read starts while the link is busy: the daemon's own loop, with its real link."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.results import Result
from drivers.base import SystemClock
from pi import run as daemon
from pi.broker import Broker, free_port
from pi.broker_config import HOST
from pi.config import load_config
from pi.demo_files import MAT, Files, choose_bank
from pi.outbox import Entry, Outbox
from pi.outbox_room import Room
from pi.settings import OUTBOX_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 30.0
WARM_UP_S = 2.0
BACKLOG, CHUNK_BYTES = 5 * 3600, 1_400
"""Records of a second each, as long as those of a seated person at 80 Hz."""


def run() -> dict[str, Result]:
    """Measure with a quiet link and with busy ones."""
    quiet_ms, flood_ms, backlog_ms = (_lateness_ms(link) for link in (None, _flood, _backlog))
    value, baseline, flood = (
        float(np.percentile(late, 99.9)) for late in (backlog_ms, quiet_ms, flood_ms)
    )
    return {
        "read_start_late_ms": Result(
            value,
            "ms",
            f"p99.9 over {SECONDS:.0f} s at 80 Hz of how long after a frame was due the daemon's "
            "read had it, while its link sends a backlog of hours to a recorder that acknowledges "
            f"each record (p50 {np.median(backlog_ms):.2f}, max {backlog_ms.max():.1f}). Baseline: "
            "with nobody on the link. While the link takes 200 commands of 2 kB a second instead: "
            f"{flood:.2f}. Simulated bank",
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


def _lateness_ms(busy: Callable[[Broker], Popen[str]] | None) -> np.ndarray:
    clock = MeasuringClock()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        broker = stack.enter_context(Broker(Path(folder), MAT, free_port()))
        files = Files(Path(folder))
        files.write(broker, HOST, free_port(), choose_bank(None))
        config = load_config(files.mat_config)
        if busy is _backlog:
            _fill(Path(config.data.dir))
        sampler = daemon.build(config, clock, stack)
        if busy:
            stack.enter_context(_running(busy(broker)))
        end_s = clock.now_s() + WARM_UP_S
        while clock.now_s() < end_s:
            sampler.run_pass()
        clock.late_ms.clear()
        end_s = clock.now_s() + SECONDS
        while clock.now_s() < end_s:
            sampler.run_pass()
    return np.array(clock.late_ms)


def _fill(folder: Path) -> None:
    """Put hours of records into an outbox, so that they last as long as is measured."""
    folder.mkdir(mode=0o700, exist_ok=True)
    body = bytes(random.Random(1).randbytes(CHUNK_BYTES))  # noqa: S311
    with closing(Outbox(folder / OUTBOX_FILE, Room(folder), lambda: "0" * 16)) as box:
        box.append("f" * 16, (Entry(n, "chunk", body) for n in range(1, BACKLOG)), time.time())


def _flood(broker: Broker) -> Popen[str]:
    """Send commands to the mat from another process, without pause."""
    return _start("benchmarks.flood", broker)


def _backlog(broker: Broker) -> Popen[str]:
    """Record what the mat sends, in another process."""
    return _start("benchmarks.recorder", broker)


def _start(module: str, broker: Broker) -> Popen[str]:
    account = broker.accounts.dashboard
    argv = [sys.executable, "-m", module, str(broker.port), account.user]
    process = Popen(argv, stdin=PIPE, text=True)
    print(account.password, file=process.stdin, flush=True)
    return process


@contextmanager
def _running(process: Popen[str]) -> Iterator[None]:
    with process:
        yield
        process.terminate()
