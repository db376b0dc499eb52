from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from core import wire
from dashboard.commands import Outbox
from dashboard.ingest import Ingest, client_factory
from dashboard.live import Hub
from tests.dashboard.support import (
    MAT,
    Clock,
    Mosquitto,
    broker_client,
    make_config,
    make_info,
    make_live,
    make_state,
    publish,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVENT = b"""{"boot_id": "0123456789abcdef", "profile_version": 1, "rule": "limit",
"zone": "l_toes", "kind": "alarm", "priority": "high", "state": "raised", "t_s": 1.0,
"value_kpa": 240.1, "limit_kpa": 200.0, "instruction": "Lift", "reason": "Too much"}"""


class SeenHub(Hub):
    """Tells when something has changed, so that tests need not look again and again."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(Clock(), lambda: "id", outbox.put)
        self.changed = asyncio.Condition()
        self.tasks: set[asyncio.Task[None]] = set()

    def _tell(self) -> None:
        task = asyncio.create_task(self._notify())
        self.tasks.add(task)

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def set_broker(self, *, up: bool) -> None:
        super().set_broker(up=up)
        self._tell()

    def take_state(self, state: wire.State) -> None:
        super().take_state(state)
        self._tell()

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with self.changed:
            await self.changed.wait_for(wanted)


class Rig:
    def __init__(self, folder: Path, port: int) -> None:
        config = make_config(folder, 8080, port)
        self.outbox = Outbox()
        self.hub = SeenHub(self.outbox)
        self.waits_s: list[float] = []
        self.failed = asyncio.Event()
        connect = client_factory(config, "dashboard-test", None)
        self.ingest = Ingest(config, self.hub, self.outbox, connect, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        if len(self.waits_s) >= 7:
            self.failed.set()
        await asyncio.sleep(0.01)

    async def __aenter__(self) -> Rig:
        self._task = asyncio.create_task(self.ingest.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, *self.hub.tasks, return_exceptions=True)


def test_hears_its_mat_and_only_that(tmp_path: Path) -> None:
    async def scenario(broker: Mosquitto) -> None:
        async with Rig(tmp_path, broker.port) as rig, broker_client(broker.port) as mat:
            await publish(mat, "status", b"online", retain=True)
            await publish(mat, "info", make_info(), retain=True)
            await rig.hub.until(lambda: rig.hub.link.broker)
            other = wire.encode(make_state(99.0))
            await mat.publish("reflexmat/v1/other/state", other, qos=1)
            viewer = rig.hub.join("owner")
            await publish(mat, "live", make_live())
            await publish(mat, "event", EVENT)
            await publish(mat, "state", make_state())
            await rig.hub.until(lambda: rig.hub.link.mat == "online")
            assert rig.hub.info == make_info()
            waiting = [viewer.pop() for _ in range(viewer.waiting_count)]
            assert make_live() in waiting
            assert dict(rig.ingest.heard) == dict.fromkeys(
                ("status", "info", "state", "event", "live"), 1
            )
            assert rig.ingest.malformed == Counter()

    with Mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker))


def test_comes_back_after_the_broker_was_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    broker = Mosquitto(tmp_path)

    async def state_now(rig: Rig) -> None:
        async with broker_client(broker.port) as mat:
            await publish(mat, "state", make_state())
            await rig.hub.until(lambda: rig.hub.link.mat == "online")

    async def scenario() -> None:
        with broker:
            rig = await Rig(tmp_path, broker.port).__aenter__()
            await rig.hub.until(lambda: rig.hub.link.broker)
            await state_now(rig)
        await rig.hub.until(lambda: not rig.hub.link.broker)
        assert rig.hub.link.mat == "unknown"
        await rig.failed.wait()
        with broker:
            await rig.hub.until(lambda: rig.hub.link.broker)
            assert rig.hub.link.mat == "unknown"
            await state_now(rig)
            assert rig.outbox.is_open
            await rig.__aexit__()
        assert rig.waits_s[:7] == [0.5, 1, 2, 4, 8, 10, 10]

    asyncio.run(scenario())
    said = [record.message.split(" at ")[0] for record in caplog.records]
    assert said == ["connected to the broker", "no broker", "connected to the broker"]


def test_commands_are_published_and_old_ones_forgotten(tmp_path: Path) -> None:
    async def scenario(broker: Mosquitto) -> None:
        async with Rig(tmp_path, broker.port) as rig, broker_client(broker.port) as mat:
            await mat.subscribe(wire.topic(MAT, "cmd"), qos=1)
            await rig.hub.until(lambda: rig.hub.link.broker)
            sent = wire.Command("id", "alarm.ack", "0123456789abcdef", 14.0)
            assert rig.outbox.put(sent)
            heard = await anext(aiter(mat.messages))
            assert wire.decode(bytes(heard.payload), wire.Command) == sent
        assert not rig.outbox.put(sent)

    with Mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker))


@pytest.mark.parametrize(
    ("name", "payload", "retained"),
    [
        ("status", b"on", False),
        ("status", b"", True),
        ("info", b"{}", True),
        ("info", b"\xff\xfe", True),
        ("state", b"[" * 60_000, False),
        ("state", b"x" * 70_000, False),
        ("state", wire.encode(make_state()), True),
        ("state", wire.encode(make_state()).replace(b"706.1", b"NaN"), False),
        ("live", make_live(), True),
        ("live", b"XL" + make_live()[2:], False),
        ("reply", b'{"id": 3}', False),
        ("event", b"null", False),
    ],
)
def test_what_cannot_be_used_is_counted_and_said_once(
    tmp_path: Path,
    name: wire.Topic,
    payload: bytes,
    retained: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path, 9)
        viewer = rig.hub.join("owner")
        viewer.pop()
        for _ in range(3):
            rig.ingest.take(wire.topic(MAT, name), payload, retained=retained)
        assert rig.ingest.malformed == {name: 3}
        assert viewer.waiting_count == 0
        assert rig.hub.link.mat == "unknown"

    asyncio.run(scenario())
    assert len(caplog.records) == 1
    assert "\n" not in caplog.text.strip()


def test_another_topic_is_not_ours(tmp_path: Path) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path, 9)
        rig.ingest.take("reflexmat/v1/other/state", b"{", retained=False)
        assert (rig.ingest.heard, rig.ingest.malformed) == (Counter(), Counter())

    asyncio.run(scenario())


def test_a_cancellation_that_the_client_swallows_still_ends_the_connection(tmp_path: Path) -> None:
    """As `asyncio.wait_for` of Python 3.11 does when the answer comes at the same moment."""

    class Swallowing:
        def __init__(self) -> None:
            self.publishing = asyncio.Event()

        async def publish(self, *_: object, **__: object) -> None:
            self.publishing.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    async def scenario() -> None:
        rig, client = Rig(tmp_path, 1), Swallowing()
        rig.outbox.is_open = True
        rig.outbox.put(wire.Command("id", "watch", "0" * 16, 1.0))
        task = asyncio.create_task(rig.ingest._publish(client))  # type: ignore[arg-type]
        await client.publishing.wait()
        task.cancel()
        assert (await asyncio.wait([task], timeout=10))[0] == {task}
        assert task.cancelled()

    asyncio.run(scenario())


def forget_info(hub: Hub) -> None:
    hub.info = None


def test_an_info_that_the_broker_forgot_to_bring_is_asked_for(tmp_path: Path) -> None:
    async def scenario(broker: Mosquitto) -> None:
        async with Rig(tmp_path, broker.port) as rig, broker_client(broker.port) as mat:
            await rig.hub.until(lambda: rig.hub.link.broker)
            await publish(mat, "info", make_info(), retain=True)
            await publish(mat, "state", make_state())
            await rig.hub.until(lambda: rig.hub.link.mat == "online")
            heard = rig.ingest.heard["info"]
            # As if it had never come: the next state brings it again.
            forget_info(rig.hub)
            while rig.hub.info is None:
                await publish(mat, "state", make_state())
                await asyncio.sleep(0.01)
            assert rig.hub.info == make_info()
            assert rig.ingest.heard["info"] > heard

    with Mosquitto(tmp_path) as broker:
        asyncio.run(scenario(broker))
