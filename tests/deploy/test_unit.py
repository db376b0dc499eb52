"""The service's unit, judged by systemd itself; what it allows is what the daemon needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.cli.tls import FOLDER as TLS_FOLDER
from dashboard.config import load_config
from dashboard.notify import ALIVE_EVERY_S
from pi.password import CREDENTIAL

SYSTEMD = Path(__file__).parents[2] / "systemd"
DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = SYSTEMD / "reflexmat.service"
DASHBOARD = SYSTEMD / "reflexmat-dashboard.service"
BOTH = pytest.mark.parametrize("unit", [UNIT, DASHBOARD], ids=["mat", "dashboard"])
MAX_EXPOSURE = 2.0

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed: apt install systemd"
)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def unit_with(folder: Path, *changes: tuple[str, str], unit: Path = UNIT) -> Path:
    """Write a unit anew, with a program that exists on this machine, and with changes."""
    text = unit.read_text().replace(f"/opt/{unit.stem}/current/bin/{unit.stem}", "/bin/true")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    changed = folder / unit.name
    changed.write_text(text)
    return changed


def values(key: str, unit: Path = UNIT) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)


def exposure(unit: Path) -> float:
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    return float(found[1])


@BOTH
def test_systemd_has_nothing_to_say_against_it(tmp_path: Path, unit: Path) -> None:
    done = run("systemd-analyze", "verify", unit_with(tmp_path, unit=unit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_nor_against_that_of_the_broker(tmp_path: Path) -> None:
    unit = tmp_path / "reflexmat-nats.service"
    text = (DEPLOY / "nats" / unit.name).read_text()
    unit.write_text(text.replace("/opt/reflexmat-nats/bin/nats-server", "/bin/true"))
    done = run("systemd-analyze", "verify", unit)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_verified_would_show_a_slip(tmp_path: Path) -> None:
    unit = unit_with(tmp_path, ("ProtectSystem=", "ProtectSystm="))
    assert "Unknown key" in run("systemd-analyze", "verify", unit).stderr


@BOTH
def test_little_is_exposed(tmp_path: Path, unit: Path) -> None:
    assert exposure(unit) <= MAX_EXPOSURE
    open_one = unit_with(tmp_path, ("ProtectSystem=strict\n", ""), unit=unit)
    assert exposure(open_one) > exposure(unit)


def test_gpio_can_be_used_and_no_other_device() -> None:
    assert values("DevicePolicy") == ["closed"]
    assert values("DeviceAllow") == ["char-gpiochip rw"]
    assert values("SupplementaryGroups") == ["gpio"]
    # Would hide /dev/gpiochip*, and the model of the Pi.
    assert values("PrivateDevices") == values("ProcSubset") == []


def test_lgpio_has_a_folder_for_its_pipe() -> None:
    (folder,) = values("RuntimeDirectory")
    assert values("WorkingDirectory") == [f"/run/{folder}"]
    assert f"LG_WD=/run/{folder}" in values("Environment")


def test_the_clock_may_be_asked() -> None:
    """`pi.wallclock` calls adjtimex, which systemd counts among what sets a clock."""
    clock = run("systemd-analyze", "syscall-filter", "@clock").stdout.split()
    asked = {"adjtimex", "clock_adjtime"}
    assert asked <= set(clock)
    assert values("ProtectClock") == []
    # Lists are read in order: allowed last is allowed.
    assert set(values("SystemCallFilter")[-1].split()) == asked
    assert values("CapabilityBoundingSet") == [""]


@BOTH
def test_it_is_watched_and_always_started_again(unit: Path) -> None:
    assert values("Type", unit) == ["notify"]
    assert values("Restart", unit) == ["always"]
    assert values("StartLimitIntervalSec", unit) == ["0"]


def test_what_hangs_is_noticed_soon_and_what_turns_is_left_alone() -> None:
    (mat_s,), (dashboard_s,) = values("WatchdogSec"), values("WatchdogSec", DASHBOARD)
    assert 1 < int(mat_s) <= 10
    assert 4 * ALIVE_EVERY_S < int(dashboard_s) <= 30


def test_the_password_is_no_argument_and_not_readable_by_others() -> None:
    (credential,) = values("LoadCredential")
    name, _, path = credential.partition(":")
    example = (DEPLOY / "pi/mat.toml").read_text()
    assert f'"{CREDENTIAL}{name}"' in example
    assert f"f {path} 0600 root" in re.sub(" +", " ", (SYSTEMD / "reflexmat.tmpfiles").read_text())


def test_the_user_is_made_with_its_group_of_gpio(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    done = run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "reflexmat.sysusers")
    assert done.returncode == 0, done.stderr
    passwd = (tmp_path / "etc/passwd").read_text()
    assert re.search(r"^reflexmat:.*:/var/lib/reflexmat:.*nologin$", passwd, re.MULTILINE)
    assert re.search(r"^gpio:.*:reflexmat$", (tmp_path / "etc/group").read_text(), re.MULTILINE)
    assert values("User") == ["reflexmat"]


def test_the_dashboard_has_no_device_and_writes_where_its_files_are() -> None:
    assert values("DeviceAllow", DASHBOARD) == []
    assert values("PrivateDevices", DASHBOARD) == ["yes"]
    (folder,) = values("StateDirectory", DASHBOARD)
    config = load_config(DEPLOY / "pi/dashboard.toml")
    assert config.store_path.parent == Path("/var/lib", folder)
    assert config.token_path is None, "its owner is made by the code of the first run"
    assert values("ReadWritePaths", DASHBOARD) == [f"-/etc/{folder}/{TLS_FOLDER}"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_files_are_closed_to_others_and_open_to_the_daemon(tmp_path: Path) -> None:
    state, etc = tmp_path / "var/lib/reflexmat", tmp_path / "etc/reflexmat"
    for file in (state / "calibration.json", etc / "mat.toml"):
        file.parent.mkdir(parents=True)
        file.write_text("")
    assert run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "reflexmat.sysusers").stderr
    rules = SYSTEMD / "reflexmat.tmpfiles"
    done = run("systemd-tmpfiles", "--create", f"--root={tmp_path}", rules)
    assert (done.returncode, done.stderr) == (0, "")
    user, group = (id_of(tmp_path / "etc" / name) for name in ("passwd", "group"))
    assert how(state) == (0o700, user, group)
    assert how(state / "calibration.json")[1:] == (user, group)
    assert how(etc) == (0o750, 0, group)
    assert how(etc / "mat.toml") == (0o640, 0, group)
    assert how(etc / "broker-password") == (0o600, 0, 0)


def id_of(table: Path) -> int:
    found = re.search(r"^reflexmat:x:(\d+):", table.read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def how(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mode & 0o777, found.st_uid, found.st_gid
