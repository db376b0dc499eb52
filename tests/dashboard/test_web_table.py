"""`[web]`: the names it is asked by, what is too open, and whom it believes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from dashboard.__main__ import main
from dashboard.web import Web
from tests.dashboard.support import running_site

if TYPE_CHECKING:
    from pathlib import Path

BOTH = {"certificate": "c.pem", "key": "c.key"}


@pytest.mark.parametrize(
    ("table", "hosts"),
    [
        ({"port": 8080}, {"127.0.0.1:8080", "localhost:8080"}),
        ({"port": 80}, {"127.0.0.1:80", "localhost:80", "127.0.0.1", "localhost"}),
        (
            {"port": 443, "host": "::1", **BOTH},
            {"[::1]:443", "localhost:443", "[::1]", "localhost"},
        ),
        ({"port": 443}, {"127.0.0.1:443", "localhost:443"}),
        (
            {"port": 8080, "names": ("Mat.example", "far.example:8443")},
            {"127.0.0.1:8080", "localhost:8080", "mat.example:8080", "far.example:8443"},
        ),
        (
            {"port": 8080, "names": ("mat.example",), "proxy": "127.0.0.1"},
            {"127.0.0.1:8080", "localhost:8080", "mat.example:8080"}
            | {"127.0.0.1", "localhost", "mat.example"},
        ),
    ],
)
def test_by_which_names_it_may_be_asked(table: dict[str, Any], hosts: set[str]) -> None:
    assert Web(**table).hosts == hosts


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"host": "::"}, "who could read passwords"),
        ({"host": "192.168.1.5"}, "who could read passwords"),
        ({"host": "mat.example"}, "who could read passwords"),
        ({"certificate": "c.pem"}, "go together"),
        ({"host": "::", **BOTH}, None),
        ({"host": "::", "proxy": "10.0.0.2"}, None),
        ({"host": "::", "plain_text": True}, None),
        ({"host": "::1"}, None),
        ({"host": "localhost"}, None),
    ],
)
def test_what_is_too_open_is_said(table: dict[str, Any], told: str | None) -> None:
    problem = Web(8080, **table).problem
    assert (problem is None) if told is None else (told in str(problem))


def test_a_dashboard_that_is_too_open_does_not_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dashboard.toml"
    file.write_text(
        '[web]\nport = 8080\nhost = "0.0.0.0"\n[broker]\nhost = "127.0.0.1"\n[mat]\nid = "demo"\n'
        '[sign_in]\ntoken_file = "token"\n'
    )
    assert main(["serve", "--config", str(file)]) == 2
    assert "docs/remote.md" in capsys.readouterr().err


@pytest.mark.parametrize(("proxy", "status"), [("127.0.0.1", 101), ("127.0.0.2", 403)])
def test_only_its_proxy_may_say_that_a_browser_came_by_tls(
    tmp_path: Path, proxy: str, status: int
) -> None:
    handshake = {
        "Host": "mat.example",
        "Origin": "https://mat.example",
        "X-Forwarded-Proto": "https",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }

    async def scenario() -> int:
        async with (
            running_site(tmp_path, names=("mat.example",), proxy=proxy) as port,
            httpx.AsyncClient() as browser,
            browser.stream("GET", f"http://127.0.0.1:{port}/ws/live", headers=handshake) as answer,
        ):
            return answer.status_code

    assert asyncio.run(scenario()) == status
