"""The program itself: how it starts, how it fails, how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dashboard.__main__ import main
from dashboard.server import listen
from tests.dashboard.support import TOKEN, Site, free_port, receive

if TYPE_CHECKING:
    from pathlib import Path

LATE_S = 20.0


def write_config(folder: Path, port: int) -> Path:
    (folder / "token").write_text(TOKEN)
    file = folder / "dashboard.toml"
    file.write_text(
        f'[web]\nport = {port}\n[broker]\nhost = "127.0.0.1"\nport = 9\n'
        '[mat]\nid = "demo"\n[sign_in]\ntoken_file = "token"\n'
    )
    return file


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_though_somebody_watches(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()

    async def scenario() -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "error::DeprecationWarning",
            "-m",
            "dashboard",
            "serve",
            "--config",
            str(write_config(tmp_path, port)),
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        said = (await process.stderr.readline()).decode()
        assert f"listening on http://127.0.0.1:{port}" in said
        site = Site(port)
        async with site.http:
            await site.sign_in()
            async with site.connect(max_queue=1) as socket:
                await receive(socket, "link")
                process.send_signal(number)
                rest = await asyncio.wait_for(process.stderr.read(), LATE_S)
                code = await process.wait()
                await socket.wait_closed()
                assert socket.close_code == 1012
        return code, rest.decode()

    code, rest = asyncio.run(scenario())
    assert code == 0
    assert "Traceback" not in rest
    assert TOKEN not in rest


def test_a_port_in_use_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = int(taken.getsockname()[1])
        assert main(["serve", "--config", str(write_config(tmp_path, port))]) == 1
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert error[0].startswith(f"reflexmat-dashboard: 127.0.0.1:{port}: Address already in use; ")


def test_a_wrong_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_config(tmp_path, 8080)
    file.write_text(file.read_text().replace("demo", "De Mo"))
    assert main(["serve", "--config", str(file)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"reflexmat-dashboard: {file}: line 7: ")
    assert error.count("\n") == 1


def test_numpy_waits_until_a_map_is_wanted() -> None:
    program = "import sys, dashboard.server; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_missing_packages_are_one_line(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['litestar'] = None\n"
        "from dashboard.__main__ import main\n"
        f"sys.exit(main(['serve', '--config', {str(write_config(tmp_path, 8080))!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.returncode == 1
    assert done.stderr == (
        "reflexmat-dashboard: litestar is missing: pip install 'reflexmat[dashboard]'\n"
    )
