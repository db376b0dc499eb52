"""The shipped configuration of nginx, before a real dashboard."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from dashboard.certificates import make_authority, make_certificate
from tests.dashboard.support import free_port, running_site

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = Path(__file__).parents[2] / "deploy/proxy/nginx.conf"
NAME = "mat.example"
MAIN = """
pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/shipped.conf;
}}
"""


@contextmanager
def nginx(folder: Path, secure: int, plain: int, behind: int) -> Iterator[None]:
    """Run it with ports and files of this test; nothing else of what is shipped is changed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed: apt install nginx-light")
    text = SHIPPED.read_text()
    for old, new in {
        "    listen 443 ssl;\n    listen [::]:443 ssl;\n": f"listen 127.0.0.1:{secure} ssl;\n",
        "    listen 80;\n    listen [::]:80;\n": f"listen 127.0.0.1:{plain};\n",
        "/etc/letsencrypt/live/mat.example/fullchain.pem": f"{folder}/c.pem",
        "/etc/letsencrypt/live/mat.example/privkey.pem": f"{folder}/c.key",
        "127.0.0.1:8443": f"127.0.0.1:{behind}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "shipped.conf").write_text(text)
    main = folder / "main.conf"
    main.write_text(MAIN.format(folder=folder))
    command: list[str | Path] = [program, "-c", main, "-p", folder, "-e", folder / "error.log"]
    # It returns when it listens, and works on behind.
    started = subprocess.run(command, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    try:
        yield
    finally:
        subprocess.run([*command, "-s", "stop"], check=True)


def test_it_passes_pages_and_live_readings_on_by_tls(tmp_path: Path) -> None:
    authority = make_authority([NAME], datetime.now(UTC))
    own = make_certificate(authority, [NAME], datetime.now(UTC))
    (tmp_path / "c.pem").write_bytes(own.certificate_pem)
    (tmp_path / "c.key").write_bytes(own.key_pem)
    trusting = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    secure, plain = free_port(), free_port()

    async def scenario() -> None:
        async with running_site(tmp_path, names=(NAME,), proxy="127.0.0.1") as behind:
            with nginx(tmp_path, secure, plain, behind):
                named: dict[str, Any] = {
                    "headers": {"Host": NAME},
                    "extensions": {"sni_hostname": NAME},
                }
                async with httpx.AsyncClient(verify=trusting) as browser:
                    answer = await browser.get(f"https://127.0.0.1:{secure}/healthz", **named)
                    assert answer.status_code == 200
                    assert "max-age" in answer.headers["strict-transport-security"]
                    moved = await browser.get(f"http://127.0.0.1:{plain}/a?b", **named)
                    assert moved.headers["location"] == f"https://{NAME}/a?b"
                await sockets(trusting, secure)

    asyncio.run(scenario())


async def sockets(trusting: ssl.SSLContext, secure: int) -> None:
    """A WebSocket of its own page gets through; of a page in plain text, not."""
    uri = f"wss://{NAME}/ws/live"
    where: dict[str, Any] = {"host": "127.0.0.1", "port": secure, "ssl": trusting, "proxy": None}
    async with connect(uri, origin=Origin(f"https://{NAME}"), **where) as socket:
        await socket.wait_closed()
        assert socket.close_code is not None
        assert (
            socket.close_code >= 4000
        )  # nobody is signed in, and it is the dashboard that says so
    with pytest.raises(InvalidStatus):
        await connect(uri, origin=Origin(f"http://{NAME}"), **where)
