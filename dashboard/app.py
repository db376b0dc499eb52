"""The web application: its parts put together, and its routes."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, WebSocket, get, websocket
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.websocket_handlers import WebsocketRouteHandler
from litestar.response import Redirect

from core import wire
from dashboard import pages
from dashboard.assets import FOLDER, Asset, foot_outline, read_authority, read_folder
from dashboard.auth import COOKIE, Door, SignedIn, empty_file
from dashboard.commands import Outbox
from dashboard.config import Config, read_secret, read_token
from dashboard.guard import Guard
from dashboard.ingest import Ingest, client_factory
from dashboard.live import TICK_S, Hub
from dashboard.notify import ALIVE_EVERY_S, tell
from dashboard.operators import Operators, encode_layout
from dashboard.recording.recorder import Times
from dashboard.recording.starting import Recording
from dashboard.store.desk import Desk
from dashboard.watching import refuse_viewer, serve_viewer

Request_ = Request[Any, Any, Any]
Page = Response[str]
Handler = HTTPRouteHandler | WebsocketRouteHandler
MAX_TOKEN_CHARS = 256
FAVICONS = ("favicon.ico", "favicon.svg", "icon.svg")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class World:
    """What the dashboard takes from outside; tests put in their own."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    new_secret: Callable[[], str] = field(default=lambda: secrets.token_urlsafe(32))
    encode: Callable[[wire.LayoutInfo], bytes] = encode_layout
    folder: Path = FOLDER
    crashed: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Services:
    """The parts of one dashboard."""

    mat: str
    hub: Hub
    ingest: Ingest
    recording: Recording
    door: Door
    operators: Operators
    pages: pages.Pages
    static: dict[str, Asset]
    authority: Asset | None
    desk: Desk
    world: World


def create_app(config: Config, world: World | None = None) -> Guard:
    """Make the ASGI application of a dashboard.

    Parameters
    ----------
    config : Config
        Its configuration.
    world : World, optional
        Clock, randomness and files, if others than the real ones.

    Raises
    ------
    ConfigError
        If the token or the broker's password cannot be read.
    StoreError
        If the store cannot be opened.
    """
    services = create_services(config, world or World())
    app = Litestar(
        [*page_routes(services), *file_routes(services), live_socket(services)],
        lifespan=[lambda _: running(services)],
        exception_handlers={
            HTTPException: error_page(services.pages),
            Exception: crash_page(services.pages),
        },
        openapi_config=None,
        logging_config=None,
    )
    return Guard(app, config.web.hosts)  # type: ignore[arg-type]


def create_services(config: Config, world: World) -> Services:
    """Put the parts of a dashboard together; nothing runs yet."""
    outbox = Outbox()
    hub = Hub(world.clock, world.new_secret, outbox.put)
    password = read_secret(config.password_path) if config.password_path else None
    connect = client_factory(config, f"dashboard-{secrets.token_hex(4)}", password)
    token = read_token(config.token_path)
    desk = Desk(config.store_path)
    return Services(
        mat=config.mat.id,
        hub=hub,
        ingest=Ingest(config, hub, outbox, connect, world.sleep),
        door=Door(token, lambda: empty_file(config.token_path), world.new_secret, world.sleep),
        operators=Operators(world.encode),
        pages=pages.Pages(world.folder / "templates"),
        static=read_folder(world.folder / "static"),
        recording=Recording(config, desk, password, Times(sleep=world.sleep)),
        desk=desk,
        authority=read_authority(config.authority_path) if config.authority_path else None,
        world=world,
    )


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """Keep the broker connection and the clock's work going; let go of the store at the end."""
    sleep = services.world.sleep
    jobs = (
        services.ingest.run(),
        services.recording.run(),
        tick_forever(services.hub, sleep),
        notify_forever(sleep),
    )
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(lambda task: _ended(task, services.world.crashed))
    try:
        yield
    finally:
        tell("STOPPING=1")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(services.desk.close)


async def tick_forever(hub: Hub, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Let the hub do what is due."""
    while True:
        hub.tick()
        await sleep(TICK_S)


async def notify_forever(sleep: Callable[[float], Awaitable[None]]) -> None:
    """Tell the service manager that the loop turns: what hangs is started anew."""
    tell("READY=1")
    while True:
        tell("WATCHDOG=1")
        await sleep(ALIVE_EVERY_S)


def _ended(task: asyncio.Task[None], crashed: Callable[[], None]) -> None:
    if task.cancelled():
        return
    # Without it the page would go on showing a link that nobody looks after.
    _log.critical("a part of the dashboard has stopped; ending", exc_info=task.exception())
    crashed()


def page_routes(services: Services) -> list[Handler]:
    """Make the routes of the pages."""

    @get("/", guards=[_signed_in_only(services.door)], sync_to_thread=False)
    def live_page() -> Page:
        return _html(services.pages.live(services.mat))

    @get("/sign-in")
    async def sign_in(request: Request_) -> Page | Redirect:
        token = request.query_params.get("token", "")
        entered = await services.door.enter(token[:MAX_TOKEN_CHARS])
        if isinstance(entered, SignedIn):
            return _welcome(services.pages, entered)
        if services.door.knows(request.cookies.get(COOKIE)):
            return Redirect("/", status_code=303)
        if entered == "too_many":
            return _message(services.pages, 429)
        told = pages.USED if entered == "used" else pages.WRONG
        return _html(services.pages.message(*told), 403)

    @get("/healthz", sync_to_thread=False)
    def health() -> dict[str, Any]:
        return services.hub.health()

    return [live_page, sign_in, health]


def file_routes(services: Services) -> list[Handler]:
    """Make the routes of what pages load."""
    outline, authority = foot_outline(), services.authority

    @get("/static/{name:path}", sync_to_thread=False)
    def static(request: Request_) -> Response[bytes]:
        name = str(request.path_params["name"])
        return _file(request, services.static.get(name.removeprefix("/")))

    @get("/foot.json", sync_to_thread=False)
    def foot(request: Request_) -> Response[bytes]:
        return _file(request, outline)

    @get("/worker.js", sync_to_thread=False)
    def worker(request: Request_) -> Response[bytes]:
        # At the root: a service worker looks after what lies beside it and below.
        return _file(request, services.static["worker.js"])

    @get("/authority.crt", sync_to_thread=False)
    def authority_file(request: Request_) -> Response[bytes]:
        return _file(request, authority)

    @get("/favicon.ico", sync_to_thread=False)
    def favicon(request: Request_) -> Response[bytes]:
        found = (services.static[name] for name in FAVICONS if name in services.static)
        return _file(request, next(found, None))

    @get("/layouts/{layout_hash:str}/map.bin", guards=[_signed_in_only(services.door)])
    async def operator(request: Request_) -> Response[bytes]:
        info = services.hub.info
        if info is None or info.layout.hash != request.path_params["layout_hash"]:
            raise NotFoundException
        return _file(request, await services.operators.get(info.layout))

    return [static, foot, worker, authority_file, favicon, operator]


def live_socket(services: Services) -> Handler:
    """Make the route of the WebSocket."""

    @websocket("/ws/live")
    async def live(socket: WebSocket[Any, Any, Any]) -> None:
        if not services.door.knows(socket.cookies.get(COOKIE)):
            await refuse_viewer(socket)
            return
        await socket.accept()
        await serve_viewer(socket, services.hub)

    return live


def error_page(its_pages: pages.Pages) -> Callable[[Request_, HTTPException], Page]:
    """Make what answers an error that the browser made."""
    return lambda _, error: _message(its_pages, error.status_code)


def crash_page(its_pages: pages.Pages) -> Callable[[Request_, Exception], Page]:
    """Make what answers an error that the dashboard made: the log says which, the page does not."""

    def answer(request: Request_, error: Exception) -> Page:
        _log.error("%s failed", request.url.path, exc_info=error)
        return _message(its_pages, 500)

    return answer


def _signed_in_only(door: Door) -> Callable[[Any, Any], None]:
    def check(connection: Any, _: Any) -> None:  # noqa: ANN401 - Litestar's own types are generic
        if not door.knows(connection.cookies.get(COOKIE)):
            raise NotAuthorizedException

    return check


def _welcome(its_pages: pages.Pages, session: SignedIn) -> Page:
    # A redirect would go on the navigation that another site began, and browsers send no strict
    # cookie with that. A refresh is a navigation of this page's own.
    answer = _html(its_pages.message(*pages.SIGNED_IN))
    answer.headers["Refresh"] = "0; url=/"
    answer.set_cookie(Cookie(COOKIE, value=session, path="/", httponly=True, samesite="strict"))
    return answer


def _message(its_pages: pages.Pages, status: int) -> Page:
    title, text = pages.ERRORS.get(status, pages.ERRORS[400 if status < 500 else 500])
    return _html(its_pages.message(title, text), status)


def _html(text: str, status: int = 200) -> Page:
    return Response(text, media_type="text/html", status_code=status)


def _file(request: Request_, asset: Asset | None) -> Response[bytes]:
    if asset is None:
        raise NotFoundException
    # Always asked about again: a new version must not meet files of the old one.
    headers = {"Cache-Control": "no-cache", "ETag": asset.etag}
    same = asset.etag in request.headers.get("if-none-match", "")
    return Response(
        b"" if same else asset.content,
        media_type=asset.media_type,
        status_code=304 if same else 200,
        headers=headers,
    )
