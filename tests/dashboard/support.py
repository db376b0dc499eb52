"""What several dashboard tests need: a mat's messages, a broker, a served dashboard."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

import httpx
import msgspec
import numpy as np
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from core import wire
from core.layout import load_layout
from core.live import LiveMessage, pack_live
from dashboard import config as settings
from dashboard.app import create_app
from dashboard.ingest import QuietClient
from dashboard.server import listen, server_config
from dashboard.web import Web

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

    import aiomqtt

    from dashboard.services import World

BOOT = "0123456789abcdef"
OTHER_BOOT = "fedcba9876543210"
TOKEN = "test-token-0123456789"
MAT = "demo"


class Clock:
    """Monotonic seconds that stand still until told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def make_layout(name: str = "full16") -> wire.LayoutInfo:
    layout = load_layout(name)
    zones = tuple(
        wire.ZoneInfo(
            zone.id,
            zone.foot,
            zone.name,
            zone.anatomy,
            zone.reflex,
            zone.polygon_mm,
            zone.label_mm or zone.polygon_mm[0],
            zone.peaks,
            mean_kpa_per_n=0.35,
            peak_kpa_per_n=1.6,
        )
        for zone in layout.spec.zone
    )
    return wire.LayoutInfo(
        layout.spec.id, layout.spec.name, layout.hash, layout.spec.foot_mm, zones
    )


def make_info(boot_id: str = BOOT, layout: str = "full16") -> wire.Info:
    return wire.Info(
        mat=MAT,
        software="0.1.0",
        boot_id=boot_id,
        rate_hz=80.0,
        source="simulator",
        mode="standing",
        clock_synchronised=True,
        calibrated_on="2026-11-23",
        calibration_id="c1",
        profile_version=1,
        verbs=("alarm.ack", "alarm.pause", "sim.press", "watch"),
        layout=make_layout(layout),
    )


def make_state(t_s: float = 12.5, boot_id: str = BOOT) -> wire.State:
    zone = wire.ZoneState("ok", 20.1, 7.1, 32.0, 34.0, 150.0, 200.0)
    return wire.State(
        boot_id=boot_id,
        t_s=t_s,
        seq=int(t_s * 80),
        rate_hz=80.0,
        lost=0,
        total_n=706.1,
        left_share_pct=None,
        cop_mm=None,
        zones={"l_toes": zone},
        alarms=(),
    )


def make_live(t_us: int = 12_500_000, boot_id: str = BOOT, n_zones: int = 16) -> bytes:
    zeros = np.zeros(n_zones, np.int64)
    return pack_live(
        LiveMessage(
            boot_id=boot_id,
            seq=t_us // 12_500,
            lost=0,
            profile_version=1,
            t_us=np.array([t_us]),
            total_cn=0,
            left_share_pct=float("nan"),
            cop_mm=(float("nan"), float("nan")),
            warning_cn=zeros,
            limit_cn=zeros,
            max_cn=zeros,
            force_cn=np.zeros((1, n_zones), np.int64),
            status=np.ones((1, n_zones), np.uint8),
        )
    )


class Mosquitto:
    """A real broker on loopback, which may be stopped and started again on its port."""

    def __init__(self, folder: Path, more: str = "") -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed: apt install mosquitto")
        with listen("127.0.0.1", 0) as probe:
            self.port = int(probe.getsockname()[1])
        conf = folder / "mosquitto.conf"
        conf.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n{more}")
        self._argv = [program, "-c", str(conf)]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        process = subprocess.Popen(
            self._argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        said = list(itertools.takewhile(lambda line: " running" not in line, process.stderr))
        assert process.poll() is None, "".join(said)
        # Its pipe is never read again; what it says in one test is less than the pipe holds.
        self._process = process
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()


def free_port() -> int:
    with listen("127.0.0.1", 0) as probe:
        return int(probe.getsockname()[1])


def make_config(
    folder: Path,
    port: int,
    broker_port: int = 9,
    *,
    demo: bool = True,
    **web: Any,  # noqa: ANN401 - other fields of `[web]`
) -> settings.Config:
    """Configure a dashboard: one that a link lets in, or one with accounts."""
    (folder / "token").write_text(TOKEN + "\n")
    return settings.Config(
        Web(port, **web),
        settings.Broker("127.0.0.1", broker_port),
        settings.Mat(MAT),
        settings.SignIn("token") if demo else None,
        folder=str(folder),
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def cookie_header(secret: str | None) -> dict[str, str]:
    return {} if secret is None else {"Cookie": f"reflexmat={secret}"}


class Site:
    """A served dashboard, as a browser would use it."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.port = port
        self.http = httpx.AsyncClient(base_url=f"http://{self.host}")

    async def sign_in(self) -> None:
        answer = await self.http.get("/sign-in", params={"token": TOKEN})
        assert answer.status_code == 200

    async def post(
        self, path: str, cookie: str | None = None, headers: Mapping[str, str] = {}, **fields: str
    ) -> httpx.Response:
        """Send a form as a page of the dashboard does."""
        sent = {"Origin": f"http://{self.host}", **cookie_header(cookie), **headers}
        return await self.http.post(path, data=fields, headers=sent)

    async def raw(self, path: str, cookie: str | None = None) -> bytes:
        """Ask for a path as it is, which a client would put right; return the whole answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = {"Host": self.host, "Connection": "close", **cookie_header(cookie)}
        lines = [f"GET {path} HTTP/1.1", *(f"{key}: {text}" for key, text in head.items())]
        writer.write("\r\n".join((*lines, "", "")).encode())
        answer = await reader.read()
        writer.close()
        return answer

    async def get(self, path: str, cookie: str | None = None) -> httpx.Response:
        return await self.http.get(path, headers=cookie_header(cookie))

    def connect(self, *, cookie: str | None = None, **options: Any) -> connect:  # noqa: ANN401
        session = cookie or self.http.cookies.get("reflexmat", default="")
        headers = {"Cookie": f"reflexmat={session}"}
        defaults = {
            "uri": f"ws://{self.host}/ws/live",
            "origin": f"http://{self.host}",
            "additional_headers": headers,
            "proxy": None,
        }
        return connect(**{**defaults, **options})


@asynccontextmanager
async def serving(
    folder: Path,
    broker_port: int = 9,
    world: World | None = None,
    *,
    demo: bool = True,
    **web: Any,  # noqa: ANN401 - other fields of `[web]`
) -> AsyncIterator[Site]:
    """Serve a dashboard to one browser; nothing listens on the default broker port."""
    async with running_site(folder, broker_port, world, demo=demo, **web) as port:
        site = Site(port)
        async with site.http:
            yield site


@asynccontextmanager
async def running_site(
    folder: Path,
    broker_port: int = 9,
    world: World | None = None,
    *,
    port: int = 0,
    demo: bool = True,
    **web: Any,  # noqa: ANN401 - other fields of `[web]`
) -> AsyncIterator[int]:
    """Serve a dashboard on a port; 0: any."""
    with listen("127.0.0.1", port) as listener:
        port = int(listener.getsockname()[1])
        config = make_config(folder, port, broker_port, demo=demo, **web)
        server = _Server(server_config(create_app(config, world), config))
        task = asyncio.create_task(server.serve([listener]))
        await server.ready.wait()
        try:
            yield port
        finally:
            server.should_exit = True
            await task


def broker_client(port: int) -> aiomqtt.Client:
    return QuietClient("127.0.0.1", port)


async def publish(
    client: aiomqtt.Client,
    name: wire.Topic,
    message: msgspec.Struct | bytes,
    *,
    retain: bool = False,
) -> None:
    payload = message if isinstance(message, bytes) else wire.encode(message)
    await client.publish(wire.topic(MAT, name), payload, qos=1, retain=retain)


async def receive(socket: ClientConnection, kind: str, **wanted: object) -> dict[str, Any]:
    """Wait for a text message of a type, and with some values."""
    async for text in socket:
        if isinstance(text, str):
            message: dict[str, Any] = msgspec.json.decode(text)
            if message["type"] == kind and wanted.items() <= message.items():
                return message
    raise AssertionError(f"closed before a {kind} with {wanted}")


def texts(payloads: Iterable[str | bytes | None]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(text) for text in payloads if isinstance(text, str)]
