from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from dashboard.accounts import entrance, managing, sharing
from dashboard.accounts.delays import Delays
from dashboard.accounts.entrance import STAY, VISIT, Attempt, Entrance, Place, Refused
from dashboard.accounts.passwords import Hasher
from dashboard.accounts.presence import NOT_ALLOWED, NOT_SIGNED_IN, Presence
from dashboard.store.desk import Desk
from tests.dashboard.accounts.conftest import DOER
from tests.dashboard.support import Clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from dashboard.accounts.entrance import Who
    from dashboard.store.repository import Store

    Play = Callable[[Callable[["Stage"], Awaitable[None]]], None]

PASSWORD = "cold feet warm heart"
HERE = Place("192.0.2.1", "Firefox")


class Stage:
    """An entrance over a real store, with people whose passwords are one."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.waited_s: list[float] = []
        self.desk = Desk(path)
        secrets = (f"secret-{n}" for n in itertools.count())
        self.entrance = Entrance(
            self.desk, Hasher(), Delays(self.clock), self.clock, secrets.__next__, self._sleep
        )
        self.presence = Presence(self.desk, self.clock)

    async def _sleep(self, seconds: float) -> None:
        self.waited_s.append(seconds)
        self.clock.now_s += seconds

    async def try_(
        self, login: str, password: str = PASSWORD, place: Place = HERE
    ) -> str | Refused:
        return await self.entrance.sign_in(Attempt(login, password, VISIT, place))

    async def come_in(self, login: str) -> Who:
        secret = await self.try_(login)
        assert isinstance(secret, str)
        who = await self.entrance.who(secret)
        assert who is not None
        return who

    async def do(self, work: Callable[[Store], object]) -> None:
        await self.desk.write(work)


@pytest.fixture
def played(store: Store, tmp_path: Path) -> Play:
    hashed = Hasher().hash_now(PASSWORD)
    for account in store.accounts.all():
        store.accounts.set_password(account.id, hashed)
    store.mats.add("hall", "", 1.0)
    store.people.enrol("hall", "p-paul")

    def play(scenario: Callable[[Stage], Awaitable[None]]) -> None:
        async def run() -> None:
            stage = Stage(tmp_path / "s.db")
            await scenario(stage)
            stage.desk.close()

        asyncio.run(run())

    return play


def test_each_sign_in_is_a_new_secret_that_is_known_again(played: Play) -> None:
    async def scenario(stage: Stage) -> None:
        first, second = await stage.try_(" OLGA "), await stage.try_("olga")
        assert first != second
        assert isinstance(first, str)
        who = await stage.entrance.who(first)
        assert who is not None
        assert (who.account.role, who.sign_in.browser) == ("owner", "Firefox")
        assert await stage.entrance.who("secret-9") is None
        assert await stage.entrance.who("") is None
        assert await stage.entrance.who(who.sign_in.id) is None, "to speak of it, not to come in"
        stored = await stage.desk.read(lambda store: store.sign_ins.get(first.encode(), 100.0))
        assert stored is None, "only the digest is there"

    played(scenario)


def test_wrong_unknown_closed_and_passwordless_are_one_answer(played: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.do(lambda store: managing.disable(store, DOER, "a-caregiver"))
        await stage.do(lambda store: store.accounts.set_password("a-person", None))
        places = [Place(f"192.0.2.{n}", "") for n in range(4)]
        answers = [
            await stage.try_("olga", "not the password", places[0]),
            await stage.try_("nobody", PASSWORD, places[1]),
            await stage.try_("carl", PASSWORD, places[2]),
            await stage.try_("paul", "", places[3]),
        ]
        assert answers == [Refused()] * 4
        assert len(set(stage.waited_s)) == 1

    played(scenario)


def test_whoever_tries_too_often_is_told_when_to_come_back(played: Play) -> None:
    async def scenario(stage: Stage) -> None:
        answers = [await stage.try_("olga", "wrong") for _ in range(12)]
        assert answers[:3] == [Refused()] * 3
        assert isinstance(answers[-1], Refused)
        assert answers[-1].again_s is not None
        assert await stage.try_("olga") == answers[-1], "the right one from there as well"
        secret = await stage.try_("olga", PASSWORD, Place("198.51.100.1", ""))
        assert isinstance(secret, str)
        assert stage.waited_s[-1] <= 4.0

    played(scenario)


def test_an_old_hash_is_made_anew(played: Play) -> None:
    async def scenario(stage: Stage) -> None:
        old = PasswordHasher(1, 8192, 1).hash(PASSWORD)
        await stage.do(lambda store: store.accounts.set_password("a-owner", old))
        account = (await stage.come_in("olga")).account
        assert account.password is not None
        assert account.password != old
        assert not stage.entrance.hasher.is_old(account.password)
        await stage.come_in("olga")

    played(scenario)


def test_what_changes_while_a_password_is_looked_at_counts(
    played: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(stage: Stage) -> None:
        verify = stage.entrance.hasher.verify

        async def slow(hashed: str | None, password: str) -> bool:
            right = await verify(hashed, password)
            await stage.do(lambda store: managing.disable(store, DOER, "a-caregiver"))
            return right

        monkeypatch.setattr(stage.entrance.hasher, "verify", slow)
        assert await stage.try_("carl") == Refused()

    played(scenario)


@pytest.mark.parametrize("kept", [VISIT, STAY])
def test_a_sign_in_ends_unused_and_in_any_case(played: Play, kept: entrance.Kept) -> None:
    async def scenario(stage: Stage) -> None:
        secret = await stage.entrance.begin("a-owner", kept, HERE)
        begun_s = stage.clock.now_s
        while stage.clock.now_s - begun_s < kept.longest_s - kept.idle_s / 2:
            assert await stage.entrance.who(secret) is not None
            stage.clock.now_s += kept.idle_s - entrance.NOTED_EVERY_S
        stage.clock.now_s = begun_s + kept.longest_s
        assert await stage.entrance.who(secret) is None
        other = await stage.entrance.begin("a-owner", kept, HERE)
        stage.clock.now_s += kept.idle_s
        assert await stage.entrance.who(other) is None

    played(scenario)


def test_an_owner_once_there_stays_known(played: Play) -> None:
    async def scenario(stage: Stage) -> None:
        assert await stage.entrance.is_owned()
        assert await stage.entrance.is_owned()

    played(scenario)


@pytest.mark.parametrize(
    ("login", "change", "code"),
    [
        ("paul", lambda store: store.sign_ins.end_all("a-person"), NOT_SIGNED_IN),
        ("paul", lambda store: managing.disable(store, DOER, "a-person"), NOT_SIGNED_IN),
        ("paul", lambda store: store.people.leave("hall", "p-paul"), NOT_ALLOWED),
        ("olga", lambda store: store.accounts.set_role("a-owner", "clinician"), NOT_ALLOWED),
        ("carl", lambda store: sharing.end(
            store, DOER, "p-paul", store.shares.of("p-paul")[0].id), NOT_ALLOWED),
        ("cleo", lambda _: None, NOT_ALLOWED),
        ("paul", lambda _: None, None),
        ("olga", lambda store: managing.disable(store, DOER, "a-person"), None),
    ],
)  # fmt: skip
def test_leave_to_watch_is_taken_back_in_the_same_moment(
    played: Play, login: str, change: Callable[[Store], object], code: int | None
) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.do(lambda store: sharing.give(store, DOER, "p-paul", "a-caregiver", "said so"))
        ticket = stage.presence.enter(await stage.come_in(login), "hall")
        await stage.do(change)
        await stage.presence.recheck()
        if code is None:
            assert not ticket._ended.is_set()
            stage.presence.leave(ticket)
            await stage.presence.recheck()
        else:
            assert await ticket.taken_back() == code

    played(scenario)
