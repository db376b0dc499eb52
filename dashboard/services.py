"""The parts of one dashboard, put together from its configuration."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from dashboard import pages
from dashboard.accounts.delays import Delays
from dashboard.accounts.entrance import Entrance
from dashboard.accounts.first_run import FILE, SetUpCode, write_code
from dashboard.accounts.passwords import Hasher
from dashboard.accounts.presence import Presence
from dashboard.accounts.secret import new_secret
from dashboard.accounts.watched import Watched
from dashboard.assets import FOLDER, Asset, read_authority, read_folder
from dashboard.auth import Door, empty_file
from dashboard.commands import Outbox
from dashboard.config import Config, read_secret, read_token
from dashboard.ingest import Ingest, client_factory
from dashboard.live import Hub
from dashboard.operators import Operators, encode_layout
from dashboard.profiles.keeper import ProfileKeeper
from dashboard.recording.recorder import Times
from dashboard.recording.starting import Recording
from dashboard.store.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from core import wire
    from dashboard.accounts.entrance import Who
    from dashboard.store.repository import Store

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class World:
    """What the dashboard takes from outside; tests put in their own."""

    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    new_secret: Callable[[], str] = new_secret
    encode: Callable[[wire.LayoutInfo], bytes] = encode_layout
    folder: Path = FOLDER
    crashed: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True)
class Services:
    """The parts of one dashboard."""

    config: Config
    hub: Hub
    ingest: Ingest
    recording: Recording
    profiles: ProfileKeeper
    door: Door | None
    set_up: SetUpCode
    entrance: Entrance
    presence: Presence
    watched: Watched
    operators: Operators
    pages: pages.Pages
    static: dict[str, Asset]
    authority: Asset | None
    certificate_pem: bytes | None
    desk: Desk
    world: World

    @property
    def mat(self) -> str:
        """Id of the mat that is shown."""
        return self.config.mat.id

    async def change(self, work: Callable[[Store], T]) -> T:
        """Change who may do what; whoever may watch no longer stops in the same moment."""
        changed = await self.desk.write(work)
        await self.presence.recheck()
        return changed

    async def end_sign_in(self, who: Who) -> None:
        """Sign a browser out."""
        await self.change(lambda store: store.sign_ins.end(who.account.id, who.sign_in.id))


def create_services(config: Config, world: World) -> Services:
    """Put the parts of a dashboard together; nothing runs yet.

    Raises
    ------
    ConfigError
        If the token or the broker's password cannot be read.
    StoreError
        If the store cannot be opened.
    FirstRunError
        If there is no owner, and the code for making one cannot be written.
    """
    outbox = Outbox()
    hub = Hub(world.clock, world.new_secret, outbox.put)
    password = read_secret(config.password_path) if config.password_path else None
    connect = client_factory(config, f"dashboard-{secrets.token_hex(4)}", password)
    door = _door(config, world)
    desk = Desk(config.store_path)
    return Services(
        config=config,
        hub=hub,
        ingest=Ingest(config, hub, outbox, connect, world.sleep),
        recording=Recording(config, desk, password, Times(sleep=world.sleep)),
        profiles=_keeper(config, world, hub, desk),
        door=door,
        set_up=desk.at_start(lambda store: _set_up_code(config, world, store)),
        entrance=_entrance(desk, world),
        presence=Presence(desk, world.wall),
        watched=Watched(desk, world.wall),
        operators=Operators(world.encode),
        pages=pages.Pages(world.folder / "templates"),
        static=read_folder(world.folder / "static"),
        authority=read_authority(config.authority_path) if config.authority_path else None,
        certificate_pem=_certificate(config),
        desk=desk,
        world=world,
    )


def _door(config: Config, world: World) -> Door | None:
    path = config.token_path
    if path is None:
        return None
    return Door(read_token(path), lambda: empty_file(path), world.sleep)


def _keeper(config: Config, world: World, hub: Hub, desk: Desk) -> ProfileKeeper:
    return ProfileKeeper(hub, desk, config.mat.id, world.clock, world.wall, world.sleep)


def _certificate(config: Config) -> bytes | None:
    # As it is served: one that is renewed meanwhile is not. Who serves it says what is wrong.
    path = config.certificate_path
    with contextlib.suppress(OSError):
        return path.read_bytes() if path else None
    return None


def _entrance(desk: Desk, world: World) -> Entrance:
    delays = Delays(world.clock)
    return Entrance(desk, Hasher(), delays, world.wall, world.new_secret, world.sleep)


def _set_up_code(config: Config, world: World, store: Store) -> SetUpCode:
    path = config.store_path.parent / FILE
    if config.token_path is not None or store.accounts.n_owners():
        path.unlink(missing_ok=True)
        return SetUpCode("", path)
    _log.warning("no owner yet: %s/set-up asks for the code in %s", config.web.origin, path)
    return write_code(path, world.new_secret())
