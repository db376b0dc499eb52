"""The room System: mats, storage, backup, certificate; and what a mat may be told to do."""

# Litestar reads the annotations of the handlers, so their types are imported for real.
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from litestar import get, post
from litestar.exceptions import NotFoundException

from core.errors import MatError
from dashboard.accounts import sight
from dashboard.accounts.deeds import About, note
from dashboard.accounts.roles import may_send
from dashboard.commands import NO_ANSWER
from dashboard.rooms.answers import Asked, Handler, Page
from dashboard.rooms.asked import doer_of, services_of, show, who_of
from dashboard.rooms.forms import read_form
from dashboard.rooms.gate import needs, page
from dashboard.rooms.system_answers import TITLES, Answer, answer_of
from dashboard.rooms.system_mats import Heard
from dashboard.rooms.system_view import find, system_view
from dashboard.services import Services


class TareForm(msgspec.Struct, frozen=True):
    """Whether somebody beside the mat says that it is empty."""

    confirmed: Literal["", "yes"] = ""


class LogForm(msgspec.Struct, frozen=True):
    """How much the mat writes into its log."""

    level: Literal["debug", "info"]


@get("/system", opt=page("system.see"))
async def system(request: Asked) -> Page:
    """Show how mats and dashboard are."""
    return await _show(request)


@post("/system/identify", opt=needs("mat.tare"))
async def identify(request: Asked) -> Page:
    """Have the mat show which one it is."""
    return await _ask(request, "identify", {})


@post("/system/selftest", opt=needs("mat.tare"))
async def selftest(request: Asked) -> Page:
    """Have the mat show its light and sound."""
    return await _ask(request, "selftest", {})


@post("/system/tare", opt=needs("mat.tare"))
async def tare(request: Asked) -> Page:
    """Make the empty mat zero."""
    form = await read_form(request, TareForm)
    return await _ask(request, "tare", {"confirmed": form.confirmed == "yes"})


@post("/system/log-level", opt=needs("mat.keep"))
async def log_level(request: Asked) -> Page:
    """Have the mat write more, or less, into its log."""
    form = await read_form(request, LogForm)
    return await _ask(request, "log.level", {"level": form.level})


async def _ask(request: Asked, verb: str, args: dict[str, Any]) -> Page:
    services, account, doer = services_of(request), who_of(request).account, doer_of(request)
    mat = services.mat
    if not await services.desk.read(lambda store: sight.sees_mat(store, account, mat)):
        raise NotFoundException
    reply = await services.hub.errand(account.role, verb, args)
    if reply.ok or reply.error == NO_ANSWER:
        detail = verb if reply.ok else f"{verb}, no answer"
        await services.desk.write(
            lambda store: note(store, doer, "mat_asked", About(mat=mat), detail)
        )
    return await _show(request, answer_of(verb, reply))


async def _show(request: Asked, answer: Answer | None = None) -> Page:
    services, account = services_of(request), who_of(request).account
    failing, ends = services.recording.recorder.failing, _certificate_ends(services)
    found = await services.desk.read(
        lambda store: find(store, account, services.config, failing, ends)
    )
    hub, now_s = services.hub, services.world.wall()
    heard = Heard(hub.link, hub.info, hub.state)
    now = datetime.fromtimestamp(now_s, UTC).astimezone()
    view = system_view(found, services.mat, heard, now)
    shown = next((mat for mat in view.mats if mat.id == services.mat), None)
    may_ask = [verb for verb in TITLES if shown and may_send(account.role, verb)]
    return show(
        request, "/system", "system.html", 200 if answer is None or answer.is_done else 409,
        view=view, now_s=now_s, answer=answer, shown=shown, may_ask=may_ask,
        takes=heard.info.verbs if heard.info else (),
    )  # fmt: skip


def _certificate_ends(services: Services) -> datetime | None:
    if services.certificate_pem is None:
        return None
    # What reads certificates is only loaded where there is one.
    from dashboard.certificates import ends_at  # noqa: PLC0415

    try:
        return ends_at(services.certificate_pem)
    except MatError:
        return None


ROUTES: list[Handler] = [system, identify, selftest, tare, log_level]
