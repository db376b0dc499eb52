"""The room Live: its page, the map of its mat, its WebSocket."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
from typing import Any

from litestar import Response, WebSocket, get, websocket
from litestar.exceptions import NotFoundException

from dashboard.accounts import sight
from dashboard.accounts.presence import NOT_SIGNED_IN, refusal
from dashboard.accounts.roles import may_send
from dashboard.messages import ARGUMENTS
from dashboard.rooms.answers import Asked, Handler, Page, file
from dashboard.rooms.asked import address_of, services_of, show, who_of
from dashboard.rooms.gate import needs, page
from dashboard.watching import refuse_viewer, serve_viewer


@get("/", opt=page("live.watch"))
async def live_page(request: Asked) -> Page:
    """Show the mat, to whoever sees somebody on it."""
    if not await _sees_mat(request):
        return show(request, "/", "nothing.html")
    role = who_of(request).account.role
    verbs = sorted(verb for verb in ARGUMENTS if may_send(role, verb))
    return show(request, "/", "live.html", mat=services_of(request).mat, verbs=verbs)


@get("/layouts/{layout_hash:str}/map.bin", opt=needs("live.watch"))
async def operator(request: Asked) -> Response[bytes]:
    """Give the map of the mat's layout."""
    services = services_of(request)
    info = services.hub.info
    known = info is not None and info.layout.hash == request.path_params["layout_hash"]
    if info is None or not known or not await _sees_mat(request):
        raise NotFoundException
    return file(request, await services.operators.get(info.layout))


@websocket("/ws/live", opt=needs("live.watch"))
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """Serve whoever watches, for as long as they may."""
    services = services_of(socket)
    who = socket.state.who
    if who is None:
        await refuse_viewer(socket, NOT_SIGNED_IN)
        return
    # The ticket first: whatever changes after this takes it back.
    ticket = services.presence.enter(who, services.mat)
    try:
        code = await services.desk.read(
            lambda store: refusal(store, who, services.mat, services.world.wall())
        )
        if code is not None:
            await refuse_viewer(socket, code)
            return
        await services.watched.note(who, services.mat, address_of(socket))
        await socket.accept()
        await serve_viewer(socket, services.hub, ticket)
    finally:
        services.presence.leave(ticket)


async def _sees_mat(request: Asked) -> bool:
    services, account = services_of(request), who_of(request).account
    return await services.desk.read(lambda store: sight.sees_mat(store, account, services.mat))


ROUTES: list[Handler] = [live_page, operator, live]
