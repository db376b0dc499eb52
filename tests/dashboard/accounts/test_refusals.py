"""What attackers try against a dashboard with accounts."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import ClientException

from dashboard.rooms.entering import SignInForm
from dashboard.rooms.forms import parse_form
from dashboard.services import World
from tests.dashboard.accounts.served import PASSWORD, cookie, look, played
from tests.dashboard.support import Site, serving

if TYPE_CHECKING:
    from pathlib import Path

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HTTPS = "https://mat.example.org"


async def hurry(seconds: float) -> None:
    await asyncio.sleep(0 if seconds > 0.3 else 0.01)


def test_brute_force_is_slowed_and_the_clinician_comes_in(tmp_path: Path) -> None:
    waits_s: list[float] = []

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)
        await hurry(seconds)

    async def scenario(site: Site) -> None:
        async def attempt(password: str, address: str) -> int:
            headers = {"X-Forwarded-For": address}
            form = {"login": "cleo", "password": password}
            answer = await site.post("/sign-in", None, headers, **form)
            if answer.status_code == 429:
                assert int(answer.headers["retry-after"]) > 0
            return answer.status_code

        answers = [await attempt(f"guess number {n}", "203.0.113.7") for n in range(12)]
        assert answers[:3] == [403] * 3
        assert answers[-1] == 429
        assert await attempt(PASSWORD, "203.0.113.7") == 429, "from there not even the right one"
        waits_s.clear()
        assert await attempt(PASSWORD, "198.51.100.2") == 303
        assert 4.0 in waits_s, "that is how long it took, and no longer"

    played(tmp_path, scenario, World(sleep=sleep), proxy="127.0.0.1")


def test_whoever_is_no_proxy_is_not_believed(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        headers = {"X-Forwarded-For": "203.0.113.7"}
        form = {"login": "cleo", "password": PASSWORD}
        await site.post("/sign-in", None, headers, **form)
        found = look(tmp_path, lambda store: store.audit.page(None, 1)[0][1].address)
        assert found == "127.0.0.1"

    played(tmp_path, scenario)


def test_unknown_names_and_closed_accounts_look_like_a_wrong_password(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        await site.post("/accounts/a-caregiver/close", cookie("owner"))
        pages = set()
        for login, password in (("olga", "wrong"), ("nobody", PASSWORD), ("carl", PASSWORD)):
            answer = await site.post("/sign-in", login=login, password=password)
            pages.add((answer.status_code, answer.text.replace(login, "X")))
        assert len(pages) == 1

    played(tmp_path, scenario, World(sleep=hurry))


def test_a_planted_cookie_is_nobodys_after_signing_in(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        planted = "0" * 43
        form = {"login": "olga", "password": PASSWORD}
        answer = await site.post("/sign-in", planted, {}, **form)
        secret = answer.cookies["reflexmat"]
        site.http.cookies.clear()
        assert secret != planted
        assert (await site.get("/account", planted)).status_code == 303
        # The attacker's own sign-in, planted into the victim's browser, ends there.
        answer = await site.post("/sign-in", cookie("caregiver"), {}, **form)
        site.http.cookies.clear()
        assert (await site.get("/account", cookie("caregiver"))).status_code == 303
        assert "Olga" in (await site.get("/account", answer.cookies["reflexmat"])).text

    played(tmp_path, scenario)


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://localhost:1", "https://{host}", "{host}"],
)
def test_what_another_site_makes_a_browser_send_changes_nothing(
    tmp_path: Path, origin: str | None
) -> None:
    async def scenario(site: Site) -> None:
        headers = {**FORM, "Cookie": f"reflexmat={cookie('owner')}"}
        if origin is not None:
            headers["Origin"] = origin.format(host=site.host)
        for path in ("/people", "/sign-out", "/sign-in", "/set-up", "/accounts/a-person/close"):
            answer = await site.http.post(path, content="name=Eve", headers=headers)
            assert (path, answer.status_code) == (path, 403)
        assert (await site.get("/account", cookie("owner"))).status_code == 200

    played(tmp_path, scenario)
    assert look(tmp_path, lambda store: len(store.people.all())) == 3


METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD")


def test_other_methods_are_not_there(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        headers = {"Origin": f"http://{site.host}", "Cookie": f"reflexmat={cookie('owner')}"}
        for method, path in itertools.product(METHODS, ("/people", "/accounts", "/", "/sign-in")):
            answer = await site.http.request(method, path, headers=headers)
            assert answer.status_code == 405
            assert "access-control-allow-origin" not in answer.headers

    played(tmp_path, scenario)


SPELLINGS = (
    "//people", "/people/", "/PEOPLE", "/./people", "/static/../people", "/static/%2e%2e/people",
    "/people%2f", "/people;x", "/people%00", "/people/../accounts", "/%70eople", "/people/p-zoe/",
    "/people/%2e%2e/audit", "/static/..%2f..%2fdata/reflexmat.db", "/data/set-up-code",
)  # fmt: skip


def test_no_spelling_of_a_path_goes_round_the_gate(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        for path, role in itertools.product(SPELLINGS, ("-", "caregiver")):
            # Sent as it is: a client would put it right.
            answer = await site.raw(path, None if role == "-" else cookie(role))
            status = answer.split(b" ", 2)[1]
            assert b"Zoe" not in answer
            assert b"SQLite" not in answer
            assert b"Rosa" not in answer or role == "caregiver"
            known = {b"303", b"400", b"403", b"404"} | ({b"200"} if role == "caregiver" else set())
            assert (path, status, status in known) == (path, status, True)

    played(tmp_path, scenario)


BODIES = (
    (b"name=Eve", "text/plain"),
    (b"name=Eve", "multipart/form-data; boundary=x"),
    (b'{"name": "Eve"}', "application/json"),
    (b"", FORM["Content-Type"]),
    (b"name", FORM["Content-Type"]),
    (b"name=Eve&name=Ann", FORM["Content-Type"]),
    (b"name=%ff%fe", FORM["Content-Type"]),
    (b"name=\xff", FORM["Content-Type"]),
    (b"name=" + b"x" * 500, FORM["Content-Type"]),
    (b"&".join(b"a%d=1" % n for n in range(30)), FORM["Content-Type"]),
    (b"other=1", FORM["Content-Type"]),
)


def test_malformed_bodies_are_refused(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        for body, media_type in BODIES:
            headers = {
                "Content-Type": media_type,
                "Origin": f"http://{site.host}",
                "Cookie": f"reflexmat={cookie('owner')}",
            }
            answer = await site.http.post("/people", content=body, headers=headers)
            assert (body, answer.status_code) == (body, 400)

    played(tmp_path, scenario)


def test_large_bodies_are_refused_before_they_are_read(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        answer = await site.post("/sign-in", login="x" * 5000, password="y")
        assert answer.status_code == 413

    played(tmp_path, scenario)


@given(st.binary(max_size=200))
def test_no_body_is_more_than_refused(body: bytes) -> None:
    with contextlib.suppress(ClientException):
        parse_form(body, SignInForm)


def test_cookies_are_of_this_host_and_of_tls_alone(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        proxy = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
        headers = {"Host": "mat.example.org", "Origin": HTTPS, **proxy}
        form = {"login": "olga", "password": PASSWORD}
        answer = await site.post("/sign-in", None, headers, **form)
        made = answer.headers["set-cookie"]
        assert made.startswith("__Host-reflexmat=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(made.split("; "))
        assert "samesite=strict" in made.lower()
        assert "domain" not in made.lower()
        assert "max-age" in answer.headers["strict-transport-security"]
        bare = {"Cookie": f"reflexmat={answer.cookies['__Host-reflexmat']}"}
        page = await site.http.get("/account", headers={**headers, **bare})
        assert page.status_code == 303, "one without the prefix may be another host's"
        for origin in ("http://mat.example.org", f"http://{site.host}"):
            answer = await site.post("/sign-in", None, {**headers, "Origin": origin}, **form)
            assert answer.status_code == 403

    played(tmp_path, scenario, proxy="127.0.0.1", names=("mat.example.org",))


def test_a_link_from_another_site_begins_anew(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        for whence, status in (("cross-site", 200), ("same-site", 200), ("same-origin", 303)):
            headers = {"Sec-Fetch-Site": whence}
            answer = await site.http.get("/people", headers=headers)
            assert (whence, answer.status_code) == (whence, status)
            assert (answer.headers.get("refresh") == "0; url=/people") == (status == 200)

    played(tmp_path, scenario)


def test_pages_have_nothing_inline_and_nothing_of_others(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        paths = ("/", "/people", "/people/p-rosa", "/accounts", "/audit", "/account")
        pages = [(await site.get(path, cookie("owner"))).text for path in paths]
        pages.append((await site.get("/sign-in")).text)
        for page in pages:
            assert "<!doctype html>" in page
            for mark in (" style=", "<style", "javascript:", " onclick", "http://", "https://"):
                assert mark not in page
            assert page.count("<script") == page.count('<script type="module" src="/static/')

    played(tmp_path, scenario)


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"

    async def scenario(site: Site) -> None:
        added = await site.post("/people", cookie("owner"), name=name)
        page = (await site.get(added.headers["location"], cookie("owner"))).text
        assert name not in page
        assert "&lt;script&gt;" in page

    played(tmp_path, scenario)


def test_without_an_owner_nothing_is_served_but_the_way_to_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path, demo=False) as site:
            for path in ("/layouts/0/map.bin",):
                assert (await site.get(path)).status_code == 401
            assert (await site.post("/people", name="Eve")).status_code == 401
            answer = await site.post("/sign-in", login="a", password="b")
            assert answer.status_code == 403

    asyncio.run(scenario())
