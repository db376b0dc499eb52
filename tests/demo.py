"""A real `reflexmat demo` as tests and benchmarks use it."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from pi.broker import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Guest:
    """The read-only account that the demo prints."""

    port: int
    user: str
    password: str


@dataclass(frozen=True)
class RunningDemo:
    """A demo that has printed its link."""

    process: psutil.Popen
    link: str
    guest: Guest

    @property
    def url(self) -> str:
        """The dashboard, without the token."""
        return self.link.split("/sign-in")[0] + "/"

    def child(self, *words: str) -> psutil.Process:
        """The one process below the demo whose command line has all of these words."""
        (found,) = [
            child
            for child in self.process.children(recursive=True)
            if set(words) <= set(child.cmdline())
        ]
        return found


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[RunningDemo]:
    """Run a demo on a free port and end it with Ctrl-C."""
    port = free_port()
    command = [sys.executable, "-m", "pi", "demo", "--port", str(port), "--data-dir", str(folder)]
    process = psutil.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield _ready(process)
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        if process.returncode:
            raise AssertionError(f"the demo ended with {process.returncode}: {output}")


def _ready(process: psutil.Popen) -> RunningDemo:
    link, guest, lines = None, None, []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(r"http://\S+token=\S+", line):
            link = found[0]
        elif line.startswith("mosquitto_sub"):
            guest = _guest(shlex.split(line))
        elif link and guest:
            return RunningDemo(process, link, guest)
    raise AssertionError("no link from the demo: " + "".join(lines))


def _guest(words: list[str]) -> Guest:
    given = dict(zip(words[1::2], words[2::2], strict=False))
    return Guest(int(given["-p"]), given["-u"], given["-P"])
