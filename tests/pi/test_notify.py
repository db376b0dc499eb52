"""What systemd hears, on a real datagram socket: which passes feed the watchdog, which do not."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.errors import DriverError
from pi.notify import NOTIFY_SOCKET, Notifier, Supervision, notifier_of
from tests.pi.test_daemon import Rig
from tests.pi.test_panel import PanelRig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.frames import CellFrames

DEADLINE_S = 20.0
ROOT_DIR = Path(__file__).parents[2]


class Manager:
    """The receiving end, as systemd has one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.settimeout(DEADLINE_S)

    def wait(self) -> list[str]:
        return self._socket.recv(4096).decode().split("\n")

    def take(self) -> list[str]:
        """All that has come by now, line by line."""
        self._socket.settimeout(0)
        heard: list[str] = []
        while True:
            try:
                heard += self.wait()
            except BlockingIOError:
                return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(request: pytest.FixtureRequest) -> Iterator[Manager]:
    before_the_path = getattr(request, "param", "")
    # Not below the test's own folder: such an address has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="rm-") as folder:
        running = Manager(f"{before_the_path}{folder}/notify")
        yield running
        running.close()


@pytest.fixture
def notifier(manager: Manager) -> Iterator[Notifier]:
    with contextlib.closing(notifier_of({NOTIFY_SOCKET: manager.address})) as notifier:
        yield notifier


def supervised(rig: Rig, notifier: Notifier) -> Rig:
    rig.sampler.report_to(Supervision(notifier))
    return rig


def passes(rig: Rig, manager: Manager, number: int) -> Counter[str]:
    """What is heard of some passes; taken after each, for a socket holds only so many."""
    heard: Counter[str] = Counter()
    for _ in range(number):
        rig.sampler.run_pass()
        heard.update(manager.take())
    return heard


def test_nothing_is_said_where_nobody_asks() -> None:
    mute = notifier_of({})
    assert mute.send("READY=1")
    mute.close()
    assert notifier_of({NOTIFY_SOCKET: ""}).send("READY=1")


def test_an_address_of_a_kind_that_is_not_known_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert notifier_of({NOTIFY_SOCKET: "vsock:2:1234"}).send("READY=1")
    assert caplog.messages == ['event=notify_unknown address="vsock:2:1234"']


@pytest.mark.parametrize("manager", ["", "@"], ids=["path", "abstract"], indirect=True)
def test_lines_come_as_they_were_said_and_the_last_is_stopping(
    manager: Manager, notifier: Notifier
) -> None:
    assert notifier.send("READY=1", "STATUS=both feet, ü")
    assert manager.wait() == ["READY=1", "STATUS=both feet, ü"]
    notifier.close()
    notifier.close()
    assert manager.take() == ["STOPPING=1"]


def test_ready_comes_with_the_first_read_and_each_pass_feeds_the_watchdog(
    manager: Manager, notifier: Notifier
) -> None:
    rig = supervised(Rig(), notifier)
    assert manager.take() == []
    first = passes(rig, manager, 1)
    assert (first["READY=1"], first["WATCHDOG=1"]) == (1, 1)
    later = passes(rig, manager, 50)
    assert (later["READY=1"], later["WATCHDOG=1"]) == (0, 50)


def test_a_bank_that_cannot_be_read_feeds_the_watchdog_all_the_same(
    manager: Manager, notifier: Notifier
) -> None:
    rig = supervised(Rig(), notifier)
    rig.broken = True
    heard = passes(rig, manager, 40)
    assert (heard["READY=1"], heard["WATCHDOG=1"]) == (1, 40)
    assert any(line.startswith("STATUS=0 of 16 zones known") for line in heard)


def test_a_bank_that_is_lost_on_the_way_goes_on_feeding(
    manager: Manager, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = supervised(Rig(), notifier)
    assert passes(rig, manager, 5)["WATCHDOG=1"] == 5

    def fail(_timeout_s: float) -> CellFrames:
        raise DriverError("the cable is out")

    monkeypatch.setattr(rig.source.bank, "read", fail)
    rig.broken = True
    assert passes(rig, manager, 40)["WATCHDOG=1"] == 40


def test_a_pass_whose_panel_raises_feeds_nothing(
    manager: Manager, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = PanelRig()
    supervised(rig, notifier)
    assert passes(rig, manager, 3)["WATCHDOG=1"] == 3

    def fail(*_: object) -> None:
        raise RuntimeError("the panel")

    monkeypatch.setattr(rig.indicators, "show", fail)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="the panel"):
            rig.sampler.run_pass()
    assert manager.take() == []


def test_a_read_that_raises_what_no_bank_may_feeds_nothing(
    manager: Manager, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = supervised(Rig(), notifier)

    def fail(_timeout_s: float) -> CellFrames:
        raise ZeroDivisionError

    monkeypatch.setattr(rig.source, "read", fail)
    with pytest.raises(ZeroDivisionError):
        rig.sampler.run_pass()
    assert manager.take() == []


def test_the_status_is_said_when_it_changes_and_at_most_once_a_second(
    manager: Manager, notifier: Notifier
) -> None:
    rig = supervised(Rig(), notifier)
    calm = [line for line in passes(rig, manager, 200) if line.startswith("STATUS=")]
    assert calm[-1] == "STATUS=16 of 16 zones known; standing: nothing"
    assert len(calm) <= 2
    assert not any(line.startswith("STATUS=") for line in passes(rig, manager, 200))
    assert rig.ask("sim.press", zone="l_heel_med", seconds=1.0)["ok"]
    heard = passes(rig, manager, 240)
    told = [line for line in heard.elements() if line.startswith("STATUS=")]
    assert 1 <= len(told) <= 3
    assert told[0].endswith("standing: 1 low")


@pytest.mark.parametrize("address", ["/nowhere/at/all", "@nobody-listens-here", "/" + "x" * 300])
def test_a_socket_that_does_not_work_is_logged_once_and_stops_nothing(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with contextlib.closing(Notifier(address)) as notifier:
        rig = supervised(Rig(), notifier)
        rig.run(1.0)
    assert rig.mail.take("state")
    assert [m.split()[0] for m in caplog.messages if "notify" in m] == ["event=notify_failed"]


def test_a_manager_that_is_busy_is_not_waited_for_and_hears_ready_later(
    manager: Manager, notifier: Notifier
) -> None:
    while notifier.send("STATUS=" + "x" * 4000):
        pass
    rig = supervised(Rig(), notifier)
    rig.sampler.run_pass()
    manager.take()
    assert passes(rig, manager, 1)["READY=1"] == 1


def test_the_daemon_itself_says_ready_feeds_and_says_that_it_stops(
    manager: Manager, tmp_path: Path
) -> None:
    config = tmp_path / "mat.toml"
    config.write_text('[mat]\nlayout = "starter8"\n[broker]\nport = 1\n[data]\ndir = "data"\n')
    daemon = subprocess.Popen(
        [sys.executable, "-m", "pi", "run", "--config", str(config)],
        cwd=ROOT_DIR,
        env={**os.environ, NOTIFY_SOCKET: manager.address},
        stderr=subprocess.DEVNULL,
    )
    assert manager.wait() == ["READY=1"]
    assert manager.wait() == ["WATCHDOG=1"]
    daemon.send_signal(signal.SIGTERM)
    while (heard := manager.wait()) != ["STOPPING=1"]:
        assert heard[0].startswith(("WATCHDOG=1", "STATUS="))
    assert daemon.wait(DEADLINE_S) == 0
