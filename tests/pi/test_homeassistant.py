"""Home Assistant is told through a real broker: on connect, at its birth, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from core.homeassistant import discovery
from core.wire import MAX_MESSAGE_BYTES, encode
from pi.announcer import SPREAD_S, Announcer
from pi.broker import free_port
from pi.broker_config import HOST
from pi.command_line import DONE, FAILED, main
from pi.connection import Connection, Handlers
from pi.handover import UP, Message
from pi.settings import Settings
from tests.core.make_golden import INFO
from tests.pi.mqtt import MAT, Ear, Mosquitto
from tests.pi.test_link import Side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX = "homeassistant"
TOLD = discovery(INFO, PREFIX)
OF_INFO = Message("info", encode(INFO), 1, True)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


def settings(port: int, prefix: str = PREFIX) -> Settings:
    return Settings(MAT, HOST, port, homeassistant=prefix)


def all_told(ear: Ear) -> dict[str, bytes]:
    """Wait for one announcement of each entity."""
    return {heard.name: heard.payload for heard in ear.wait_all(*TOLD)}


def kept(port: int) -> dict[str, bytes]:
    """What the broker has retained under the prefix."""
    with Ear(port, None, "") as late:
        late.say("end", b"")
        found = {}
        while (heard := late.wait_any()).name != "end":
            if heard.retained and heard.name.startswith(PREFIX):
                found[heard.name] = heard.payload
        return found


def test_it_is_told_on_connect_and_again_at_its_birth(mosquitto: Mosquitto) -> None:
    with Ear(mosquitto.port, None, "") as ear, Side(settings(mosquitto.port)) as side:
        side.post.send(OF_INFO)
        assert all_told(ear) == TOLD
        assert kept(mosquitto.port) == TOLD
        ear.say(f"{PREFIX}/status", b"offline")
        ear.say(f"{PREFIX}/status", b"online")
        assert all_told(ear) == TOLD


def test_it_is_told_again_when_the_broker_forgot(mosquitto: Mosquitto) -> None:
    with Side(settings(mosquitto.port)) as side:
        side.post.send(OF_INFO)
        side.until_heard(UP)
        mosquitto.restart()
        with Ear(mosquitto.port, None, "") as ear:
            assert all_told(ear) == TOLD


def test_it_is_told_nothing_unless_asked_for(mosquitto: Mosquitto) -> None:
    with Ear(mosquitto.port, None, "") as ear, Side(settings(mosquitto.port, "")) as side:
        side.post.send(OF_INFO)
        side.until_heard(UP)
        ear.say(f"{PREFIX}/status", b"online")
        side.post.send(Message("event", b"end", 1))
        heard = [ear.wait_any()]
        while heard[-1].payload != b"end":
            heard.append(ear.wait_any())
    assert [one.name for one in heard if one.name.startswith(PREFIX)] == [f"{PREFIX}/status"]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_command_takes_everything_back(
    mosquitto: Mosquitto, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, enabled: bool
) -> None:
    with Ear(mosquitto.port, None, "") as ear:
        for where, payload in TOLD.items():
            ear.say(where, payload, retain=True)
    assert kept(mosquitto.port) == TOLD
    file = tmp_path / "mat.toml"
    file.write_text(
        f'[mat]\nid = "{MAT}"\n[broker]\nport = {mosquitto.port}\n'
        f"[homeassistant]\nenabled = {str(enabled).lower()}\n"
    )
    with Ear(mosquitto.port, None) as mat:
        mat.say("status", b"online", retain=True)
        assert main(["homeassistant", "remove", "--config", str(file)]) == DONE
    assert kept(mosquitto.port) == {}
    # The mat itself may be running: the command is not its end.
    with Ear(mosquitto.port, None) as mat:
        assert mat.wait("status").payload == b"online"
    said = capsys.readouterr().out
    assert said.startswith(f"18 entities of the mat demo removed at {HOST}:{mosquitto.port}")
    assert ("will bring them back" in said) == enabled


def test_without_a_broker_the_command_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    file = tmp_path / "mat.toml"
    file.write_text(f"[broker]\nport = {port}\n")
    assert main(["homeassistant", "remove", "--config", str(file)]) == FAILED
    assert capsys.readouterr().err == f"reflexmat: {HOST}:{port}: [Errno 111] Connection refused\n"


def test_only_news_is_told_and_a_birth_is_answered_after_a_while(mosquitto: Mosquitto) -> None:
    broker = _connected(mosquitto)
    announcer = Announcer(PREFIX, lambda: 0.5)
    due_s: list[float | None] = []

    def look(now_s: float) -> None:
        due_s.append(announcer.due_s)
        announcer.speak(broker, now_s)

    announcer.begin(broker, 1.0)
    look(1.0)
    announcer.take_info(OF_INFO.payload, 2.0)
    look(2.0)
    announcer.take_info(encode(replace(INFO, calibration_id="other")), 3.0)
    announcer.hear(f"{PREFIX}/status", b"offline", 3.0)
    announcer.hear("cmd", b"online", 3.0)
    look(3.0)
    announcer.take_info(encode(replace(INFO, software="0.2.0")), 4.0)
    look(4.0)
    announcer.hear(f"{PREFIX}/status", b"online", 5.0)
    look(5.0)
    look(5.0 + SPREAD_S)
    look(9.0)
    broker.close(orderly=True)
    answer_s = 5.0 + SPREAD_S / 2
    assert due_s == [1.0, 2.0, None, 4.0, answer_s, answer_s, None]


def test_a_mat_of_many_zones_is_told_and_an_info_that_is_none_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    announcer = Announcer(PREFIX, lambda: 0.0)
    announcer.take_info(b'{"mat": 1}', 1.0)
    assert announcer.due_s is None
    assert "event=homeassistant_not_told" in caplog.text
    many = replace(INFO, layout=replace(INFO.layout, zones=INFO.layout.zones * 200))
    payload = encode(many)
    assert len(payload) > MAX_MESSAGE_BYTES
    announcer.take_info(payload, 2.0)
    assert announcer.due_s == 2.0


def _connected(mosquitto: Mosquitto) -> Connection:
    nothing = Handlers(lambda: None, lambda _: None, lambda *_: None, lambda _: None)
    broker = Connection(settings(mosquitto.port), nothing)
    broker.open(5.0)
    while not broker.up:
        assert not broker.fault
        broker.drive()
    return broker
