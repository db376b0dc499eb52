"""What a request tells: of which dashboard, by whom, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.accounts.deeds import Doer
from dashboard.accounts.entrance import Place, Who
from dashboard.rooms.answers import html
from dashboard.rooms.shell import shell_of
from dashboard.services import Services

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection

    from dashboard.rooms.answers import Page

    Connection = ASGIConnection[Any, Any, Any, Any]


def services_of(connection: Connection) -> Services:
    """Tell the parts of the dashboard that is asked."""
    services = connection.app.state.services
    assert isinstance(services, Services)  # noqa: S101 - `dashboard.app` puts them there
    return services


def who_of(connection: Connection) -> Who:
    """Tell who asks; only of a route that is not open."""
    who = connection.state.who
    assert isinstance(who, Who)  # noqa: S101 - the gate lets nobody else in
    return who


def doer_of(connection: Connection) -> Doer:
    """Tell who does something, from where, and when."""
    who: Who | None = connection.state.get("who")
    now_s = services_of(connection).world.wall()
    return Doer(now_s, who.account.id if who else None, address_of(connection))


def place_of(connection: Connection) -> Place:
    """Tell from where somebody comes."""
    return Place(address_of(connection), connection.headers.get("user-agent", ""))


def address_of(connection: Connection) -> str:
    """Tell the address from which somebody comes: behind a proxy that which it names."""
    return connection.client.host if connection.client else "unknown"


def origin_of(connection: Connection) -> str:
    """Tell under which scheme and name the dashboard is asked: `dashboard.guard` knows the name."""
    return str(connection.base_url).rstrip("/")


def in_path(connection: Connection, name: str) -> str:
    """Tell what stands in a path, at a place that the route names."""
    return str(connection.path_params[name])


def show(
    connection: Connection, here: str, template: str, /, status: int = 200, **values: object
) -> Page:
    """Answer with a page of a room.

    Parameters
    ----------
    connection : Request
    here : str
        Path of that page in the bar.
    template : str
    status : int
    **values
        What the template names.
    """
    shell = shell_of(who_of(connection), here)
    return html(services_of(connection).pages.render(template, shell=shell, **values), status)
