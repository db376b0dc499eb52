"""Who may do what on the shipped brokers, and that nothing goes in the clear."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import subprocess
import time
from typing import TYPE_CHECKING, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from core.wire import ROOT
from pi.broker_config import HOST
from tests.deploy.brokers import DEADLINE_S, Mosquitto, Nats, Shipped, make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPOKEN = ("status", "info", "state", "event", "live", "rec", "reply")
HEARD = ("cmd", "ack", "status")
EVERYTHING = "reflexmat/v1/#"
ANY_NAME = (*SPOKEN, "cmd", "ack", "other")
REFUSED = {"Not authorized", "Bad user name or password"}
PLAIN_CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x0a\x00\x04away"


class Client:
    """One account on the broker; what it hears comes in order."""

    def __init__(self, broker: Shipped, user: str, password: str | None = None) -> None:
        self._broker = broker
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if user:
            self._client.username_pw_set(user, password or broker.passwords[user])
        self._client.tls_set_context(broker.context())
        self._connected: queue.Queue[str] = queue.Queue()
        self._subscribed: queue.Queue[int] = queue.Queue()
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._client.on_connect = lambda _c, _u, _f, code, _p: self._connected.put(str(code))
        self._client.on_subscribe = lambda _c, _u, _m, codes, _p: self._subscribed.put(len(codes))
        self._client.on_message = lambda _c, _u, got: self.heard.put(
            (got.topic, bytes(got.payload))
        )

    def connect(self) -> str:
        self._client.connect(HOST, self._broker.port)
        self._client.loop_start()
        return self._connected.get(timeout=DEADLINE_S)

    def __enter__(self) -> Self:
        assert self.connect() == "Success"
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # paho leaves its sockets to the garbage collector, which warns.
        self._client._reset_sockets()

    def hear(self, *filters: str) -> None:
        """Ask for topics, granted or not."""
        for wanted in filters:
            self._client.subscribe(wanted, 1)
            self._subscribed.get(timeout=DEADLINE_S)

    def say(self, name: str, payload: bytes = b"x", *, retain: bool = False) -> None:
        self._client.publish(name, payload, 1, retain).wait_for_publish(DEADLINE_S)

    def try_to_say(self, *names: str) -> None:
        """Say what may not be said; whether the broker answers is its own affair."""
        for name in names:
            self._client.publish(name, b"forged", 0)
            self._client.publish(name, b"forged", 1)

    def until(self, payload: bytes, of: bytes | None = None) -> list[str]:
        """Topics of all that comes until this payload, or of those with the payload `of`."""
        heard: list[tuple[str, bytes]] = []
        while not heard or heard[-1][1] != payload:
            heard.append(self.heard.get(timeout=DEADLINE_S))
        return [name for name, content in heard if of in (None, content)]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder, "localhost", HOST)
    return folder


@pytest.fixture(scope="module", params=[Mosquitto, Nats], ids=["mosquitto", "nats"])
def broker(
    request: pytest.FixtureRequest,
    certificates: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shipped]:
    with request.param(tmp_path_factory.mktemp("broker"), certificates) as running:
        yield running


def topic(mat: str, name: str) -> str:
    return f"{ROOT}/{mat}/{name}"


def all_of(mat: str, names: tuple[str, ...] = ANY_NAME) -> list[str]:
    return [topic(mat, name) for name in names]


def test_a_mat_says_what_is_its_own_to_whoever_reads(broker: Shipped) -> None:
    with Client(broker, "recorder") as recorder, Client(broker, "dashboard") as dashboard:
        for reader in (recorder, dashboard):
            reader.hear(EVERYTHING)
        with Client(broker, "kitchen") as kitchen:
            for name in SPOKEN:
                kitchen.say(topic("kitchen", name), name.encode())
        for reader in (recorder, dashboard):
            assert reader.until(b"reply") == all_of("kitchen", SPOKEN)


def test_a_mat_hears_its_commands_what_is_stored_and_its_own_status(broker: Shipped) -> None:
    with Client(broker, "kitchen") as kitchen:
        kitchen.hear(*all_of("kitchen", HEARD))
        with Client(broker, "dashboard") as dashboard, Client(broker, "recorder") as recorder:
            dashboard.say(topic("kitchen", "cmd"), b"do")
            assert kitchen.until(b"do") == [topic("kitchen", "cmd")]
            recorder.say(topic("kitchen", "ack"), b"stored")
            assert kitchen.until(b"stored") == [topic("kitchen", "ack")]
        kitchen.say(topic("kitchen", "status"), b"on")
        assert kitchen.until(b"on") == [topic("kitchen", "status")]


@pytest.mark.parametrize(
    "wanted",
    [
        "#",
        "+/+/+/+",
        EVERYTHING,
        "reflexmat/v1/+/rec",
        "reflexmat/v1/hall/#",
        "$share/g/reflexmat/v1/hall/#",
        "$SYS/#",
    ],
)
def test_a_mat_hears_nothing_of_another(broker: Shipped, wanted: str) -> None:
    with Client(broker, "kitchen") as kitchen:
        kitchen.hear(wanted, *all_of("hall"), *all_of("kitchen", HEARD))
        with (
            Client(broker, "hall") as hall,
            Client(broker, "recorder") as recorder,
            Client(broker, "dashboard") as dashboard,
        ):
            for name in SPOKEN:
                hall.say(topic("hall", name))
            recorder.say(topic("hall", "ack"))
            dashboard.say(topic("hall", "cmd"))
            dashboard.say(topic("kitchen", "cmd"), b"the end")
        assert set(kitchen.until(b"the end")) == {topic("kitchen", "cmd")}


def test_a_mat_hears_nothing_that_another_has_retained(broker: Shipped) -> None:
    with Client(broker, "hall") as hall, Client(broker, "recorder") as recorder:
        hall.say(topic("hall", "info"), b"of the hall", retain=True)
        recorder.say(topic("hall", "ack"), b"of the hall", retain=True)
    with Client(broker, "kitchen") as kitchen, Client(broker, "dashboard") as dashboard:
        kitchen.hear(EVERYTHING, *all_of("hall"), *all_of("kitchen", HEARD))
        dashboard.say(topic("kitchen", "cmd"), b"the end")
        assert set(kitchen.until(b"the end")) == {topic("kitchen", "cmd")}


@pytest.mark.parametrize(
    ("user", "forbidden"),
    [
        ("kitchen", [*all_of("hall"), *all_of("kitchen", ("cmd", "ack", "other"))]),
        ("kitchen", ["reflexmat/v1", "reflexmat/v1/kitchen/rec/more", "reflexmat/v1/ack"]),
        ("dashboard", [*all_of("kitchen", SPOKEN), *all_of("dashboard")[:-1]]),
        ("recorder", [*all_of("kitchen", (*SPOKEN, "cmd")), *all_of("recorder", SPOKEN)]),
        ("homeassistant", [*all_of("kitchen"), *all_of("homeassistant")]),
    ],
    ids=["mat-others", "mat-elsewhere", "dashboard", "recorder", "homeassistant"],
)
def test_nobody_says_what_is_not_theirs(broker: Shipped, user: str, forbidden: list[str]) -> None:
    if user == "dashboard":
        forbidden = [name for name in forbidden if not name.endswith(("/cmd", "/ack"))]
    with Client(broker, "recorder") as listener:
        listener.hear(EVERYTHING)
        with contextlib.closing(Client(broker, user)) as speaker:
            assert speaker.connect() == "Success"
            speaker.try_to_say(*forbidden)
            # The broker has taken all of it once it answers what comes after.
            speaker.hear(topic("kitchen", "status"))
        with Client(broker, "hall") as hall:
            hall.say(topic("hall", "event"), b"the end")
        assert listener.until(b"the end", of=b"forged") == []


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("", None),
        ("stranger", "anything"),
        ("kitchen", "wrong"),
        ("kitchen", "secret of hall"),
        ("recorder", "$RECORDER_PASSWORD"),
    ],
)
def test_a_stranger_gets_nothing(broker: Shipped, user: str, password: str | None) -> None:
    stranger = Client(broker, user, password)
    with contextlib.closing(stranger):
        assert stranger.connect() in REFUSED


def test_nothing_is_answered_in_the_clear(broker: Shipped) -> None:
    with socket.create_connection((HOST, broker.port), timeout=DEADLINE_S) as plain:
        plain.sendall(PLAIN_CONNECT)
        with contextlib.suppress(ConnectionResetError):
            # A TLS alert at most, no CONNACK; then the end.
            answer = plain.recv(64)
            assert not answer.startswith(b"\x20")
            assert plain.recv(64) == b""


def test_old_tls_is_refused(broker: Shipped) -> None:
    address = ["-connect", f"{HOST}:{broker.port}", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"]
    done = subprocess.run(
        ["openssl", "s_client", *address], input=b"", capture_output=True, check=False, timeout=60
    )
    assert b"protocol version" in done.stderr


def test_the_certificate_is_worth_nothing_to_another_authority(
    broker: Shipped, tmp_path: Path
) -> None:
    make_certificates(tmp_path, "localhost")
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with (
        socket.create_connection((HOST, broker.port), timeout=DEADLINE_S) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(plain, server_hostname=HOST)


def test_home_assistant_reads_what_is_plain_and_a_mat_announces_itself(broker: Shipped) -> None:
    config = "homeassistant/sensor/{}/total/config"
    with Client(broker, "homeassistant") as home, Client(broker, "kitchen") as kitchen:
        home.hear("reflexmat/v1/+/state", "reflexmat/v1/+/rec", "homeassistant/#")
        kitchen.hear("homeassistant/status")
        home.say("homeassistant/status", b"online")
        assert kitchen.until(b"online") == ["homeassistant/status"]
        assert home.until(b"online") == ["homeassistant/status"]
        kitchen.try_to_say(config.format("hall"))
        kitchen.hear("homeassistant/status")
    with Client(broker, "homeassistant") as home, Client(broker, "kitchen") as kitchen:
        home.hear("reflexmat/v1/+/state", "reflexmat/v1/+/rec", "homeassistant/#")
        kitchen.say(topic("kitchen", "rec"))
        kitchen.say(topic("kitchen", "state"))
        kitchen.say(config.format("kitchen"), b"here")
        assert home.until(b"here") == [topic("kitchen", "state"), config.format("kitchen")]


@pytest.mark.parametrize("kind", [Mosquitto, Nats])
def test_what_is_retained_outlives_a_restart(
    kind: type[Shipped], certificates: Path, tmp_path: Path
) -> None:
    broker = kind(tmp_path, certificates)
    with broker, Client(broker, "kitchen") as kitchen:
        kitchen.say(topic("kitchen", "info"), b"kept", retain=True)
    with broker, Client(broker, "recorder") as recorder:
        recorder.hear(topic("kitchen", "info"))
        assert recorder.until(b"kept") == [topic("kitchen", "info")]


@pytest.mark.parametrize("kind", [Mosquitto, Nats])
def test_a_password_is_changed_by_a_reload(
    kind: type[Shipped], certificates: Path, tmp_path: Path
) -> None:
    with kind(tmp_path, certificates) as broker, Client(broker, "hall") as hall:
        broker.passwords["kitchen"] = "another"
        broker.reload()
        deadline_s = time.monotonic() + DEADLINE_S
        while not accepts(broker, "another"):
            assert time.monotonic() < deadline_s
        assert not accepts(broker, "secret of kitchen")
        # Whoever is connected stays so.
        hall.hear(topic("hall", "status"))
        hall.say(topic("hall", "status"), b"still here")
        assert hall.until(b"still here")


def accepts(broker: Shipped, password: str) -> bool:
    with contextlib.closing(Client(broker, "kitchen", password)) as client:
        return client.connect() == "Success"


def test_nats_lets_nobody_in_by_its_own_port(certificates: Path, tmp_path: Path) -> None:
    login = '{"verbose":true,"user":"recorder","pass":"secret of recorder"}'
    with (
        Nats(tmp_path, certificates) as broker,
        socket.create_connection((HOST, broker.native_port), timeout=DEADLINE_S) as native,
        native.makefile("rb") as lines,
    ):
        assert lines.readline().startswith(b"INFO")
        native.sendall(f"CONNECT {login}\r\nPING\r\n".encode())
        assert lines.readline().startswith(b"-ERR 'Authorization Violation'")


def test_nats_does_not_start_without_passwords(certificates: Path, tmp_path: Path) -> None:
    broker = Nats(tmp_path, certificates)
    argv = broker.argv()
    (broker.etc / "passwords.conf").write_text("")
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode != 0
    assert "MAT_PASSWORD" in done.stderr or "KITCHEN_PASSWORD" in done.stderr


def test_certificates_are_renewed_by_the_same_authority(tmp_path: Path) -> None:
    make_certificates(tmp_path, "broker.local", "192.0.2.7", "2001:db8::7")
    before = {name: (tmp_path / name).read_bytes() for name in ("ca.pem", "broker.pem")}
    make_certificates(tmp_path, "broker.local")
    assert (tmp_path / "ca.pem").read_bytes() == before["ca.pem"]
    assert (tmp_path / "broker.pem").read_bytes() != before["broker.pem"]
    assert (tmp_path / "broker.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


def test_certificates_name_hosts_and_addresses(tmp_path: Path) -> None:
    make_certificates(tmp_path, "broker.local", "192.0.2.7", "2001:db8::7")
    command = ["openssl", "x509", "-in", str(tmp_path / "broker.pem"), "-noout", "-ext"]
    done = subprocess.run(
        [*command, "subjectAltName"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "DNS:broker.local, IP Address:192.0.2.7, IP Address:2001:DB8" in done.stdout
