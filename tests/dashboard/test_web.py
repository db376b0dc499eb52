"""Routes, headers and refusals of a dashboard that is really served; no broker is there."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard.guard import POLICY
from dashboard.services import World
from tests.dashboard.support import TOKEN, Site, receive, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

ROUTES = (
    "/",
    "/sign-in",
    f"/sign-in?token={TOKEN}",
    "/healthz",
    "/foot.json",
    "/favicon.ico",
    "/static/live-message.js",
    "/static/../config.py",
    "/layouts/0000/map.bin",
    "/no-such-page",
)


def served(
    folder: Path, scenario: Callable[[Site], Awaitable[None]], world: World | None = None
) -> None:
    async def run() -> None:
        async with serving(folder, world=world) as site:
            await scenario(site)

    asyncio.run(run())


async def _no_wait(seconds: float) -> None:
    # The hub's clock asks often, and must let others run.
    await asyncio.sleep(0 if seconds > 1 else 0.01)


def test_every_answer_has_strict_headers(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        answers = [await site.http.get(route) for route in ROUTES]
        answers.append(await site.http.post("/", content=b"x" * 5000))
        answers.append(await site.http.post("/healthz"))
        answers.append(await site.http.get("/", headers={"Host": "evil.example"}))
        for answer in answers:
            assert answer.headers["content-security-policy"] == POLICY
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert "camera=()" in answer.headers["permissions-policy"]
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert answer.headers["cache-control"] in ("no-store", "no-cache")
            assert "server" not in answer.headers

    served(tmp_path, scenario, World(sleep=_no_wait))


def test_sign_in_is_single_use_and_sets_a_strict_cookie(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        refused = await site.http.get("/")
        assert (refused.status_code, refused.headers["location"]) == (303, "/sign-in")
        assert "one-time link" in (await site.http.get("/sign-in")).text
        answer = await site.http.get("/sign-in", params={"token": TOKEN})
        assert answer.headers["refresh"] == "0; url=/"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "Path=/" in cookie
        assert "samesite=strict" in cookie.lower()
        assert "max-age" not in cookie.lower()
        assert len(answer.cookies["reflexmat"]) == 43
        page = await site.http.get("/")
        assert (page.status_code, 'data-mat="demo"' in page.text) == (200, True)
        again = await site.http.get("/sign-in", params={"token": TOKEN})
        assert (again.status_code, again.headers["location"]) == (303, "/")
        site.http.cookies.clear()
        used = await site.http.get("/sign-in", params={"token": TOKEN})
        assert used.status_code == 403
        assert "This link has been used. Start the demo again for a new one." in used.text
        assert (tmp_path / "token").read_bytes() == b""

    served(tmp_path, scenario)


def test_wrong_tokens_get_one_answer(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        tokens = ("", "x", TOKEN + "x", "x" * 9000)
        answers = [await site.http.get("/sign-in", params={"token": t}) for t in tokens]
        assert {answer.status_code for answer in answers} == {403}
        assert len({answer.text for answer in answers}) == 1
        assert "set-cookie" not in answers[0].headers
        await site.sign_in()

    served(tmp_path, scenario, World(sleep=_no_wait))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{port}", 200),
        ("LOCALHOST:{port}", 200),
        ("127.0.0.1:{port}", 200),
        ("localhost", 400),
        ("evil.example:{port}", 400),
        ("127.0.0.1:1", 400),
        ("", 400),
    ],
)
def test_only_its_own_hosts_are_answered(tmp_path: Path, host: str, status: int) -> None:
    async def scenario(site: Site) -> None:
        headers = {"Host": host.format(port=site.port)}
        assert (await site.http.get("/healthz", headers=headers)).status_code == status

    served(tmp_path, scenario)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None, "http://localhost:1"])
def test_a_websocket_of_another_origin_is_refused(tmp_path: Path, origin: str | None) -> None:
    async def scenario(site: Site) -> None:
        await site.sign_in()
        with pytest.raises(InvalidStatus) as caught:
            await site.connect(origin=origin)
        assert caught.value.response.status_code == 403

    served(tmp_path, scenario)


def test_a_websocket_of_another_host_is_refused(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        evil = f"evil.example:{site.port}"
        uri = f"ws://{evil}/ws/live"
        with pytest.raises(InvalidStatus) as caught:
            await site.connect(uri=uri, origin=f"http://{evil}", host="127.0.0.1", port=site.port)
        assert caught.value.response.status_code == 403

    served(tmp_path, scenario)


def test_a_websocket_without_session_is_told_why(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        socket = await site.connect()
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4401

    served(tmp_path, scenario)


@pytest.mark.parametrize("body", [b"x" * 5000, None])
def test_large_and_endless_bodies_are_refused(tmp_path: Path, body: bytes | None) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"x"

    async def scenario(site: Site) -> None:
        answer = await site.http.request("GET", "/healthz", content=body or endless())
        assert answer.status_code == 413

    served(tmp_path, scenario)


def test_files_are_asked_about_again(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        first = await site.http.get("/static/live-message.js")
        assert first.headers["content-type"] == "text/javascript; charset=utf-8"
        etag = first.headers["etag"]
        again = await site.http.get("/static/live-message.js", headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert (await site.http.get("/foot.json")).json()

    served(tmp_path, scenario)


@pytest.mark.parametrize(
    "path", ["/static/%2e%2e/config.py", "/static//etc/passwd", "/static/", "/schema", "/%00"]
)
def test_no_path_leads_outside(tmp_path: Path, path: str) -> None:
    async def scenario(site: Site) -> None:
        answer = await site.http.get(path)
        assert (answer.status_code, "Not found" in answer.text) == (404, True)

    served(tmp_path, scenario)


def test_a_mistake_of_the_dashboard_shows_nothing_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "static").mkdir()

    async def scenario(site: Site) -> None:
        await site.sign_in()
        answer = await site.http.get("/")
        assert answer.status_code == 500
        assert "Something went wrong" in answer.text
        assert "live.html" not in answer.text

    # A folder without templates: the page fails, the message falls back to a plain one.
    served(tmp_path, scenario, World(folder=tmp_path))
    assert "TemplateNotFound" in caplog.text


def test_health_is_told_without_a_broker(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        answer = await site.http.get("/healthz")
        assert answer.status_code == 200
        assert answer.json() == {"broker": False, "mat": "unknown", "state_age_s": None}

    served(tmp_path, scenario)


def test_the_page_is_told_that_there_is_no_broker(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        await site.sign_in()
        async with site.connect() as socket:
            assert (await receive(socket, "link"))["broker"] is False
            await socket.send('{"type":"cmd","id":"a","verb":"alarm.ack"}')
            assert (await receive(socket, "reply"))["error"] == "the mat cannot be reached"

    served(tmp_path, scenario)


@pytest.mark.parametrize(
    "bad",
    ["{", b"\x00\x01", '{"type":"cmd"}', '{"type":"state","id":"a"}', "[" * 4000, "nul\x00"],
)
def test_malformed_messages_end_the_connection(
    tmp_path: Path, bad: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(site: Site) -> None:
        await site.sign_in()
        async with site.connect() as socket:
            for _ in range(3):
                await socket.send(bad)
            with pytest.raises(ConnectionClosed):
                await receive(socket, "reply")
            assert socket.close_code == 1008

    served(tmp_path, scenario)
    assert [r for r in caplog.records if r.exc_info and r.levelno >= logging.ERROR] == []


def test_a_large_message_ends_the_connection(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        await site.sign_in()
        async with site.connect() as socket:
            await socket.send("x" * 5000)
            with pytest.raises(ConnectionClosed):
                await receive(socket, "reply")
            assert socket.close_code == 1009

    served(tmp_path, scenario)
