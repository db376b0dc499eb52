"""The command line: exit codes, one line for each error, nothing imported in vain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pi.__main__ import FAILED, WRONG_USE, main

ROOT_DIR = Path(__file__).parents[2]


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
        ("demo", "--exit-after", "nan"),
        ("run",),
        ("layout",),
        ("analyze",),
    ],
)
def test_wrong_use_is_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == WRONG_USE
    assert "usage: reflexmat" in capsys.readouterr().err


def test_a_shipped_layout_passes_its_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "check", str(ROOT_DIR / "core/layouts/full16.toml")]) == 0
    assert one_line(capsys.readouterr().out).startswith("full16: Two feet, 16 zones; 16 zones")


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
        "import sys\nfrom pi.__main__ import make_parser\nmake_parser().format_help()\n"
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
