"""A dashboard and a mat that hear each other without a network: the routes, and the mat's loop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from core import wire
from dashboard.app import routes
from dashboard.guard import Guard
from dashboard.services import World, create_services
from dashboard.store.repository import open_store
from tests.dashboard.accounts.served import cookie, populate, store_path
from tests.dashboard.support import MAT, Clock, make_config
from tests.pi.test_daemon import Rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.profiles import People
    from dashboard.services import Services

PORT = 8080


class House:
    """One dashboard, one mat, and people of every role; Rosa uses the mat."""

    def __init__(self, services: Services, http: httpx.AsyncClient, clock: Clock) -> None:
        self.services, self.http, self.clock = services, http, clock
        self.rig = Rig(rate_hz=10.0)
        self.rig.run(0.1)
        self.asked: list[wire.Command] = []
        self.answers = True
        self.hear()

    def hear(self) -> None:
        """Let the dashboard hear what the mat says by itself."""
        for info in self.rig.mail.take("info"):
            self.services.hub.take_info(wire.decode(info[1].payload, wire.Info))
        for state in self.rig.mail.take("state"):
            self.services.hub.take_state(wire.decode(state[1].payload, wire.State))

    def wait(self, seconds: float) -> None:
        """Let time pass on both."""
        self.clock.now_s += seconds
        self.rig.run(seconds)
        self.hear()
        self.services.hub.tick()

    def start_anew(self, people: People) -> None:
        """Let the mat start again, with what its card has."""
        self.rig = Rig(rate_hz=10.0, people=people)
        self.rig.run(0.1)
        self.hear()

    async def carry(self) -> None:
        """Bring commands to the mat, and its replies back."""
        while True:
            command = await self.services.ingest._outbox.next()
            self.asked.append(command)
            if not self.answers:
                continue
            reply = self.rig.ask(command.verb, **command.args)
            self.hear()
            told = wire.Reply(command.id, reply["ok"], reply.get("result"), reply.get("error"))
            self.services.hub.take_reply(told)

    async def get(self, path: str, role: str) -> httpx.Response:
        return await self.http.get(path, headers={"Cookie": f"reflexmat={cookie(role)}"})

    async def post(self, path: str, role: str, **fields: str) -> httpx.Response:
        headers = {"Cookie": f"reflexmat={cookie(role)}", "Origin": f"http://127.0.0.1:{PORT}"}
        return await self.http.post(path, data=fields, headers=headers)

    async def save(self, role: str = "clinician", **fields: str) -> httpx.Response:
        """Save a profile of Rosa."""
        sent = {"base": "0", "mode": "standing", "why": "seen today", **fields}
        named = {name.replace("zone_", "zone."): text for name, text in sent.items()}
        return await self.post("/people/p-rosa/profile", role, **named)

    def says_missing(self) -> bool:
        return self.services.hub.profiles_missing

    @property
    def verbs(self) -> list[str]:
        return [command.verb for command in self.asked]

    @property
    def held(self) -> People:
        return self.rig.roster.people


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    populate(folder)
    store = open_store(store_path(folder))
    store.people.enrol(MAT, "p-rosa")
    store.close()
    clock = Clock()
    config = make_config(folder, PORT, demo=False)
    services = create_services(config, World(clock=clock))
    app = httpx.ASGITransport(Guard(routes(services), config.web))  # type: ignore[arg-type]
    services.hub.set_broker(up=True)
    services.ingest._outbox.is_open = True
    async with httpx.AsyncClient(transport=app, base_url=f"http://127.0.0.1:{PORT}") as http:
        made = House(services, http, clock)
        carrying = asyncio.create_task(made.carry())
        try:
            yield made
        finally:
            carrying.cancel()
            services.desk.close()
