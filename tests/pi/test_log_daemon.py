"""The durable log of a real daemon that is killed: every frame once, but for its last second."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from core.chunk import Chunk, unpack_chunk
from tests.pi.mqtt import DEADLINE_S, MAT, Ear, Mosquitto
from tests.pi.scribe import Scribe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.recorder import Ledger

ROOT_DIR = Path(__file__).parents[2]
RATE_HZ = 80


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    found = Mosquitto(tmp_path)
    found.start()
    yield found
    found.stop()


@contextmanager
def daemon(broker: Mosquitto, folder: Path) -> Iterator[psutil.Popen]:
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


def chunks(ledger: Ledger, boot_id: str = "") -> list[Chunk]:
    found = [unpack_chunk(record.body) for record in ledger.kept if record.kind == "chunk"]
    return [chunk for chunk in found if boot_id in ("", chunk.head.boot_id)]


def last_state(ear: Ear) -> dict[str, object]:
    heard = ear.wait("state")
    return dict(json.loads(heard.payload))


def test_killed_at_any_moment_it_loses_its_last_second_at_most(
    broker: Mosquitto, tmp_path: Path
) -> None:
    told: dict[str, int] = {}
    with Scribe(broker) as scribe, Ear(broker.port, None) as ear:
        for how in ("daemon", "both", "daemon", "in order"):
            with daemon(broker, tmp_path) as process:
                boots = set(told)
                scribe.until(lambda ledger, known=boots: len(new(ledger, known)) >= 3)  # type: ignore[misc]
                state = last_state(ear)
                while state["boot_id"] in boots:
                    state = last_state(ear)
                told[str(state["boot_id"])] = int(str(state["seq"]))
                links = process.children()
                end(process, links, how)
            for link in links:
                link.wait(DEADLINE_S)
        scribe.until(
            lambda ledger: all(end_of(ledger, boot) >= told[boot] - RATE_HZ for boot in told)
        )
    for boot, seq in told.items():
        found = chunks(scribe.ledger, boot)
        assert found[0].seq == 0
        for before, after in pairwise(found):
            assert before.seq + len(before.t_us) == after.seq
        assert end_of(scribe.ledger, boot) >= seq - RATE_HZ
    assert end_of(scribe.ledger, boot) >= seq
    assert scribe.ledger.n_lost == 0
    assert scribe.ledger.beside == []
    assert [record.seq for record in scribe.ledger.kept] == list(range(len(scribe.ledger.kept)))


def new(ledger: Ledger, known: set[str]) -> list[Chunk]:
    return [chunk for chunk in chunks(ledger) if chunk.head.boot_id not in known]


def end_of(ledger: Ledger, boot_id: str) -> int:
    return max((chunk.seq + len(chunk.t_us) for chunk in chunks(ledger, boot_id)), default=0)


def end(process: psutil.Popen, links: list[psutil.Process], how: str) -> None:
    if how == "in order":
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_S)
        return
    process.kill()
    if how == "both":
        for link in links:
            link.kill()
