"""What is known of the mat now, and who watches it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from core import wire
from core.errors import MatError, MessageError
from dashboard.commands import CommandDesk
from dashboard.errand import Errand
from dashboard.messages import (
    CommandIn,
    InfoOut,
    LinkOut,
    MatLink,
    PongOut,
    ReplyOut,
    StateOut,
    to_text,
)
from dashboard.viewer import Kind, Payload, Viewer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

SILENT_AFTER_S = 3.0
"""Without a state for this long nobody knows how the mat is."""

FRESH_S = 2.0
"""A state older than this is not shown to somebody new."""

LEASE_S = 10.0
RENEW_LEASE_S = 4.0
TICK_S = 0.25
HEARTBEAT_S = 5.0
"""The link is told again this often: a page takes a silent connection for dead."""

PROFILE_MISSING = "profile_missing"
"""The fault of a mat that has had a profile and has none."""

MAX_VIEWERS = 64
LIVE_MAGIC = b"RL"
# The first 32 bytes of docs/protocol.md: all that is needed. core.live and core.units would load
# numpy, 12 MB that only a map needs.
_LIVE_HEAD = struct.Struct("<8x8s8xq")
_S_PER_US = 1e-6


class FullError(MatError):
    """As many watch as may."""


class Hub:
    """The newest of everything the mat has said, handed on to each viewer.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    new_id : callable
        Makes ids of commands.
    send : callable
        Takes a command to publish; False when it cannot be.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        send: Callable[[wire.Command], bool],
    ) -> None:
        self._clock = clock
        self._desk = CommandDesk(clock, new_id, send)
        self._errand_rates = self._desk.rates()
        self._viewers: set[Viewer] = set()
        self._broker = self._offline = False
        self._state: str | None = None
        self._newest: wire.State | None = None
        self._state_at_s = self._lease_due_s = self._beat_due_s = float("-inf")
        self._told = LinkOut(broker=False, mat="unknown")
        self._profiles_missing = False
        self.info: wire.Info | None = None

    @property
    def link(self) -> LinkOut:
        """Whether broker and mat can be heard now."""
        return LinkOut(self._broker, self._mat())

    @property
    def boot_id(self) -> str | None:
        """Of the start of the mat that was heard last."""
        return self._desk.mat_clock.boot_id

    @property
    def profiles_missing(self) -> bool:
        """Whether the mat says that it has had a profile and has none; False: nobody knows."""
        return self._state is not None and self._profiles_missing

    @property
    def state(self) -> wire.State | None:
        """What the mat says of itself now; None while it is not heard."""
        return self._newest if self._mat() == "online" else None

    @property
    def state_age_s(self) -> float | None:
        """Seconds since the last state; None when there is none that counts."""
        return None if self._state is None else self._clock() - self._state_at_s

    @property
    def viewer_count(self) -> int:
        """How many watch."""
        return len(self._viewers)

    def health(self) -> dict[str, Any]:
        """Say how the dashboard's sources are, for `/healthz`."""
        age_s = self.state_age_s
        rounded_s = None if age_s is None else round(age_s, 1)
        return {"broker": self._broker, "mat": self._mat(), "state_age_s": rounded_s}

    # What the mat and the broker say.

    def set_broker(self, *, up: bool) -> None:
        """Take that the broker has come or gone."""
        self._broker, self._offline = up, False
        self._lose_state()
        self._tell_link()

    def take_status(self, payload: bytes) -> None:
        """Take the retained status of the mat.

        Raises
        ------
        MessageError
            If it is neither `online` nor `offline`.
        """
        if payload not in (wire.ONLINE, wire.OFFLINE):
            raise MessageError(f"status: {payload[:20]!r} is neither online nor offline")
        self._offline = payload == wire.OFFLINE
        if self._offline:
            self._lose_state()
        self._tell_link()

    def take_info(self, info: wire.Info) -> None:
        """Take what the mat is."""
        self.info = info
        self._broadcast("info", to_text(InfoOut(info)))

    def take_state(self, state: wire.State) -> None:
        """Take a state that has just come: whoever sends one is there, whatever the status says."""
        self._offline = False
        self._state, self._state_at_s = to_text(StateOut(state)), self._clock()
        self._profiles_missing = any(alarm.rule == PROFILE_MISSING for alarm in state.alarms)
        self._newest = state
        self._heard(state.boot_id, state.t_s)
        self._tell_link()
        self._broadcast("state", self._state)
        self._keep_lease()

    def take_live(self, payload: bytes) -> None:
        """Hand on packed frames.

        Raises
        ------
        MessageError
            If they are not of that kind, or longer than any can be.
        """
        if payload[:2] != LIVE_MAGIC or len(payload) < _LIVE_HEAD.size:
            raise MessageError(f"live: {payload[:2]!r} is not the beginning of a live message")
        if len(payload) > wire.MAX_MESSAGE_BYTES:
            raise MessageError(f"live: {len(payload)} bytes; at most {wire.MAX_MESSAGE_BYTES}")
        boot_id, t_us = _LIVE_HEAD.unpack_from(payload)
        self._heard(boot_id.hex(), t_us * _S_PER_US)
        self._broadcast("live", payload)

    def take_reply(self, reply: wire.Reply) -> None:
        """Hand a reply to the viewer that asked."""
        self._desk.answered(reply)

    # What viewers do.

    def join(self, role: str) -> Viewer:
        """Let somebody watch: they get the link, the info, and the last state if it is fresh.

        Parameters
        ----------
        role : str
            Whose commands are taken is in `dashboard.accounts.roles`.

        Raises
        ------
        FullError
            If too many watch already.
        """
        if len(self._viewers) >= MAX_VIEWERS:
            raise FullError(f"{MAX_VIEWERS} watch already")
        viewer = Viewer(self._desk.rates(), role)
        viewer.put("link", to_text(self.link))
        if self.info is not None:
            viewer.put("info", to_text(InfoOut(self.info)))
        if self._state is not None and self._clock() - self._state_at_s < FRESH_S:
            viewer.put("state", self._state)
        self._add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Somebody watches no longer; after the last one the lease runs out by itself."""
        self._viewers.discard(viewer)
        self._desk.forget(viewer)

    def ask(self, viewer: Viewer, command: CommandIn) -> None:
        """Send a viewer's command to the mat."""
        self._desk.ask(viewer, command, online=self._mat() == "online")

    def request(self, verb: str, args: dict[str, Any]) -> asyncio.Future[wire.Reply | None] | None:
        """Send a command of the dashboard's own; `CommandDesk.request`. None: not reached."""
        return self._desk.request(verb, args) if self._mat() == "online" else None

    async def errand(self, role: str, verb: str, args: dict[str, Any]) -> ReplyOut:
        """Ask one thing of the mat for somebody who does not watch; wait for what it answers."""
        errand = Errand(role, self._errand_rates)
        self._desk.ask(errand, CommandIn("errand", verb, args), online=self._mat() == "online")
        try:
            return await errand.answer
        finally:
            self._desk.forget(errand)

    def ping(self, viewer: Viewer, ping_id: str) -> None:
        """Tell a viewer how late it is on the mat, at most."""
        clock = self._desk.mat_clock
        viewer.reply(to_text(PongOut(ping_id, clock.boot_id, clock.latest_s())))

    def tick(self) -> None:
        """Do what is due; to be called every `TICK_S`."""
        self._tell_link()
        self._keep_lease()
        self._desk.expire()
        if self._clock() >= self._beat_due_s:
            self._beat()

    def _add(self, viewer: Viewer) -> None:
        if not self._viewers:
            self._lease_due_s = float("-inf")
        self._viewers.add(viewer)
        self._keep_lease()

    def _mat(self) -> MatLink:
        if self._offline:
            return "offline"
        silent = self._state is None or self._clock() - self._state_at_s >= SILENT_AFTER_S
        return "unknown" if silent or not self._broker else "online"

    def _heard(self, boot_id: str, t_s: float) -> None:
        if boot_id != self._desk.mat_clock.boot_id:
            # A mat that has started again has forgotten its lease.
            self._lease_due_s = float("-inf")
        self._desk.mat_clock.heard(boot_id, t_s)

    def _lose_state(self) -> None:
        self._state = None
        self._lease_due_s = float("-inf")

    def _keep_lease(self) -> None:
        due = self._viewers and self._clock() >= self._lease_due_s
        if due and self._mat() == "online" and self._desk.watch(LEASE_S):
            self._lease_due_s = self._clock() + RENEW_LEASE_S

    def _tell_link(self) -> None:
        link = self.link
        if link == self._told:
            return
        self._told = link
        if link.mat != "online":
            for viewer in self._viewers:
                viewer.forget_measured()
        self._beat()

    def _beat(self) -> None:
        self._broadcast("link", to_text(self.link))
        self._beat_due_s = self._clock() + HEARTBEAT_S

    def _broadcast(self, kind: Kind, payload: Payload) -> None:
        for viewer in self._viewers:
            viewer.put(kind, payload)
