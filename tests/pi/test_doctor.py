"""Each check of the doctor on both sides; real files, real brokers, real certificates."""

from __future__ import annotations

import errno
import importlib
import json
import os
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from core.calibration import CalibrationSpec, CellCalibration
from core.errors import MatError
from core.layout import load_layout
from pi import checkup_broker, checkup_files, checkup_machine, doctor
from pi.broker import free_port
from pi.broker_config import HOST
from pi.calibration_file import save
from pi.certificate_dates import CertificateError, _time, validity
from pi.checkup import Finding, Machine, Mat
from pi.command_line import main
from pi.connection import Connection, Handlers
from pi.files import hold
from pi.version import RELEASED_ON
from tests.pi.mqtt import MAT, AnyBroker, Ear, Nats, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
STARTER8 = load_layout("starter8")


def machine(**values: Any) -> Machine:  # noqa: ANN401
    return replace(Machine(now=lambda: NOW, synchronised=lambda: True), **values)


def mat_of(folder: Path, text: str = "", **values: Any) -> Mat:  # noqa: ANN401
    """A mat with a private data directory of its own."""
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    file = folder / "mat.toml"
    file.write_text(f'{text}\n[data]\ndir = "data"\n')
    return Mat(file, machine(**values))


def states(mat: Mat) -> dict[str, str]:
    return {found.name: found.state for found in doctor.examine(mat)}


# The table.


def test_a_simulated_mat_beside_a_broker_has_nothing_that_failed(
    broker: AnyBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mat = mat_of(tmp_path, broker_table(broker, tmp_path))
    assert doctor.run(mat.path, as_json=True, machine=mat.machine)
    report = json.loads(capsys.readouterr().out)
    found = {each["name"]: each["state"] for each in report["checks"]}
    assert report["ok"]
    assert found["sign-in"] == "ok"
    assert found["GPIO"] == found["calibration"] == found["certificate"] == "not applicable"
    assert found["daemon"] == "warning"


def test_what_needs_something_that_failed_is_not_looked_at(tmp_path: Path) -> None:
    found = states(mat_of(tmp_path, "[bank]\nsede = 1"))
    assert found.pop("configuration") == "failed"
    assert {found.pop(name) for name in ("Python", "packages", "clock")} == {"ok"}
    assert set(found.values()) == {"not applicable"}


def test_a_layout_that_cannot_be_used_leaves_the_rest(tmp_path: Path) -> None:
    port = free_port()
    found = states(mat_of(tmp_path, f'[mat]\nlayout = "no.toml"\n[broker]\nport = {port}'))
    assert found["layout"] == found["broker's port"] == "failed"
    assert found["indicators"] == found["sign-in"] == "not applicable"
    assert found["broker's name"] == found["data directory"] == "ok"


def test_the_command_says_it_in_words_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mat.toml").write_text("[mat]\nid = 3\n")
    assert main(["doctor", "--config", str(tmp_path / "mat.toml")]) == 1
    line = next(line for line in capsys.readouterr().out.splitlines() if "FAILED" in line)
    assert "line 2: mat.id" in line


def test_a_check_that_raises_has_failed_and_says_what_to_do(tmp_path: Path) -> None:
    def look(_mat: Mat) -> Finding:
        raise MatError("no wine; buy some")

    (found,) = doctor.examine(mat_of(tmp_path), (doctor.Check("wine", look),))
    assert (found.state, found.text, found.advice) == ("failed", "no wine", "buy some")


def test_needs_come_first() -> None:
    names = [check.name for check in doctor.CHECKS]
    for place, check in enumerate(doctor.CHECKS):
        assert all(names.index(need) < place for need in check.needs)


def test_a_profile(tmp_path: Path) -> None:
    mat = mat_of(tmp_path)
    assert doctor._profile(mat).state == "warning"
    (tmp_path / "p.toml").write_text("version = 3\n")
    mat = mat_of(tmp_path, '[mat]\nprofile = "p.toml"')
    assert doctor._profile(mat) == ("ok", "version 3, seated", "")


# Files.


def test_the_data_directory(tmp_path: Path) -> None:
    mat = mat_of(tmp_path)
    assert checkup_files.data_directory(mat).state == "ok"
    mat.folder.chmod(0o755)
    assert checkup_files.data_directory(mat).state == "warning"
    assert list(mat.folder.iterdir()) == []
    mat.folder.rmdir()
    assert "first start makes it" in checkup_files.data_directory(mat).text
    mat.folder.touch()
    assert checkup_files.data_directory(mat).state == "failed"


def test_a_folder_in_which_nobody_can_write(tmp_path: Path) -> None:
    mat = mat_of(tmp_path)
    mat.path.write_text('[data]\ndir = "/proc"\n')
    assert checkup_files.data_directory(Mat(mat.path)).state == "failed"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "mount it writable"),
        (errno.EIO, "replace it"),
        (errno.ENOSPC, "make room"),
        (errno.EACCES, "user of the daemon"),
    ],
)
def test_why_nothing_can_be_written(number: int, words: str, tmp_path: Path) -> None:
    found = checkup_files.blame(tmp_path, OSError(number, os.strerror(number)))
    assert found.state == "failed"
    assert words in found.advice


@pytest.mark.parametrize(
    ("free_bytes", "state"),
    [(49_999_999, "failed"), (50_000_000, "warning"), (499_999_999, "warning"), (5e8, "ok")],
)
def test_space(free_bytes: int, state: str, tmp_path: Path) -> None:
    assert checkup_files.judge_space(free_bytes).state == state
    mat = mat_of(tmp_path)
    mat.folder.rmdir()
    assert "MB free" in checkup_files.free_space(mat).text


def test_errors_that_the_file_system_has_counted(tmp_path: Path) -> None:
    system = tmp_path / "sys"
    mat = mat_of(tmp_path, system=system)
    assert checkup_files.card(mat).state == "not applicable"
    device = mat.folder.stat().st_dev
    (system / "devices/mmcblk0p2").mkdir(parents=True)
    (system / "dev/block").mkdir(parents=True)
    number = f"{os.major(device)}:{os.minor(device)}"
    (system / "dev/block" / number).symlink_to("../../devices/mmcblk0p2")
    counter = system / "fs/ext4/mmcblk0p2/errors_count"
    counter.parent.mkdir(parents=True)
    counter.write_text("0\n")
    assert checkup_files.card(mat).state == "ok"
    counter.write_text("3\n")
    assert checkup_files.card(mat).text == "the file system has met 3 errors"


def test_a_daemon_is_seen_and_left_alone(tmp_path: Path) -> None:
    mat = mat_of(tmp_path)
    lock = mat.folder / "daemon.lock"
    assert checkup_files.daemon(mat).state == "warning"
    assert not lock.exists()
    with hold(lock, "daemon"):
        assert checkup_files.daemon(mat).state == "ok"
        assert checkup_files.is_held(lock)
    assert not checkup_files.is_held(lock)
    with hold(lock, "daemon"):
        pass


def test_a_calibration(tmp_path: Path) -> None:
    mat = mat_of(tmp_path, '[mat]\nlayout = "starter8"\n[bank]\nkind = "hx711"')
    with pytest.raises(MatError, match="never calibrated"):
        checkup_files.calibration(mat)
    cells = (CellCalibration(0.0, 1000.0),) * len(STARTER8.spec.cell)
    spec = CalibrationSpec(STARTER8.hash, "2026-11-01", cells)
    save(mat.folder / "calibration.json", spec, STARTER8)
    assert checkup_files.calibration(mat) == (
        "ok",
        "of 2026-11-01, 30 days old, does not expire",
        "",
    )
    assert checkup_files.calibration(mat_of(tmp_path)).state == "not applicable"


@pytest.mark.parametrize(
    ("expires_on", "state", "words"),
    [
        ("2026-11-30", "warning", "expired"),
        ("2026-12-01", "warning", "in 0 days"),
        ("2026-12-31", "warning", "in 30 days"),
        ("2027-01-01", "ok", "good until"),
    ],
)
def test_dates_of_a_calibration(expires_on: str, state: str, words: str) -> None:
    found = checkup_files.judge_calibration("2026-01-01", expires_on, date(2026, 12, 1))
    assert found.state == state
    assert words in found.text


# The computer.


def test_python() -> None:
    assert checkup_machine.judge_python((3, 10, 9)).state == "failed"
    assert checkup_machine.judge_python((3, 11, 0)).state == "ok"


def test_packages(tmp_path: Path) -> None:
    asked = {"paho-mqtt": "2.1", "lgpio": "0.2.2"}
    assert checkup_machine.judge_packages(asked, {"paho-mqtt": "2.1.0"}).state == "ok"
    assert checkup_machine.judge_packages(asked, {"paho-mqtt": "1.6.1"}).state == "failed"
    found = checkup_machine.packages(mat_of(tmp_path))
    assert found.state == "ok"
    assert "paho-mqtt 2" in found.text
    assert "scipy" not in found.text


def test_libraries(tmp_path: Path) -> None:
    def load(name: str) -> object:
        if name == "lgpio":
            raise ModuleNotFoundError(name)
        if name == "adafruit_hx711":
            raise NotImplementedError("no such board")
        return importlib.import_module(name)

    assert checkup_machine.libraries(mat_of(tmp_path, load=load)).state == "ok"
    found = checkup_machine.libraries(mat_of(tmp_path, '[bank]\nkind = "adafruit"', load=load))
    assert (found.state, found.text) == ("failed", "missing: lgpio")


def test_clock(tmp_path: Path) -> None:
    assert checkup_machine.clock(mat_of(tmp_path)).text == "2026-12-01 12:00 UTC, synchronised"
    assert checkup_machine.clock(mat_of(tmp_path, synchronised=lambda: False)).state == "warning"
    past = datetime.fromisoformat(RELEASED_ON).replace(tzinfo=UTC)
    assert checkup_machine.clock(mat_of(tmp_path, now=lambda: past)).state == "ok"
    past -= timedelta(seconds=1)
    assert checkup_machine.clock(mat_of(tmp_path, now=lambda: past)).state == "failed"


class Chip:
    """A GPIO chip on paper, as lgpio tells of it; somebody has some of its lines."""

    error = RuntimeError

    def __init__(self, taken: dict[int, str]) -> None:
        self.taken, self.chip, self._handle, self.is_closed = taken, 0, 7, False

    def __call__(self, _chip: int | None) -> Chip:
        return self

    def load(self, name: str) -> object:
        return SimpleNamespace(LGPIOFactory=self) if name == "gpiozero.pins.lgpio" else self

    def close(self) -> None:
        self.is_closed = True

    def gpio_get_chip_info(self, _handle: int) -> list[object]:
        return [0, 54, "gpiochip0", "pinctrl-bcm2711"]

    def gpio_get_line_info(self, handle: int, pin: int) -> list[object]:
        assert handle == self._handle
        return [0, pin, int(pin in self.taken), "", self.taken.get(pin, "")]


def test_gpio_of_a_mat_with_cells(tmp_path: Path) -> None:
    cells = '[mat]\nlayout = "starter8"\n[bank]\nkind = "hx711"\n'
    with pytest.raises(MatError, match="no GPIO on this machine"):
        checkup_machine.gpio(mat_of(tmp_path, cells, devices=tmp_path))
    (tmp_path / "gpiochip0").touch()
    free, taken = Chip({2: "other"}), Chip({17: "spi0 CS0"})
    mat = mat_of(tmp_path, cells, devices=tmp_path, load=free.load)
    n_pins = len(checkup_machine.pins_of(mat))
    assert checkup_machine.gpio(mat).text == f"the chip is there, its {n_pins} pins are free"
    assert free.is_closed
    mat = mat_of(tmp_path, cells, devices=tmp_path, load=taken.load)
    assert checkup_machine.gpio(mat).text == "taken: GPIO 17 (spi0 CS0)"
    with hold(mat.folder / "daemon.lock", "daemon"):
        assert checkup_machine.gpio(mat).state == "ok"


def test_gpio_where_none_is_needed_or_can_be_asked(tmp_path: Path) -> None:
    assert checkup_machine.gpio(mat_of(tmp_path)).state == "not applicable"
    slowly = '[bank]\nkind = "hx711"\nlines = "gpiozero"'
    assert "gpiozero" in checkup_machine.gpio(mat_of(tmp_path, slowly)).text


def test_indicators(tmp_path: Path) -> None:
    assert checkup_machine.indicators(mat_of(tmp_path)).state == "not applicable"
    cells = '[bank]\nkind = "hx711"\n'
    assert "red GPIO 17" in checkup_machine.indicators(mat_of(tmp_path, cells)).text
    with pytest.raises(MatError, match="a cell of layout full16"):
        checkup_machine.indicators(mat_of(tmp_path, cells + "[indicators]\nred = 4"))
    wanted = mat_of(tmp_path, "[indicators]\nenabled = true")
    assert checkup_machine.pins_of(wanted) == [3, 17, 18, 22, 27]


# The broker.


def broker_table(broker: AnyBroker, folder: Path, password: str = "") -> str:
    text = f'[mat]\nid = "{MAT}"\n[broker]\nhost = "{HOST}"\nport = {broker.port}\n'
    if broker.mat is None:
        return text
    file = folder / "password"
    file.write_text(password or broker.mat.password)
    file.chmod(0o600)
    return f'{text}user = "{broker.mat.user}"\npassword_file = "{file}"\n'


def test_signing_in_leaves_nothing_behind(broker: AnyBroker, tmp_path: Path) -> None:
    mat = mat_of(tmp_path, broker_table(broker, tmp_path))
    with Ear(broker.port, broker.dashboard) as ear:
        assert checkup_broker.sign_in(mat).state == "ok"
        ear.say("cmd", b"after")
        heard = ear._heard.get(timeout=20)
        assert (heard.name, heard.payload) == ("cmd", b"after")


def test_only_a_connection_with_a_will_leaves_word_when_it_breaks(
    broker: AnyBroker, tmp_path: Path
) -> None:
    settings = settings_for(broker, tmp_path)
    handlers = Handlers(lambda: None, lambda _: None, lambda *_: None, lambda _: None)
    with Ear(broker.port, broker.dashboard) as ear:
        for will in (False, True):
            connection = Connection(settings, handlers, will=will)
            connection.open(5.0)
            while not connection.up:
                assert not connection.fault
                connection.drive()
            connection.close(orderly=False)
        ear.wait_payload("status", b"offline")
        ear.say("cmd", b"after")
        assert ear._heard.get(timeout=20).name == "cmd"


def test_a_wrong_password_is_told(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    nats = Nats(tmp_path / "broker")
    nats.start()
    try:
        found = checkup_broker.sign_in(mat_of(tmp_path, broker_table(nats, tmp_path, "wrong")))
    finally:
        nats.stop()
    assert found.state == "failed"
    assert "refused" in found.text


def test_a_broker_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    seconds = iter(range(100))
    with socket.create_server((HOST, 0)) as mute:
        text = f"[broker]\nport = {mute.getsockname()[1]}"
        mat = mat_of(tmp_path, text, now_s=lambda: float(next(seconds)))
        assert checkup_broker.port(mat).state == "ok"
        found = checkup_broker.sign_in(mat)
    assert (found.state, "no answer within 5 s" in found.text) == ("failed", True)


def test_nobody_listens(tmp_path: Path) -> None:
    mat = mat_of(tmp_path, f"[broker]\nport = {free_port()}")
    assert checkup_broker.port(mat).text.endswith("Connection refused")


def test_names(tmp_path: Path) -> None:
    assert checkup_broker.name(mat_of(tmp_path)).text == "127.0.0.1 is 127.0.0.1"
    for host in ("nowhere.invalid", "a" * 64):
        assert checkup_broker.name(mat_of(tmp_path, f'[broker]\nhost = "{host}"')).state == "failed"


def test_a_resolver_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait() and [])
    with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
        checkup_broker.resolve("slow", 1883, 0.01)
    done.set()


def test_password_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    mat = mat_of(tmp_path, f'[broker]\nuser = "u"\npassword_file = "{file}"')
    assert "No such file or directory" in checkup_broker.password(mat).text
    file.write_text("\n")
    assert "first line is empty" in checkup_broker.password(mat).text
    file.write_text("x\n")
    file.chmod(0o644)
    assert checkup_broker.password(mat).state == "warning"
    file.chmod(0o600)
    assert checkup_broker.password(mat).state == "ok"
    assert checkup_broker.password(mat_of(tmp_path)).state == "not applicable"
    of_systemd = mat_of(tmp_path, '[broker]\nuser = "u"\npassword_file = "credential:mqtt"')
    assert checkup_broker.password(of_systemd).state == "not applicable"


def test_a_password_that_systemd_hands_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    mat = mat_of(tmp_path, '[broker]\nuser = "u"\npassword_file = "credential:broker"')
    assert checkup_broker.password(mat).state == "not applicable"
    assert "LoadCredential=broker:FILE" in checkup_broker.sign_in(mat).advice
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (found,) = doctor.examine(mat, (doctor.Check("password", checkup_broker.password),))
    assert found.state == "failed"
    (tmp_path / "broker").write_text("secret\n")
    assert checkup_broker.password(mat).state == "ok"


# Certificates.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real one, for 90 days, with its key beside it."""
    file = tmp_path_factory.mktemp("tls") / "broker.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90"
    arguments = [*command.split(), "-subj", "/CN=broker", "-keyout", str(file), "-out", f"{file}.c"]
    subprocess.run(arguments, check=True, capture_output=True)
    file.write_text(file.read_text() + file.with_suffix(".pem.c").read_text())
    return file


def der_of(file: Path) -> bytes:
    text = file.read_text()
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE") :])


@contextmanager
def tls_server(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve() -> None:
        guest, _ = listener.accept()
        with context.wrap_socket(guest, server_side=True) as talk:
            talk.recv(1)

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_the_certificate_of_a_server_and_its_dates(certificate: Path) -> None:
    with tls_server(certificate) as port:
        der = checkup_broker.fetch(HOST, port, 5.0)
    assert der == der_of(certificate)
    first, last = validity(der)
    assert last - first == timedelta(days=90)


def test_dates_are_those_that_openssl_reads(certificate: Path) -> None:
    command = ["openssl", "x509", "-in", str(certificate), "-noout", "-dates"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    dates = [line.partition("=")[2] for line in said.splitlines()]
    seconds = [ssl.cert_time_to_seconds(each) for each in dates]
    assert [each.timestamp() for each in validity(der_of(certificate))] == seconds


def test_years_beyond_2049_are_written_in_full(certificate: Path) -> None:
    der = der_of(certificate)
    first = validity(der)[0].strftime("%y%m%d%H%M%SZ").encode()
    assert validity(der.replace(first, b"500101000000Z"))[0].year == 1950
    assert _time(0x18, b"20500101000000Z").year == 2050
    integer = der.replace(b"\x17\x0d" + first, b"\x02\x0d" + first)
    for wrong in (integer, der[:-1], b"", b"0"):
        with pytest.raises(CertificateError):
            validity(wrong)


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (-1, "failed", "not good yet"),
        (0, "ok", "good from"),
        (60, "ok", "good from"),
        (61, "warning", "29 days"),
        (90, "warning", "0 days"),
        (91, "failed", "expired"),
    ],
)
def test_how_long_it_is_good(days: int, state: str, words: str) -> None:
    found = checkup_broker.judge_certificate(
        NOW, NOW + timedelta(days=90), NOW + timedelta(days=days)
    )
    assert found.state == state
    assert words in found.text


def test_a_mat_looks_at_the_certificate_of_its_broker(certificate: Path, tmp_path: Path) -> None:
    with tls_server(certificate) as port:
        mat = mat_of(
            tmp_path, f"[broker]\ntls = true\nport = {port}", now=lambda: datetime.now(UTC)
        )
        assert checkup_broker.certificate(mat).state == "ok"
    with socket.create_server((HOST, 0)) as plain:
        mat = mat_of(tmp_path, f"[broker]\ntls = true\nport = {plain.getsockname()[1]}")
        quick = Mat(mat.path, replace(mat.machine, patience_s=0.05))
        (found,) = doctor.examine(quick, (doctor.Check("c", checkup_broker.certificate),))
        assert found.state == "failed"


def test_a_broker_without_tls_has_none(tmp_path: Path) -> None:
    assert checkup_broker.certificate(mat_of(tmp_path)).state == "not applicable"
