"""From the mat's MQTT message to a browser's WebSocket and back, all of it real."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from core import wire
from core.maps import encode_map
from dashboard.services import World
from tests.dashboard.support import (
    MAT,
    OTHER_BOOT,
    Mosquitto,
    Site,
    broker_client,
    make_info,
    make_layout,
    make_live,
    make_state,
    publish,
    receive,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import aiomqtt
    import pytest


@asynccontextmanager
async def stage(
    folder: Path, world: World | None = None
) -> AsyncIterator[tuple[Site, aiomqtt.Client, Mosquitto]]:
    """A broker, a mat that has said what it is, and a browser that has signed in."""
    with Mosquitto(folder) as broker:
        async with broker_client(broker.port) as mat:
            await publish(mat, "status", b"online", retain=True)
            await publish(mat, "info", make_info(), retain=True)
            await mat.subscribe(wire.topic(MAT, "cmd"), qos=1)
            async with serving(folder, broker.port, world) as site:
                await site.sign_in()
                yield site, mat, broker


async def next_command(mat: aiomqtt.Client, verb: str) -> wire.Command:
    async for message in mat.messages:
        command = wire.decode(bytes(message.payload), wire.Command)
        if command.verb == verb:
            return command
    raise AssertionError(f"no {verb}")


def test_a_viewer_sees_the_mat_and_asks_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as (site, mat, _), site.connect() as socket:
            await receive(socket, "link", broker=True, mat="unknown")
            assert (await receive(socket, "info"))["info"]["layout"]["id"] == "full16"
            await publish(mat, "state", make_state())
            await receive(socket, "link", broker=True, mat="online")
            assert (await receive(socket, "state"))["state"]["left_share_pct"] is None
            lease = await next_command(mat, "watch")
            assert lease.args == {"lease_s": 10.0}
            await publish(mat, "live", make_live())
            assert await binary(socket) == make_live()
            await socket.send(
                '{"type":"cmd","id":"b1","verb":"sim.press",'
                '"args":{"zone":"l_heel_med","seconds":0.6}}'
            )
            press = await next_command(mat, "sim.press")
            assert press.until_t_s >= 14.5
            await publish(mat, "reply", wire.Reply(press.id, ok=True))
            assert await receive(socket, "reply") == {
                "type": "reply",
                "id": "b1",
                "ok": True,
                "error": None,
                "result": None,
            }
            health = (await site.http.get("/healthz")).json()
            assert (health["broker"], health["mat"]) == (True, "online")

    asyncio.run(scenario())


async def binary(socket: object) -> bytes:
    async for message in socket:  # type: ignore[attr-defined]
        if isinstance(message, bytes):
            return message
    raise AssertionError("closed")


def test_offline_silence_and_a_lost_broker_are_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as (site, mat, broker), site.connect() as socket:
            await receive(socket, "link", broker=True)
            await publish(mat, "state", make_state())
            await receive(socket, "link", mat="online")
            # Nothing more is said: the dashboard's own clock finds out.
            await receive(socket, "link", broker=True, mat="unknown")
            await publish(mat, "state", make_state(20.0))
            await receive(socket, "link", mat="online")
            await publish(mat, "status", b"offline")
            await receive(socket, "link", mat="offline")
            broker.__exit__()
            await receive(socket, "link", broker=False, mat="unknown")
            with broker:
                await receive(socket, "link", broker=True, mat="unknown")
                async with broker_client(broker.port) as again:
                    await publish(again, "state", make_state(1.0, OTHER_BOOT))
                    await receive(socket, "link", mat="online")
            # The mat of this stage says goodbye to a broker that is there.
            broker.__enter__()

    asyncio.run(scenario())


def test_a_viewer_that_reads_nothing_slows_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            stage(tmp_path) as (site, mat, _),
            site.connect(max_queue=1) as slow,
            site.connect() as fast,
        ):
            await receive(fast, "link", broker=True)
            # More than all buffers on the way to the slow one can hold.
            payloads = [make_live(t_us=n) + bytes(60_000) for n in range(400)]
            for payload in payloads:
                await publish(mat, "live", payload)
                assert await binary(fast) == payload
            got = [await binary(slow)]
            while got[-1] != payloads[-1]:
                got.append(await binary(slow))
            assert len(got) < len(payloads)

    asyncio.run(scenario())


def test_map_bin_is_that_of_core(tmp_path: Path) -> None:
    calls: list[str] = []

    def encode(layout: wire.LayoutInfo) -> bytes:
        calls.append(layout.hash)
        return encode_map(layout.zones, layout.foot_mm)

    async def scenario() -> None:
        async with stage(tmp_path, World(encode=encode)) as (site, _, __), site.connect() as socket:
            await receive(socket, "info")
            layout = make_layout()
            path = f"/layouts/{layout.hash}/map.bin"
            first, second = await asyncio.gather(site.http.get(path), site.http.get(path))
            assert first.content == second.content == encode_map(layout.zones, layout.foot_mm)
            assert calls == [layout.hash]
            headers = {"If-None-Match": first.headers["etag"]}
            assert (await site.http.get(path, headers=headers)).status_code == 304
            assert (await site.http.get("/layouts/0/map.bin")).status_code == 404
            site.http.cookies.clear()
            assert (await site.http.get(path)).status_code == 401

    asyncio.run(scenario())


def test_a_layout_that_has_no_map_is_not_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def encode(_: wire.LayoutInfo) -> bytes:
        raise ValueError("no such foot")

    async def scenario() -> None:
        async with stage(tmp_path, World(encode=encode)) as (site, _, __), site.connect() as socket:
            await receive(socket, "info")
            path = f"/layouts/{make_layout().hash}/map.bin"
            assert (await site.http.get(path)).status_code == 404

    asyncio.run(scenario())
    assert "no such foot" in caplog.text
