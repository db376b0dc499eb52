"""A broker, mats before it, a recorder behind it: where faults are tried and then judged."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.chunk import unpack_chunk
from pi.broker_config import HOST, Account
from tests.pi.mqtt import MAT, Mosquitto, Nats, listens
from tests.pi.proxy import Gate
from tests.pi.scribe import Scribe
from tests.pi.swift import SwiftMat
from tests.recorder import Ledger

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from pi.broker import Broker
    from tests.pi.mqtt import AnyBroker

MEMORY = Path("/dev/shm")  # noqa: S108
"""A card without a card: where a fault is not about it, it shall not be what is waited for."""

_LATELY = 64
"""Newest records that are looked through; asked for each that comes, so twice a window is much."""

ACL = Path(__file__).parents[2] / "deploy/mosquitto/reflexmat.acl"


class KeptMosquitto(Mosquitto):
    """A mosquitto with the shipped rights, which keeps its state; killed, it has what it wrote."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder
        self.mat, self.dashboard = (
            Account(MAT, "of the mat"),
            Account("recorder", "of the recorder"),
        )
        self.guest = Account("dashboard", "of a second consumer")
        self.commander = self.guest
        for account in (self.mat, self.dashboard, self.guest):
            self._enrol(account)
        shutil.copy(ACL, folder / "acl")
        (folder / "mosquitto.conf").write_text(
            f"user root\nlistener {self.port} {HOST}\nallow_anonymous false\n"
            f"password_file {folder / 'passwords'}\nacl_file {folder / 'acl'}\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n"
        )

    def start(self) -> None:
        argv = [self.program(), "-c", str(self._folder / "mosquitto.conf")]
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not listens(self.port):
            assert self._process.poll() is None

    def die(self) -> None:
        """Be killed and started again, with what was saved."""
        self.restart()

    def forget(self) -> None:
        """Be killed, and started again with nothing."""
        self.stop()
        (self._folder / "mosquitto.db").unlink(missing_ok=True)
        self.start()

    def _enrol(self, account: Account) -> None:
        file = self._folder / "passwords"
        create = [] if file.exists() else ["-c"]
        argv = ["mosquitto_passwd", *create, "-b", str(file), account.user, account.password]
        subprocess.run(argv, check=True, capture_output=True, timeout=60)


class KeptNats(Nats):
    """The embedded broker, which is started again with its state when it dies."""

    _broker: Broker

    def start(self) -> None:
        super().start()
        self.guest, self.commander = self._broker.accounts.guest, self._broker.accounts.dashboard

    def die(self) -> None:
        """Be killed and started again, with what was saved."""
        pid = self._broker.pid
        assert pid
        os.kill(pid, signal.SIGKILL)

    def forget(self) -> None:
        """Be ended, and started again with nothing: it always begins so."""
        self.restart()


BROKERS: dict[str, type[KeptMosquitto | KeptNats]] = {
    "mosquitto": KeptMosquitto,
    "nats": KeptNats,
}


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder for a while, in memory where this machine has one."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@dataclass
class Verdict:
    """What a recorder has of what mats took.

    Attributes
    ----------
    n_frames : int
        That were taken, all starts together.
    n_missing, n_doubled : int
    n_missing_chunks : int
        Whole seconds among what is missing.
    n_reported : int
        Records that the recorder was told are lost.
    """

    n_frames: int = 0
    n_missing: int = 0
    n_doubled: int = 0
    n_missing_chunks: int = 0
    n_reported: int = 0


class Yard:
    """Everything that one drill needs.

    Parameters
    ----------
    kind : str
        Of `BROKERS`.
    folder : Path
    rng : Random

    Attributes
    ----------
    ledger : Ledger
        What the recorder has.
    taken : dict of str to int
        Frames that each start of a mat has taken, by its boot id.
    gate : Gate
        The network between mats and broker.
    """

    def __init__(self, kind: str, folder: Path, rng: random.Random) -> None:
        self.folder, self.rng = folder, rng
        (folder / "broker").mkdir()
        self.broker = BROKERS[kind](folder / "broker")
        self.broker.start()
        self.gate = Gate(self.broker.port)
        self.ledger = Ledger()
        self.taken: dict[str, int] = {}
        self.rates: dict[str, float] = {}

    def close(self) -> None:
        """End the broker and the network."""
        self.gate.close()
        self.broker.stop()

    @contextmanager
    def mat(
        self,
        name: str = "mat",
        *,
        counts: bool = True,
        **options: Any,  # noqa: ANN401
    ) -> Iterator[SwiftMat]:
        """Start a mat; note at its end what it has taken, if that counts."""
        with SwiftMat(self.folder / name, self.gate.port, self.broker.mat, **options) as mat:
            yield mat
            mat.sampler.close()
            mat.stored()
            if counts:
                self.taken[mat.boot_id] = mat.n_frames
                self.rates[mat.boot_id] = mat.sampler._info.rate_hz

    def scribe(self, kind: Callable[[AnyBroker, Ledger], Scribe] = Scribe) -> Scribe:
        """Make the recorder, with what it has so far."""
        return kind(self.broker, self.ledger)

    def settle(self, *names: str) -> None:
        """Let mats that are at work again, and the recorder, talk until nothing is left to say."""
        for name in names or ("mat",):
            with self.scribe() as scribe, self.mat(name, counts=False) as mat:
                mat.live(3)
                boot_id = mat.boot_id
                scribe.until(partial(_caught_up, boot_id))

    def judge(self) -> Verdict:
        """Compare what was taken with what has come."""
        found = Verdict(n_reported=self.ledger.n_lost)
        frames = Counter[tuple[str, int]]()
        for record in (*self.ledger.kept, *self.ledger.beside):
            if record.kind == "chunk":
                chunk = unpack_chunk(record.body)
                for seq in range(chunk.seq, chunk.seq + len(chunk.t_us)):
                    frames[chunk.head.boot_id, seq] += 1
        for boot_id, number in self.taken.items():
            missing = [seq for seq in range(number) if (boot_id, seq) not in frames]
            rate_hz = self.rates[boot_id]
            found.n_frames += number
            found.n_missing += len(missing)
            found.n_missing_chunks += len({int(seq / rate_hz) for seq in missing})
        found.n_doubled = sum(times - 1 for times in frames.values())
        return found


def frames_of(ledger: Ledger, boot_id: str) -> int:
    """Number of the frame behind the last that a recorder has of a start."""
    for record in islice(reversed(ledger.kept), _LATELY):
        if record.kind == "chunk" and (chunk := unpack_chunk(record.body)).head.boot_id == boot_id:
            return chunk.seq + len(chunk.t_us)
    return 0


def _caught_up(boot_id: str, ledger: Ledger) -> bool:
    """Whether the recorder has the first frames of a start, and nothing before them is missing."""
    for record in islice(reversed(ledger.kept), _LATELY):
        if record.kind == "chunk" and unpack_chunk(record.body).head.boot_id == boot_id:
            return ledger.logs[record.log_id].next_seq > record.seq
    return False
