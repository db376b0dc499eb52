"""Sessions of a store that become whole, late, again, or never."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from core.chunk import pack_chunk, unpack_chunk
from core.profiles import Profile
from core.sessions import Summary
from dashboard.finishing import figures, finish
from dashboard.finishing.__main__ import work
from dashboard.finishing.finish import finish_all
from dashboard.recording.finisher import Finisher
from dashboard.store.people import Person, ProfileVersion
from dashboard.store.repository import open_store
from tests.dashboard.finishing.support import (
    BEGIN_US,
    MAT,
    NOW_S,
    Writer,
    end_us,
    event,
    seconds,
    told,
)
from tests.dashboard.support import make_layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashboard.store.repository import Store
    from dashboard.store.sessions import SessionRow


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "s.db", now_s=NOW_S)
    yield opened
    opened.close()


def only(store: Store) -> SessionRow:
    (row,) = store.sessions.all(MAT)
    return row


def frames(store: Store) -> tuple[int, np.ndarray]:
    chunks = [unpack_chunk(body) for _, body in store.frames.of(only(store).key)]
    return len(chunks), np.concatenate([chunk.force_cn for chunk in chunks])


def summary(store: Store) -> Summary:
    text = store.figures.summary(only(store).key)
    assert text
    return msgspec.json.decode(text, type=Summary)


def test_a_session_gets_its_figures_once_it_is_whole_to_its_end(store: Store) -> None:
    chunks = seconds(70)
    writer = Writer(store)
    writer.write("session", told(BEGIN_US, None))
    writer.chunks(chunks[:30])
    assert store.sessions.due() == []
    left_out = writer.leave_out()
    writer.chunks(chunks[31:])
    writer.write("event", event(9.0), event(900.0))
    writer.ended(end_us(chunks))
    assert store.sessions.due() == []
    writer.write("chunk", pack_chunk(chunks[30]), at=left_out)
    assert finish_all(store) == 1
    assert store.sessions.due() == []
    row = only(store)
    assert (row.whole, row.n_lost) == (True, 0)
    assert summary(store).n_frames == 70 * 80
    assert [e.t_s for e in summary(store).events] == [9.0]
    assert len(store.figures.zones(row.key)) == 16
    assert len(store.figures.minutes(row.key)) == 2 * 16
    number, force_cn = frames(store)
    assert number == 2
    assert (force_cn == np.concatenate([chunk.force_cn for chunk in chunks])).all()


def test_a_late_chunk_makes_them_anew_and_the_same_is_no_news(store: Store) -> None:
    chunks = seconds(5)
    writer = Writer(store)
    late = writer.leave_out()
    writer.chunks([*chunks[:2], *chunks[3:]])
    gap = writer.leave_out()
    writer.write("gap", msgspec.json.encode({"from_seq": gap, "to_seq": gap}), at=gap)
    writer.ended(end_us(chunks))
    assert store.sessions.due() == []
    # The mat says that it no longer has it; it comes all the same.
    store.logs.lose(1, late, late, "gone", NOW_S)
    writer.write("event", event(8.0))
    assert finish_all(store) == 1
    assert only(store).n_lost == 80
    writer.write("chunk", pack_chunk(chunks[2]), at=late)
    assert finish_all(store) == 1
    assert (only(store).n_lost, summary(store).n_frames) == (0, 5 * 80)
    before = (summary(store), store.figures.minutes(1), frames(store)[0])
    store.sessions.touch(1)
    assert finish_all(store) == 1
    assert (summary(store), store.figures.minutes(1), frames(store)[0]) == before
    assert finish_all(store) == 0


def test_whose_areas_count(store: Store) -> None:
    store.people.add(Person("p1", "Anna", 1.0))
    body = msgspec.json.encode(Profile(foot_mm=(260.0, 98.0))).decode()
    store.people.add_profile(ProfileVersion("p1", 1, body, "Dr Who", "first", 1.0))
    chunks = seconds(5)
    writer = Writer(store)
    writer.chunks(chunks)
    writer.ended(end_us(chunks))
    finish_all(store)
    unknown = store.figures.zones(1)[0].max_pressure_kpa
    writer.ended(end_us(chunks), "p1")
    finish_all(store)
    known = store.figures.zones(1)[0].max_pressure_kpa
    assert known
    assert unknown
    # Nobody's foot is taken for a small one.
    assert known / unknown == pytest.approx(230 * 87 / (260 * 98))


@pytest.mark.parametrize("body", ["{", '{"classes": {"l_nose": 2}}'])
def test_a_profile_of_another_mat_does_not_keep_it_from_its_figures(
    store: Store, body: str
) -> None:
    store.people.add(Person("p1", "Anna", 1.0))
    store.people.add_profile(ProfileVersion("p1", 1, body, "", "", 1.0))
    chunks = seconds(3)
    writer = Writer(store)
    writer.chunks(chunks)
    writer.ended(end_us(chunks), "p1")
    finish_all(store)
    assert only(store).whole


def test_a_layout_that_nobody_knows_waits_until_the_mat_tells(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    chunks = seconds(3, layout_hash="0" * 16)
    writer = Writer(store)
    writer.chunks(chunks)
    writer.ended(end_us(chunks))
    assert finish_all(store) == 1
    assert "nobody knows its layout 0000000000000000" in caplog.text
    assert store.sessions.due() == []
    assert not only(store).whole
    store.layouts.keep(msgspec.structs.replace(make_layout(), hash="0" * 16), NOW_S)
    assert finish_all(store) == 1
    assert only(store).whole


def test_what_cannot_be_read_stays_and_keeps_nothing_else_out(store: Store) -> None:
    chunks = seconds(4)
    writer = Writer(store)
    packed = [pack_chunk(chunk) for chunk in chunks]
    packed[1] = packed[1][:80]
    writer.write("chunk", *packed)
    writer.ended(end_us(chunks))
    finish_all(store)
    assert (only(store).n_lost, summary(store).n_frames) == (80, 3 * 80)
    bodies = [body for _, body in store.frames.of(1)]
    assert packed[1] in bodies
    assert len(bodies) == 3


def test_a_session_without_any_frame_is_passed(store: Store) -> None:
    writer = Writer(store)
    writer.ended(BEGIN_US + 5)
    assert finish_all(store) == 1
    assert store.sessions.due() == []


def test_a_session_that_the_program_trips_over_keeps_no_other_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(*_: object) -> None:
        raise ZeroDivisionError

    chunks = seconds(3)
    writer = Writer(store)
    writer.chunks(chunks)
    writer.ended(end_us(chunks))
    with monkeypatch.context() as patch:
        patch.setattr("dashboard.finishing.finish.figures_of", trip)
        assert finish_all(store) == 1
    assert store.sessions.due() == []
    finish_all(store)
    assert only(store).whole


def test_a_chunk_that_comes_meanwhile_is_not_lost(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = seconds(4)
    writer = Writer(store)
    late = writer.leave_out()
    writer.chunks(chunks[:3])
    store.logs.lose(1, late, late, "gone", NOW_S)
    writer.ended(end_us(chunks))
    real, left = figures.figures_of, [pack_chunk(chunks[3])]

    def meanwhile(*arguments: object) -> object:
        if left:
            writer.write("chunk", left.pop(), at=late)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(finish, "figures_of", meanwhile)
    finish_all(store)
    assert summary(store).n_frames == 4 * 80


def test_frames_that_are_too_old_go_and_figures_stay(store: Store, tmp_path: Path) -> None:
    chunks = seconds(3)
    writer = Writer(store)
    writer.chunks(chunks)
    writer.chunks(seconds(1, session="0" * 32))
    writer.ended(end_us(chunks))
    finish_all(store)
    assert store.frames.forget_before(math.inf) == 0
    store.sessions.date(1, 1_000.0, 2_000.0)
    assert store.frames.forget_before(2_000.0) == 0
    work(tmp_path / "s.db", 1, 2_000.0 + 86_400.5)
    assert list(store.frames.of(1)) == []
    assert store._backend.one("SELECT count(*) FROM chunk") == (0,)
    assert len(store.figures.zones(1)) == 16


def test_the_recorder_has_it_done_in_another_process(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chunks = seconds(3)
    writer = Writer(store)
    writer.chunks(chunks)
    writer.ended(end_us(chunks))
    asyncio.run(Finisher(tmp_path / "s.db", 400)._work())
    assert only(store).whole
    assert caplog.text == ""
    (tmp_path / "t.db").write_text("no database" * 100)
    asyncio.run(Finisher(tmp_path / "t.db", None)._work())
    assert "finishing: " in caplog.text
    assert "could not be finished (1)" in caplog.text


def test_the_work_ends_with_the_recorder(tmp_path: Path) -> None:
    async def scenario() -> None:
        finisher = Finisher(tmp_path / "s.db", None)
        task = asyncio.create_task(finisher.run())
        finisher.ask()
        while finisher._due.is_set() or len(asyncio.all_tasks()) < 2:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
