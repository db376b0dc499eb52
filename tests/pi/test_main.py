"""The command line: exit codes, one line for each error, nothing imported in vain."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pi.command_line import FAILED, INTERRUPTED, WRONG_USE, main
from pi.files import SETTINGS_MAX_BYTES

ROOT_DIR = Path(__file__).parents[2]
FULL16 = ROOT_DIR / "core/layouts/full16.toml"


def reflexmat(*arguments: str, cwd: Path = ROOT_DIR) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pi", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def one_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


def test_version() -> None:
    done = reflexmat("--version")
    assert (done.returncode, one_line(done.stdout).split()[0]) == (0, "reflexmat")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("demo", "--port", "0"),
        ("demo", "--port", "65536"),
        ("demo", "--port", "x"),
        ("demo", "--exit-after", "-1"),
        ("demo", "--data-dir", ""),
        ("demo", "--exit-after", "nan"),
        ("run",),
        ("layout",),
        ("analyze",),
        ("diagnose",),
        ("diagnose", "--config", "x", "--seconds", "0"),
        ("record", "--config", "x"),
        ("record", "--config", "x", "--out", "y", "--raw", "--newtons"),
    ],
)
def test_wrong_use_is_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == WRONG_USE
    assert "usage: reflexmat" in capsys.readouterr().err


def test_a_shipped_layout_passes_its_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "check", str(ROOT_DIR / "core/layouts/full16.toml")]) == 0
    first, *warnings = capsys.readouterr().out.splitlines()
    assert first.startswith("full16: Two feet, 16 zones; 16 zones")
    assert len(warnings) == 2
    for line in warnings:
        assert re.match(rf"warning: {FULL16}: line \d+: GPIO ", line)


def test_check_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "check", "starter8", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["id"], found["n_zones"], found["n_cells"]) == ("starter8", 8, 10)
    assert [sorted(warning) for warning in found["warnings"]] == [["line", "text"]] * 4


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"\xff", "not UTF-8"), (b"id = 3", "line 1")],
)
def test_a_bad_layout_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, words: str
) -> None:
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_bytes(content)
    assert main(["layout", "check", str(file)]) == FAILED
    line = one_line(capsys.readouterr().err)
    assert line.startswith(f"reflexmat: {file}")
    assert words in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mat]\nid = 3", "line 2"),
        ('[mat]\nlayout = "nix"', "give a layout file or full16"),
        ('[bank]\nkind = "replay"\nfile = "none.csv"', "none.csv"),
    ],
)
def test_a_daemon_that_cannot_run_says_why_in_one_line(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "mat.toml").write_text(text)
    done = reflexmat("run", "--config", str(tmp_path / "mat.toml"))
    assert done.returncode == FAILED
    assert words in one_line(done.stderr)
    assert done.stderr.startswith("reflexmat: ")


def test_two_daemons_do_not_share_a_data_directory(tmp_path: Path) -> None:
    from pi.files import hold  # noqa: PLC0415

    (tmp_path / "mat.toml").write_text("")
    with hold(tmp_path / "daemon.lock", "daemon"):
        done = reflexmat("run", "--config", str(tmp_path / "mat.toml"))
    assert done.returncode == FAILED
    assert "in use by another daemon" in one_line(done.stderr)


def test_a_missing_package_is_one_line_with_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['paho'] = None\n"
        "from pi.__main__ import main\n"
        f"sys.exit(main(['run', '--config', {str(tmp_path / 'x')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == FAILED
    assert one_line(done.stderr).endswith("pip install 'reflexmat[pi]'")


def test_help_imports_neither_numpy_nor_paho() -> None:
    code = (
        "import sys\nfrom pi.command_line import make_parser\nmake_parser().format_help()\n"
        "sys.exit(bool({'numpy', 'paho', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT_DIR, check=False)
    assert done.returncode == 0


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    layout = ROOT_DIR / "core/layouts/full16.toml"
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m pi layout check '{layout}' | true"],
        cwd=ROOT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert tmp_path.is_dir()


@pytest.mark.parametrize("arguments", [["--version"], ["layout", "check", str(FULL16)]])
def test_output_that_cannot_be_written_is_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pi", *arguments],
            cwd=ROOT_DIR,
            # As a terminal would have it: with unbuffered output argparse drops the error itself.
            env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (FAILED, "reflexmat: No space left on device\n")


@pytest.mark.parametrize(
    ("module", "codes"),
    [
        # Killed by the signal while the command line itself is loaded; 130 once it is there.
        ("pi.command_line", {-signal.SIGINT}),
        ("argparse", {-signal.SIGINT}),
        ("pi.layouts", {INTERRUPTED}),
    ],
)
def test_ctrl_c_while_modules_load_is_no_traceback(module: str, codes: set[int]) -> None:
    code = (
        "import os, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from pi.__main__ import main\n"
        f"sys.exit(main(['layout', 'check', {str(FULL16)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode in codes
    assert (done.stdout, done.stderr) == ("", "")


def test_what_has_no_end_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording, large = tmp_path / "r.csv", tmp_path / "large.toml"
    recording.write_text("# layout: starter8\nt_s\n")
    large.write_text("#" * SETTINGS_MAX_BYTES + "\n")
    for arguments, words in (
        (["layout", "check", "/dev/zero"], "/dev/zero: neither a file nor a pipe"),
        (["layout", "check", str(large)], "large.toml: larger than 1 MB"),
        (["analyze", "/dev/zero"], "/dev/zero: neither a file nor a pipe"),
        (["demo", "--replay", "/dev/zero"], "/dev/zero: not a file"),
    ):
        assert main(arguments) == FAILED
        assert words in one_line(capsys.readouterr().err)


def test_a_layout_may_come_from_a_pipe() -> None:
    command = f"'{sys.executable}' -m pi layout check <(cat '{FULL16}')"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT_DIR, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
