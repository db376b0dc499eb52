"""One browser's WebSocket: sends what waits for it, takes its commands."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from litestar.exceptions import WebSocketDisconnect

from core.errors import MessageError
from dashboard.live import FullError, Hub
from dashboard.messages import PingIn, read_message

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from litestar import WebSocket

    from dashboard.accounts.presence import Ticket
    from dashboard.viewer import Viewer

POLICY_VIOLATION, TRY_LATER = 1008, 1013
MAX_MALFORMED = 3
SEND_WITHIN_S = 10.0
"""A browser that takes nothing for so long is gone, though TCP would hope for minutes."""


async def serve_viewer(socket: WebSocket[Any, Any, Any], hub: Hub, ticket: Ticket) -> None:
    """Serve an accepted WebSocket until either side ends it, or the leave to watch does."""
    try:
        viewer = hub.join(ticket.who.account.role)
    except FullError:
        await socket.close(TRY_LATER)
        return
    try:
        code = await _first_of(
            ticket.taken_back(), _send(socket, viewer), _receive(socket, hub, viewer)
        )
    finally:
        hub.leave(viewer)
    if code is not None:
        await _close(socket, code)


async def refuse_viewer(socket: WebSocket[Any, Any, Any], code: int) -> None:
    """Tell a browser that it may not watch: only an accepted socket can say why."""
    await socket.accept()
    await _close(socket, code)


async def _first_of(*jobs: Coroutine[Any, Any, int | None]) -> int | None:
    """Close code of the job that ends first; the others are cancelled."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next((code for task in done if (code := task.result()) is not None), None)


async def _send(socket: WebSocket[Any, Any, Any], viewer: Viewer) -> int | None:
    # Uvicorn raises an OSError of its own when the browser has gone, the time-out is one too.
    with contextlib.suppress(OSError, WebSocketDisconnect):
        while True:
            payload = await viewer.next()
            async with asyncio.timeout(SEND_WITHIN_S):
                await (
                    socket.send_text(payload)
                    if isinstance(payload, str)
                    else socket.send_bytes(payload)
                )
    return None


async def _receive(socket: WebSocket[Any, Any, Any], hub: Hub, viewer: Viewer) -> int | None:
    malformed_count = 0
    while malformed_count < MAX_MALFORMED:
        event = await socket.receive()
        if event["type"] != "websocket.receive":
            return None
        try:
            message = read_message(event.get("text") or "")
        except MessageError:
            malformed_count += 1
            continue
        if isinstance(message, PingIn):
            hub.ping(viewer, message.id)
        else:
            hub.ask(viewer, message)
    return POLICY_VIOLATION


async def _close(socket: WebSocket[Any, Any, Any], code: int) -> None:
    with contextlib.suppress(OSError, WebSocketDisconnect):
        await socket.close(code)
