"""How much a running mat logs is changed by a signal, in both of its processes."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pi.broker import free_port
from pi.logs import SIGNALS, level_now, obey_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def as_before() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in SIGNALS.values()}
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_signal_sets_the_level(as_before: None) -> None:
    obey_signals()
    for level in ("debug", "info", "debug"):
        os.kill(os.getpid(), SIGNALS[level])
        assert level_now() == level


def test_both_processes_of_a_daemon_tell_everything_after_a_signal(tmp_path: Path) -> None:
    """The signal goes to the main process alone; the daemon then ends in order."""
    file = tmp_path / "mat.toml"
    file.write_text(
        f'[bank]\nrate_hz = 10\n[broker]\nport = {free_port()}\n[data]\ndir = "{tmp_path}/data"\n'
    )
    daemon = subprocess.Popen(
        [sys.executable, "-m", "pi", "run", "--config", str(file)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert daemon.stderr
    with daemon, daemon.stderr as log:
        assert any("event=down" in line for line in log)
        daemon.send_signal(signal.SIGUSR1)
        missing = {"sampler", "link"}
        for line in log:
            found = re.match(r"t=\S+Z level=DEBUG in=(\w+) event=\w+", line)
            missing -= {found[1]} if found else set()
            if not missing:
                break
        daemon.send_signal(signal.SIGTERM)
        assert not missing
    assert daemon.returncode == 0
