"""Sees to it that the mat has the newest profiles, and knows what the mat has confirmed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dashboard.profiles.deliveries import Deliveries, Errand
from dashboard.store.backend import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.wire import Info
    from dashboard.live import Hub
    from dashboard.store.desk import Desk
    from dashboard.store.repository import Store

LOOK_EVERY_S, AFTER_FAILURE_S = 1.0, 60.0
SETTLES_S = 5.0
"""A fault clears 2 s after its cause: what a mat says so soon after a profile came is of before."""

PATIENCE_S = 3.0
"""How long a page waits for the mat's word before it says that there is none yet."""

UNREACHED = "The mat cannot be reached now. Nothing was changed."
NO_ANSWER = "The mat has not answered. Who is on it is not known: try again."

_log = logging.getLogger(__name__)


class _Chosen(NamedTuple):
    person: str | None
    boot_id: str | None


class ProfileKeeper:
    """Sends profiles to one mat, again where that is needed, and asks who is on it.

    Parameters
    ----------
    hub : Hub
        The mat.
    desk : Desk
    mat : str
    clock, wall : callable
        Monotonic seconds, and s since 1970.
    sleep : callable
        Waits some seconds.

    Attributes
    ----------
    mat : str
    """

    def __init__(
        self,
        hub: Hub,
        desk: Desk,
        mat: str,
        clock: Callable[[], float],
        wall: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._hub, self._desk, self.mat = hub, desk, mat
        self._clock, self._wall, self._sleep = clock, wall, sleep
        self._deliveries = Deliveries()
        self._one_at_a_time = asyncio.Lock()
        self._held_at_s = float("-inf")
        self._info_then: Info | None = None
        self._chosen: _Chosen | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look for what is to be sent until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                # Perhaps the disk is full: the mat keeps what it has, and nothing new is confirmed.
                _log.warning("profiles are not looked after for now: %s", error)
                await self._sleep(AFTER_FAILURE_S)
            await self._sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Send what is due, one after the other."""
        async with self._one_at_a_time:
            if self._hub.link.mat != "online" or self._hub.boot_id is None:
                return
            newest, held = await self._desk.read(self._known)
            if held and self._is_doubtful(min(held.values())):
                await self._doubt()
                held = {}
            self._deliveries.doubt(who for who in newest if held.get(who) != newest[who])
            while errand := self._deliveries.due(newest, self._hub.boot_id, self._clock()):
                if not await self._send(errand):
                    return

    async def soon(self) -> None:
        """Begin to send what was just saved; wait a moment for the mat's word on it."""
        task = asyncio.create_task(self.look())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        await asyncio.wait([task], timeout=PATIENCE_S)

    async def choose(self, person: str | None) -> str | None:
        """Say to the mat who is on it; None: nobody in particular.

        Returns
        -------
        str or None
            Why that did not happen; None: the mat has it on its card.
        """
        self._chosen = None
        boot_id = self._hub.boot_id
        answer = self._hub.request("person.choose", {"person": person})
        if answer is None:
            return UNREACHED
        reply = await answer
        if reply is None:
            return NO_ANSWER
        if not reply.ok:
            return f"The mat refused: {reply.error}"
        self._chosen = _Chosen(person, boot_id)
        return None

    @property
    def knows_chosen(self) -> bool:
        """Whether the mat has told since its start whom it takes for the one on it."""
        return self._chosen is not None and self._chosen.boot_id == self._hub.boot_id

    @property
    def chosen(self) -> str | None:
        """Who is on the mat by its own word; None: nobody in particular, or not known."""
        return self._chosen.person if self._chosen and self.knows_chosen else None

    def problem(self, person: str, version: int) -> str | None:
        """Tell why the mat refused a version, in its words; None: it has not."""
        return self._deliveries.problem(person, version)

    def _known(self, store: Store) -> tuple[dict[str, int], dict[str, int]]:
        enrolled = store.people.enrolled(self.mat)
        held = {each.person: each.version for each in enrolled if each.version is not None}
        return store.people.newest_on(self.mat), held

    def _is_doubtful(self, lowest_version: int) -> bool:
        settled = self._clock() - self._held_at_s >= SETTLES_S
        if self._hub.profiles_missing and settled:
            return True
        info = self._hub.info
        # What the mat said before it confirmed the last one says nothing of it.
        if info is None or info is self._info_then or info.boot_id != self._hub.boot_id:
            return False
        return info.profile_version < lowest_version

    async def _doubt(self) -> None:
        self._chosen = None
        self._info_then = self._hub.info
        await self._desk.write(lambda store: store.people.doubt(self.mat))

    async def _send(self, errand: Errand) -> bool:
        """Send something and wait for the answer; False: none came, or it could not be sent."""
        body = await self._desk.read(lambda store: _body(store, errand))
        args = {"person": errand.person, "profile": body}
        answer = None if body is None else self._hub.request("profile.set", args)
        if answer is None:
            return False
        self._deliveries.begin(errand, self._clock())
        reply = await answer
        if reply is None:
            return False
        self._deliveries.end(errand, is_held=reply.ok, problem=None if reply.ok else reply.error)
        if reply.ok:
            self._held_at_s, self._info_then = self._clock(), self._hub.info
        await self._desk.write(lambda store: self._note(store, errand, is_held=reply.ok))
        return True

    def _note(self, store: Store, errand: Errand, *, is_held: bool) -> None:
        if is_held:
            store.people.confirm(self.mat, errand.person, errand.version, self._wall())
            return
        # It said that it had this version, and no longer does.
        held = {each.person: each.version for each in store.people.enrolled(self.mat)}
        if held.get(errand.person) == errand.version:
            store.people.confirm(self.mat, errand.person, None, self._wall())


def _body(store: Store, errand: Errand) -> Any:  # noqa: ANN401 - JSON
    found = store.people.profile(errand.person, errand.version)
    return None if found is None else msgspec.json.decode(found.body)
