"""A real recorder that is killed again and again while a mat sends; what the store has then."""

from __future__ import annotations

import queue
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core import wire
from core.log_record import Record, pack_record
from tests.dashboard.support import MAT, make_config

if TYPE_CHECKING:
    import random
    from pathlib import Path

LOG, BOOT = "a" * 16, "b" * 16
WINDOW = 150
"""Records under way; more than a mat would send, so that a batch is being written at any moment."""

WAIT_S = 60.0
LONGEST_LIFE_S = 0.3


class Found(NamedTuple):
    """Events in the store at the end, of those that were sent."""

    n_sent: int
    n_missing: int
    n_doubled: int


class Mat:
    """Sends what is not acknowledged, from the oldest on, whenever it is told to."""

    def __init__(self, port: int) -> None:
        self.next_seq = self.sent_seq = 0
        self._acks: queue.Queue[wire.Ack] = queue.Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _c, _d, got: self._acks.put(
            wire.decode(bytes(got.payload), wire.Ack)
        )
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(wire.topic(MAT, "ack"), 1)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, number: int = WINDOW) -> None:
        self.sent_seq = max(self.sent_seq, self.next_seq + number)
        for seq in range(self.next_seq, self.next_seq + number):
            self._client.publish(wire.topic(MAT, "rec"), record(seq), 1)

    def hear(self, timeout_s: float) -> bool:
        """Take the next ack, if one comes in time."""
        try:
            said = self._acks.get(timeout=timeout_s)
        except queue.Empty:
            return False
        assert said.next <= self.sent_seq
        assert not said.fork
        self.next_seq = max(self.next_seq, said.next)
        return True


def record(seq: int) -> bytes:
    event = wire.Event(
        BOOT, 1, "limit", "l_toes", "alarm", "high", "raised", float(seq), None, None, "Lift", ""
    )
    return pack_record(Record(LOG, seq, 0, "event", msgspec.json.encode(event)))


def kill_recorder(folder: Path, port: int, n_kills: int, rng: random.Random) -> Found:
    """Let a recorder die at random moments, each time while it takes what was sent."""
    config = make_config(folder, 8080, port)
    file = folder / "dashboard.toml"
    file.write_text(
        f'[web]\nport = 8080\n[broker]\nhost = "127.0.0.1"\nport = {port}\n'
        f'[mat]\nid = "{MAT}"\n[sign_in]\ntoken_file = "token"\n'
    )
    mat = Mat(port)
    try:
        for _ in range(n_kills):
            with _recorder(file) as process:
                _until_it_answers(mat)
                mat.send()
                threading.Event().wait(rng.uniform(0, LONGEST_LIFE_S))
                process.kill()
        with _recorder(file) as process:
            while mat.next_seq < mat.sent_seq:
                mat.send(mat.sent_seq - mat.next_seq)
                mat.hear(WAIT_S)
            process.terminate()
            assert process.wait(WAIT_S) == 0
    finally:
        mat.close()
    return _judge(config.store_path, mat.sent_seq)


def _recorder(file: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "dashboard", "ingest", "--config", str(file)]
    return subprocess.Popen(argv, stderr=subprocess.DEVNULL)


def _until_it_answers(mat: Mat) -> None:
    """Wait until the recorder listens: it says how the log stands, once it knows of one."""
    while not mat.hear(0.5):
        mat.send(1)


def _judge(path: Path, n_sent: int) -> Found:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        seconds = [t_us // 1_000_000 for (t_us,) in db.execute("SELECT t_us FROM event")]
        records = db.execute("SELECT count(*), count(DISTINCT seq) FROM record").fetchone()
    assert records == (n_sent, n_sent)
    return Found(n_sent, n_sent - len(set(seconds)), len(seconds) - len(set(seconds)))
