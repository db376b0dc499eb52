"""Stands before every route: who is meant, from where it comes, and the headers of every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from dashboard.web import Web

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 4096
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    # Not `no-referrer`: with that a form of ours would send `Origin: null` (Fetch, 3.1).
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"accelerometer=(), camera=(), geolocation=(), gyroscope=(), "
    b"magnetometer=(), microphone=(), payment=(), usb=()",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
HSTS = {b"strict-transport-security": b"max-age=31536000"}
METHODS = ("GET", "HEAD", "POST")
SAFE = ("GET", "HEAD")
_DEFAULTS = {b"cache-control": b"no-store"}
_STARTS = ("http.response.start", "websocket.http.response.start")


class Guard:
    """Refuses foreign hosts and origins and large bodies; adds headers to every answer.

    Parameters
    ----------
    app : ASGI application
        What stands behind.
    web : Web
        Tells under which values of `Host` it may be asked, against DNS rebinding, and whether by
        TLS alone.
    """

    def __init__(self, app: App, web: Web) -> None:
        self._app, self._hosts = app, web.hosts
        self._headers = {**HEADERS, **(HSTS if web.is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send, self._headers))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, _with_headers(send, self._headers))
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_ours(scope):
            await _answer(send, 400, "This address is not that of the dashboard.")
        elif not _is_small(scope):
            await _answer(send, 413, "That is more than the dashboard takes.")
        elif scope["method"] not in METHODS:
            await _answer(send, 405, "That is not how the dashboard is used.")
        elif scope["method"] not in SAFE and not _is_same_origin(scope):
            await _answer(send, 403, "This request was not made by a page of the dashboard.")
        else:
            await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_ours(scope) and _is_same_origin(scope):
            await self._app(scope, receive, send)
            return
        # Closed before it is accepted: the browser gets a 403.
        await receive()
        await send({"type": "websocket.close", "code": 4403})

    def _is_ours(self, scope: Scope) -> bool:
        hosts = _header(scope, b"host")
        return len(hosts) == 1 and hosts[0].lower() in self._hosts


def _header(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _is_same_origin(scope: Scope) -> bool:
    # Browsers say with each request that changes something which page made it: none may lack.
    host = _header(scope, b"host")[0].lower()
    origins = [origin.lower() for origin in _header(scope, b"origin")]
    # A page that came unprotected may be anybody's: it is no part of one that came by TLS.
    scheme = "https" if scope.get("scheme") in ("https", "wss") else "http"
    return origins == [f"{scheme}://{host}"]


def _is_small(scope: Scope) -> bool:
    if _header(scope, b"transfer-encoding"):
        return False
    lengths = _header(scope, b"content-length")
    return all(
        text.isascii() and text.isdigit() and int(text) <= MAX_BODY_BYTES for text in lengths
    )


def _with_headers(send: Send, always: Mapping[bytes, bytes]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] in _STARTS:
            headers = {**_DEFAULTS, **{k.lower(): v for k, v in message.get("headers", ())}}
            message = {**message, "headers": [*{**headers, **always}.items()]}
        await send(message)

    return send_with_headers


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode() + b"\n"})
