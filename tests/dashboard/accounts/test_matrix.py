"""Who may what: all routes of the application, and the WebSocket, against one table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from litestar.routes import HTTPRoute
from websockets.exceptions import ConnectionClosed

from dashboard.accounts.roles import OPEN, PERMISSIONS, ROLES, SIGNED_IN
from dashboard.app import routes
from dashboard.services import World, create_services
from dashboard.store.repository import open_store
from tests.dashboard.accounts.served import cookie, look, played, store_path
from tests.dashboard.support import MAT, Site, make_config, receive

if TYPE_CHECKING:
    from pathlib import Path

ALL, NOBODY_TOO = "owner clinician caregiver person", "- owner clinician caregiver person"
OWNER = "owner"

TABLE = {
    ("GET", "/"): ALL,
    ("GET", "/layouts/{layout_hash}/map.bin"): ALL,
    ("WS", "/ws/live"): ALL,
    ("GET", "/people"): ALL,
    ("POST", "/people"): OWNER,
    ("GET", "/people/{person}"): ALL,
    ("POST", "/people/{person}/name"): OWNER,
    ("POST", "/people/{person}/enrol"): OWNER,
    ("POST", "/people/{person}/leave"): OWNER,
    ("GET", "/people/{person}/profile"): ALL,
    ("POST", "/people/{person}/profile"): ALL,
    ("POST", "/people/{person}/profile/limits"): "clinician",
    ("POST", "/people/{person}/choose"): ALL,
    ("POST", "/people/{person}/shares"): "owner person",
    ("POST", "/people/{person}/shares/{share_id}/end"): "owner person",
    ("GET", "/system"): ALL,
    ("POST", "/system/identify"): "owner clinician caregiver",
    ("POST", "/system/selftest"): "owner clinician caregiver",
    ("POST", "/system/tare"): "owner clinician caregiver",
    ("POST", "/system/log-level"): OWNER,
    ("GET", "/accounts"): OWNER,
    ("POST", "/accounts/{account}/role"): OWNER,
    ("POST", "/accounts/{account}/close"): OWNER,
    ("POST", "/accounts/{account}/open"): OWNER,
    ("POST", "/accounts/{account}/password-link"): OWNER,
    ("POST", "/invitations"): OWNER,
    ("POST", "/invitations/{invitation}/withdraw"): OWNER,
    ("GET", "/audit"): OWNER,
    ("GET", "/account"): ALL,
    ("POST", "/account/password"): ALL,
    ("POST", "/account/sign-ins/{sign_in}/end"): ALL,
    ("POST", "/account/sign-ins/end-others"): ALL,
    ("GET", "/sign-in"): NOBODY_TOO,
    ("POST", "/sign-in"): NOBODY_TOO,
    ("GET", "/set-up"): NOBODY_TOO,
    ("POST", "/set-up"): NOBODY_TOO,
    ("GET", "/invitation"): NOBODY_TOO,
    ("POST", "/invitation"): NOBODY_TOO,
    ("GET", "/static/{name}"): NOBODY_TOO,
    ("GET", "/foot.json"): NOBODY_TOO,
    ("GET", "/worker.js"): NOBODY_TOO,
    ("GET", "/authority.crt"): NOBODY_TOO,
    ("GET", "/favicon.ico"): NOBODY_TOO,
    ("GET", "/healthz"): NOBODY_TOO,
    ("POST", "/sign-out"): ALL,
}
"""Whom a route does not refuse; `-` is somebody who has not signed in."""

REFUSED = (401, 403)


def handlers(folder: Path) -> dict[tuple[str, str], str | None]:
    """List the routes of the application, with the permission that each declares."""
    services = create_services(make_config(folder, 8080), World())
    found = {}
    for route in routes(services).routes:
        if not isinstance(route, HTTPRoute):
            found["WS", route.path_format] = route.route_handler.opt.get("permission")
            continue
        for handler in route.route_handlers:
            for method in set(handler.http_methods) - {"OPTIONS"}:
                found[str(method), route.path_format] = handler.opt.get("permission")
    services.desk.close()
    return found


def test_every_route_declares_a_permission_that_is_in_the_table(tmp_path: Path) -> None:
    found = handlers(tmp_path)
    assert set(found) == set(TABLE)
    known = {OPEN, SIGNED_IN, *PERMISSIONS}
    assert {route for route, permission in found.items() if permission not in known} == set()


def test_every_route_is_for_whom_the_table_says(tmp_path: Path) -> None:
    async def ask(site: Site, method: str, path: str, role: str) -> bool:
        where = re.sub(r"\{\w+\}", "none", path)
        secret = None if role == "-" else cookie(role)
        if method == "GET":
            answer = await site.get(where, secret)
            sent_away = answer.headers.get("location", "").startswith("/sign-in?next")
            first_page = path == "/" and answer.headers.get("location") == "/sign-in"
            return answer.status_code not in REFUSED and not sent_away and not first_page
        # Not a form: whoever is let through is told so before anything is done.
        answer = await site.post(where, secret, {"Content-Type": "text/plain"})
        return answer.status_code not in REFUSED

    async def scenario(site: Site) -> None:
        for role in ("-", *ROLES):
            for (method, path), allowed in TABLE.items():
                if method == "WS" or (path == "/set-up" and role != "-"):
                    continue
                told = (role, method, path, await ask(site, method, path, role))
                if path == "/invitation" and method == "GET":
                    continue  # 403 for whoever has no link that holds: test_rooms.py
                assert told == (role, method, path, role in allowed.split())

    played(tmp_path, scenario)


WATCHED_BY = {
    "": "owner",
    "p-paul": "owner person",
    "p-rosa": "owner clinician caregiver",
    "p-zoe": "owner",
}
"""Who may watch a mat that is used by somebody, or by nobody."""


def test_a_mat_is_watched_by_those_who_see_somebody_on_it(tmp_path: Path) -> None:
    async def may_watch(site: Site, role: str) -> bool:
        secret = "wrong" if role == "-" else cookie(role)
        shown = f'data-mat="{MAT}"' in (await site.get("/", secret)).text
        async with site.connect(cookie=secret) as socket:
            if shown:
                assert await receive(socket, "link")
                return True
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        assert socket.close_code == (4401 if role == "-" else 4403)
        return False

    async def scenario(site: Site) -> None:
        for person, roles in WATCHED_BY.items():
            store = open_store(store_path(tmp_path))
            for each in store.people.enrolled(MAT):
                store.people.leave(MAT, each.person)
            if person:
                store.people.enrol(MAT, person)
            store.close()
            for role in ("-", *ROLES):
                told = (person, role, await may_watch(site, role))
                assert told == (person, role, role in roles.split())

    played(tmp_path, scenario)


SEEN = {"owner": "p-paul p-rosa p-zoe", "clinician": "p-rosa", "caregiver": "p-rosa",
        "person": "p-paul"}  # fmt: skip


def test_whoever_is_not_seen_does_not_exist(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        for role in ROLES:
            listed = (await site.get("/people", cookie(role))).text
            for person in ("p-paul", "p-rosa", "p-zoe", "p-none"):
                seen = person in SEEN[role].split()
                page = await site.get(f"/people/{person}", cookie(role))
                assert (role, person, page.status_code) == (role, person, 200 if seen else 404)
                assert (f"/people/{person}" in listed) == seen

    played(tmp_path, scenario)


def test_only_the_person_and_the_owner_decide_who_sees(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async def share(person: str, role: str) -> int:
            path = f"/people/{person}/shares"
            return (await site.post(path, cookie(role), carer="cleo", consent="yes")).status_code

        for person, status in (("p-paul", 303), ("p-rosa", 404), ("p-zoe", 404)):
            assert (person, await share(person, "person")) == (person, status)
        # A person that has been a carer still sees somebody, and does not speak for them.
        store = open_store(store_path(tmp_path))
        store.accounts.set_role("a-caregiver", "person")
        store.close()
        assert await share("p-rosa", "caregiver") == 403
        (found,) = [
            each
            for each in look(tmp_path, lambda store: store.shares.of("p-rosa"))
            if each.account == "a-clinician"
        ]
        answer = await site.post(f"/people/p-rosa/shares/{found.id}/end", cookie("caregiver"))
        assert answer.status_code == 403

    played(tmp_path, scenario)


def test_a_route_that_declares_nothing_is_used_by_nobody(tmp_path: Path) -> None:
    from litestar import Litestar, get  # noqa: PLC0415
    from litestar.testing import TestClient  # noqa: PLC0415

    from dashboard.rooms.gate import gate  # noqa: PLC0415

    @get("/forgotten", sync_to_thread=False)
    def forgotten() -> str:
        return "secret"

    with TestClient(Litestar([forgotten], guards=[gate]), raise_server_exceptions=False) as client:
        answer = client.get("/forgotten")
    assert (answer.status_code, "secret" in answer.text) == (500, False)
