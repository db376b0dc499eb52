"""The recorder on a real broker: what it is told, and what it answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core import wire
from core.log_record import Record, pack_record
from core.wire import Ack
from dashboard.ingest import client_factory
from dashboard.recording import commit as committing
from dashboard.recording import recorder as recorder_module
from dashboard.recording.acks import ACK_EVERY_S, Acks
from dashboard.recording.judge import Log
from dashboard.recording.recorder import Recorder, Times
from dashboard.store.backend import StoreError
from dashboard.store.desk import Desk
from tests.dashboard.support import MAT, Clock, Mosquitto, broker_client, make_config, make_info

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from dashboard.recording.commit import Came, Committed
    from dashboard.store.repository import Store

LOG = "a" * 16


class Rig:
    """A recorder, and somebody who speaks for the mats and hears what they are answered."""

    def __init__(self, folder: Path, port: int) -> None:
        config = make_config(folder, 8080, port)
        self.desk = Desk(config.store_path)
        self.waits_s: list[float] = []
        times = Times(wall=lambda: 1.7e9, sleep=self._sleep)
        connect = client_factory(config, "recorder-test", None)
        self.recorder = Recorder(self.desk, connect, "broker", MAT, times)
        self._mats = broker_client(port)
        self.ready = asyncio.Event()
        self.recorder._link.came = self.ready.set  # type: ignore[method-assign]

    async def _sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        await asyncio.sleep(0.01)

    async def __aenter__(self) -> Rig:
        await self._mats.__aenter__()
        await self._mats.subscribe("reflexmat/v1/+/ack", qos=1)
        self._task = asyncio.create_task(self.recorder.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._mats.__aexit__(None, None, None)
        await asyncio.to_thread(self.desk.close)

    async def send(self, *records: bytes, mat: str = MAT) -> None:
        for record in records:
            await self._mats.publish(wire.topic(mat, "rec"), record, qos=1)

    async def until(self, wanted: Ack, mat: str = MAT) -> list[Ack]:
        """Hear what a mat is answered until this."""
        heard: list[Ack] = []
        async for message in self._mats.messages:
            if str(message.topic) == wire.topic(mat, "ack"):
                assert isinstance(message.payload, bytes)
                heard.append(wire.decode(message.payload, Ack))
                if heard[-1] == wanted:
                    break
        return heard


def run(folder: Path, scenario: Callable[[Rig], object]) -> None:
    async def within() -> None:
        with Mosquitto(folder) as broker:
            async with Rig(folder, broker.port) as rig:
                await rig.ready.wait()
                await scenario(rig)  # type: ignore[misc]

    asyncio.run(within())


def event(seq: int, first_seq: int = 0) -> bytes:
    return pack_record(Record(LOG, seq, first_seq, "event", b"%d" % seq))


def test_what_is_committed_is_acknowledged_and_again_when_it_comes_again(tmp_path: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.send(*map(event, range(5)))
        await rig.until(Ack(LOG, 5))
        health = await rig.desk.read(lambda store: store.logs.health(MAT))
        await rig.send(event(4, first_seq=4))
        await rig.until(Ack(LOG, 5))
        assert await rig.desk.read(lambda store: store.logs.health(MAT)) == health

    run(tmp_path, scenario)


def test_a_mat_that_is_not_known_gets_no_answer_until_it_is_added(tmp_path: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.send(event(0), mat="attic")
        await rig.send(event(0))
        await rig.until(Ack(LOG, 1))
        unknown = await rig.desk.read(lambda store: store.mats.unknown())
        assert [each.id for each in unknown] == ["attic"]
        await rig.desk.write(lambda store: store.mats.add("attic", "", 1.0))
        await rig.send(event(0), mat="attic")
        await rig.until(Ack(LOG, 1), "attic")

    run(tmp_path, scenario)


def test_a_recorder_says_where_it_stands_when_it_connects(tmp_path: Path) -> None:
    """Also what a store says that was put back: from where to send again."""

    async def scenario() -> None:
        with Mosquitto(tmp_path) as broker:
            async with Rig(tmp_path, broker.port) as rig:
                await rig.ready.wait()
                await rig.send(event(0))
                await rig.until(Ack(LOG, 1))
                await rig.desk.write(lambda store: store.logs.want_all())
            async with Rig(tmp_path, broker.port) as rig:
                await rig.until(Ack(LOG, 1, 1))

    asyncio.run(scenario())


def test_the_layout_of_a_known_mat_is_kept(tmp_path: Path) -> None:
    info = make_info()

    async def scenario(rig: Rig) -> None:
        for mat in (MAT, "attic"):
            topic, told = wire.topic(mat, "info"), wire.encode(info)
            await rig._mats.publish(topic, told, qos=1, retain=True)
            await rig._mats.publish(topic, b"nothing", qos=1)
        await rig.send(event(0))
        await rig.until(Ack(LOG, 1))

        def look(store: Store) -> wire.LayoutInfo | None:
            return store.layouts.get(info.layout.hash)

        while await rig.desk.read(look) != info.layout:
            await rig._mats.publish(wire.topic(MAT, "info"), wire.encode(info), qos=1)

    run(tmp_path, scenario)


def test_nothing_is_acknowledged_that_the_disk_did_not_take(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(rig: Rig) -> None:
        write, failing = rig.desk.write, [True]

        async def fail(work: Callable[[Store], object]) -> object:
            if failing and rig.recorder._waiting.qsize() == 0:
                raise StoreError("s.db: database or disk is full")
            return await write(work)

        await rig.send(event(0))
        await rig.until(Ack(LOG, 1))
        rig.desk.write = fail  # type: ignore[assignment, method-assign]
        await rig.send(event(1))
        while recorder_module.AGAIN_S not in rig.waits_s:
            await asyncio.sleep(0)
        assert rig.recorder.failing == "s.db: database or disk is full"
        failing.clear()
        await rig.send(event(1))
        assert await rig.until(Ack(LOG, 2)) == [Ack(LOG, 2)]
        assert rig.recorder.failing is None

    run(tmp_path, scenario)
    assert caplog.text.count("nothing is recorded: s.db: database or disk is full") == 1


def test_a_record_that_the_program_trips_over_keeps_no_other_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(store: Store, batch: list[Came], now_s: float) -> Committed:
        if any(b"trip" in came.payload for came in batch):
            raise ZeroDivisionError
        return real(store, batch, now_s)

    real = committing.commit
    monkeypatch.setattr(recorder_module, "commit", trip)

    async def scenario(rig: Rig) -> None:
        await rig.send(event(0))
        await rig.until(Ack(LOG, 1))
        await rig.send(pack_record(Record(LOG, 7, 0, "event", b"trip")), event(1))
        await rig.until(Ack(LOG, 2))
        health = await rig.desk.read(lambda store: store.logs.health(MAT))
        assert health.n_damaged == 1

    run(tmp_path, scenario)


def test_two_programs_do_not_record_into_one_store(tmp_path: Path) -> None:
    async def scenario() -> None:
        with Mosquitto(tmp_path) as broker:
            async with Rig(tmp_path, broker.port) as first:
                await first.ready.wait()
                await first.send(event(0))
                await first.until(Ack(LOG, 1))
                async with Rig(tmp_path, broker.port) as second:
                    while not second.waits_s:
                        await asyncio.sleep(0)
                    await first.send(event(1))
                    await first.until(Ack(LOG, 2))
                    assert second.recorder._waiting.qsize() == 0
                    assert not second.ready.is_set()
                    first._task.cancel()
                    await second.ready.wait()
                    await second.send(event(2))
                    await second.until(Ack(LOG, 3))

    asyncio.run(scenario())


def test_a_mat_is_answered_at_once_and_then_every_two_seconds() -> None:
    clock = Clock()
    waits_s: list[float] = []

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)
        clock.now_s += seconds

    async def scenario() -> list[tuple[str, Log]]:
        acks, said = Acks(clock, sleep), []
        acks.news({})
        acks.news({"a": Log("a"), "b": Log("b")})
        said += [await acks.next(), await acks.next()]
        clock.now_s += 0.5
        acks.news({"a": Log("a", 1)})
        acks.news({"a": Log("a", 2)})
        said.append(await acks.next())
        acks.restart({"a": Log("a", 2)})
        said.append(await acks.next())
        return said

    said = asyncio.run(scenario())
    assert said == [("a", Log("a")), ("b", Log("b")), ("a", Log("a", 2)), ("a", Log("a", 2))]
    assert waits_s == [ACK_EVERY_S - 0.5]
