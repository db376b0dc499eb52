"""Accounts and invitations, for the owner."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
from collections.abc import Callable

import msgspec
from litestar import get, post
from litestar.response import Redirect

from dashboard.accounts import inviting, managing
from dashboard.accounts.deeds import Doer
from dashboard.accounts.inviting import Draft
from dashboard.accounts.managing import AccountError
from dashboard.accounts.roles import ROLES
from dashboard.rooms.answers import Asked, Handler, Page, go_to
from dashboard.rooms.asked import doer_of, in_path, origin_of, services_of, show, who_of
from dashboard.rooms.forms import Text, read_form
from dashboard.rooms.gate import needs, page
from dashboard.store.invitations import Invitation
from dashboard.store.repository import Store


class RoleForm(msgspec.Struct, frozen=True):
    """Another role."""

    role: Text


class InvitationForm(msgspec.Struct, frozen=True):
    """A new invitation; empty is none."""

    name: Text
    role: Text
    person: Text = ""
    consent: Text = ""


NOTHING_TYPED = InvitationForm("", "caregiver")


@get("/accounts", opt=page("account.manage"))
async def accounts(request: Asked) -> Page:
    """Show accounts and invitations."""
    person = request.query_params.get("person", "")
    return await _show(request, InvitationForm("", "person", person) if person else NOTHING_TYPED)


@post("/accounts/{account:str}/role", opt=needs("account.manage"))
async def set_role(request: Asked) -> Redirect:
    """Give an account another role."""
    account = in_path(request, "account")
    role = (await read_form(request, RoleForm)).role
    return await _do(request, lambda store, doer: managing.set_role(store, doer, account, role))


@post("/accounts/{account:str}/close", opt=needs("account.manage"))
async def close(request: Asked) -> Redirect:
    """Close an account."""
    account = in_path(request, "account")
    return await _do(request, lambda store, doer: managing.disable(store, doer, account))


@post("/accounts/{account:str}/open", opt=needs("account.manage"))
async def open_again(request: Asked) -> Redirect:
    """Open an account again."""
    account = in_path(request, "account")
    return await _do(request, lambda store, doer: managing.enable(store, doer, account))


@post("/accounts/{account:str}/password-link", opt=needs("account.manage"))
async def password_link(request: Asked) -> Page:
    """Make a link with which an account gets a new password."""
    account = in_path(request, "account")
    link = await _make_link(
        request,
        lambda store, doer, secret: inviting.invite_back(store, doer, account, secret),
    )
    return await _show(request, link=link)


@post("/invitations", opt=needs("account.manage"))
async def invite(request: Asked) -> Page:
    """Make a link for somebody new."""
    form = await read_form(request, InvitationForm)
    draft = Draft(form.name, form.role, form.person or None, form.consent or None)
    try:
        link = await _make_link(
            request, lambda store, doer, secret: inviting.invite(store, doer, draft, secret)
        )
    except AccountError as error:
        return await _show(request, form, str(error))
    return await _show(request, link=link)


@post("/invitations/{invitation:str}/withdraw", opt=needs("account.manage"))
async def withdraw(request: Asked) -> Redirect:
    """Make a link no longer hold."""
    invitation = in_path(request, "invitation")
    return await _do(request, lambda store, doer: inviting.withdraw(store, doer, invitation))


async def _show(
    request: Asked, form: InvitationForm = NOTHING_TYPED, error: str = "", link: str = ""
) -> Page:
    services = services_of(request)
    now_s = services.world.wall()
    accounts, people, open_ = await services.desk.read(
        lambda store: (store.accounts.all(), store.people.all(), store.invitations.open(now_s))
    )
    return show(
        request, "/accounts", "accounts.html", 400 if error else 200,
        accounts=accounts, people=people, invitations=open_, roles=ROLES, form=form, error=error,
        link=link, names={person.id: person.name for person in people},
        own=who_of(request).account.id,
    )  # fmt: skip


async def _do(request: Asked, work: Callable[[Store, Doer], object]) -> Redirect:
    doer = doer_of(request)
    await services_of(request).change(lambda store: work(store, doer))
    return go_to("/accounts")


async def _make_link(request: Asked, work: Callable[[Store, Doer, str], Invitation]) -> str:
    services, doer = services_of(request), doer_of(request)
    secret = services.world.new_secret()
    await services.change(lambda store: work(store, doer, secret))
    return f"{origin_of(request)}/invitation?token={secret}"


ROUTES: list[Handler] = [accounts, set_role, close, open_again, password_link, invite, withdraw]
