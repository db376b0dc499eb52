"""The link against real brokers: what it says, what it keeps, what it refuses."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil
import pytest
from msgspec.structs import replace

from core.wire import MAX_MESSAGE_BYTES, Reply, decode
from pi.broker import free_port
from pi.broker_config import HOST
from pi.connection import Connection, Handlers
from pi.courier import Courier, start_link
from pi.handover import ALIVE, UP, Message, Post, make_pair
from pi.link import CONFIRM_TIMEOUT_S, Link
from pi.sampler_end import without_stale
from pi.settings import Settings
from tests.pi.mqtt import DEADLINE_S, MAT, AnyBroker, Ear, Nats, settings_for
from tests.pi.proxy import DeafProxy

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from pi.courier import LinkProcess

ROOT_DIR = Path(__file__).parents[2]
INFO = Message("info", b'{"mat":"demo"}', 1, True)


class Side:
    """The sampler's side of a link that runs in a thread of the test."""

    def __init__(self, settings: Settings, now_s: Callable[[], float] = time.monotonic) -> None:
        self.post = Post()
        ours, theirs = make_pair()
        self.post.attach(ours)
        link = Link(settings, theirs, lambda: 0.0, now_s)
        self.thread = threading.Thread(target=link.run)
        self.heard: list[Message] = []

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self.post.detach()

    def end(self) -> None:
        self.post.finish()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()

    def until(self, fits: Callable[[], bool]) -> None:
        give_up_s = time.monotonic() + DEADLINE_S
        while not fits():
            assert time.monotonic() < give_up_s
            self.heard += self.post.receive(16)
            threading.Event().wait(0.005)

    def until_heard(self, topic: str) -> Message:
        self.until(lambda: any(message.topic == topic for message in self.heard))
        found = next(message for message in self.heard if message.topic == topic)
        self.heard.remove(found)
        return found


@pytest.fixture
def side(broker: AnyBroker, tmp_path: Path) -> Iterator[Side]:
    with Side(settings_for(broker, tmp_path)) as running:
        yield running


def test_it_says_online_then_info_then_passes_everything_on(broker: AnyBroker, side: Side) -> None:
    with Ear(broker.port, broker.dashboard) as ear:
        side.post.send(INFO)
        side.until_heard(UP)
        for message in (Message("event", b"e", 1), Message("state", b"s"), Message("live", b"l")):
            side.post.send(message)
        # NATS delivers QoS 0 and QoS 1 by different ways: only the set is certain.
        heard = ear.wait_all("event", "state", "live")
    assert heard == {("event", b"e", False), ("state", b"s", False), ("live", b"l", False)}
    with Ear(broker.port, broker.dashboard):
        side.until(lambda: side.post.idle)
    with Ear(broker.port, broker.dashboard) as late:
        assert late.wait("info") == ("info", INFO.payload, True)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged from now on; to be asked for before `side`, which may be up at once."""
    caplog.set_level(logging.INFO)
    return caplog


def test_what_is_retained_comes_back_after_a_broker_that_forgot(
    broker: AnyBroker, told: pytest.LogCaptureFixture, side: Side
) -> None:
    side.post.send(INFO)
    side.until_heard(UP)
    broker.stop()
    for number in range(3):
        side.post.send(Message("event", b"%d" % number, 1))
        side.post.send(Message("state", b"late"))
    broker.start()
    with Ear(broker.port, broker.dashboard) as ear:
        seen = [ear.wait("event").payload for _ in range(3)]
        assert seen == [b"0", b"1", b"2"]
    side.until_heard(UP)
    side.until(lambda: side.post.idle)
    with Ear(broker.port, broker.dashboard) as late:
        assert late.wait_payload("status", b"online").retained
    with Ear(broker.port, broker.dashboard) as late:
        assert late.wait_payload("info", INFO.payload).retained
    # The link may have been up before the test itself began, or just as it did.
    lines = [record.message for record in (*told.get_records("setup"), *told.records)]
    downs = [line for line in lines if "event=down" in line]
    ups = [line for line in lines if "event=up" in line]
    assert len(set(downs)) == len(downs)
    assert [up.rpartition(" ")[2] for up in ups][-2:] in (
        ["time=first", "time=again"],
        ["time=again"],
    )


def test_offline_is_said_at_the_end_and_stays(broker: AnyBroker, side: Side) -> None:
    side.until_heard(UP)
    with Ear(broker.port, broker.dashboard) as ear:
        side.post.send(Message("event", b"last", 1))
        side.end()
        ear.wait_payload("event", b"last")
        ear.wait_payload("status", b"offline")
    with Ear(broker.port, broker.dashboard) as late:
        assert late.wait("status") == ("status", b"offline", True)


def test_a_stale_offline_is_corrected(broker: AnyBroker, side: Side) -> None:
    side.until_heard(UP)
    with Ear(broker.port, broker.dashboard) as ear, Ear(broker.port, broker.mat) as old:
        ear.wait_payload("status", b"online")
        old.say("status", b"offline", retain=True)
        ear.wait_payload("status", b"offline")
        ear.wait_payload("status", b"online")


def test_commands_come_with_their_retain_flag(broker: AnyBroker, tmp_path: Path) -> None:
    with Ear(broker.port, broker.dashboard) as ear:
        ear.say("cmd", b"kept", retain=True)
        with Side(settings_for(broker, tmp_path)) as side:
            first = side.until_heard("cmd")
            ear.say("cmd", b"fresh")
            second = side.until_heard("cmd")
    assert (first.payload, first.retain) == (b"kept", True)
    assert (second.payload, second.retain) == (b"fresh", False)


def test_a_command_too_long_is_refused_by_the_link(broker: AnyBroker, side: Side) -> None:
    side.until_heard(UP)
    with Ear(broker.port, broker.dashboard) as ear:
        ear.say("cmd", b"x" * (MAX_MESSAGE_BYTES + 1))
        reply = decode(ear.wait("reply").payload, Reply)
    assert not reply.ok
    assert "at most" in (reply.error or "")


def test_a_sampler_that_does_not_read_gets_no_more_than_its_share(
    broker: AnyBroker, side: Side
) -> None:
    side.until_heard(UP)
    with Ear(broker.port, broker.dashboard) as ear:
        # 60 KB each: some fill the socket, 16 wait in the link, the rest is refused.
        for _ in range(60):
            ear.say("cmd", b"x" * 60_000)
        reply = decode(ear.wait("reply").payload, Reply)
    assert "busy" in (reply.error or "")


@pytest.fixture
def courier(broker: AnyBroker, tmp_path: Path) -> Iterator[tuple[Courier, list[LinkProcess]]]:
    started: list[LinkProcess] = []

    def start(end: socket.socket) -> LinkProcess:
        started.append(start_link(settings_for(broker, tmp_path), end))
        return started[-1]

    running = Courier(start)
    yield running, started
    running.close()


def test_a_killed_link_leaves_its_will_and_is_replaced(
    broker: AnyBroker, courier: tuple[Courier, list[LinkProcess]]
) -> None:
    post, started = courier
    post.send(INFO)
    with Ear(broker.port, broker.dashboard) as ear:
        _poll_until(post, lambda found: UP in found)
        ear.wait_payload("info", INFO.payload)
        started[0].kill()
        ear.wait_payload("status", b"offline")
        post.send(Message("event", b"meanwhile", 1))
        _poll_until(post, lambda found: UP in found)
        ear.wait_payload("status", b"online")
        ear.wait_payload("info", INFO.payload)
        ear.wait_payload("event", b"meanwhile")
    assert len(started) == 2


def _poll_until(courier: Courier, fits: Callable[[list[str]], bool]) -> None:
    give_up_s = time.monotonic() + DEADLINE_S
    found: list[str] = []
    while not fits(found):
        assert time.monotonic() < give_up_s
        found += [message.topic for message in courier.poll(time.monotonic(), 16)]
        threading.Event().wait(0.005)


def test_a_killed_sampler_is_declared_offline_and_the_link_ends(
    broker: AnyBroker, tmp_path: Path
) -> None:
    with Ear(broker.port, broker.dashboard) as ear, _daemon(broker, tmp_path) as daemon:
        ear.wait("state")
        (link,) = psutil.Process(daemon.pid).children()
        daemon.kill()
        ear.wait_payload("status", b"offline")
        link.wait(DEADLINE_S)
    assert not link.is_running()


def test_a_daemon_refuses_a_retained_command_and_runs_a_good_one(
    broker: AnyBroker, tmp_path: Path
) -> None:
    command = {"id": "kept", "verb": "watch", "args": {"lease_s": 30}, "until_t_s": 1e9}
    with Ear(broker.port, broker.dashboard) as ear:
        ear.say("cmd", json.dumps(command | {"boot_id": ""}).encode(), retain=True)
        with _daemon(broker, tmp_path) as daemon:
            reply = decode(ear.wait("reply").payload, Reply)
            assert (reply.id, reply.ok) == ("kept", False)
            assert "retained" in (reply.error or "")
            boot_id = json.loads(ear.wait("state").payload)["boot_id"]
            ear.say("cmd", json.dumps(command | {"id": "new", "boot_id": boot_id}).encode())
            reply = decode(ear.wait("reply").payload, Reply)
            assert (reply.id, reply.ok, reply.error) == ("new", True, None)
            assert ear.wait("live").payload[:2] == b"RL"
            daemon.send_signal(signal.SIGTERM)
            ear.wait_payload("status", b"offline")
            assert daemon.wait(DEADLINE_S) == 0


@contextlib.contextmanager
def _daemon(broker: AnyBroker, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    settings = settings_for(broker, folder)
    login = f'user = "{settings.user}"\npassword_file = "mat-password"\n' if settings.user else ""
    (folder / "mat.toml").write_text(
        f'[mat]\nid = "{MAT}"\n[broker]\nport = {broker.port}\n{login}[data]\ndir = "mat"\n'
    )
    argv = [sys.executable, "-m", "pi", "run", "--config", str(folder / "mat.toml")]
    process = subprocess.Popen(argv, cwd=ROOT_DIR)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_refused_login_is_said_once_and_without_the_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "password").write_text("geheim\n")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    log = tmp_path / "mosquitto.log"
    config.write_text(f"listener {port} {HOST}\nallow_anonymous false\n")
    settings = Settings(MAT, HOST, port, "mat", str(tmp_path / "password"))
    caplog.set_level(logging.INFO)
    argv = ["/usr/sbin/mosquitto", "-c", str(config)]
    with log.open("wb") as file, subprocess.Popen(argv, stderr=file) as process:
        try:
            with Side(settings) as side:
                side.until(lambda: log.read_text().count("not authorised") >= 2)
        finally:
            process.kill()
    assert caplog.text.count("refused the connection") == 1
    assert "geheim" not in caplog.text


def test_a_missing_password_file_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(MAT, HOST, free_port(), "mat", str(tmp_path / "none"))
    with Side(settings) as side:
        side.until(lambda: "event=down" in caplog.text)
    assert str(tmp_path / "none") in caplog.text


def test_without_a_broker_it_ends_all_the_same(tmp_path: Path) -> None:
    with Side(Settings(MAT, HOST, free_port())) as side:
        side.until_heard(ALIVE)
        side.post.send(Message("event", b"e", 1))
        side.end()
    assert not side.post.idle


def test_a_topic_that_the_broker_refuses_is_told(tmp_path: Path) -> None:
    broker = Nats(tmp_path)
    broker.start()
    refused: list[str] = []
    up: list[bool] = []
    handlers = Handlers(lambda: up.append(True), lambda _: None, lambda *_: None, refused.append)
    connection = Connection(settings_for(broker, tmp_path), handlers)
    connection.open(DEADLINE_S)
    while not refused:
        assert not connection.fault
        if up:
            up.clear()
            connection.subscribe("cmd", "state")
        connection.drive()
    connection.close(orderly=True)
    broker.stop()
    assert refused == ["state"]


def test_a_mat_that_may_not_hear_commands_is_not_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without commands no alarm could be acknowledged: told once, tried again, never `online`."""
    caplog.set_level(logging.INFO)
    broker = Nats(tmp_path)
    broker.start()
    log = tmp_path / "broker.log"
    refused = 'Subscription Violation - Subject "reflexmat.v1.stranger.cmd"'
    settings = replace(settings_for(broker, tmp_path), mat="stranger")
    with Side(settings) as side:
        side.until(lambda: log.read_text().count(refused) >= 2)
        side.until(lambda: "event=down" in caplog.text)
        assert UP not in {message.topic for message in side.heard}
    broker.stop()
    assert "event=up" not in caplog.text
    assert caplog.text.count("event=down") == 1
    assert "refused the topic cmd" in caplog.text


def test_a_link_that_stood_still_passes_on_only_the_newest_frames() -> None:
    live = [Message("live", b"%d" % number) for number in range(9)]
    event = Message("event", b"e", 1)
    mixed = [event, *live[:5], Message("state", b"s"), event, *live[5:], event]
    kept = without_stale(mixed)
    assert [m.payload for m in kept] == [b"e", b"s", b"e", b"5", b"6", b"7", b"8", b"e"]


def test_the_link_imports_no_numpy() -> None:
    code = "import pi.link, sys; sys.exit('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT_DIR, check=False)
    assert done.returncode == 0


def test_a_broker_that_confirms_nothing_is_left_and_nothing_is_lost(
    broker: AnyBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as one whose store is full; it answers pings all the while."""
    later_s = 0.0
    with DeafProxy(broker.port) as proxy, Ear(broker.port, broker.dashboard) as ear:
        settings = replace(settings_for(broker, tmp_path), port=proxy.port)
        with Side(settings, lambda: time.monotonic() + later_s) as side:
            side.until_heard(UP)
            side.post.send(Message("event", b"over the limit", 1))
            ear.wait("event")
            assert proxy.held.wait(DEADLINE_S)
            later_s = CONFIRM_TIMEOUT_S + 1.0
            ear.wait("event")
            side.until(lambda: side.post.idle)
    assert "it confirms nothing" in caplog.text
