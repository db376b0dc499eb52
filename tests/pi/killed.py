"""A real daemon on a simulated mat that is killed again and again, and what a recorder has then."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from core.chunk import Chunk, unpack_chunk
from tests.pi.mqtt import DEADLINE_S, MAT, Ear
from tests.pi.scribe import Scribe

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

    from tests.pi.mqtt import Mosquitto
    from tests.recorder import Ledger

ROOT_DIR = Path(__file__).parents[2]
RATE_HZ = 80
CHUNKS_EACH = 3
"""Seconds that each daemon lives at least."""


@dataclass
class Found:
    """Frames of all starts together.

    Attributes
    ----------
    n_frames : int
        That the recorder has.
    n_missing : int
        Within what it has of a start, beyond what the mat had told that it never read.
    n_doubled : int
    n_lost_at_end : int
        Most that a start had told of, by `state`, and the recorder never got.
    in_order_lost : int
        The same of the starts that were ended in order.
    """

    n_frames: int = 0
    n_missing: int = 0
    n_doubled: int = 0
    n_lost_at_end: int = 0
    in_order_lost: int = 0


class _End(NamedTuple):
    how: str
    seq: int
    lost: int


def kill(
    broker: Mosquitto,
    folder: Path,
    hows: Iterable[str],
    rng: random.Random,
    ledger: Ledger | None = None,
) -> tuple[Found, Ledger]:
    """Start a daemon for each entry, and end it at a random moment.

    The `daemon`, `both` processes, or `in order`.
    """
    ended: dict[str, _End] = {}
    with Scribe(broker, ledger) as scribe, Ear(broker.port, None) as ear:
        for how in hows:
            state = _live_and_die(broker, folder, scribe, ear, set(ended), (how, rng.random()))
            ended[state["boot_id"]] = _End(how, state["seq"], state["lost"])
        # What the last one stored and could not send goes before what a new one has to say.
        _live_and_die(broker, folder, scribe, ear, set(ended), ("both", 0.0))
        return _judge(scribe.ledger, ended), scribe.ledger


def _live_and_die(
    broker: Mosquitto,
    folder: Path,
    scribe: Scribe,
    ear: Ear,
    known: set[str],
    end: tuple[str, float],
) -> dict[str, Any]:
    """Let a daemon live for some seconds; return the last `state` that was heard of it."""
    how, moment_s = end
    with _daemon(broker, folder) as process:
        scribe.until(lambda ledger: len(_new(ledger, known)) >= CHUNKS_EACH)
        state = json.loads(ear.wait("state").payload)
        while state["boot_id"] in known:
            state = json.loads(ear.wait("state").payload)
        # Anywhere within a second of frames, of which it has told at most a second before.
        threading.Event().wait(moment_s)
        newest = ear.newest("state")
        state = json.loads(newest.payload) if newest else state
        links = process.children()
        if how == "in order":
            process.send_signal(signal.SIGTERM)
        else:
            process.kill()
        if how == "both":
            for link in links:
                link.kill()
        process.wait(DEADLINE_S)
    for link in links:
        link.wait(DEADLINE_S)
    return dict(state)


def _judge(ledger: Ledger, ended: dict[str, _End]) -> Found:
    found = Found()
    for boot_id, (how, seq, unread) in ended.items():
        chunks = _chunks(ledger, boot_id)
        steps = [b.seq - (a.seq + len(a.t_us)) for a, b in pairwise(chunks)]
        lost = max(seq - _end(ledger, boot_id), 0)
        found.n_frames += sum(len(chunk.t_us) for chunk in chunks)
        missing = chunks[0].seq + sum(max(step, 0) for step in steps)
        found.n_missing += max(missing - unread, 0)
        found.n_doubled += sum(max(-step, 0) for step in steps)
        found.n_lost_at_end = max(found.n_lost_at_end, lost)
        if how == "in order":
            found.in_order_lost = max(found.in_order_lost, lost)
    return found


@contextmanager
def _daemon(broker: Mosquitto, folder: Path) -> Iterator[psutil.Popen]:
    (folder / "mat.toml").write_text(
        f'[mat]\nid = "{MAT}"\n[broker]\nport = {broker.port}\n[data]\ndir = "mat"\n'
        "log_empty_mat = true\n"
    )
    argv = [sys.executable, "-m", "pi", "run", "--config", str(folder / "mat.toml")]
    process = psutil.Popen(argv, cwd=ROOT_DIR, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.is_running():
            process.kill()
        process.wait()


def _chunks(ledger: Ledger, boot_id: str = "") -> list[Chunk]:
    found = [unpack_chunk(record.body) for record in ledger.kept if record.kind == "chunk"]
    return [chunk for chunk in found if boot_id in ("", chunk.head.boot_id)]


def _new(ledger: Ledger, known: set[str]) -> list[Chunk]:
    return [chunk for chunk in _chunks(ledger) if chunk.head.boot_id not in known]


def _end(ledger: Ledger, boot_id: str) -> int:
    return max((chunk.seq + len(chunk.t_us) for chunk in _chunks(ledger, boot_id)), default=0)
