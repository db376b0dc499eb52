"""Signing in and out, and the demo's one-time link."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
import re
from typing import Literal

import msgspec
from litestar import get, post
from litestar.response import Redirect

from dashboard import pages
from dashboard.accounts.demo import demo_owner
from dashboard.accounts.entrance import STAY, VISIT, Attempt, Refused
from dashboard.accounts.roles import OPEN, SIGNED_IN
from dashboard.auth import Door
from dashboard.rooms.answers import Asked, Handler, Page, begin_at, go_to, html, message
from dashboard.rooms.asked import doer_of, place_of, services_of, who_of
from dashboard.rooms.forms import Text, read_form
from dashboard.rooms.gate import cookie_style, needs, visitor
from dashboard.services import Services

MAX_TOKEN_CHARS = 256
OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9/_-]*")

WRONG = "That name and password do not go together. Look whether capital letters are locked."
TOO_SOON = "There were too many wrong passwords from here. Try again in {} s."


class SignInForm(msgspec.Struct, frozen=True):
    """What the page sends."""

    login: Text
    password: Text
    next: Text = "/"
    stay: Literal["yes", ""] = ""


@get("/sign-in", opt=needs(OPEN))
async def sign_in_page(request: Asked) -> Page | Redirect:
    """Show the page, or lead on; in a demo let in by its link."""
    services = services_of(request)
    if "token" in request.query_params and services.door is not None:
        return await _enter(request, services.door)
    if await visitor(request):
        return go_to("/")
    if services.door is None and not await services.entrance.is_owned():
        return go_to("/set-up")
    return html(_form(services, "", request.query_params.get("next", "/")))


@post("/sign-in", opt=needs(OPEN))
async def sign_in(request: Asked) -> Page | Redirect:
    """Let somebody in; a browser that was somebody's before is nobody's but theirs then."""
    services = services_of(request)
    form = await read_form(request, SignInForm)
    kept = STAY if form.stay else VISIT
    before = await visitor(request)
    attempt = Attempt(form.login, form.password, kept, place_of(request))
    secret = await services.entrance.sign_in(attempt)
    if isinstance(secret, Refused):
        return _refused(services, form, secret)
    if before is not None:
        await services.end_sign_in(before)
    answer = go_to(_own_path(form.next))
    answer.set_cookie(cookie_style(services).of(secret, kept))
    return answer


@post("/sign-out", opt=needs(SIGNED_IN))
async def sign_out(request: Asked) -> Redirect:
    """Sign this browser out."""
    services = services_of(request)
    await services.end_sign_in(who_of(request))
    answer = go_to("/sign-in")
    answer.set_cookie(cookie_style(services).gone())
    return answer


async def _enter(request: Asked, door: Door) -> Page | Redirect:
    services = services_of(request)
    entered = await door.enter(request.query_params["token"][:MAX_TOKEN_CHARS])
    if entered == "right":
        doer = doer_of(request)
        owner = await services.desk.write(lambda store: demo_owner(store, doer))
        secret = await services.entrance.begin(owner, VISIT, place_of(request))
        answer = begin_at(services.pages, "/")
        answer.set_cookie(cookie_style(services).of(secret, VISIT))
        return answer
    if await visitor(request):
        return go_to("/")
    if entered == "too_many":
        return message(services.pages, 429)
    told = pages.USED if entered == "used" else pages.WRONG
    return html(services.pages.message(*told), 403)


def _refused(services: Services, form: SignInForm, refused: Refused) -> Page:
    if refused.again_s is None:
        return html(_form(services, WRONG, form.next, form.login), 403)
    seconds = max(round(refused.again_s), 1)
    answer = html(_form(services, TOO_SOON.format(seconds), form.next, form.login), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _form(services: Services, error: str, then: str, login: str = "") -> str:
    return services.pages.render(
        "sign-in.html", error=error, next=_own_path(then), login=login,
        is_demo=services.door is not None,
    )  # fmt: skip


def _own_path(path: str) -> str:
    """Take a path of ours to go on with; anything else is the first page."""
    return path if OWN_PATH.fullmatch(path) else "/"


ROUTES: list[Handler] = [sign_in_page, sign_in, sign_out]
