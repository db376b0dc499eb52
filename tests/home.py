"""What befalls a mat's log in a home: a card, a mat that starts and stops, a recorder.

Nothing here knows how the log is kept: what was stored must arrive in the end, each once.
"""

from __future__ import annotations

import itertools
import resource
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, Self

from core.log_record import MAX_BODY_BYTES
from core.log_sender import HEAR_FIRST_S, LogSender
from pi.outbox import Entry, Outbox
from pi.outbox_room import KEEP_S, Room
from tests.recorder import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.log_record import Record
    from core.wire import Ack

WALL_S = 1.7e9
AGAIN_S = 400.0
"""Longer than any wait of a sender."""

SETTLED = 80


class Recorder(Protocol):
    """What a home needs of a recorder; `kept` and `beside` as of `tests.recorder.Ledger`."""

    @property
    def kept(self) -> Sequence[Record]: ...

    @property
    def beside(self) -> Sequence[Record]: ...

    def take(self, payload: bytes) -> None: ...

    def ack(self) -> Ack | None: ...

    def put_back(self) -> None: ...

    def backup(self) -> Self: ...


class Home:
    """One mat, one card, one recorder.

    Parameters
    ----------
    folder : Path
        For its cards; made if need be.
    recorder : Recorder, optional
        An empty one; default: the small one in memory.

    Attributes
    ----------
    taken : list of bytes
        Bodies that were stored, and did not go with a card that was put away.
    ledger : Recorder
    """

    ACTS = (
        "store", "store", "store", "send", "send", "ack", "lose", "twice", "later",
        "old_card", "power_cut", "disk_full", "backup", "restore", "damage_on_the_way",
        "clock_jump", "too_long",
    )  # fmt: skip

    def __init__(self, folder: Path, recorder: Recorder | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.taken: list[bytes] = []
        self.ledger: Recorder = recorder or Ledger()
        self._folder, self._data = folder, folder / "data"
        self._data.mkdir()
        self._ids = itertools.count(1)
        self._card: list[bytes] | None = None
        self._backup = self.ledger.backup()
        self._n_stored = self._n_boots = self._number = 0
        self._now_s, self._wall_s = 0.0, WALL_S
        self._box = self._open()
        self._sender = LogSender(self._box.state)
        self._begin_boot()

    def do(self, act: str, number: int) -> None:
        """Let something happen; `number` says how much of it."""
        getattr(self, act)(number)

    def settle(self) -> None:
        """Let mat and recorder talk until nothing is left to say; a mat at work has news."""
        self.store(1)
        for _ in range(SETTLED):
            self.later(0)
            self.send(0)
            self.ack(0)

    def close(self) -> None:
        """Let go of the card."""
        self._box.close()

    @property
    def got(self) -> list[bytes]:
        """What the recorder has, of every history, but for what says that something is missing."""
        records = (*self.ledger.kept, *self.ledger.beside)
        return [record.body for record in records if record.kind != "gap"]

    def store(self, how_many: int) -> None:
        """Store some records in one go."""
        fresh = self._fresh(how_many)
        self._append(fresh)
        self.taken += [entry.body for entry in fresh]

    def send(self, _number: int = 0) -> None:
        """Let what is due arrive."""
        for payload in self._due():
            self.ledger.take(payload)

    def lose(self, _number: int = 0) -> None:
        """Let what is due get lost on the way."""
        self._due()

    def damage_on_the_way(self, number: int) -> None:
        """Let what is due arrive with a byte changed; it is sent again later."""
        for payload in self._due():
            broken = bytearray(payload)
            broken[number % len(broken)] ^= 0x55
            if 21 <= number % len(broken) < 29:
                continue
            self.ledger.take(bytes(broken))

    def twice(self, _number: int = 0) -> None:
        """Let what was sent arrive again, the last first."""
        state = self._box.state
        for payload in reversed(self._box.send(range(state.next_seq, state.sent_seq))):
            self.ledger.take(payload)

    def ack(self, _number: int = 0) -> None:
        """Let the recorder answer."""
        said = self.ledger.ack()
        if said:
            self._hear(said)

    def later(self, _number: int = 0) -> None:
        """Let time pass."""
        self._now_s += AGAIN_S

    def old_card(self, _number: int = 0) -> None:
        """Copy the card, or put the copy back; what was stored since goes with the other one."""
        self._box.close()
        copy = self._folder / "copy"
        if self._card is None:
            shutil.copytree(self._data, copy)
            self._card = list(self.taken)
        else:
            shutil.rmtree(self._data)
            copy.rename(self._data)
            self._keep_only({*self._card, *self.got})
            self._card = None
        self._start()

    def power_cut(self, number: int) -> None:
        """Cut the power while records are stored: anywhere in what is written then."""
        wal = self._data / "outbox.db-wal"
        before = wal.stat().st_size if wal.exists() else 0
        self.store(1 + number % 5)
        after = wal.stat().st_size
        at_most = {path.name: path.read_bytes() for path in self._data.iterdir()}
        self._box.close()
        shutil.rmtree(self._data)
        self._data.mkdir()
        for name, content in at_most.items():
            if not name.endswith("-shm"):
                (self._data / name).write_bytes(content)
        if after > before:
            cut = before + (after - before) * number // 64
            wal.write_bytes(at_most[wal.name][:cut])
        self._start()
        self._keep_only({*self.got, *self._on_card()}, last=5)

    def disk_full(self, number: int) -> None:
        """Let the card take only some bytes more; then there is room, and it is stored again."""
        fresh = self._fresh(1 + number % 5)
        wal = self._data / "outbox.db-wal"
        size = wal.stat().st_size if wal.exists() else 0
        self._excuse()
        try:
            with _room_for(max(size, 4096) + 97 * number):
                self._box.append(self._boot_id, fresh, self._wall_s)
        except sqlite3.Error:
            self._box.close()
            self._box = self._open()
        self._append(fresh)
        self.taken += [entry.body for entry in fresh]

    def clock_jump(self, number: int) -> None:
        """Let the wall clock jump forward or back, by up to a month."""
        self._wall_s += (number - 32) * 86_400.0

    def too_long(self, _number: int = 0) -> None:
        """Hand over what no record can hold: it costs a gap, and nothing else."""
        self._number += 1
        entry = Entry(self._number, "event", bytes(MAX_BODY_BYTES + 1))
        self._append([entry])

    def backup(self, _number: int = 0) -> None:
        """Copy what the recorder has."""
        self._backup = self.ledger.backup()

    def restore(self, _number: int = 0) -> None:
        """Put the recorder back to its copy; it asks for what is missing since."""
        lost = {record.body for record in self.ledger.kept} - {
            record.body for record in self._backup.kept
        }
        self.ledger = self._backup.backup()
        # What the mat no longer has, nobody can bring back.
        self._keep_only(set(self.taken) - (lost - self._on_card()))
        self.ledger.put_back()
        self.ack()

    def _append(self, entries: list[Entry]) -> None:
        self._excuse()
        self._sender.stored(self._box.append(self._boot_id, entries, self._wall_s))

    def _excuse(self) -> None:
        """Do not ask for what goes now since it is a week old, and the recorder once had it.

        A recorder that was put back, and has not said so yet, never gets it again.
        """
        log = self._box.state
        rows = self._box._rows.oldest(
            "seq < ? AND stored_s < ?", log.next_seq, self._wall_s - KEEP_S
        )
        goes = range(rows[0][0], rows[-1][0] + 1) if rows else range(0)
        bodies = {record.body for record in self._box._rows.records(log.log_id, 0, goes)}
        self._keep_only(set(self.taken) - (bodies - set(self.got)))

    def _on_card(self) -> set[bytes]:
        """Look at what is stored, without marking it as sent."""
        state = self._box.state
        everything = range(state.first_seq, state.end_seq)
        return {record.body for record in self._box._rows.records(state.log_id, 0, everything)}

    def _keep_only(self, bodies: set[bytes], last: int | None = None) -> None:
        fixed = [] if last is None else self.taken[:-last]
        rest = self.taken if last is None else self.taken[-last:]
        self.taken = fixed + [body for body in rest if body in bodies]

    def _fresh(self, how_many: int) -> list[Entry]:
        fresh = []
        for _ in range(how_many):
            self._n_stored, self._number = self._n_stored + 1, self._number + 1
            body = b"%d" % self._n_stored
            fresh.append(Entry(self._number, "event", body))
        return fresh

    def _due(self) -> list[bytes]:
        due = self._sender.due(self._now_s)
        payloads = self._box.send(due) if due else []
        self._sender.stored(self._box.state)
        return payloads

    def _hear(self, said: Ack) -> None:
        answer = self._sender.ack(said, self._now_s)
        if answer != "nothing":
            self._box.acknowledge(self._sender.next_seq)
        if answer == "new_log":
            self._sender = LogSender(self._box.begin_new_log())
            self._sender.connected(self._now_s)
            self._now_s += HEAR_FIRST_S

    def _start(self) -> None:
        self._box = self._open()
        self._begin_boot()

    def _begin_boot(self) -> None:
        self._n_boots += 1
        self._boot_id = f"{self._n_boots:016x}"
        self._number = 0
        self._sender = LogSender(self._box.state)
        self._sender.connected(self._now_s)
        # What the recorder said last is with the broker, and comes first.
        self.ack()
        self._now_s += HEAR_FIRST_S

    def _open(self) -> Outbox:
        room = Room(self._data, free_bytes=0)
        return Outbox(self._data / "outbox.db", room, lambda: f"{next(self._ids):016x}")


@contextmanager
def _room_for(n_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
