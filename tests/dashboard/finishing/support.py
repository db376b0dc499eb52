"""Sessions as a mat would record them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core import wire
from core.chunk import Chunk, pack_chunk
from core.chunk_head import ChunkHead
from core.layout import load_layout
from core.log_record import Kind, Record, pack_record
from dashboard.recording.commit import Came, commit

if TYPE_CHECKING:
    from dashboard.store.repository import Store

MAT, NOW_S = "demo", 1.7e9
LOG, BOOT, SESSION = "a" * 16, "b" * 16, "c" * 32
LAYOUT = load_layout("full16")
BEGIN_US = 7_000_000
PERIOD_US = 12_500


def seconds(number: int, seed: int = 1, session: str = SESSION, **head: object) -> list[Chunk]:
    """Make chunks of somebody who shifts about, with frames that are bad now and then."""
    rng = np.random.default_rng(seed)
    n_frames = 80 * number
    steps = rng.integers(-60, 61, (n_frames, 16)).cumsum(axis=0)
    force_cn = np.maximum(3_000 + steps, 0)
    status = np.where(force_cn > 600, 3, 1).astype(np.uint8)
    status[rng.random((n_frames, 16)) < 0.001] = 0
    t_us = BEGIN_US + np.arange(n_frames) * PERIOD_US
    named = {"layout_hash": LAYOUT.hash, **head}
    its_head = ChunkHead(
        **{"calibration_id": "2" * 8, "profile_version": 1, "rate_hz": 80.0, "boot_id": BOOT,
           "session": session, **named},  # type: ignore[arg-type]
    )  # fmt: skip
    rows = (slice(first, first + 80) for first in range(0, n_frames, 80))
    return [Chunk(its_head, 100 + r.start, t_us[r], force_cn[r], status[r]) for r in rows]


def end_us(chunks: list[Chunk]) -> int:
    return int(chunks[-1].t_us[-1])


class Writer:
    """Writes the log of one mat into a store."""

    def __init__(self, store: Store, log_id: str = LOG) -> None:
        self._store, self._log_id, self._numbers = store, log_id, count()
        store.mats.add(MAT, "", NOW_S)

    def write(self, kind: Kind, *bodies: bytes | msgspec.Struct, at: int | None = None) -> None:
        payloads = []
        for body in bodies:
            packed = body if isinstance(body, bytes) else msgspec.json.encode(body)
            number = next(self._numbers) if at is None else at
            payloads.append(pack_record(Record(self._log_id, number, 0, kind, packed)))
        with self._store.transaction():
            commit(self._store, [Came(MAT, payload) for payload in payloads], NOW_S)

    def leave_out(self) -> int:
        """Leave a number for later."""
        return next(self._numbers)

    def chunks(self, chunks: list[Chunk]) -> None:
        self.write("chunk", *map(pack_chunk, chunks))

    def ended(self, until_us: int, person: str | None = None) -> None:
        self.write("session", told(until_us, "away", person))


def told(
    until_us: int, ended_by: wire.EndedBy | None, person: str | None = None
) -> wire.SessionRecord:
    return wire.SessionRecord(SESSION, BOOT, person, "contact", BEGIN_US, until_us, ended_by)


def event(t_s: float) -> wire.Event:
    return wire.Event(
        BOOT, 1, "limit", "l_toes", "alarm", "high", "raised", t_s, 240.0, 200.0, "Lift", "Much"
    )
