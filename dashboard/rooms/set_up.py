"""The first run: the owner is made."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
import msgspec
from litestar import get, post
from litestar.response import Redirect

from dashboard.accounts import managing
from dashboard.accounts.entrance import VISIT
from dashboard.accounts.managing import AccountError
from dashboard.accounts.passwords import weakness
from dashboard.accounts.roles import OPEN
from dashboard.rooms.answers import Asked, Handler, Page, go_to, html
from dashboard.rooms.asked import doer_of, place_of, services_of
from dashboard.rooms.forms import Text, read_form
from dashboard.rooms.gate import cookie_style, needs
from dashboard.services import Services
from dashboard.store.repository import Store

WRONG_CODE = "That is not the code. It is in the file that the dashboard names in its log."


class SetUpForm(msgspec.Struct, frozen=True):
    """What the page sends."""

    code: Text
    name: Text
    login: Text
    password: Text


@get("/set-up", opt=needs(OPEN))
async def set_up_page(request: Asked) -> Page | Redirect:
    """Show the page while there is no owner."""
    services = services_of(request)
    if services.door is not None or await services.entrance.is_owned():
        return go_to("/sign-in")
    code = request.query_params.get("code", "")[:400]
    return html(_page(services, SetUpForm(code, "", "", ""), ""))


@post("/set-up", opt=needs(OPEN))
async def make_owner(request: Asked) -> Page | Redirect:
    """Make the owner, for whoever knows the code."""
    services = services_of(request)
    form = await read_form(request, SetUpForm)
    if services.door is not None or await services.entrance.is_owned():
        return go_to("/sign-in")
    if not services.set_up.fits(form.code):
        return html(_page(services, form, WRONG_CODE), 403)
    try:
        secret = await _make(services, form, request)
    except AccountError as error:
        return html(_page(services, form, str(error)), 400)
    services.set_up.spend()
    answer = go_to("/")
    answer.set_cookie(cookie_style(services).of(secret, VISIT))
    return answer


async def _make(services: Services, form: SetUpForm, request: Asked) -> str:
    weak = weakness(form.password, (form.login, form.name))
    if weak is not None:
        raise AccountError(weak)
    hashed = await services.entrance.hasher.hash(form.password)
    doer, place = doer_of(request), place_of(request)

    def make(store: Store) -> str:
        owner = managing.make_owner(store, doer, form.login, form.name, hashed)
        return services.entrance.begin_in(store, owner.id, VISIT, place)

    return await services.desk.write(make)


def _page(services: Services, form: SetUpForm, error: str) -> str:
    return services.pages.render("set-up.html", error=error, form=form)


ROUTES: list[Handler] = [set_up_page, make_owner]
