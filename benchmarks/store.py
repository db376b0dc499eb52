"""How fast the dashboard's store takes a backlog, and how much room a session takes in it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from benchmarks.results import Result
from core import wire
from core.calibration import fit_to
from core.chunk import pack_chunk
from core.chunk_head import ChunkHead
from core.engine import Engine
from core.layout import load_layout
from core.log_record import Record, pack_record
from core.log_writer import LogWriter
from core.profiles import Profile
from dashboard.finishing.finish import finish_all
from dashboard.recording.commit import Came, commit
from dashboard.recording.recorder import AT_ONCE
from dashboard.store.repository import open_store
from drivers.base import VirtualClock
from drivers.person import Person
from drivers.replay import Replay
from drivers.scenario import Press, Scenario, Stand, Tap
from drivers.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.chunk import Chunk
    from core.layout import MatLayout

SHARED = Path(os.environ.get("REFLEXMAT_SHARED", Path(__file__).parents[1] / ".." / "shared"))
MAT, LOG, BOOT = "bench", "a" * 16, "b" * 16
HOUR_S = 3_600
SESSIONS = 2
LEGS_KG = 14.0
"""What lies on a mat in front of a chair."""

SEATED = Scenario(
    (
        Stand(20.0), Press("l_mth1", 25.0, 20.0), Stand(5.0), Tap("r_toes", 1.5, 15.0, 30.0),
        Stand(10.0), Press("r_heel_med", 30.0, 20.0), Tap("l_arch_lat", 1.0, 12.0, 30.0),
    )
)  # fmt: skip
"""Holds and taps of a routine on a chair, over and over."""


@dataclass(frozen=True)
class Filled:
    """What an hour of sessions came to."""

    store_bytes: int
    rows_bytes: int
    commit_s: float


def run() -> dict[str, Result]:
    """Measure with a seated person and with one who walks."""
    seated, walking = _filled(_seated()), _filled(_walking())
    slower = max(seated, walking, key=lambda each: each.commit_s)
    per_row = seated.store_bytes / seated.rows_bytes
    return {
        "backlog_hour_s": Result(
            slower.commit_s,
            "s",
            f"an hour of chunks of 16 zones from one mat committed to SQLite, "
            f"{AT_ONCE} in a transaction, synchronous=FULL; the slower of seated and walking",
        ),
        "store_mb_per_session_hour": Result(
            seated.store_bytes / 1e6,
            "MB",
            f"whole file after an hour of {SESSIONS} seated sessions with holds and taps, noise "
            "of real converters, figures made and frames compacted",
        ),
        "store_mb_per_session_hour_walking": Result(
            walking.store_bytes / 1e6, "MB", "the same of walk_slow, looped, at its own 100 Hz"
        ),
        "store_vs_row_per_reading": Result(
            per_row,
            "x",
            "whole file of the seated hour over that of SQLite with a row for each frame of 16 "
            "integers, indexed by session and time",
            seated.rows_bytes / 1e6,
            per_row,
        ),
    }


def _seated() -> list[Chunk]:
    layout, clock = load_layout("full16"), VirtualClock()
    bank = Simulator(layout, Person(layout, LEGS_KG, 1, SEATED), clock, seed=1)
    return list(_chunks(layout, bank, clock))


def _walking() -> list[Chunk]:
    layout, clock = load_layout("insole16"), VirtualClock()
    bank = Replay(layout, SHARED / "data/feet/walk_slow.csv", clock, loop=True, seed=1)
    return list(_chunks(layout, bank, clock))


def _chunks(layout: MatLayout, bank: Simulator | Replay, clock: VirtualClock) -> Iterator[Chunk]:
    """Record an hour as a mat does."""
    calibration = fit_to(bank.calibration_spec("2026-01-01"), layout)
    engine, writer = Engine(layout, Profile(), calibration), LogWriter(always=True)
    head = ChunkHead(layout.hash, "0" * 8, 1, bank.rate_hz, BOOT)
    bank.start()
    for half_s in range(2 * HOUR_S):
        # As often as a reader that is not away: what it missed would be lost.
        clock.wait_until(half_s / 2)
        session = f"{1 + half_s * SESSIONS // (2 * HOUR_S):032x}"
        update = engine.feed(bank.read(0.5))
        yield from writer.add(update, replace(head, session=session))
    bank.close()


def _filled(chunks: list[Chunk]) -> Filled:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        store = open_store(path)
        store.mats.add(MAT, "", 0.0)
        records = [
            pack_record(Record(LOG, seq, 0, "chunk", pack_chunk(chunk)))
            for seq, chunk in enumerate(chunks)
        ]
        start_s = time.perf_counter()
        for first in range(0, len(records), AT_ONCE):
            batch = [Came(MAT, payload) for payload in records[first : first + AT_ONCE]]
            with store.transaction():
                commit(store, batch, 0.0)
        commit_s = time.perf_counter() - start_s
        ends = [Came(MAT, payload) for payload in _ends(chunks)]
        with store.transaction():
            commit(store, ends, 0.0)
        finish_all(store)
        store.shrink()
        store.close()
        return Filled(path.stat().st_size, _rows_bytes(Path(folder), chunks), commit_s)


def _ends(chunks: list[Chunk]) -> Iterator[bytes]:
    by_session: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        by_session.setdefault(chunk.head.session, []).append(chunk)
    for seq, (name, some) in enumerate(by_session.items(), len(chunks)):
        times = (int(some[0].t_us[0]), int(some[-1].t_us[-1]))
        record = wire.SessionRecord(name, BOOT, None, "contact", *times, "away")
        yield pack_record(Record(LOG, seq, 0, "session", msgspec.json.encode(record)))


def _rows_bytes(folder: Path, chunks: list[Chunk]) -> int:
    path = folder / "rows.db"
    n_zones = chunks[0].force_cn.shape[1]
    with closing(sqlite3.connect(path)) as db:
        zones = ", ".join(f"zone_{zone} INTEGER" for zone in range(n_zones))
        db.execute(f"CREATE TABLE frame (session INTEGER, t_us INTEGER, {zones})")
        db.execute("CREATE INDEX frame_time ON frame (session, t_us)")
        places = ", ".join("?" * (2 + n_zones))
        for chunk in chunks:
            session = np.full(len(chunk.t_us), int(chunk.head.session, 16))
            rows = np.column_stack((session, chunk.t_us, chunk.force_cn)).tolist()
            db.executemany(f"INSERT INTO frame VALUES ({places})", rows)  # noqa: S608
        db.commit()
    return path.stat().st_size
