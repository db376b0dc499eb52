"""A browser, and a server that has nothing but the real files of the page."""
# ruff: noqa: E501 -- pieces of JavaScript and packed expectations read better on one line

from __future__ import annotations

import datetime as dt
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
from playwright.sync_api import expect, sync_playwright

from dashboard.accounts.roles import may_send
from dashboard.guard import POLICY
from dashboard.messages import ARGUMENTS
from tests.dashboard.browser import fake_mat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Browser, Page, ViewportSize, WebSocketRoute

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "dashboard" / "static"
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
CHROMIUM = "/usr/bin/chromium"
STEP_MS = 50
VERBS = tuple(verb for verb in ARGUMENTS if may_send("person", verb))
"""What the account may send."""
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
]
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


class Server(ThreadingHTTPServer):
    """Takes every module of the page at once: one that is not accepted in time may be lost."""

    request_queue_size = 128


class Files(BaseHTTPRequestHandler):
    """Serves what the dashboard would."""

    def do_GET(self) -> None:
        content, media_type = answer(self.path)
        self.send_response(200 if content else 404)
        self.send_header("content-type", media_type)
        self.send_header("content-security-policy", POLICY)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


def answer(path: str) -> tuple[bytes, str]:
    """Content and media type of one path; no content where there is nothing."""
    if path == "/blank":
        return (
            b'<!doctype html><title>blank</title><link rel="icon" href="/static/favicon.svg">',
            "text/html",
        )
    if path in ("/", "/message"):
        return render(path), "text/html; charset=utf-8"
    if path == "/foot.json":
        return (ROOT / "core" / "foot.json").read_bytes(), "application/json"
    if path.startswith("/layouts/"):
        return fake_mat.map_bin(), "application/octet-stream"
    file = STATIC / path.removeprefix("/static/")
    return (file.read_bytes() if file.is_file() else b""), TYPES.get(file.suffix, "text/plain")


def render(path: str, verbs: Sequence[str] = VERBS) -> bytes:
    """One of the two pages."""
    loader = jinja2.FileSystemLoader(ROOT / "dashboard" / "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    if path == "/":
        return environment.get_template("live.html").render(mat="demo", verbs=verbs).encode()
    return (
        environment.get_template("message.html")
        .render(title="<Used>", text="Open it again.")
        .encode()
    )


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the server."""
    server = Server(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module: a running Playwright keeps asyncio from other tests of the same thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page without content; any script error fails the test."""
    size: ViewportSize = {"width": 1200, "height": 900}
    # Requests that a service worker makes cannot be looked at.
    context = browser.new_context(viewport=size, base_url=site, service_workers="block")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert errors == []


@pytest.fixture
def run(page: Page) -> Callable[..., Any]:
    """Run a function body with all pure modules as `m`; `arg` is its argument."""
    page.goto("/blank")

    def run_script(script: str, arg: object = None) -> Any:  # noqa: ANN401 -- whatever the script gives back
        return page.evaluate(PRELUDE + script + "\n}", arg)

    return run_script


PRELUDE = """async (arg) => {
  const names = ['live-message', 'freshness', 'readings', 'headline', 'alarms', 'field', 'numbers', 'words', 'isolines',
    'model', 'banner', 'sound-plan', 'ask', 'geometry', 'cividis', 'balance', 'session'];
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error('the modules did not load')), 30_000));
  const loaded = await Promise.race([late, Promise.all(names.map((name) => import(`/static/${name}.js`)))]);
  const m = Object.assign({}, ...loaded);
  const bytes = (list) => new Uint8Array(list).buffer;
"""


class Mat:
    """The other end of the page's WebSocket, and the hand on its clock."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sockets: list[WebSocketRoute] = []
        self.commands: list[dict[str, Any]] = []
        self.seq = 0
        self.now_us = 5_000_000
        self.boot_id = fake_mat.BOOT
        self.tells_time = True
        page.route_web_socket("**/ws/live", self._connected)
        page.add_init_script(
            "window.paints = []; addEventListener('reflexmat:paint', (e) => paints.push(e.detail.seq));"
        )
        page.clock.install(time=START)
        page.clock.pause_at(START + dt.timedelta(hours=1))

    def _connected(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self._take(socket, json.loads(text)))

    def _take(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        if message["type"] != "ping":
            self.commands.append(message)
        elif self.tells_time:
            pong = {"type": "pong", "id": message["id"], "boot_id": self.boot_id}
            socket.send(json.dumps({**pong, "t_s": self.now_us / 1e6}))

    def open(self, **about: Any) -> None:  # noqa: ANN401 -- as `fake_mat.info`
        """Load the page and say who the mat is."""
        self.page.goto("/")
        self.until(lambda: bool(self.sockets))
        self.hello(**about)

    def hello(self, **about: Any) -> None:  # noqa: ANN401
        """Say who the mat is."""
        self.tell({"type": "link", "broker": True, "mat": "online"})
        self.tell({"type": "info", "info": fake_mat.info(**about)})
        expect(self.page.locator("#mirror th")).to_have_count(4)

    def tell(self, message: dict[str, Any]) -> None:
        """Send one JSON message."""
        self.sockets[-1].send(json.dumps(message))

    def state(self, *alarms: dict[str, Any], **more: Any) -> None:  # noqa: ANN401
        """Send the state of this moment."""
        self.tell({"type": "state", "state": fake_mat.state(self.now_us / 1e6, *alarms, **more)})

    def frame(self, kpa: dict[str, float] | None = None, **more: Any) -> None:  # noqa: ANN401
        """Send one frame and go on until it is painted."""
        self.seq += 1
        self.sockets[-1].send(fake_mat.live(self.seq, self.now_us, kpa, **more))
        self.until(lambda: self.page.evaluate("paints.at(-1)") == self.seq)

    def pass_time(self, ms: int) -> None:
        """Let time pass, on the page and on the mat."""
        while ms > 0:
            # In small steps: what the page asks meanwhile is answered with the time it is then.
            step_ms = min(ms, STEP_MS)
            self.now_us += step_ms * 1000
            self.page.clock.run_for(step_ms)
            ms -= step_ms

    def until(self, true: Callable[[], bool]) -> None:
        """Let short times pass until something has happened."""
        for _ in range(100):
            if true():
                return
            self.pass_time(10)
        pytest.fail("it did not happen")


@pytest.fixture
def mat(page: Page) -> Mat:
    """A fake mat behind the page; `open` loads the page."""
    return Mat(page)
