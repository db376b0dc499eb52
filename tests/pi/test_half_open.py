"""A network that dies without a word: noticed within 15 s, counted on a clock of the test."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

import pytest

from pi.broker_config import HOST
from pi.connection import Connection, Handlers
from pi.settings import Settings
from tests.pi.mqtt import DEADLINE_S, MAT, Mosquitto
from tests.pi.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTICED_WITHIN_S = 15


class Clock:
    """What paho takes for the monotonic clock."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("paho.mqtt.client.time_func", made)
    return made


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    broker = Mosquitto(tmp_path)
    broker.start()
    with Proxy(broker.port) as running:
        yield running
    broker.stop()


@pytest.fixture
def connection(clock: Clock, proxy: Proxy) -> Iterator[Connection]:
    assert clock.now_s
    nothing = Handlers(lambda: None, lambda _: None, lambda *_: None, lambda _: None)
    made = Connection(Settings(MAT, HOST, proxy.port), nothing)
    made.open(DEADLINE_S)
    while not made.up:
        hear(made)
    yield made
    made.close(orderly=False)


def hear(connection: Connection) -> None:
    """Wait for the broker and read what it sent."""
    reads: list[Any] = [connection.socket]
    assert select.select(reads, [], [], DEADLINE_S)[0]
    connection.drive()


def second(connection: Connection, clock: Clock, *, speaks: bool) -> None:
    """What a link does in a second: a turn, and mostly a `state`, which nobody confirms."""
    if speaks:
        connection.publish("state", b"{}")
    connection.drive()
    clock.now_s += 1


@pytest.mark.parametrize("speaks", [True, False], ids=["speaking", "silent"])
@pytest.mark.parametrize("quiet_s", range(7))
def test_it_is_noticed_within_15_s_whenever_it_dies(
    connection: Connection, clock: Clock, proxy: Proxy, quiet_s: int, *, speaks: bool
) -> None:
    for _ in range(quiet_s):
        second(connection, clock, speaks=speaks)
    proxy.die()
    died_s = clock.now_s
    while not connection.fault:
        assert clock.now_s - died_s <= NOTICED_WITHIN_S
        second(connection, clock, speaks=speaks)
    assert connection.fault.startswith("connection lost: no answer; ")
    assert not connection.up


@pytest.mark.parametrize("speaks", [True, False], ids=["speaking", "silent"])
def test_a_network_that_lives_is_not_given_up(
    connection: Connection, clock: Clock, *, speaks: bool
) -> None:
    answered = 0
    for _ in range(60):
        second(connection, clock, speaks=speaks)
        while connection._client._ping_t:
            hear(connection)
            answered += 0 if connection._client._ping_t else 1
    assert not connection.fault
    assert answered >= 5
