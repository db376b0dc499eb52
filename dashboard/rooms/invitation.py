"""An invitation, as whoever got the link sees it."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
from typing import NamedTuple

import msgspec
from litestar import get, post
from litestar.response import Redirect

from dashboard import pages
from dashboard.accounts import inviting
from dashboard.accounts.entrance import VISIT
from dashboard.accounts.managing import AccountError
from dashboard.accounts.passwords import weakness
from dashboard.accounts.roles import OPEN
from dashboard.accounts.secret import digest
from dashboard.rooms.answers import Asked, Handler, Page, go_to, html
from dashboard.rooms.asked import doer_of, place_of, services_of
from dashboard.rooms.forms import Text, read_form
from dashboard.rooms.gate import cookie_style, needs
from dashboard.services import Services
from dashboard.store.accounts import Account
from dashboard.store.invitations import Invitation
from dashboard.store.repository import Store


class AcceptForm(msgspec.Struct, frozen=True):
    """What the page sends."""

    token: Text
    password: Text
    login: Text = ""


class Held(NamedTuple):
    """An invitation, the account that it is for if that is there, and the name of its person."""

    invited: Invitation
    account: Account | None
    person: str | None


@get("/invitation", opt=needs(OPEN))
async def read(request: Asked) -> Page:
    """Show what an invitation is for; whoever only looks does not use it up."""
    form = AcceptForm(request.query_params.get("token", "")[:400], "")
    return _show(request, form, await _held(request, form.token))


@post("/invitation", opt=needs(OPEN))
async def accept(request: Asked) -> Page | Redirect:
    """Make the account, and sign its holder in."""
    services = services_of(request)
    form = await read_form(request, AcceptForm)
    found = await _held(request, form.token)
    if found is None:
        return _show(request, form, None)
    try:
        secret = await _accept(services, request, form, found)
    except AccountError as error:
        return _show(request, form, found, str(error))
    answer = go_to("/")
    answer.set_cookie(cookie_style(services).of(secret, VISIT))
    return answer


def _show(request: Asked, form: AcceptForm, found: Held | None, error: str = "") -> Page:
    pages_ = services_of(request).pages
    if found is None:
        return html(pages_.message(*pages.LINK_GONE), 403)
    text = pages_.render("invitation.html", form=form, held=found, error=error)
    return html(text, 400 if error else 200)


async def _held(request: Asked, token: str) -> Held | None:
    services = services_of(request)
    now_s = services.world.wall()
    return await services.desk.read(lambda store: _find(store, token, now_s))


def _find(store: Store, token: str, now_s: float) -> Held | None:
    found = store.invitations.get(digest(token), now_s)
    if found is None:
        return None
    account = store.accounts.get(found.account) if found.account else None
    person = store.people.get(found.person) if found.person else None
    return Held(found, account, person.name if person else None)


async def _accept(services: Services, request: Asked, form: AcceptForm, found: Held) -> str:
    login = found.account.login if found.account else form.login
    weak = weakness(form.password, (login, found.invited.name))
    if weak is not None:
        raise AccountError(weak)
    hashed = await services.entrance.hasher.hash(form.password)
    doer, place = doer_of(request), place_of(request)

    def work(store: Store) -> str:
        made = inviting.accept(store, doer, form.token, form.login, hashed)
        if made.disabled_s is not None:
            raise AccountError("This account is closed. Ask whoever sent you the link.")
        return services.entrance.begin_in(store, made.id, VISIT, place)

    return await services.change(work)


ROUTES: list[Handler] = [read, accept]
