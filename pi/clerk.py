"""Works on the outbox in a thread of its own, so that a slow card holds up no network.

A job goes in, an answer comes out, and `wake` becomes readable then. A card that fails is tried
again until it works; what was to be stored is not forgotten meanwhile.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import sqlite3
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi.log_rows import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.log_sender import LogState
    from pi.outbox import Entry, Outbox

RETRY_S = 2.0
"""Wait before a card that failed is tried again."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PARTS = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Job:
    """What to do, in this order; what is not said is not done.

    Attributes
    ----------
    acknowledge : int or None
    new_log : bool
    store : tuple of Entry
    send : range
        Numbers of records to fetch.
    """

    acknowledge: int | None = None
    new_log: bool = False
    store: tuple[Entry, ...] = ()
    send: range = range(0)


@dataclass(frozen=True)
class Done:
    """How the log stands after a job.

    Attributes
    ----------
    state : LogState
    stored : tuple of int
        Numbers of entries that are on the card now.
    records : tuple of bytes
        To send.
    """

    state: LogState
    stored: tuple[int, ...] = ()
    records: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """The card, or the log on it, is not as it should be.

    Attributes
    ----------
    reason : str
        Empty: it is well again.
    aside : str
        Where a damaged log was put.
    """

    reason: str
    aside: str = ""


class Clerk:
    """The thread; all methods are for one other thread.

    Parameters
    ----------
    path : Path
        Of the outbox.
    open_outbox : callable
        Opens it.
    boot_id : str
        Of the daemon whose entries come.
    wall_s : callable
        Wall clock, s since 1970.

    Attributes
    ----------
    wake : socket
        Readable when `take` has something.
    """

    def __init__(
        self,
        path: Path,
        open_outbox: Callable[[], Outbox],
        boot_id: str,
        wall_s: Callable[[], float],
    ) -> None:
        self._path, self._open, self._boot_id, self._wall_s = path, open_outbox, boot_id, wall_s
        self.wake, self._waker = socket.socketpair()
        for end in (self.wake, self._waker):
            end.settimeout(0)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._answers: deque[Done | Trouble] = deque()
        self._ending = threading.Event()
        self._outbox: Outbox | None = None
        self._troubled = False
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)
        self._thread.start()

    def ask(self, job: Job) -> None:
        """Have something done; never waits."""
        self._jobs.put(job)

    def take(self) -> list[Done | Trouble]:
        """Take the answers that there are."""
        with contextlib.suppress(BlockingIOError):
            while self.wake.recv(4096):
                pass
        answers = []
        while self._answers:
            answers.append(self._answers.popleft())
        return answers

    def close(self, timeout_s: float) -> None:
        """End when all is done that was asked, or a failing card has had its time."""
        self._jobs.put(None)
        self._thread.join(timeout_s)
        self._ending.set()
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self.wake.close()
            self._waker.close()

    # In the thread.

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._work(job)
        if self._outbox:
            self._outbox.close()

    def _work(self, job: Job) -> None:
        """Do a job, however long the card takes to work again."""
        while not self._ending.is_set():
            try:
                self._outbox = self._outbox or self._open()
                self._say(self._do(self._outbox, job))
            # Whatever it is: a thread that ended would keep nothing and say nothing.
            except Exception as error:  # noqa: BLE001
                # Of a log that is aside now, the rest is no longer true. A move to another log may
                # need more room than there is, and the recorder asks again.
                aside = self._fail(error)
                job = Job(store=job.store) if aside else replace(job, new_log=False)
            else:
                return

    def _do(self, outbox: Outbox, job: Job) -> Done:
        if job.acknowledge is not None:
            outbox.acknowledge(job.acknowledge)
        if job.new_log:
            outbox.begin_new_log()
        if job.store:
            outbox.append(self._boot_id, job.store, self._wall_s())
        records = outbox.send(job.send) if job.send else []
        stored = tuple(entry.number for entry in job.store)
        return Done(outbox.state, stored, tuple(records))

    def _say(self, done: Done) -> None:
        if self._troubled:
            self._troubled = False
            self._answer(Trouble(""))
        self._answer(done)

    def _fail(self, error: Exception) -> bool:
        """Say what is wrong, and wait; return whether the log was set aside."""
        if self._outbox:
            self._outbox.close()
            self._outbox = None
        damaged = isinstance(error, DamagedError) or _code(error) in _DAMAGED
        aside = self._set_aside() if damaged else ""
        again, self._troubled = self._troubled, True
        if aside or not again:
            self._answer(Trouble(str(error) or type(error).__name__, aside))
        if again or not aside:
            self._ending.wait(RETRY_S)
        return bool(aside)

    def _set_aside(self) -> str:
        """Give a damaged log another name, so that nothing of it is lost; empty if that fails."""
        number = 1
        while (aside := self._path.with_name(f"damaged-{number}-{self._path.name}")).exists():
            number += 1
        try:
            for part in reversed(_PARTS):
                old = self._path.with_name(self._path.name + part)
                if old.exists():
                    old.replace(aside.with_name(aside.name + part))
        except OSError:
            return ""
        return str(aside)

    def _answer(self, answer: Done | Trouble) -> None:
        self._answers.append(answer)
        # Full: then it is readable already.
        with contextlib.suppress(BlockingIOError):
            self._waker.send(b"!")


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
