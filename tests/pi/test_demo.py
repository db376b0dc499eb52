"""The demo from start to end, with the real broker, daemon and dashboard."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import psutil
import pytest

from core.errors import LayoutError, MatError, RecordingError
from pi.broker import free_port
from pi.broker_config import HOST
from pi.config import load_config
from pi.demo import check_port
from pi.demo_files import DemoError, Files, check_recording, choose_bank, default_folder, toml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT_DIR = Path(__file__).parents[2]
TIMEOUT_S = 60.0
ZONES_N = "t_s,l_toes_n,l_mth1_n,l_mth23_n,l_mth45_n,l_arch_med_n,l_arch_lat_n,l_heel_med_n,l_heel_lat_n,r_toes_n,r_mth1_n,r_mth23_n,r_mth45_n,r_arch_med_n,r_arch_lat_n,r_heel_med_n,r_heel_lat_n"  # noqa: E501


class Running(NamedTuple):
    """A demo that has said how to get in."""

    process: subprocess.Popen[str]
    lines: list[str]
    port: int

    @property
    def guest(self) -> list[str]:
        return shlex.split(next(line for line in self.lines if line.startswith("mosquitto_sub")))

    @property
    def broker_port(self) -> int:
        return int(self.guest[self.guest.index("-p") + 1])

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def staying(self) -> list[str]:
        """Command lines of those that do not end by themselves."""
        found = []
        for child in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(" ".join(child.cmdline()))
        # One that has ended and was not waited for yet has no command line.
        return [line for line in found if line and "dashboard.finishing" not in line]

    def end(self, number: signal.Signals) -> list[str]:
        """End it; return what it said, once nothing of it is left."""
        family = self.family()
        self.process.send_signal(number)
        rest, errors = self.process.communicate(timeout=TIMEOUT_S)
        assert errors == ""
        _, alive = psutil.wait_procs(family, timeout=TIMEOUT_S)
        assert alive == []
        assert not takes(self.port)
        assert not takes(self.broker_port)
        return rest.splitlines()


def takes(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((HOST, port)) == 0


def command(port: int, folder: Path, *options: str) -> list[str]:
    where = ["--port", str(port), "--data-dir", str(folder)]
    return [sys.executable, "-m", "pi", "demo", *where, *options]


@contextlib.contextmanager
def demo(folder: Path, *options: str) -> Iterator[Running]:
    port = free_port()
    process = subprocess.Popen(
        command(port, folder, *options),
        cwd=ROOT_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break
        yield Running(process, lines, port)
    finally:
        process.kill()
        process.communicate()


def hear(running: Running, *topics: str) -> dict[str, str]:
    """Listen as the guest, with the command that the demo printed, until each topic has come."""
    found: dict[str, str] = {}
    with subprocess.Popen(running.guest, stdout=subprocess.PIPE, text=True) as guest:
        assert guest.stdout
        for line in guest.stdout:
            name, _, payload = line.rstrip("\n").partition(" ")
            found[name.removeprefix("reflexmat/v1/demo/")] = payload
            if set(topics) <= set(found):
                break
        guest.kill()
    return found


def test_a_demo_from_its_link_to_ctrl_c(tmp_path: Path) -> None:
    with demo(tmp_path / "d") as running:
        link = f"http://127.0.0.1:{running.port}/sign-in?token="
        (shown,) = [line for line in running.lines if line.startswith("http")]
        assert shown.startswith(link)
        assert len(shown) > len(link) + 40
        with urlopen(f"http://127.0.0.1:{running.port}/healthz") as answer:
            assert answer.status == 200
        heard = hear(running, "status", "info", "state")
        assert heard["status"] == "online"
        info, state = json.loads(heard["info"]), json.loads(heard["state"])
        assert (info["mat"], info["source"], info["mode"]) == ("demo", "simulator", "standing")
        assert info["layout"]["id"] == "full16"
        assert set(state["zones"]) == {zone["id"] for zone in info["layout"]["zones"]}
        assert state["boot_id"] == info["boot_id"]
        assert 400 < state["total_n"] < 800
        # What the mat may not lose is committed, and said so.
        acknowledged = json.loads(hear(running, "ack")["ack"])
        assert acknowledged["next"] > 0
        # Broker, daemon, its link, dashboard; the process that finishes sessions comes and goes.
        assert len(running.staying()) == 4
        assert running.end(signal.SIGINT) == ["ending ...", "ended"]
        assert running.process.returncode == 0
    secrets = [p for p in (tmp_path / "d").iterdir() if "password" in p.name or "token" in p.name]
    assert len(secrets) == 3
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_it_in_order_too(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path) as running:
        assert running.end(number)[-1] == "ended"
        assert running.process.returncode == 0


def test_a_signal_before_it_is_ready_ends_it_too(tmp_path: Path) -> None:
    with subprocess.Popen(
        command(free_port(), tmp_path), cwd=ROOT_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("starting")
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
    assert process.returncode == 0
    assert said.splitlines()[-1] == "ended"


def test_it_ends_by_itself_after_its_time(tmp_path: Path) -> None:
    done = subprocess.run(
        command(free_port(), tmp_path, "--exit-after", "0.5"),
        cwd=ROOT_DIR,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "ended"


def test_two_demos_run_side_by_side_but_not_on_one_folder(tmp_path: Path) -> None:
    with demo(tmp_path / "a") as first, demo(tmp_path / "b") as second:
        for running in (first, second):
            assert json.loads(hear(running, "state")["state"])["zones"]
        third = subprocess.run(
            command(free_port(), tmp_path / "a"),
            cwd=ROOT_DIR, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
        assert third.returncode == 1
        (line,) = third.stderr.splitlines()
        assert "in use by another demo" in line
        second.end(signal.SIGINT)
        assert json.loads(hear(first, "state")["state"])["zones"]
        first.end(signal.SIGINT)


def test_a_port_in_use_is_one_line_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            command(port, tmp_path / "d"),
            cwd=ROOT_DIR, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == f"reflexmat: port {port}: in use; choose another with --port\n"
    assert done.stdout == ""
    assert not (tmp_path / "d").exists()


def test_programs_that_die_are_started_again_and_said(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        before = hear(running, "state")
        assert running.process.stdout
        daemon, dashboard = (
            next(p for p in running.family() if word in p.cmdline()) for word in ("run", "serve")
        )
        daemon.kill()
        line = running.process.stdout.readline()
        assert line.startswith("the mat ended (code -9); starting it again in 0.2 s")
        dashboard.kill()
        line = running.process.stdout.readline()
        assert line.startswith("the dashboard ended (code -9); starting it again in 0.2 s")
        after = hear(running, "state")
        assert json.loads(after["state"])["boot_id"] != json.loads(before["state"])["boot_id"]
        running.end(signal.SIGINT)


def test_a_dashboard_that_is_started_again_has_a_new_link(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        assert running.process.stdout
        (first,) = [line for line in running.lines if line.startswith("http")]
        next(p for p in running.family() if "serve" in p.cmdline()).kill()
        assert running.process.stdout.readline().startswith("the dashboard ended (code -9)")
        words, _, link = running.process.stdout.readline().strip().rpartition(" ")
        assert words == "the dashboard ended and is started again; a new sign-in link:"
        assert link.partition("token=")[0] == first.partition("token=")[0]
        assert link != first
        while not takes(running.port):
            assert running.process.poll() is None
        browser = build_opener(HTTPCookieProcessor())
        for url in (link, f"http://127.0.0.1:{running.port}/"):
            with browser.open(url) as page:
                assert page.status == 200
        running.end(signal.SIGINT)


def test_a_killed_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        family = running.family()
        running.process.kill()
        running.process.wait()
        _, alive = psutil.wait_procs(family, timeout=TIMEOUT_S)
        assert alive == []
    with demo(tmp_path) as again:
        assert any(line.startswith("http") for line in again.lines)
        again.end(signal.SIGINT)


def test_a_recording_is_replayed(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    rows = "".join(f"{n / 50},{','.join(['20'] * 16)}\n" for n in range(200))
    file.write_text(f"# layout: insole16\n# rate_hz: 50\n{ZONES_N}\n{rows}")
    with demo(tmp_path / "d", "--replay", str(file)) as running:
        heard = hear(running, "info", "state")
        info, state = json.loads(heard["info"]), json.loads(heard["state"])
        assert (info["source"], info["layout"]["id"], info["rate_hz"]) == ("replay", "insole16", 50)
        assert "sim.press" not in info["verbs"]
        assert abs(state["total_n"] - 320) < 5
        running.end(signal.SIGINT)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        (f"{ZONES_N}\n0,{','.join(['1'] * 16)}\n1,{','.join(['1'] * 16)}\n", 1),
        (f"# layout: insole16\n{ZONES_N}\n0,1\n", 3),
        ("# layout: insole16\n# rate_hz: 9\nt_s,l_nose_n\n0,1\n", 3),
        (
            f"# layout: insole16\n{ZONES_N}\n"
            + "".join(f"{n},{','.join(['1'] * 16)}\n" for n in range(9000))
            + "x\n",
            9003,
        ),
    ],
)
def test_a_bad_recording_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "r.csv"
    file.write_text(text)
    with pytest.raises(RecordingError, match=f"^{file}: line {line}: "):
        check_recording(file)


def test_a_bad_recording_ends_the_demo_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("no header")
    done = subprocess.run(
        command(free_port(), tmp_path / "d", "--replay", str(file)),
        cwd=ROOT_DIR, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"reflexmat: {file}: line 1: ")
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("content", [None, b"# layout: x\n\xff\xfe"])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "r.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RecordingError, match=f"^{file}: "):
        check_recording(file)


def test_a_recording_of_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("# layout: nix\nt_s,a_n\n0,1\n1,1\n")
    with pytest.raises(LayoutError, match="nix"):
        check_recording(file)


def test_a_recording_chooses_no_file_to_read_as_its_layout(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text((ROOT_DIR / "core/layouts/insole16.toml").read_text())
    file = tmp_path / "r.csv"
    file.write_text(f"# layout: own.toml\n{ZONES_N}\n0{',1' * 16}\n1{',1' * 16}\n")
    with pytest.raises(LayoutError, match=r"may name full16, .* not 'own.toml'"):
        check_recording(file)


def test_a_recording_that_cannot_be_read_twice_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(RecordingError, match=f"^{path}: not a file"):
            check_recording(path)


def test_the_default_folder_follows_xdg() -> None:
    home = Path.home()
    assert default_folder({"XDG_STATE_HOME": "/s"}, 1) == Path("/s/reflexmat/demo-1")
    for odd in ({}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}):
        assert default_folder(odd, 8765) == home / ".local/state/reflexmat/demo-8765"


def test_what_the_demo_writes_is_what_the_daemon_reads(tmp_path: Path) -> None:
    odd = tmp_path / 'a "b" \\ü'
    odd.mkdir()
    bank = choose_bank(None)
    mat = {"layout": bank.pop("layout"), "foot_mm": bank.pop("foot_mm")}
    Files(odd).mat_config.write_bytes(
        toml({"mat": mat, "bank": bank, "data": {"dir": str(odd)}, "broker": {"port": 5}})
    )
    config = load_config(Files(odd).mat_config)
    assert (config.mat.layout, config.mat.foot_mm) == ("full16", (260.0, 98.0))
    assert (config.bank.mass_kg, config.broker.port, config.data.dir) == (50.0, 5, str(odd))


def test_a_path_that_is_no_text_is_refused() -> None:
    with pytest.raises(DemoError, match="not UTF-8"):
        toml({"data": {"dir": os.fsdecode(b"\xff")}})


def test_a_port_that_may_not_be_used_is_refused() -> None:
    with socket.create_server((HOST, 0)) as taken, pytest.raises(MatError, match="in use"):
        check_port(taken.getsockname()[1])
