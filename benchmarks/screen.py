"""From a frame to its paint, in a real browser; and what the programs weigh meanwhile."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiomqtt
import numpy as np
from numpy.typing import NDArray
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import expect
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.results import Result
from drivers.base import SystemClock
from pi.broker import Broker, free_port
from pi.broker_config import HOST
from tests.chromium import chromium
from tests.demo import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil
    from playwright.sync_api import Browser, Page

MESSAGES = 400
PERIOD_S = 0.05
PATIENCE_MS = 60_000
MIB = 1024 * 1024

COLLECT_PAINTS = """() => {
  window.paints = [];
  addEventListener('reflexmat:paint', ({ detail }) =>
    window.paints.push([performance.timeOrigin + performance.now(), detail.t_us]));
}"""

BARE_PAGE = """(url) => {
  window.paints = [];
  const socket = new WebSocket(url);
  socket.onmessage = ({ data }) => requestAnimationFrame(() =>
    window.paints.push([performance.timeOrigin + performance.now(), Number(data)]));
}"""


Delays = NDArray[np.float64]


@dataclass(frozen=True)
class Memory:
    """What some processes have in memory, MiB: each by itself, and shared pages once."""

    rss: float
    pss: float

    @classmethod
    def of(cls, processes: list[psutil.Process]) -> Memory:
        infos = [process.memory_full_info() for process in processes]
        return cls(sum(i.rss for i in infos) / MIB, sum(i.pss for i in infos) / MIB)


def run() -> dict[str, Result]:
    """Measure delay and memory with one mat and one viewer."""
    with chromium() as browser:
        delays_ms, daemon, dashboard = _whole_way(browser)
        bare_ms = _bare_way(browser)
    p50, p99 = np.percentile(delays_ms, [50, 99])
    bare = float(np.median(bare_ms))
    return {
        "screen_delay_p99_ms": Result(
            float(p99),
            "ms",
            f"newest frame of {len(delays_ms)} live messages, 20 a second, from its time on the "
            f"mat to the end of its paint in headless Chromium on one machine (p50 {p50:.1f})",
        ),
        "screen_delay_added_ms": Result(
            float(p50) - bare,
            "ms",
            f"p50 of the above less the p50 ({bare:.1f}) of a bare number by paho, the same "
            "broker, aiomqtt, websockets and requestAnimationFrame",
            bare,
            float(p50) / bare,
        ),
        "daemon_rss_mb": Result(
            daemon.pss,
            "MiB",
            "resident memory of sampler and link, pages that they share counted once (PSS); the "
            f"sum of what each has resident is {daemon.rss:.1f}. Simulator, one viewer",
        ),
        "dashboard_rss_mb": Result(
            dashboard.rss, "MiB", f"resident memory (PSS {dashboard.pss:.1f}), one mat, one viewer"
        ),
    }


def _whole_way(browser: Browser) -> tuple[Delays, Memory, Memory]:
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as mat:
        page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.goto(mat.link)
        expect(page.locator("#link-text")).to_have_text("Live", timeout=PATIENCE_MS)
        page.evaluate(COLLECT_PAINTS)
        paints = _collected(page)
        offset_ms = time.time() * 1e3 - SystemClock().now_s() * 1e3
        delays = paints[:, 0] - (paints[:, 1] / 1e3 + offset_ms)
        sampler = mat.child("pi", "run")
        daemon = [sampler, *sampler.children(recursive=True)]
        memory = Memory.of(daemon), Memory.of([mat.child("dashboard", "serve")])
        page.context.close()
    return delays, *memory


def _collected(page: Page) -> Delays:
    page.wait_for_function(f"() => window.paints.length >= {MESSAGES}", timeout=PATIENCE_MS)
    return np.array(page.evaluate("window.paints"), np.float64)


def _bare_way(browser: Browser) -> Delays:
    with (
        tempfile.TemporaryDirectory() as folder,
        Broker(Path(folder), "bare", free_port()) as broker,
    ):
        port = free_port()
        with _bridge(broker, port), _publisher(broker):
            page = browser.new_page()
            page.evaluate(BARE_PAGE, f"ws://{HOST}:{port}")
            paints = _collected(page)
            page.close()
    return np.asarray(paints[:, 0] - paints[:, 1])


@contextmanager
def _publisher(broker: Broker) -> Iterator[None]:
    """Publish the time of day 20 times a second."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(broker.accounts.mat.user, broker.accounts.mat.password)
    client.connect(HOST, broker.port)
    client.loop_start()
    done = threading.Event()

    def publish() -> None:
        while not done.wait(PERIOD_S):
            client.publish("reflexmat/v1/bare/live", json.dumps(time.time() * 1e3))

    thread = threading.Thread(target=publish)
    thread.start()
    yield
    done.set()
    thread.join()
    client.loop_stop()
    client.disconnect()


@contextmanager
def _bridge(broker: Broker, port: int) -> Iterator[None]:
    """Hand what comes from the broker to WebSockets, and nothing else."""
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def main() -> None:
        viewers: set[ServerConnection] = set()

        async def view(viewer: ServerConnection) -> None:
            viewers.add(viewer)
            await viewer.wait_closed()
            viewers.discard(viewer)

        account = broker.accounts.dashboard
        source = aiomqtt.Client(HOST, broker.port, username=account.user, password=account.password)
        async with serve(view, HOST, port), source as client:
            await client.subscribe("reflexmat/v1/bare/live")
            ready.set()

            async def forward() -> None:
                async for message in client.messages:
                    for viewer in tuple(viewers):
                        await viewer.send(bytes(message.payload).decode())

            task = asyncio.create_task(forward())
            await stop.wait()
            task.cancel()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    ready.wait()
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()
