"""Signing in with a password, and who a browser is from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dashboard.accounts import logins, managing
from dashboard.accounts.deeds import About, Doer, note
from dashboard.accounts.secret import digest, new_id
from dashboard.store.accounts import Account  # noqa: TC001 - msgspec reads it at run time
from dashboard.store.sign_ins import SignIn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dashboard.accounts.delays import Delays
    from dashboard.accounts.passwords import Hasher
    from dashboard.store.desk import Desk
    from dashboard.store.repository import Store

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
NOTED_EVERY_S = 300.0
"""How often a use is written down: a page that is open all day wears no card."""

MAX_BROWSER_CHARS = 160


class Kept(NamedTuple):
    """How long a sign-in lasts: unused, and whatever is done; s."""

    idle_s: float
    longest_s: float


VISIT, STAY = Kept(12 * HOUR_S, DAY_S), Kept(30 * DAY_S, 90 * DAY_S)
"""Until the browser is closed, and on a device that is one's own."""


class Place(NamedTuple):
    """From where somebody comes, as far as that is known."""

    address: str
    browser: str


class Attempt(NamedTuple):
    """What was typed to sign in."""

    login: str
    password: str
    kept: Kept
    place: Place


class Refused(NamedTuple):
    """No: wrong, or too soon; then when to try again, s."""

    again_s: float | None = None


class Who(msgspec.Struct, frozen=True):
    """Somebody who has signed in.

    Attributes
    ----------
    account : Account
    sign_in : SignIn
    digest : bytes
        Of the browser's secret.
    """

    account: Account
    sign_in: SignIn
    digest: bytes


class Entrance:
    """Lets people in, and knows them again.

    Parameters
    ----------
    desk : Desk
    hasher : Hasher
    delays : Delays
    wall : callable
        s since 1970.
    new_secret : callable
        Makes what a browser keeps, 256 random bits.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self,
        desk: Desk,
        hasher: Hasher,
        delays: Delays,
        wall: Callable[[], float],
        new_secret: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._desk, self.hasher, self._delays = desk, hasher, delays
        self._wall, self._new_secret, self._sleep = wall, new_secret, sleep
        self._owned = False

    async def is_owned(self) -> bool:
        """Whether there is an owner: without one, the first is to be made."""
        # It never goes back: the last owner cannot be closed.
        if not self._owned:
            self._owned = await self._desk.read(lambda store: store.accounts.n_owners() > 0)
        return self._owned

    async def sign_in(self, attempt: Attempt) -> str | Refused:
        """Try a password; wrong and unknown are one answer, after one time.

        Returns
        -------
        str or Refused
            The secret for the browser's cookie; it is new each time.
        """
        login, address = logins.fold(attempt.login)[: logins.MAX_CHARS], attempt.place.address
        wait_s = self._delays.begin(login, address)
        if wait_s is None:
            return Refused(self._delays.again_s(address))
        await self._sleep(wait_s)
        account = await self._check(login, attempt.password)
        if account is None:
            return Refused()
        self._delays.was_right(login, address)
        return await self._let_in(account, attempt)

    async def is_password(self, who: Who, password: str, address: str) -> bool | Refused:
        """Whether it is the password of somebody who has signed in; slowed like a sign-in."""
        login = who.account.login
        wait_s = self._delays.begin(login, address)
        if wait_s is None:
            return Refused(self._delays.again_s(address))
        await self._sleep(wait_s)
        right = await self.hasher.verify(who.account.password, password)
        if right:
            self._delays.was_right(login, address)
        return right

    async def begin(self, account: str, kept: Kept, place: Place) -> str:
        """Let somebody in who has shown in another way who they are."""
        return await self._desk.write(lambda store: self.begin_in(store, account, kept, place))

    def begin_in(self, store: Store, account: str, kept: Kept, place: Place) -> str:
        """Do the same within a transaction."""
        secret, now_s = self._new_secret(), self._wall()
        sign_in = SignIn(
            new_id(), account, now_s, now_s, kept.idle_s, now_s + kept.longest_s,
            place.address, place.browser[:MAX_BROWSER_CHARS],
        )  # fmt: skip
        store.sign_ins.add(digest(secret), sign_in)
        note(store, Doer(now_s, account, place.address), "signed_in", About(account))
        return secret

    async def who(self, secret: str | None) -> Who | None:
        """Find out who a browser is, by its cookie; None: nobody who has signed in."""
        if not secret:
            return None
        key, now_s = digest(secret), self._wall()
        who = await self._desk.read(lambda store: find(store, key, now_s))
        if who is not None and now_s - who.sign_in.used_s > NOTED_EVERY_S:
            sign_in = who.sign_in.id
            await self._desk.write(lambda store: store.sign_ins.use(sign_in, now_s))
        return who

    async def _check(self, login: str, password: str) -> Account | None:
        account = await self._desk.read(lambda store: store.accounts.by_login(login))
        usable = account if account and account.disabled_s is None else None
        right = await self.hasher.verify(usable.password if usable else None, password)
        return usable if right else None

    async def _let_in(self, account: Account, attempt: Attempt) -> str | Refused:
        old = account.password
        renewed = old
        if old is not None and self.hasher.is_old(old):
            renewed = await self.hasher.hash(attempt.password)

        def begin(store: Store) -> str | Refused:
            now = managing.find(store, account.id)
            if now.password != old or now.disabled_s is not None:
                return Refused()  # changed while this one was looked at
            if renewed is not None and renewed != old:
                store.accounts.set_password(account.id, renewed)
            return self.begin_in(store, account.id, attempt.kept, attempt.place)

        return await self._desk.write(begin)


def find(store: Store, key: bytes, now_s: float) -> Who | None:
    """Find who has a sign-in that holds, by its digest."""
    sign_in = store.sign_ins.get(key, now_s)
    account = store.accounts.get(sign_in.account) if sign_in else None
    if sign_in is None or account is None or account.disabled_s is not None:
        return None
    return Who(account, sign_in, key)
