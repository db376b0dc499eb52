"""The store as a recorder, asked record by record."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Self

from core.log_record import KINDS, Earlier, Record
from dashboard.recording.commit import Came, commit, last_log
from dashboard.recording.judge import ack_of
from dashboard.store.logs import BESIDE, KEPT
from dashboard.store.repository import Store, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from core.wire import Ack

MAT = "demo"
NOW_S = 1.7e9


class StoreRecorder:
    """A recorder on a file; bodies that are no content are kept as they came, and can be read back.

    Parameters
    ----------
    folder : Path
    store : Store, optional
        Default: a new one.
    """

    _numbers = itertools.count()

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self._folder = folder
        self.store = store or open_store(folder / f"{next(self._numbers)}.db", now_s=NOW_S)
        # Nothing here cuts the power, and to wait for the disk takes most of the time.
        self.store._backend.execute("PRAGMA synchronous = OFF")
        self.store.mats.add(MAT, "", NOW_S)

    @property
    def kept(self) -> list[Record]:
        chunks = self.store._backend.rows("SELECT key, body FROM chunk ORDER BY key")
        moved = [Record("0" * 16, key, 0, "chunk", body) for key, body in chunks]
        return [record for record in self._records(KEPT) if record.body] + moved

    @property
    def beside(self) -> list[Record]:
        return self._records(BESIDE)

    def take(self, *payloads: bytes) -> None:
        with self.store.transaction():
            commit(self.store, [Came(MAT, payload) for payload in payloads], NOW_S)

    def ack(self) -> Ack | None:
        log = last_log(self.store, MAT)
        return ack_of(log) if log else None

    def put_back(self) -> None:
        self.store.logs.want_all()

    def backup(self) -> Self:
        path = self._folder / f"{next(self._numbers)}.db"
        self.store.copy_to(path)
        return type(self)(self._folder, open_store(path))

    def _records(self, standing: int) -> list[Record]:
        rows = self.store._backend.rows(
            "SELECT log_id, seq, kind, body, was_log, was_seq, was_crc FROM record "
            "JOIN log ON log.key = record.log WHERE standing = ? ORDER BY record.key",
            standing,
        )
        return [
            Record(log_id, seq, 0, KINDS[kind], body or b"", Earlier(*was) if was[0] else None)
            for log_id, seq, kind, body, *was in rows
        ]
