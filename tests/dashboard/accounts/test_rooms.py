"""What people do in the rooms, over HTTP."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed

from dashboard.accounts.first_run import FILE
from dashboard.rooms import audit
from dashboard.services import World
from tests.dashboard.accounts.served import PASSWORD, cookie, link_in, look, played, store_path
from tests.dashboard.support import MAT, Site, receive, serving

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

OTHER = "a different sentence"


def deeds(folder: Path) -> list[tuple[str, str | None, str | None]]:
    """Audit lines, the oldest first: what, by which account, about whom."""
    found = look(folder, lambda store: store.audit.page(None, 100))
    return [(e.did, e.account, e.person) for _, e in reversed(found)]


def test_first_run_makes_the_owner_by_the_code_in_the_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path, demo=False) as site:
            for path in ("/", "/people", "/account", "/sign-in", "/audit"):
                answer = await site.get(path)
                assert (answer.status_code, answer.headers["location"]) == (303, "/set-up")
            file = store_path(tmp_path).parent / FILE
            assert file.stat().st_mode & 0o777 == 0o600
            code = file.read_text().strip()
            assert code not in (await site.get("/set-up")).text
            form = {"name": "Ann", "login": "Ann@Home", "password": PASSWORD}

            async def make(**changed: str) -> int:
                fields = {"code": code, **form, **changed}
                return (await site.post("/set-up", None, {}, **fields)).status_code

            assert await make(code="wrong") == 403
            assert await make(code="") == 403
            assert await make(password="short") == 400
            assert await make(login="a b") == 400
            assert file.exists()
            assert await make() == 303
            assert not file.exists()
            assert (await site.http.get("/people")).status_code == 200
            assert await make(login="second") == 303
            assert (await site.get("/set-up")).headers["location"] == "/sign-in"
            site.http.cookies.clear()
            assert (await site.http.get("/people")).headers["location"] == "/sign-in?next=/people"

    asyncio.run(scenario())
    accounts = look(tmp_path, lambda store: [each.login for each in store.accounts.all()])
    assert accounts == ["ann@home"]


def test_a_code_of_an_earlier_start_no_longer_fits(tmp_path: Path) -> None:
    async def scenario() -> None:
        codes = []
        for _ in range(2):
            async with serving(tmp_path, demo=False):
                codes.append((store_path(tmp_path).parent / FILE).read_text())
        assert codes[0] != codes[1]

    asyncio.run(scenario())


def test_signing_in_and_out(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        page = await site.get("/sign-in?next=/people")
        assert 'name="next" value="/people"' in page.text
        wrong = await site.post("/sign-in", login="cleo", password="wrong", next="/people")
        assert (wrong.status_code, "do not go together" in wrong.text) == (403, True)
        assert "wrong" not in wrong.text.replace("wrong password", "")
        right = await site.post("/sign-in", login="CLEO", password=PASSWORD, next="/people")
        assert (right.status_code, right.headers["location"]) == (303, "/people")
        assert "Max-Age" not in right.headers["set-cookie"]
        secret = right.cookies["reflexmat"]
        assert (await site.get("/people", secret)).status_code == 200
        assert (await site.get("/sign-in", secret)).headers["location"] == "/"
        out = await site.post("/sign-out", secret)
        assert (
            'reflexmat=""' in out.headers["set-cookie"] or "Max-Age=0" in out.headers["set-cookie"]
        )
        assert (await site.get("/people", secret)).status_code == 303
        stay = await site.post("/sign-in", login="cleo", password=PASSWORD, stay="yes")
        assert "Max-Age=7776000" in stay.headers["set-cookie"]

    played(tmp_path, scenario)


ELSEWHERE = ("//evil.example", "https://evil.example/", "/\\evil.example", "/a?b", "evil", "")


def test_nobody_is_led_to_another_site(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        for path in ELSEWHERE:
            answer = await site.post("/sign-in", login="cleo", password=PASSWORD, next=path)
            assert answer.headers["location"] == "/"

    played(tmp_path, scenario)


def test_a_new_password_ends_all_other_sign_ins_and_this_ones_secret(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        here = (await site.post("/sign-in", login="olga", password=PASSWORD)).cookies["reflexmat"]
        site.http.cookies.clear()
        path = "/account/password"
        assert (await site.post(path, here, old="wrong", new=OTHER)).status_code == 403
        assert (await site.post(path, here, old=PASSWORD, new="short")).status_code == 400
        async with site.connect(cookie=cookie("owner")) as socket:
            await receive(socket, "link")
            done = await site.post(path, here, old=PASSWORD, new=OTHER)
            assert done.headers["location"] == "/account?done=password"
            with pytest.raises(ConnectionClosed):
                await receive(socket, "never")
            assert socket.close_code == 4401
        for old in (here, cookie("owner")):
            assert (await site.get("/account", old)).status_code == 303
        site.http.cookies.clear()
        now = done.cookies["reflexmat"]
        assert "is changed" in (await site.get("/account?done=password", now)).text
        assert (await site.post("/sign-in", login="olga", password=PASSWORD)).status_code == 403
        assert (await site.post("/sign-in", login="olga", password=OTHER)).status_code == 303

    played(tmp_path, scenario)


def test_browsers_are_listed_and_signed_out(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0"}
        form = {"login": "olga", "password": PASSWORD}
        phone = await site.post("/sign-in", None, agent, **form)
        phone_secret = phone.cookies["reflexmat"]
        site.http.cookies.clear()
        tablet = (await site.post("/sign-in", None, {}, **form)).cookies["reflexmat"]
        site.http.cookies.clear()
        page = (await site.get("/account", cookie("owner"))).text
        assert "Chrome on Android" in page
        assert page.count("this browser") == 1
        sign_ins = look(tmp_path, lambda store: store.sign_ins.of("a-owner", time.time()))
        (on_phone,) = [each.id for each in sign_ins if "Android" in each.browser]
        path = f"/account/sign-ins/{on_phone}/end"
        assert (await site.post(path, cookie("person"))).status_code == 404, "another's"
        assert (await site.post(path, cookie("owner"))).status_code == 303
        assert (await site.get("/account", phone_secret)).status_code == 303
        assert (await site.get("/account", tablet)).status_code == 200
        assert (await site.post("/account/sign-ins/end-others", tablet)).status_code == 303
        assert (await site.get("/account", cookie("owner"))).status_code == 303
        assert (await site.get("/account", tablet)).status_code == 200

    played(tmp_path, scenario)


async def invite(site: Site, **fields: str) -> str:
    """Let the owner make a link; return what it holds."""
    answer = await site.post("/invitations", cookie("owner"), {}, **fields)
    return link_in(answer.text).partition("=")[2]


def test_a_link_makes_one_account(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        form = {"name": "Nina", "role": "caregiver", "person": "p-rosa"}
        unasked = await site.post("/invitations", cookie("owner"), {}, **form)
        assert (unasked.status_code, "how the person agreed" in unasked.text) == (400, True)
        token = await invite(site, consent="yes!", **form)
        assert token not in (await site.get("/accounts", cookie("owner"))).text, "shown once"
        for _ in range(2):
            shown = await site.get(f"/invitation?token={token}")
            assert "Rosa" in shown.text, "whoever only looks does not use it up"

        async def accept(login: str, password: str) -> httpx.Response:
            return await site.post("/invitation", token=token, login=login, password=password)

        weak = await accept("nina", "nina123456")
        assert (weak.status_code, "somebody would guess" in weak.text) == (400, True)
        taken = await accept("OLGA", PASSWORD)
        assert (taken.status_code, "already" in taken.text) == (400, True)
        assert (await accept("nina", PASSWORD)).status_code == 303
        assert (await site.http.get("/people/p-rosa")).status_code == 200
        site.http.cookies.clear()
        assert (await accept("nina2", PASSWORD)).status_code == 403

    played(tmp_path, scenario)


def test_what_is_shared_ends_in_the_same_moment(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        carl = cookie("caregiver")
        await site.post("/people/p-rosa/enrol", cookie("owner"), mat=MAT)
        assert (await site.get("/people/p-rosa", carl)).status_code == 200
        async with site.connect(cookie=carl) as socket:
            await receive(socket, "link")
            shares = look(tmp_path, lambda store: store.shares.of("p-rosa"))
            (share,) = [each.id for each in shares if each.account == "a-caregiver"]
            await site.post(f"/people/p-rosa/shares/{share}/end", cookie("owner"))
            with pytest.raises(ConnectionClosed):
                await receive(socket, "never")
            assert socket.close_code == 4403
        assert (await site.get("/people/p-rosa", carl)).status_code == 404
        assert "Nobody has shared a mat with you" in (await site.get("/", carl)).text

    played(tmp_path, scenario)
    told = [did for did, account, _ in deeds(tmp_path) if account == "a-caregiver"]
    assert told == ["read_person", "watched"]


def test_each_look_at_somebody_else_is_noted_and_shown(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        await site.get("/people/p-paul", cookie("person"))
        await site.get("/people/p-paul", cookie("owner"))
        await site.get("/people/p-zoe", cookie("caregiver"))
        assert [each for each in deeds(tmp_path) if each[0] == "read_person"] == [
            ("read_person", "a-owner", "p-paul")
        ]
        own = (await site.get("/people/p-paul", cookie("person"))).text
        assert "Olga" in own
        assert "read a person’s page" in own or "read a person&#39;s page" in own
        log = (await site.get("/audit", cookie("owner"))).text
        assert "Olga" in log
        assert "Paul" in log

    played(tmp_path, scenario)


def test_watching_is_noted_once_in_a_while_and_not_of_ones_own(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        await site.post("/people/p-paul/enrol", cookie("owner"), mat=MAT)
        for role in ("person", "owner", "owner"):
            async with site.connect(cookie=cookie(role)) as socket:
                await receive(socket, "link")
        assert [each for each in deeds(tmp_path) if each[0] == "watched"] == [
            ("watched", "a-owner", None)
        ]

    played(tmp_path, scenario)


def test_people_are_added_renamed_and_put_on_mats(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        owner = cookie("owner")
        added = await site.post("/people", owner, name=" Lena   Li ")
        path = added.headers["location"]
        assert (await site.post("/people", owner, name="")).status_code == 400
        await site.post(f"{path}/name", owner, name="Lena Lu")
        assert "Lena Lu" in (await site.get(path, owner)).text
        assert (await site.post(f"{path}/enrol", owner, mat="attic")).status_code == 400
        await site.post(f"{path}/enrol", owner, mat=MAT)
        assert "Uses Demo mat." in (await site.get(path, owner)).text
        await site.post(f"{path}/leave", owner, mat=MAT)
        assert "Uses no mat yet." in (await site.get(path, owner)).text

    played(tmp_path, scenario)
    dids = [did for did, _, _ in deeds(tmp_path) if did not in ("share_given", "read_person")]
    assert dids == ["person_added", "person_renamed", "enrolled", "left"]


def test_accounts_are_changed_closed_and_given_new_passwords(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        owner = cookie("owner")
        async with site.connect(cookie=cookie("owner")) as socket:
            await receive(socket, "link")
            await site.post("/accounts/a-clinician/role", owner, role="owner")
            await site.post("/accounts/a-owner/role", cookie("clinician"), role="caregiver")
            with pytest.raises(ConnectionClosed):
                await receive(socket, "never")
            assert socket.close_code == 4403
        owner = cookie("clinician")
        answer = await site.post("/accounts/a-clinician/close", owner)
        assert (answer.status_code, "only owner" in answer.text) == (400, True)
        assert (await site.post("/accounts/a-person/role", owner, role="king")).status_code == 400
        await site.post("/accounts/a-person/close", owner)
        assert (await site.get("/account", cookie("person"))).status_code == 303
        assert (await site.post("/sign-in", login="paul", password=PASSWORD)).status_code == 403
        link = link_in((await site.post("/accounts/a-person/password-link", owner)).text)
        token = link.partition("=")[2]
        closed = await site.post("/invitation", token=token, password=OTHER)
        assert (closed.status_code, "is closed" in closed.text) == (400, True)
        await site.post("/accounts/a-person/open", owner)
        assert (await site.post("/sign-in", login="paul", password=PASSWORD)).status_code == 303
        assert "Paul" in (await site.get(link)).text
        assert (await site.post("/invitation", token=token, password=OTHER)).status_code == 303
        assert (await site.post("/sign-in", login="paul", password=PASSWORD)).status_code == 403

    played(tmp_path, scenario)


def test_a_link_is_withdrawn(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        token = await invite(site, name="Cem", role="clinician")
        assert (await site.get(f"/invitation?token={token}")).status_code == 200
        (row,) = look(tmp_path, lambda store: store.invitations.open(time.time()))
        await site.post(f"/invitations/{row.id}/withdraw", cookie("owner"))
        assert (await site.get(f"/invitation?token={token}")).status_code == 403

    played(tmp_path, scenario)


def test_the_audit_log_has_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "N_LINES", 3)

    async def scenario(site: Site) -> None:
        for _ in range(3):
            await site.get("/people/p-zoe", cookie("owner"))
        first = (await site.get("/audit", cookie("owner"))).text
        assert first.count("<tr>") == 1 + 3
        assert "let an account" not in first
        older = first.partition('href="/audit?before=')[2].partition('"')[0]
        page = (await site.get(f"/audit?before={older}", cookie("owner"))).text
        assert page.count("<tr>") == page.count("let an account") + 1 == 1 + 2
        assert (await site.get("/audit?before=x", cookie("owner"))).text == first

    played(tmp_path, scenario)


def test_a_demo_has_an_owner_without_a_password_who_may_invite(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as site:
            await site.sign_in()
            assert "has no password" in (await site.http.get("/account")).text
            made = await site.post("/invitations", name="Ben", role="owner")
            site.http.cookies.clear()
            token = link_in(made.text).partition("=")[2]
            form = {"token": token, "login": "ben", "password": PASSWORD}
            assert (await site.post("/invitation", None, {}, **form)).status_code == 303
            site.http.cookies.clear()
            assert (await site.post("/sign-in", login="ben", password=PASSWORD)).status_code == 303
            assert (await site.get("/set-up")).headers["location"] == "/sign-in"

    asyncio.run(scenario())


def test_a_change_by_another_program_is_noticed(tmp_path: Path) -> None:
    from dashboard.store.repository import open_store  # noqa: PLC0415

    gone = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if seconds == 5.0:
            await gone.wait()
        await asyncio.sleep(min(seconds, 0.05))

    async def scenario(site: Site) -> None:
        async with site.connect(cookie=cookie("owner")) as socket:
            await receive(socket, "link")
            store = open_store(store_path(tmp_path))
            store.sign_ins.end_all("a-owner")
            store.close()
            gone.set()
            with pytest.raises(ConnectionClosed):
                await receive(socket, "never")
            assert socket.close_code == 4401

    played(tmp_path, scenario, World(sleep=sleep))
