"""`reflexmat demo`: a broker, a simulated mat and the dashboard, in one command."""

from __future__ import annotations

import errno
import importlib.util
import os
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import MatError
from pi.broker import Broker, free_port
from pi.broker_config import HOST
from pi.demo_files import MAT, DemoError, Files, choose_bank, default_folder
from pi.files import hold, make_private_dir
from pi.keeper import Keeper
from pi.ready import MatWatch, answers
from pi.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

READY_TIMEOUT_S = 60.0
CHECK_EVERY_S = 0.2
_POLL_S = 0.05
_NEEDED = ("litestar", "uvicorn", "aiomqtt", "jinja2", "dashboard")


@dataclass(frozen=True)
class Options:
    """What the command line says.

    Attributes
    ----------
    port : int
        Of the dashboard, on loopback.
    replay : Path or None
        Recording to play instead of the simulated person.
    data_dir : Path or None
        Default: a folder of its own for each port.
    exit_after_s : float or None
        How long to run once everything is ready, seconds; None: until told to stop.
    """

    port: int
    replay: Path | None = None
    data_dir: Path | None = None
    exit_after_s: float | None = None


def run(options: Options) -> None:
    """Run a demo until it is told to stop.

    Raises
    ------
    MatError
        If it cannot run; nothing is left running then.
    """
    with Stopping() as stopping, ExitStack() as stack:
        check_installed()
        check_port(options.port)
        bank = choose_bank(options.replay)
        folder = options.data_dir or default_folder(os.environ, options.port)
        make_private_dir(folder)
        stack.enter_context(hold(folder / "demo.lock", "demo"))
        Demo(options, Files(folder.resolve()), stopping, _say).run(bank, stack)
        _say("ending ...")
    _say("ended")


class Demo:
    """The programs of a demo, from start to end.

    Parameters
    ----------
    options : Options
    files : Files
    stopping : Stopping
    say : callable
        Takes a line for the terminal.
    """

    def __init__(
        self, options: Options, files: Files, stopping: Stopping, say: Callable[[str], None]
    ) -> None:
        self._options = options
        self._files = files
        self._stopping = stopping
        self._say = say
        self._told = ""

    def run(self, bank: Mapping[str, object], stack: ExitStack) -> None:
        """Start everything, say how to get in, watch over it.

        Parameters
        ----------
        bank : mapping
            As `choose_bank` returned it.
        stack : ExitStack
            Takes what must be ended, in order: dashboard, daemon, broker.

        Raises
        ------
        MatError
            If a program does not come up.
        """
        folder = self._files.folder
        self._say(f"starting broker, mat and dashboard; their files are in {folder}")
        broker = stack.enter_context(Broker(folder, MAT, free_port()))
        token = self._files.write(broker, HOST, self._options.port, bank)
        keepers = self._start(stack)
        if self._wait_ready(broker, keepers):
            self._invite(broker, token)
            self._watch(broker, keepers)

    def _start(self, stack: ExitStack) -> tuple[Keeper, ...]:
        files, program = self._files, [sys.executable, "-m"]
        mat = [*program, "pi", "run", "--config", str(files.mat_config)]
        dashboard = [*program, "dashboard", "serve", "--config", str(files.dashboard_config)]
        keepers = (
            Keeper("the mat", mat, files.folder / "mat.log"),
            Keeper("the dashboard", dashboard, files.folder / "dashboard.log", self._invite_anew),
        )
        for keeper in keepers:
            stack.callback(keeper.stop)
            keeper.start(time.monotonic())
        return keepers

    def _wait_ready(self, broker: Broker, keepers: tuple[Keeper, ...]) -> bool:
        """Wait for mat and dashboard; return False when told to stop meanwhile."""
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        healthy = False
        with MatWatch(HOST, broker.port, broker.accounts.guest, MAT) as mat:
            while not self._stopping.asked:
                healthy = healthy or answers(HOST, self._options.port)
                if mat.listen(_POLL_S) and healthy:
                    return True
                self._check_start(keepers, deadline_s)
        return False

    def _check_start(self, keepers: tuple[Keeper, ...], deadline_s: float) -> None:
        for keeper in keepers:
            if keeper.check(time.monotonic()):
                raise DemoError(f"{keeper.name} ended at once: {keeper.last_words()}")
        if time.monotonic() > deadline_s:
            logs = " and ".join(str(keeper.log_path) for keeper in keepers)
            raise DemoError(f"not ready after {READY_TIMEOUT_S:.0f} s; see {logs}")

    def _invite(self, broker: Broker, token: str) -> None:
        guest = broker.accounts.guest
        self._say(self._link(token))
        self._say(
            f"mosquitto_sub -h {HOST} -p {broker.port} -u {guest.user} -P {guest.password} "
            # Not what is packed: a terminal cannot show it.
            "-v -t 'reflexmat/v1/#' -T 'reflexmat/v1/+/rec' -T 'reflexmat/v1/+/live'"
        )
        self._say("Ctrl-C ends it")

    def _invite_anew(self) -> str:
        # Whoever has signed in still is; for others, the first link has been used.
        link = self._link(self._files.renew_token())
        return f"the dashboard ended and is started again; a new sign-in link: {link}"

    def _link(self, token: str) -> str:
        return f"http://{HOST}:{self._options.port}/sign-in?token={token}"

    def _watch(self, broker: Broker, keepers: tuple[Keeper, ...]) -> None:
        seconds = self._options.exit_after_s
        end_s = time.monotonic() + seconds if seconds is not None else float("inf")
        while not self._stopping.asked and (left_s := end_s - time.monotonic()) > 0:
            self._stopping.wait(min(left_s, CHECK_EVERY_S))
            self._take_mats(broker)
            for keeper in keepers:
                line = keeper.check(time.monotonic())
                if line and not self._stopping.asked:
                    self._say(line)

    def _take_mats(self, broker: Broker) -> None:
        try:
            broker.take_mats()
            self._told = ""
        except MatError as error:
            if str(error) != self._told:
                self._say(str(error))
            self._told = str(error)


def check_installed() -> None:
    """Make sure that the dashboard can be started.

    Raises
    ------
    DemoError
        If a package is missing.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise DemoError(f"{', '.join(missing)} not installed; pip install 'reflexmat[demo]'")


def check_port(port: int) -> None:
    """Make sure that the dashboard will get its port.

    Raises
    ------
    DemoError
        If it is taken or not allowed.
    """
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "in use" if taken else error.strerror or str(error)
        raise DemoError(f"port {port}: {reason}; choose another with --port") from None


def _say(line: str) -> None:
    try:
        print(line, flush=True)  # noqa: T201 - this is the program's output
    except BrokenPipeError:
        raise
    except OSError:
        # The terminal is gone; SIGHUP says so too, and ends the demo in order.
        return
