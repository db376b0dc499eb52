"""The room Profile of a person: classes of zones, limits, and who is on the mat."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
import time
from collections.abc import Callable, Mapping

import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from core.profiles import Profile
from core.wire import Info
from dashboard.accounts import sight
from dashboard.accounts.deeds import About, note
from dashboard.accounts.managing import AccountError
from dashboard.profiles.editing import By, ProblemsError, changed, checked_why, with_limits
from dashboard.profiles.saving import Change, save
from dashboard.rooms.answers import Asked, Handler, Page, go_to
from dashboard.rooms.asked import doer_of, in_path, services_of, show, who_of
from dashboard.rooms.forms import Text, read_fields, read_form
from dashboard.rooms.gate import needs, page
from dashboard.rooms.profile_view import (
    CLASSES,
    FIGURE_WORDS,
    Kept,
    kept_of,
    profile_view,
    words_of_class,
)
from dashboard.services import Services
from dashboard.store.repository import Store

NO_ZONES = "The mat has not been heard yet: its zones are not known. Switch it on first."
NO_PROFILE = "Save a profile first: the mat knows people by their profiles."
NOT_HERE = "This person does not use the mat that this dashboard speaks with."
CHOICES = tuple((number, name, words_of_class(number)) for number, name in enumerate(CLASSES))


class ChooseForm(msgspec.Struct, frozen=True):
    """Whether it is this person who is on the mat now; `no`: nobody in particular."""

    on: Text


@get("/people/{person:str}/profile", opt=page("people.see"))
async def profile(request: Asked) -> Page:
    """Show somebody's profile; that somebody else looked is noted first."""
    person = in_path(request, "person")
    await _kept(request, person)
    who, doer = who_of(request), doer_of(request)
    if who.account.person != person:
        about = About(person=person)
        await services_of(request).desk.write(lambda store: note(store, doer, "read_person", about))
    return await _show(request, person, {}, {})


@post("/people/{person:str}/profile", opt=needs("limits.tighten"))
async def save_profile(request: Asked) -> Page | Redirect:
    """Save another version, and send it to the mat."""
    fields = await read_fields(request)
    form = {name: text for name, text in fields.items() if name != "base"}

    def of(_why: str, zone_ids: tuple[str, ...]) -> Callable[[Profile], Profile]:
        return lambda old: changed(old, form, zone_ids)

    return await _save(request, fields, of)


@post("/people/{person:str}/profile/limits", opt=needs("limits.loosen"))
async def save_limits(request: Asked) -> Page | Redirect:
    """Save another version with other limits of a zone, and send it to the mat."""
    fields = await read_fields(request)
    name = who_of(request).account.name
    today = time.strftime("%Y-%m-%d", time.localtime(services_of(request).world.wall()))

    def of(why: str, zone_ids: tuple[str, ...]) -> Callable[[Profile], Profile]:
        by = By(name, today, why)
        return lambda old: with_limits(old, fields.get("zone", ""), fields, by, zone_ids)

    return await _save(request, fields, of)


@post("/people/{person:str}/choose", opt=needs("person.choose"))
async def choose(request: Asked) -> Redirect:
    """Say to the mat who is on it."""
    person, form = in_path(request, "person"), await read_form(request, ChooseForm)
    services, doer = services_of(request), doer_of(request)
    kept = await _kept(request, person)
    mat = services.profiles.mat
    if mat not in {each.id for each, _ in kept.mats}:
        raise AccountError(NOT_HERE)
    is_on = form.on == "yes"
    if is_on and not kept.versions:
        raise AccountError(NO_PROFILE)
    problem = await services.profiles.choose(person if is_on else None)
    if problem is not None:
        raise AccountError(problem)
    detail = "" if is_on else "nobody in particular"
    about = About(person=person, mat=mat)
    await services.desk.write(lambda store: note(store, doer, "person_chosen", about, detail))
    return go_to(f"/people/{person}")


async def _save(
    request: Asked,
    fields: Mapping[str, str],
    of: Callable[[str, tuple[str, ...]], Callable[[Profile], Profile]],
) -> Page | Redirect:
    person, services = in_path(request, "person"), services_of(request)
    account, doer = who_of(request).account, doer_of(request)
    await _kept(request, person)
    try:
        info = _info(services)
        why = checked_why(fields)
        new = of(why, tuple(zone.id for zone in info.layout.zones))
        change = Change(person, fields.get("base", ""), why, new, info.profile_version)

        def work(store: Store) -> None:
            if not sight.sees(store, account, person) or store.people.get(person) is None:
                raise NotFoundException
            save(store, doer, account, change)

        await services.desk.write(work)
    except ProblemsError as error:
        return await _show(request, person, fields, error.fields, error.status)
    await services.profiles.soon()
    return go_to(f"/people/{person}/profile")


def _info(services: Services) -> Info:
    if services.hub.info is None:
        raise ProblemsError({"": NO_ZONES})
    return services.hub.info


async def _kept(request: Asked, person: str) -> Kept:
    account = who_of(request).account
    kept = await services_of(request).desk.read(lambda store: kept_of(store, account, person))
    if kept is None:
        raise NotFoundException
    return kept


async def _show(
    request: Asked,
    person: str,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
) -> Page:
    kept = await _kept(request, person)
    view = profile_view(services_of(request), who_of(request).account, kept, typed, errors)
    return show(
        request, "/people", "profile.html", status,
        view=view, choices=CHOICES, figures=FIGURE_WORDS, no_zones=NO_ZONES,
    )  # fmt: skip


ROUTES: list[Handler] = [profile, save_profile, save_limits, choose]
