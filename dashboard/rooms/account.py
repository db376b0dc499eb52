"""One's own account: the password, and the browsers that are signed in."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from dashboard.accounts import managing
from dashboard.accounts.deeds import About, note
from dashboard.accounts.entrance import STAY, VISIT, Kept, Refused
from dashboard.accounts.managing import AccountError
from dashboard.accounts.passwords import weakness
from dashboard.accounts.roles import SIGNED_IN
from dashboard.rooms.answers import Asked, Handler, Page, go_to
from dashboard.rooms.asked import address_of, doer_of, in_path, place_of, services_of, show, who_of
from dashboard.rooms.forms import Text, read_form
from dashboard.rooms.gate import cookie_style, needs, page
from dashboard.services import Services
from dashboard.store.repository import Store

WRONG = "That is not your password now."
TOO_SOON = "There were too many wrong passwords. Wait a minute, then try again."
DONE = {
    "password": "Your password is changed. All other browsers are signed out.",
    "ended": "That browser is signed out.",
    "others": "All other browsers are signed out.",
}


class PasswordForm(msgspec.Struct, frozen=True):
    """What the page sends."""

    old: Text
    new: Text


@get("/account", opt=page(SIGNED_IN))
async def account(request: Asked) -> Page:
    """Show one's own account."""
    return await _show(request)


@post("/account/password", opt=needs(SIGNED_IN))
async def change_password(request: Asked) -> Page | Redirect:
    """Set another password; all other browsers are signed out."""
    services = services_of(request)
    who, form = who_of(request), await read_form(request, PasswordForm)
    right = await services.entrance.is_password(who, form.old, address_of(request))
    if right is not True:
        error, status = (TOO_SOON, 429) if isinstance(right, Refused) else (WRONG, 403)
        return await _show(request, error=error, status=status)
    weak = weakness(form.new, (who.account.login, who.account.name))
    if weak is not None:
        return await _show(request, error=weak, status=400)
    secret, kept = await _renew(services, request, form.new)
    answer = go_to("/account?done=password")
    answer.set_cookie(cookie_style(services).of(secret, kept))
    return answer


@post("/account/sign-ins/{sign_in:str}/end", opt=needs(SIGNED_IN))
async def end(request: Asked) -> Redirect:
    """Sign one of one's browsers out."""
    sign_in = in_path(request, "sign_in")
    who, doer = who_of(request), doer_of(request)

    def work(store: Store) -> bool:
        ended = store.sign_ins.end(who.account.id, sign_in)
        if ended:
            note(store, doer, "signed_out_elsewhere", About(who.account.id))
        return ended

    if not await services_of(request).change(work):
        raise NotFoundException
    return go_to("/account?done=ended")


@post("/account/sign-ins/end-others", opt=needs(SIGNED_IN))
async def end_others(request: Asked) -> Redirect:
    """Sign all but this browser out."""
    who, doer = who_of(request), doer_of(request)

    def work(store: Store) -> None:
        store.sign_ins.end_all(who.account.id, who.sign_in.id)
        note(store, doer, "signed_out_elsewhere", About(who.account.id), "all others")

    await services_of(request).change(work)
    return go_to("/account?done=others")


async def _show(request: Asked, *, error: str = "", status: int = 200) -> Page:
    services, who = services_of(request), who_of(request)
    now_s = services.world.wall()
    sign_ins = await services.desk.read(lambda store: store.sign_ins.of(who.account.id, now_s))
    done = "" if error else DONE.get(request.query_params.get("done", ""), "")
    return show(
        request, "/account", "account.html", status,
        account=who.account, here=who.sign_in.id, sign_ins=sign_ins, error=error, done=done,
    )  # fmt: skip


async def _renew(services: Services, request: Asked, password: str) -> tuple[str, Kept]:
    # This browser gets a new secret as well: one that was seen with the old password ends too.
    who, doer, place = who_of(request), doer_of(request), place_of(request)
    kept = STAY if who.sign_in.idle_s == STAY.idle_s else VISIT
    hashed = await services.entrance.hasher.hash(password)

    def work(store: Store) -> str:
        if managing.find(store, who.account.id).password != who.account.password:
            raise AccountError("The password was changed meanwhile. Sign in anew.")
        managing.set_password(store, doer, who.account.id, hashed)
        return services.entrance.begin_in(store, who.account.id, kept, place)

    return await services.change(work), kept


ROUTES: list[Handler] = [account, change_password, end, end_others]
