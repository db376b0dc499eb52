"""The broker of the demo, with its accounts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiomqtt
import msgspec

from core import wire
from dashboard import config as settings
from dashboard.app import running
from dashboard.services import World, create_services
from pi.broker import Broker, free_port
from pi.broker_config import Account
from tests.dashboard.support import MAT, make_config, make_info, make_state, publish

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from dashboard.services import Services


def services_as(folder: Path, broker: Broker, account: Account, world: World) -> Services:
    (folder / "password").write_text(account.password)
    config = make_config(folder, 8080, broker.port)
    access = settings.Broker("127.0.0.1", broker.port, account.user, "password")
    return create_services(msgspec.structs.replace(config, broker=access), world)


def test_the_dashboard_account_hears_and_commands(tmp_path: Path) -> None:
    async def scenario(broker: Broker) -> None:
        services = services_as(tmp_path, broker, broker.accounts.dashboard, World())
        name = broker.accounts.mat
        mat = aiomqtt.Client("127.0.0.1", broker.port, username=name.user, password=name.password)
        async with mat, running(services):
            await mat.subscribe(wire.topic(MAT, "cmd"), qos=1)
            services.hub.join("owner")
            await publish(mat, "info", make_info(), retain=True)
            lease = asyncio.ensure_future(anext(aiter(mat.messages)))
            t_s = 0
            while not (lease.done() and services.hub.info):
                # As a mat does: the first ones come before the dashboard has subscribed, and
                # retained messages may come after newer ones.
                t_s += 1
                await publish(mat, "state", make_state(t_s))
                await asyncio.wait([lease], timeout=0.05)
                await asyncio.sleep(0)
            command = wire.decode(bytes(lease.result().payload), wire.Command)
            assert (command.verb, command.boot_id) == ("watch", make_info().boot_id)
            assert services.hub.info == make_info()
            assert services.hub.health()["mat"] == "online"

    with Broker(tmp_path / "broker", MAT, free_port()) as broker:
        asyncio.run(scenario(broker))


def test_an_account_that_may_not_read_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(broker: Broker) -> None:
        failed = asyncio.Event()

        async def sleep(seconds: float) -> None:
            if seconds == 0.5:
                failed.set()
            await asyncio.sleep(seconds)

        services = services_as(tmp_path, broker, broker.accounts.mat, World(sleep=sleep))
        async with running(services):
            await failed.wait()
        assert not services.hub.link.broker

    with Broker(tmp_path / "broker", MAT, free_port()) as broker:
        asyncio.run(scenario(broker))
    assert "this account may not read reflexmat/v1/demo/info" in caplog.text


def test_a_wrong_password_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(broker: Broker) -> None:
        failed = asyncio.Event()

        async def sleep(seconds: float) -> None:
            if seconds == 0.5:
                failed.set()
            await asyncio.sleep(seconds)

        account = Account(broker.accounts.dashboard.user, "not it")
        async with running(services_as(tmp_path, broker, account, World(sleep=sleep))):
            await failed.wait()

    with Broker(tmp_path / "broker", MAT, free_port()) as broker:
        asyncio.run(scenario(broker))
    assert "Not authorized" in caplog.text
    assert "not it" not in caplog.text


def test_a_part_that_stops_is_not_hidden(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        crashed = asyncio.Event()

        async def sleep(_: float) -> None:
            raise RuntimeError("no such clock")

        config = make_config(tmp_path, 8080, 9)
        async with running(create_services(config, World(sleep=sleep, crashed=crashed.set))):
            await crashed.wait()

    asyncio.run(scenario())
    assert "a part of the dashboard has stopped" in caplog.text
