"""Installing, updating and taking away, in a folder: what is there then, what never changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from dashboard.config import load_config as load_dashboard_config
from pi.config import load_config

ROOT_DIR = Path(__file__).parents[2]
ETC, STATE = "etc/reflexmat", "var/lib/reflexmat"
UNIT = "usr/local/lib/systemd/system/reflexmat.service"
BEFORE = '[mat]\nid = "kitchen"\n[bank]\nkind = "simulator"\n'

QUICKLY = {"PIP_NO_DEPS": "1", "PIP_NO_COMPILE": "1"}
"""What reflexmat needs is there already, see `WRAPPER`."""
WITH_WHAT_IS_HERE = {"PIP_NO_BUILD_ISOLATION": "0"}
"""Built with the setuptools of the tests (to pip, 0 says that it is off): half the work."""

WRAPPER = """#!/bin/sh
# A Python whose environments have what this one has: only reflexmat is left to install.
if [ "$1 $2" = "-m venv" ]; then
    "{python}" -m venv --without-pip "$3"
    echo "{packages}" >"$(echo "$3"/lib/python3*/site-packages)/known.pth"
else
    exec "{python}" "$@"
fi
"""


SYSTEMCTL = """#!/bin/sh
# There is no systemd to be asked in a test: what it would be, and a restart that fails once.
echo "$*" >>"{folder}/asked"
case "$*" in *restart*) ! rm "{folder}/fails-once" 2>/dev/null ;; esac
"""


class Machine:
    """A folder that stands for a Pi."""

    def __init__(self, folder: Path, *, builds_apart: bool = False) -> None:
        self.root = folder / "root of it"
        self.folder = folder
        self._how = QUICKLY if builds_apart else QUICKLY | WITH_WHAT_IS_HERE
        self.systemctl = folder / "systemctl"
        self.systemctl.write_text(SYSTEMCTL.format(folder=folder))
        self.systemctl.chmod(0o755)
        self._python = folder / "python"
        packages = sysconfig.get_paths()["purelib"]
        self._python.write_text(WRAPPER.format(python=sys.executable, packages=packages))
        self._python.chmod(0o755)

    def make(self, *target: str, source: Path = ROOT_DIR) -> subprocess.CompletedProcess[str]:
        where = {"DESTDIR": self.root, "PYTHON": self._python, "SYSTEMCTL": self.systemctl}
        return subprocess.run(
            ["sh", source / "scripts/install.sh", *target],
            env={**os.environ, **self._how, **{name: str(path) for name, path in where.items()}},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()

    def release(self) -> str:
        return str((self.root / "opt/reflexmat/current").readlink())

    def releases(self) -> set[str]:
        return {path.name for path in (self.root / "opt/reflexmat").glob("release-*")}

    def files(self, folder: str) -> dict[str, bytes]:
        files = (path for path in (self.root / folder).rglob("*") if path.is_file())
        return {path.name: path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machine"), builds_apart=True)
    done = machine.make("install")
    assert done.returncode == 0, done.stderr
    return machine


@pytest.fixture
def machine(installed: Machine, tmp_path: Path) -> Machine:
    """Each test's own copy of it, in use."""
    mine = Machine(tmp_path)
    shutil.copytree(installed.root, mine.root, symlinks=True)
    (mine.root / ETC / "mat.toml").write_text(BEFORE)
    (mine.root / ETC / "broker-password").write_text("secret")
    (mine.root / STATE).mkdir(parents=True)
    (mine.root / STATE / "calibration.json").write_text("{}")
    return mine


def kept(machine: Machine) -> tuple[dict[str, bytes], dict[str, bytes]]:
    return machine.files(ETC), machine.files(STATE)


def test_what_is_installed_runs_from_where_the_unit_says(installed: Machine) -> None:
    command = installed.root / "usr/local/bin/reflexmat"
    (target,) = {str(command.readlink())}
    assert f"ExecStart={target} run " in (installed.root / UNIT).read_text()
    program = installed.root / target.removeprefix("/")
    # Its first lines name the interpreter where it will be, not where it was made.
    assert str(installed.root) not in program.read_text()
    assert f"/opt/reflexmat/{installed.release()}/bin/python" in program.read_text()
    done = subprocess.run(
        [program.parent / "python", "-m", "pi", "--version"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith("reflexmat ")


def test_it_is_this_source_and_not_a_link_to_it(installed: Machine) -> None:
    site = next((installed.root / "opt/reflexmat/current/lib").glob("python3*/site-packages"))
    for package in ("core", "drivers", "pi"):
        mine = (ROOT_DIR / package).rglob("*.py")
        assert all(
            (site / file.relative_to(ROOT_DIR)).read_bytes() == file.read_bytes() for file in mine
        )


def test_a_first_configuration_is_one_that_is_taken_and_the_password_is_empty(
    installed: Machine,
) -> None:
    config = load_config(installed.root / ETC / "mat.toml")
    assert (config.bank.kind, config.data.dir) == ("hx711", "/var/lib/reflexmat")
    password = installed.root / ETC / "broker-password"
    assert (password.read_text(), password.stat().st_mode & 0o777) == ("", 0o600)


def test_units_and_docs_are_where_systemd_and_people_look(installed: Machine) -> None:
    lib = installed.root / "usr/local/lib"
    for kind in ("sysusers", "tmpfiles"):
        source = ROOT_DIR / f"systemd/reflexmat.{kind}"
        assert (lib / f"{kind}.d/reflexmat.conf").read_bytes() == source.read_bytes()
    text = (installed.root / UNIT).read_text()
    (doc,) = (line for line in text.splitlines() if line.startswith("Documentation="))
    assert (installed.root / doc.removeprefix("Documentation=file:///")).is_file()


def test_an_update_keeps_settings_state_and_the_version_before(machine: Machine) -> None:
    before, first = kept(machine), machine.release()
    (machine.root / "opt/reflexmat/release-older").mkdir()
    done = machine.make("install")
    assert done.returncode == 0, done.stderr
    assert kept(machine) == before
    second = machine.release()
    assert second != first
    assert machine.releases() == {first, second}
    told = ["daemon-reload", "enable reflexmat", "is-active reflexmat", "restart reflexmat"]
    assert machine.asked() == [f"--quiet {what}" for what in told]


def test_a_version_that_does_not_start_gives_way_to_the_one_before(machine: Machine) -> None:
    first, before = machine.release(), kept(machine)
    (machine.folder / "fails-once").touch()
    done = machine.make("install")
    assert done.returncode == 1
    assert "the one before is back" in done.stderr
    assert (machine.release(), kept(machine)) == (first, before)
    assert machine.asked()[-2:] == ["--quiet restart reflexmat"] * 2


def test_an_update_that_does_not_take_the_configuration_changes_nothing(machine: Machine) -> None:
    (machine.root / ETC / "mat.toml").write_text('[mat]\nlayuot = "starter8"\n')
    first, unit = machine.release(), (machine.root / UNIT).read_bytes()
    (machine.root / UNIT).write_bytes(unit + b"# before\n")
    done = machine.make("install")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()[1:]
    assert "mat.toml: line 2" in line
    assert "layuot" in line
    assert line.endswith("nothing was changed")
    assert (machine.release(), machine.releases()) == (first, {first})
    assert (machine.root / UNIT).read_bytes().endswith(b"# before\n")


def test_an_update_that_cannot_be_built_changes_nothing(machine: Machine, tmp_path: Path) -> None:
    broken = tmp_path / "source"
    for name in ("core", "drivers", "pi", "dashboard", "scripts", "README.md", "LICENSE"):
        copy = shutil.copytree if (ROOT_DIR / name).is_dir() else shutil.copy
        copy(ROOT_DIR / name, broken / name)
    (broken / "constraints.txt").write_text("")
    (broken / "pyproject.toml").write_text("[project\n")
    first, before = machine.release(), kept(machine)
    done = machine.make("install", source=broken)
    assert done.returncode == 1
    assert "what ran before is untouched" in done.stderr
    assert (machine.release(), machine.releases(), kept(machine)) == (first, {first}, before)


def test_taking_it_away_keeps_settings_and_state_and_says_where(machine: Machine) -> None:
    before = kept(machine)
    done = machine.make("uninstall")
    assert done.returncode == 0, done.stderr
    assert kept(machine) == before
    assert {path.name for path in machine.root.rglob("*reflexmat*")} == {"reflexmat"}
    left = {str(p.relative_to(machine.root)) for p in machine.root.rglob("*") if p.is_file()}
    assert left == {f"{ETC}/mat.toml", f"{ETC}/broker-password", f"{STATE}/calibration.json"}
    for folder in (ETC, STATE):
        assert str(machine.root / folder) in done.stderr
    assert machine.make("uninstall").returncode == 0


def test_the_dashboard_is_installed_and_taken_away_apart(machine: Machine) -> None:
    before, release = kept(machine), machine.release()
    assert machine.make("install", "dashboard").returncode == 0
    etc = machine.root / "etc/reflexmat-dashboard"
    assert load_dashboard_config(etc / "dashboard.toml").store_path.is_absolute()
    command = machine.root / "usr/local/bin/reflexmat-dashboard"
    program = machine.root / str(command.readlink()).removeprefix("/")
    unit = machine.root / "usr/local/lib/systemd/system/reflexmat-dashboard.service"
    assert f"ExecStart={command.readlink()} serve " in unit.read_text()
    done = subprocess.run(
        [program.parent / "python", "-m", "dashboard", "--help"],
        cwd="/", capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "serve the dashboard" in done.stdout
    assert machine.make("uninstall", "dashboard").returncode == 0
    assert not unit.exists()
    assert (etc / "dashboard.toml").exists()
    assert (kept(machine), machine.release()) == (before, release)


def test_nothing_is_left_in_the_source(installed: Machine) -> None:
    assert installed.release()
    assert not (ROOT_DIR / "build").exists()


@pytest.mark.parametrize("arguments", [(), ("fly",), ("install", "roof")])
def test_wrong_use_is_told(arguments: tuple[str, ...]) -> None:
    command = ["sh", str(ROOT_DIR / "scripts/install.sh"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "dashboard" in done.stderr
