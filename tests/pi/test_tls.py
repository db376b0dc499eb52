"""TLS to a real mosquitto: whom the link believes, and the one line that says why not."""

from __future__ import annotations

import logging
import re
import select
import socket
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil
import pytest
from msgspec.structs import replace

from pi.broker import free_port
from pi.broker_config import HOST
from pi.connection import Connection, Handlers
from pi.courier import start_link
from pi.handover import UP, Message, make_pair, take
from pi.password import read_password
from pi.settings import Settings
from tests.pi.certificates import Certificate, make_ca, make_certificate
from tests.pi.mqtt import DEADLINE_S, MAT, Mosquitto, listens
from tests.pi.test_link import Side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "only-in-the-file"


class World(NamedTuple):
    """One mosquitto with TLS listeners that differ in their certificate."""

    folder: Path
    ca: Certificate
    stranger: Certificate
    good: Certificate
    ports: dict[str, int]

    def settings(self, listener: str, **options: str | bool) -> Settings:
        return replace(Settings(MAT, HOST, self.ports[listener], tls=True), **options)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("tls")
    ca, stranger = make_ca(folder, "ca"), make_ca(folder, "stranger")
    certificates = {
        "good": make_certificate(ca, "good"),
        "expired": make_certificate(ca, "expired", days=-1),
        "elsewhere": make_certificate(ca, "elsewhere", san="DNS:other.example"),
    }
    ports = {name: free_port() for name in (*certificates, "plain", "locked")}
    config = ["per_listener_settings true"]
    for name, port in ports.items():
        config += [f"listener {port} {HOST}", f"allow_anonymous {str(name != 'locked').lower()}"]
        if name != "plain":
            made = certificates.get(name, certificates["good"])
            config += [f"certfile {made.pem}", f"keyfile {made.key}"]
    (folder / "users").write_text(f"mat:{PASSWORD}\n")
    subprocess.run(["mosquitto_passwd", "-U", folder / "users"], check=True)
    config.append(f"password_file {folder / 'users'}")
    # Mosquitto gives rights up that root has, and must still read its files.
    (folder / "mosquitto.conf").write_text("\n".join(["user root", *config, ""]))
    argv = [Mosquitto.program(), "-c", str(folder / "mosquitto.conf")]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        while not all(map(listens, ports.values())):
            assert process.poll() is None
        yield World(folder, ca, stranger, certificates["good"], ports)
        process.kill()


def connect(settings: Settings) -> str:
    """Connect until it is up, or over; return the fault."""
    nothing = Handlers(lambda: None, lambda _: None, lambda *_: None, lambda _: None)
    connection = Connection(settings, nothing)
    connection.open(DEADLINE_S)
    while not (connection.up or connection.fault):
        drive_when_there_is_something(connection)
    connection.close(orderly=connection.up)
    return connection.fault


def drive_when_there_is_something(connection: Connection) -> None:
    reads: list[Any] = [connection.socket]
    assert connection.unread or select.select(reads, [], [], DEADLINE_S)[0]
    connection.drive()


def test_the_ca_of_the_broker_is_believed(world: World) -> None:
    assert connect(world.settings("good", ca_file=str(world.ca.pem))) == ""
    assert connect(world.settings("good", host="localhost", ca_file=str(world.ca.pem))) == ""


def test_a_pinned_certificate_needs_no_ca_no_name_no_date(world: World) -> None:
    printed = world.good.fingerprint
    assert connect(world.settings("good", fingerprint=printed)) == ""
    assert connect(world.settings("good", fingerprint=printed.replace(":", "").lower())) == ""
    for name in ("expired", "elsewhere"):
        made = Certificate(world.folder / f"{name}.pem", world.folder / f"{name}.key")
        assert connect(world.settings(name, fingerprint=made.fingerprint)) == ""


def test_another_ca_is_named(world: World) -> None:
    stranger = str(world.stranger.pem)
    fault = connect(world.settings("good", ca_file=stranger))
    assert fault == f"the broker's certificate is not from the CA in {stranger}"
    assert "no CA that this system knows" in connect(world.settings("good"))


def test_another_certificate_than_the_pinned_one_is_shown(world: World) -> None:
    pinned, seen = "ab" * 32, world.good.fingerprint.replace(":", "").lower()
    fault = connect(world.settings("good", fingerprint=pinned))
    assert f"fingerprint {seen}, not {pinned};" in fault


def test_what_the_ca_vouched_for_once_or_for_another_is_refused(world: World) -> None:
    ca_file = str(world.ca.pem)
    assert "has expired; renew it" in connect(world.settings("expired", ca_file=ca_file))
    by_address = connect(world.settings("elsewhere", ca_file=ca_file))
    assert by_address.startswith(f"the broker's certificate is not for {HOST};")
    by_name = connect(world.settings("elsewhere", host="localhost", ca_file=ca_file))
    assert by_name.startswith("the broker's certificate is not for localhost;")


def test_plain_text_and_tls_that_meet_say_so(world: World) -> None:
    assert connect(world.settings("plain", ca_file=str(world.ca.pem))).startswith("no TLS there")
    fault = connect(world.settings("good", tls=False))
    assert fault.startswith("connection lost: ")
    assert fault.endswith("; it never answered: does that port want tls = true?")


def test_a_ca_file_that_cannot_be_used_is_said(world: World) -> None:
    missing, empty = world.folder / "missing.pem", world.folder / "empty.pem"
    empty.write_text("")
    assert connect(world.settings("good", ca_file=str(missing))).startswith(
        f"{missing}: No such file or directory; "
    )
    assert connect(world.settings("good", ca_file=str(empty))).startswith(
        f"{empty}: no certificate in it; "
    )


def test_nothing_is_sent_to_a_broker_that_is_not_the_pinned_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = world.folder / "password"
    password.write_text(PASSWORD)
    sent: list[bytes] = []
    monkeypatch.setattr(
        "paho.mqtt.client.Client._send_connect", lambda *_: sent.append(b"the password")
    )
    settings = world.settings(
        "locked", user="mat", password_file=str(password), fingerprint="00" * 32
    )
    assert "fingerprint" in connect(settings)
    assert not sent


def test_messages_of_one_record_are_all_read(world: World) -> None:
    """`select` sees a record of TLS once, however many messages are in it."""
    topic = f"reflexmat/v1/{MAT}/cmd".encode()
    message = bytes([0x30, 2 + len(topic) + 1, 0, len(topic)]) + topic + b"x"

    def serve(listener: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(world.good.pem, world.good.key)
        with context.wrap_socket(listener.accept()[0], server_side=True) as mat:
            mat.recv(4096)
            mat.sendall(b"\x20\x02\x00\x00")
            number = mat.recv(4096)[2:4]
            mat.sendall(b"\x90\x03" + number + b"\x01" + 5 * message)
            mat.recv(4096)

    heard: list[str] = []
    nothing = Handlers(
        lambda: None, lambda _: None, lambda name, *_: heard.append(name), lambda _: None
    )
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        port: int = listener.getsockname()[1]
        options = {"tls": True, "fingerprint": world.good.fingerprint}
        connection = Connection(replace(Settings(MAT, HOST, port), **options), nothing)
        connection.open(DEADLINE_S)
        while len(heard) < 5:
            drive_when_there_is_something(connection)
        connection.close(orderly=True)
        thread.join()
    assert heard == ["cmd"] * 5


def test_a_link_logs_the_fault_once_in_one_line(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with Side(world.settings("good", ca_file=str(world.stranger.pem))) as side:
        side.until(lambda: "event=down" in caplog.text)
    (line,) = [record.getMessage() for record in caplog.records]
    assert re.fullmatch(r'event=down broker="\S+" reason="[^"\n]+ CA in \S+stranger.pem"', line)


def test_the_password_stands_in_no_argument_and_in_no_log(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    credentials = world.folder / "credentials"
    credentials.mkdir()
    (credentials / "broker_password").write_text(PASSWORD + "\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    settings = world.settings(
        "locked", ca_file=str(world.ca.pem), user="mat", password_file="credential:broker_password"
    )
    assert read_password(settings.password_file) == PASSWORD
    ours, theirs = make_pair()
    with theirs:
        process = start_link(settings, theirs)
    ours.settimeout(DEADLINE_S)
    told: set[str] = set()
    while UP not in told:
        message = take(ours)
        assert isinstance(message, Message)
        told.add(message.topic)
    running = psutil.Process(process.pid)  # type: ignore[attr-defined]
    assert PASSWORD not in " ".join([*running.cmdline(), *running.environ().values()])
    ours.close()
    process.wait(DEADLINE_S)
    heard = capfd.readouterr()
    assert "event=up" in heard.err
    assert PASSWORD not in heard.out + heard.err


def test_a_port_that_never_answers_is_told_apart_from_plain_text(world: World) -> None:
    nothing = Handlers(lambda: None, lambda _: None, lambda *_: None, lambda _: None)
    with socket.create_server((HOST, 0)) as silent:
        settings = replace(world.settings("good"), port=silent.getsockname()[1])
        connection = Connection(settings, nothing)
        connection.open(0.01)
    assert connection.fault.startswith("no answer;")
