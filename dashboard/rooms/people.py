"""The room People: those whom one may see, their mats, and who sees them."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
from collections.abc import Callable

import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect

from dashboard.accounts import logins, managing, sharing, sight
from dashboard.accounts.deeds import About, Doer, note
from dashboard.accounts.managing import AccountError
from dashboard.accounts.roles import may
from dashboard.accounts.secret import new_id
from dashboard.rooms.answers import Asked, Handler, Page, go_to
from dashboard.rooms.asked import doer_of, in_path, services_of, show, who_of
from dashboard.rooms.forms import Text, read_form
from dashboard.rooms.gate import needs, page
from dashboard.rooms.person_view import person_view
from dashboard.rooms.profile_view import kept_of, mat_views
from dashboard.store.accounts import Account
from dashboard.store.people import Person
from dashboard.store.repository import Store

Work = Callable[[Store, Doer, str], None]


class NameForm(msgspec.Struct, frozen=True):
    """Somebody's name."""

    name: Text


class MatForm(msgspec.Struct, frozen=True):
    """A mat."""

    mat: Text


class ShareForm(msgspec.Struct, frozen=True):
    """Who may see somebody, and how that person agreed."""

    carer: Text
    consent: Text


@get("/people", opt=page("people.see"))
async def people(request: Asked) -> Page:
    """List those whom one may see."""
    account = who_of(request).account
    found = await services_of(request).desk.read(lambda store: sight.people_seen(store, account))
    may_add = may(account.role, "people.add")
    return show(
        request, "/people", "people.html", people=found, may_add=may_add, own=account.person
    )


@post("/people", opt=needs("people.add"))
async def add(request: Asked) -> Redirect:
    """Add somebody."""
    form, doer = await read_form(request, NameForm), doer_of(request)
    person = Person(f"p-{new_id()}", managing.checked_name(form.name), doer.now_s)

    def work(store: Store) -> None:
        store.people.add(person)
        note(store, doer, "person_added", About(person=person.id))

    await services_of(request).change(work)
    return go_to(f"/people/{person.id}")


@get("/people/{person:str}", opt=page("people.see"))
async def one(request: Asked) -> Page:
    """Show somebody; that somebody else looked is noted first."""
    person = in_path(request, "person")
    services = services_of(request)
    who, doer = who_of(request), doer_of(request)
    view = await services.desk.read(lambda store: person_view(store, who.account, person))
    if view is None:
        raise NotFoundException
    if who.account.person != person:
        await services.desk.write(
            lambda store: note(store, doer, "read_person", About(person=person))
        )
    kept = await services.desk.read(lambda store: kept_of(store, who.account, person))
    mats = mat_views(services, kept) if kept else ()
    return show(request, "/people", "person.html", view=view, mats=mats)


@post("/people/{person:str}/name", opt=needs("people.add"))
async def rename(request: Asked) -> Redirect:
    """Give somebody another name."""
    person = in_path(request, "person")
    name = managing.checked_name((await read_form(request, NameForm)).name)
    return await _do(request, person, lambda store, doer, whom: _rename(store, doer, whom, name))


@post("/people/{person:str}/enrol", opt=needs("people.add"))
async def enrol(request: Asked) -> Redirect:
    """Put somebody on a mat."""
    person = in_path(request, "person")
    mat = (await read_form(request, MatForm)).mat
    return await _do(request, person, lambda store, doer, whom: _enrol(store, doer, whom, mat))


@post("/people/{person:str}/leave", opt=needs("people.add"))
async def leave(request: Asked) -> Redirect:
    """Take somebody off a mat."""
    person = in_path(request, "person")
    mat = (await read_form(request, MatForm)).mat
    return await _do(request, person, lambda store, doer, whom: _leave(store, doer, whom, mat))


@post("/people/{person:str}/shares", opt=needs("share.give"))
async def share(request: Asked) -> Redirect:
    """Let a carer see somebody who agreed."""
    person = in_path(request, "person")
    form = await read_form(request, ShareForm)
    account = who_of(request).account
    own = account.person == person
    consent = sharing.OWN_CONSENT if own and form.consent else form.consent

    def give(store: Store, doer: Doer, whom: str) -> None:
        _check_decides(account, whom)
        sharing.give(store, doer, whom, _carer(store, form.carer), consent)

    return await _do(request, person, give)


@post("/people/{person:str}/shares/{share_id:str}/end", opt=needs("share.give"))
async def unshare(request: Asked) -> Redirect:
    """Take that back."""
    person = in_path(request, "person")
    share_id = in_path(request, "share_id")
    account = who_of(request).account

    def end(store: Store, doer: Doer, whom: str) -> None:
        _check_decides(account, whom)
        sharing.end(store, doer, whom, share_id)

    return await _do(request, person, end)


async def _do(request: Asked, person: str, work: Work) -> Redirect:
    who, doer = who_of(request), doer_of(request)

    def seen(store: Store) -> None:
        if not sight.sees(store, who.account, person) or store.people.get(person) is None:
            raise NotFoundException
        work(store, doer, person)

    await services_of(request).change(seen)
    return go_to(f"/people/{person}")


def _check_decides(account: Account, person: str) -> None:
    if not sight.decides_for(account, person):
        raise PermissionDeniedException


def _rename(store: Store, doer: Doer, person: str, name: str) -> None:
    store.people.rename(person, name)
    note(store, doer, "person_renamed", About(person=person))


def _enrol(store: Store, doer: Doer, person: str, mat: str) -> None:
    if store.mats.get(mat) is None:
        raise AccountError("There is no such mat. Add it first: reflexmat-dashboard mat add")
    store.people.enrol(mat, person)
    note(store, doer, "enrolled", About(person=person, mat=mat))


def _leave(store: Store, doer: Doer, person: str, mat: str) -> None:
    store.people.leave(mat, person)
    note(store, doer, "left", About(person=person, mat=mat))


def _carer(store: Store, login: str) -> str:
    account = store.accounts.by_login(logins.fold(login))
    if account is None or account.role not in sharing.CARERS:
        raise AccountError("No clinician or caregiver signs in with that name.")
    return account.id


ROUTES: list[Handler] = [people, add, one, rename, enrol, leave, share, unshare]
