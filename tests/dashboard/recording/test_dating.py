"""When sessions were, by the clock records of all starts of a mat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from core.log_record import Record, pack_record
from core.wire import ClockRecord, SessionRecord, WallPair
from dashboard.recording.commit import Came, commit
from dashboard.store.repository import open_store
from tests.dashboard.recording.support import MAT, NOW_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashboard.store.repository import Store

SESSION = "c" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "s.db", now_s=NOW_S)
    opened.mats.add(MAT, "", NOW_S)
    yield opened
    opened.close()


def boot(number: int) -> str:
    return f"{number:016x}"


def write(store: Store, seq: int, body: SessionRecord | ClockRecord) -> None:
    kind = "session" if isinstance(body, SessionRecord) else "clock"
    record = Record("a" * 16, seq, 0, kind, msgspec.json.encode(body))  # type: ignore[arg-type]
    with store.transaction():
        commit(store, [Came(MAT, pack_record(record))], NOW_S)


def session(number: int, begin_s: int, end_s: int) -> SessionRecord:
    times = (begin_s * 1_000_000, end_s * 1_000_000)
    return SessionRecord(SESSION, boot(number), None, "contact", *times, "away")


def clock(number: int, *pairs: WallPair, not_before_s: float | None = None) -> ClockRecord:
    return ClockRecord(boot(number), pairs, not_before_s)


def dates(store: Store) -> list[tuple[float | None, float | None]]:
    rows = store.sessions.all(MAT)
    return [(row.begin_earliest_s, row.begin_latest_s) for row in rows]


def test_a_right_clock_dates_all_of_its_start_also_what_came_before(store: Store) -> None:
    write(store, 0, clock(1, WallPair(1.0, 5.0, synchronised=False)))
    write(store, 1, session(1, 10, 20))
    assert dates(store) == [(None, None)]
    write(store, 2, clock(1, WallPair(60.0, 1_000_060.0, synchronised=True)))
    assert dates(store) == [(1_000_010.0, 1_000_010.0)]


def test_without_one_the_starts_before_and_after_bound_it(store: Store) -> None:
    write(store, 0, clock(1, WallPair(10.0, 1_000_010.0, synchronised=True)))
    write(store, 1, session(1, 10, 50))
    write(store, 2, session(2, 100, 150))
    assert dates(store)[1] == (1_000_050.0, None)
    write(store, 3, session(3, 5, 9))
    write(store, 4, clock(3, WallPair(2.0, 2_000_002.0, synchronised=True)))
    assert dates(store) == [
        (1_000_010.0, 1_000_010.0),
        (1_000_050.0, 1_999_952.0),
        (2_000_005.0, 2_000_005.0),
    ]
    write(store, 5, clock(2, not_before_s=1_500_000.0))
    assert dates(store)[1] == (1_500_000.0, 1_999_952.0)
