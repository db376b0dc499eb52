"""Stands before every route: who asks, and whether their role may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from litestar import WebSocket
from litestar.datastructures import Cookie
from litestar.exceptions import (
    ImproperlyConfiguredException,
    NotAuthorizedException,
    PermissionDeniedException,
)

from dashboard.accounts.entrance import STAY
from dashboard.accounts.roles import OPEN, may
from dashboard.rooms.asked import services_of

if TYPE_CHECKING:
    from litestar.handlers import BaseRouteHandler

    from dashboard.accounts.entrance import Kept, Who
    from dashboard.rooms.asked import Connection
    from dashboard.services import Services

FROM_ELSEWHERE = ("cross-site", "same-site")


class GoTo(Exception):  # noqa: N818 - not an error: somebody is led to another page
    """Leads somebody to another page.

    Parameters
    ----------
    path : str
    anew : bool
        Let the browser begin there anew, as if its address had been typed.
    """

    def __init__(self, path: str, *, anew: bool = False) -> None:
        self.path, self.anew = path, anew


class CookieStyle(NamedTuple):
    """How the cookie of a sign-in is named and kept."""

    name: str
    secure: bool

    def of(self, secret: str, kept: Kept) -> Cookie:
        """Make the cookie; without an end it goes when the browser is closed."""
        longest_s = int(kept.longest_s) if kept == STAY else None
        return self._cookie(secret, longest_s)

    def gone(self) -> Cookie:
        """Make one that takes it away."""
        return self._cookie("", 0)

    def _cookie(self, value: str, max_age_s: int | None) -> Cookie:
        return Cookie(
            self.name, value=value, path="/", max_age=max_age_s,
            secure=self.secure, httponly=True, samesite="strict",
        )  # fmt: skip


def cookie_style(services: Services) -> CookieStyle:
    """Choose it: with TLS no other host, and no page without TLS, can put one of that name."""
    secure = services.config.web.is_secure
    return CookieStyle("__Host-reflexmat" if secure else "reflexmat", secure)


def needs(permission: str) -> dict[str, Any]:
    """Declare what a route needs: a row of `PERMISSIONS`, `SIGNED_IN` or `OPEN`."""
    return {"permission": permission}


def page(permission: str) -> dict[str, Any]:
    """Declare it of a page: whoever has not signed in is led to where that is done."""
    return {"permission": permission, "page": True}


async def gate(connection: Connection, handler: BaseRouteHandler) -> None:
    """Check who asks for a route; one that declares nothing is used by nobody.

    Raises
    ------
    GoTo, NotAuthorizedException
        If nobody has signed in.
    PermissionDeniedException
        If their role may not.
    """
    permission = handler.opt.get("permission")
    if permission is None:
        raise ImproperlyConfiguredException("a route that declares no permission")
    if permission == OPEN:
        return
    connection.state.who = who = await visitor(connection)
    if isinstance(connection, WebSocket):
        return  # it can only be told why once it is accepted: `dashboard.rooms.live`
    if who is None:
        await _show_the_way(connection, is_page=handler.opt.get("page", False))
    elif not may(who.account.role, permission):
        raise PermissionDeniedException


async def visitor(connection: Connection) -> Who | None:
    """Find out who asks; None: nobody who has signed in."""
    services = services_of(connection)
    return await services.entrance.who(connection.cookies.get(cookie_style(services).name))


async def _show_the_way(connection: Connection, *, is_page: bool) -> None:
    services = services_of(connection)
    if not is_page:
        raise NotAuthorizedException
    path = connection.url.path
    if connection.headers.get("sec-fetch-site") in FROM_ELSEWHERE:
        # Browsers send no strict cookie where another site leads to: let them come by themselves.
        raise GoTo(path, anew=True)
    if services.door is None and not await services.entrance.is_owned():
        raise GoTo("/set-up")
    raise GoTo("/sign-in" if path == "/" else f"/sign-in?next={path}")
