"""What routes answer with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from litestar import Request, Response
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.websocket_handlers import WebsocketRouteHandler
from litestar.response import Redirect

from dashboard import pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.exceptions import HTTPException

    from dashboard.accounts.managing import AccountError
    from dashboard.assets import Asset
    from dashboard.rooms.gate import GoTo

Asked = Request[Any, Any, Any]
Page = Response[str]
Handler = HTTPRouteHandler | WebsocketRouteHandler

_log = logging.getLogger(__name__)


def html(text: str, status: int = 200) -> Page:
    """Answer with a page."""
    return Response(text, media_type="text/html", status_code=status)


def message(its_pages: pages.Pages, status: int) -> Page:
    """Answer with a plain page about a status."""
    title, text = pages.ERRORS.get(status, pages.ERRORS[400 if status < 500 else 500])
    return html(its_pages.message(title, text), status)


def go_to(path: str) -> Redirect:
    """Lead to a page by GET, also after a form."""
    return Redirect(path, status_code=303)


def begin_at(its_pages: pages.Pages, path: str) -> Page:
    """Let a browser begin at a path of its own accord.

    A redirect would go on the navigation that another site began, and browsers send no strict
    cookie with that. A refresh is a navigation of this page's own.
    """
    answer = html(its_pages.message(*pages.IN_A_MOMENT))
    answer.headers["Refresh"] = f"0; url={path}"
    return answer


def file(request: Asked, asset: Asset | None) -> Response[bytes]:
    """Answer with a file; 404 without one."""
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


def led(its_pages: pages.Pages) -> Callable[[Asked, GoTo], Page | Redirect]:
    """Make what leads somebody to another page."""
    return lambda _, to: begin_at(its_pages, to.path) if to.anew else go_to(to.path)


def error_page(its_pages: pages.Pages) -> Callable[[Asked, HTTPException], Page]:
    """Make what answers an error that the browser made."""
    return lambda _, error: message(its_pages, error.status_code)


def refusal_page(its_pages: pages.Pages) -> Callable[[Asked, AccountError], Page]:
    """Make what answers something that cannot be done, in its own words."""
    return lambda _, error: html(its_pages.message(pages.NOT_DONE, str(error)), 400)


def crash_page(its_pages: pages.Pages) -> Callable[[Asked, Exception], Page]:
    """Make what answers an error that the dashboard made: the log says which, the page does not."""

    def answer(request: Asked, error: Exception) -> Page:
        _log.error("%s failed", request.url.path, exc_info=error)
        return message(its_pages, 500)

    return answer
