"""Child processes that never outlive the program that started them."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STOP_TIMEOUT_S = 3.0
"""Time that a child has to end by itself after SIGTERM, seconds."""

_PR_SET_PDEATHSIG = 1

# Loaded here, since between fork and exec nothing may be loaded any more.
_LIBC = ctypes.CDLL(None)


class Child:
    """A running program, and the way to end it.

    Parameters
    ----------
    process : subprocess.Popen
        Started as the leader of a session of its own, as `spawn` does.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Process id, also the id of the child's session and process group."""
        return self._process.pid

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for the end of the child.

        Parameters
        ----------
        timeout_s : float, optional
            Longest wait in seconds; without it, as long as it takes.

        Returns
        -------
        int or None
            Exit code, negative for a signal; None while the child still runs.
        """
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End the child: SIGTERM, then SIGKILL; returns when it is gone. May be called again.

        Parameters
        ----------
        timeout_s : float
            Time between the two signals, in seconds.
        """
        self._signal(signal.SIGTERM)
        if self.wait(timeout_s) is None:
            self._signal(signal.SIGKILL)
            self.wait()

    def reload(self) -> None:
        """Tell the child to read its files anew: SIGHUP."""
        self._signal(signal.SIGHUP)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            # It may end between the question and the signal.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)


def spawn(argv: Sequence[str | Path], env: Mapping[str, str] | None, log_path: Path) -> Child:
    """Start a program in a session of its own, so that Ctrl-C in the terminal passes it by.

    On Linux the kernel kills it when the thread that called `spawn` ends, however that
    happens: call it from a thread that stays as long as the child is wanted.

    Parameters
    ----------
    argv : sequence of str or Path
        The program, as a full path, and its arguments.
    env : mapping of str to str, optional
        The whole environment of the child; None hands on that of this process.
    log_path : Path
        File that takes what the child prints; appended to, made with mode 0600.

    Returns
    -------
    Child
        The running child.

    Raises
    ------
    OSError
        The program cannot be started, or the log cannot be written.
    """
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return Child(_popen(argv, env, log))
    finally:
        os.close(log)


def _popen(
    argv: Sequence[str | Path], env: Mapping[str, str] | None, log: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=functools.partial(_die_with, os.getpid()),  # noqa: PLW1509 - two system calls
    )


def _die_with(parent_pid: int) -> None:
    if sys.platform != "linux":
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # A parent that died before the call above sends no signal any more.
    if os.getppid() != parent_pid:
        os._exit(1)
