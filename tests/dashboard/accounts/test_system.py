"""The room System with a real broker: what it shows to whom, and what a mat answers."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from playwright.async_api import expect

from core import wire
from dashboard.services import World
from dashboard.store.repository import open_store
from tests import axe
from tests.dashboard.accounts.served import cookie, look, populate, store_path
from tests.dashboard.accounts.test_browser import check, chrome, open_page
from tests.dashboard.support import (
    MAT,
    Clock,
    Mosquitto,
    Site,
    broker_client,
    make_info,
    make_state,
    publish,
    receive,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    import aiomqtt
    import httpx

SECONDS = itertools.count(10)
"""By which each state of a mat is told from those before."""

VERBS = ("identify", "log.level", "selftest", "tare", "watch")
WELL, ONE = "<h1>All is well with 1 mat</h1>", "<h1>One thing needs a look</h1>"
FAULT = wire.Alarm(
    "cell_noisy", "l_toes", "fault", "low", "raised", 1.0, None, None, over=True,
    instruction="Check the cable under your left toes", reason="The readings jump about.",
)  # fmt: skip


@asynccontextmanager
async def stage(folder: Path, clock: Clock) -> AsyncIterator[tuple[Site, aiomqtt.Client]]:
    """A mat that has said what it is and nothing else; Rosa uses it, whom the carers see."""
    populate(folder)
    store = open_store(store_path(folder))
    store.people.enrol(MAT, "p-rosa")
    store.close()
    today = datetime.now(UTC).astimezone().date().isoformat()
    info = msgspec.structs.replace(make_info(), verbs=VERBS, calibrated_on=today)
    with Mosquitto(folder) as broker:
        async with broker_client(broker.port) as mat:
            await publish(mat, "status", b"online", retain=True)
            await publish(mat, "info", info, retain=True)
            await mat.subscribe(wire.topic(MAT, "cmd"), qos=1)
            world = World(clock=clock)
            async with serving(folder, broker.port, world, demo=False) as site:
                async with site.connect(cookie=cookie("owner")) as socket:
                    await receive(socket, "info")
                yield site, mat


async def speak(site: Site, mat: aiomqtt.Client, *alarms: wire.Alarm) -> None:
    """Let the mat say how it is, and wait until the dashboard has heard it."""
    async with site.connect(cookie=cookie("owner")) as socket:
        await receive(socket, "info")
        state = msgspec.structs.replace(make_state(float(next(SECONDS))), alarms=alarms)
        await publish(mat, "state", state)
        while (await receive(socket, "state"))["state"]["t_s"] != state.t_s:
            continue


async def take(mat: aiomqtt.Client, verb: str) -> wire.Command:
    async for message in mat.messages:
        command = wire.decode(bytes(message.payload), wire.Command)
        if command.verb == verb:
            return command
    raise AssertionError(verb)


async def asked(
    mat: aiomqtt.Client,
    verb: str,
    question: Awaitable[httpx.Response],
    **answer: Any,  # noqa: ANN401 - of the reply
) -> tuple[dict[str, Any], httpx.Response]:
    """Ask by the page, let the mat answer; tell with what it was asked, and the page."""
    task = asyncio.ensure_future(question)
    command = await take(mat, verb)
    await publish(mat, "reply", wire.Reply(command.id, **answer))
    return command.args, await task


def test_all_is_well_is_said_only_while_the_mat_is_heard(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with stage(tmp_path, clock) as (site, mat):

            async def page(role: str = "owner") -> str:
                return (await site.get("/system", cookie(role))).text

            silent = await page()
            assert ONE in silent
            assert "Nothing comes from Demo mat" in silent
            await speak(site, mat)
            well = await page()
            assert WELL in well
            assert "Heard now; no record yet" in well
            await speak(site, mat, FAULT)
            assert ONE in await page()
            assert "Check the cable under your left toes." in await page()
            clock.now_s += 3
            old = await page()
            assert "Nothing comes from Demo mat" in old
            assert "Check the cable" not in old
            assert "(as it last said)" in old

    asyncio.run(scenario())


def test_each_role_sees_what_is_theirs(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, Clock()) as (site, mat):
            store = open_store(store_path(tmp_path))
            store.mats.unknown_heard("attic", 7, 1.0)
            store.close()
            await speak(site, mat)
            owner, carer, paul = [
                (await site.get("/system", cookie(role))).text
                for role in ("owner", "caregiver", "person")
            ]
            for words in ("This dashboard", "mat add attic --config", "Log of the mat"):
                assert words in owner
                assert words not in carer + paul
            assert "A mat that is not known sends" in owner
            assert WELL in carer
            assert "/system/tare" in carer
            # Paul does not use this mat: there is none for him.
            assert "Demo mat" not in paul
            assert "Nobody has shared a mat with you" in paul

    asyncio.run(scenario())


def test_what_a_mat_answers_is_shown_and_what_it_did_is_noted(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with stage(tmp_path, clock) as (site, mat):
            carer, owner = cookie("caregiver"), cookie("owner")
            unheard = await site.post("/system/identify", carer)
            assert (unheard.status_code, "cannot be reached" in unheard.text) == (409, True)
            await speak(site, mat)
            played = {"light": True, "sound": False, "missing": {"buzzer": "pin 4 is taken"}}
            args, page = await asked(
                mat, "identify", site.post("/system/identify", carer), ok=True, result=played
            )
            assert (args, page.status_code) == ({}, 200)
            assert "It shines blue for six seconds" in page.text
            assert "buzzer: pin 4 is taken" in page.text
            question = site.post("/system/tare", carer, {}, confirmed="yes")
            args, page = await asked(mat, "tare", question, ok=False, error="the mat is loaded")
            assert (args, page.status_code) == ({"confirmed": True}, 409)
            assert "Not done: the mat is loaded." in page.text
            question = site.post("/system/log-level", owner, {}, level="debug")
            args, _ = await asked(mat, "log.level", question, ok=True)
            assert args == {"level": "debug"}
            assert (await site.post("/system/log-level", owner, level="loud")).status_code == 400
            test = asyncio.ensure_future(site.post("/system/selftest", owner))
            await take(mat, "selftest")
            clock.now_s += 3
            late = await test
            assert (late.status_code, "did not answer" in late.text) == (409, True)
        lines = look(tmp_path, lambda store: store.audit.page(None, 100))
        noted = [(e.account, e.detail) for _, e in reversed(lines) if e.did == "mat_asked"]
        assert noted == [
            ("a-caregiver", "identify"),
            ("a-owner", "log.level"),
            ("a-owner", "selftest, no answer"),
        ]

    asyncio.run(scenario())


def test_a_mat_is_asked_only_by_those_who_see_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, Clock()) as (site, mat):
            await speak(site, mat)
            store = open_store(store_path(tmp_path))
            store.people.leave(MAT, "p-rosa")
            store.close()
            answer = await site.post("/system/identify", cookie("caregiver"))
            assert answer.status_code == 404

    asyncio.run(scenario())


def test_the_page_renews_itself_and_says_when_it_is_old(tmp_path: Path) -> None:
    complaints: list[str] = []

    async def scenario() -> None:
        async with chrome() as browser:
            async with stage(tmp_path, Clock()) as (site, mat):
                home = f"http://{site.host}"
                context = await browser.new_context()
                await context.add_init_script(axe.SCRIPT)
                kept: Any = {"name": "reflexmat", "value": cookie("owner"), "url": home}
                await context.add_cookies([kept])
                page = await open_page(context, complaints)
                await page.clock.install()
                await page.goto(f"{home}/system")
                await expect(page.locator("h1")).to_have_text("One thing needs a look")
                await speak(site, mat)
                await page.clock.run_for(10_000)
                await expect(page.locator("h1")).to_have_text("All is well with 1 mat")
                await speak(site, mat, FAULT)
                click = page.get_by_role("button", name="Show it").click()
                played = {"light": True, "sound": True, "missing": {}}
                task = asyncio.ensure_future(click)
                command = await take(mat, "identify")
                await publish(mat, "reply", wire.Reply(command.id, ok=True, result=played))
                await task
                await expect(page.get_by_role("status")).to_contain_text("It shines blue")
                await expect(page.get_by_text("Check the cable").first).to_be_visible()
                await check(page)
                assert complaints == []
            await page.clock.run_for(10_000)
            await expect(page.locator("h1")).to_have_text("How it is now is not known")

    asyncio.run(scenario())
