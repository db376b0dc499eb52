"""Commands on their way to the mat, and its replies on their way back to who asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from core import wire
from core.errors import MessageError
from dashboard.accounts.roles import may_send
from dashboard.messages import CommandIn, ReplyOut, check_args, to_text
from dashboard.viewer import Bucket

GOOD_FOR_S = 2.0
"""How long the mat may still run a command, on its own clock."""

ANSWER_WITHIN_S = 3.0
"""When a viewer is told that no answer came."""

KEPT_WITHIN_S = 8.0
"""So long an answer may take that waits for the mat's card; the mat itself gives up after 5 s."""

KEPT_VERBS = frozenset({"tare"})
"""Commands of viewers whose answer waits for the card."""

NO_ANSWER = "the mat did not answer"
"""It may have done what was asked all the same."""

DRIFT = 1e-4
"""How fast two clocks may part, seconds a second."""

MAX_OUTBOX = 64
# The mat takes 10 a second from everybody together, but any number of acknowledgements and pauses.
SILENCING, LEADING = (20.0, 40.0), (1.0, 4.0)
RATES = {
    "sim.press": (8.0, 8.0),
    "alarm.ack": SILENCING,
    "alarm.pause": SILENCING,
    "session.start": LEADING,
    "routine.next": LEADING,
    "tare": LEADING,
    "selftest": LEADING,
    "identify": LEADING,
    "log.level": LEADING,
}
"""Per viewer: commands a second, and reserve."""

_log = logging.getLogger(__name__)


class Asker(Protocol):
    """Who asks the mat for something."""

    role: str

    def may(self, verb: str) -> bool:
        """Whether they may use a verb once more now."""

    def reply(self, text: str) -> None:
        """Take the answer, a `ReplyOut` as text."""


class Outbox:
    """Commands that wait to be published; closed while the broker is away."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[wire.Command] = asyncio.Queue(MAX_OUTBOX)
        self.is_open = False

    def put(self, command: wire.Command) -> bool:
        """Leave a command to be published; False when it cannot be."""
        if not self.is_open or self._queue.full():
            return False
        self._queue.put_nowait(command)
        return True

    def clear(self) -> None:
        """Forget what waits: after a break nobody wants it run any more."""
        while not self._queue.empty():
            self._queue.get_nowait()

    async def next(self) -> wire.Command:
        """Wait for the next command to publish."""
        return await self._queue.get()


class MatClock:
    """The mat's own time, carried on from the last message that told it.

    Parameters
    ----------
    clock : callable
        Monotonic seconds of this computer.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._t_s = self._heard_at_s = 0.0
        self._ahead_s: float | None = None
        self._ahead_at_s = 0.0
        self.boot_id: str | None = None

    def heard(self, boot_id: str, t_s: float) -> None:
        """Take the time that a message of the mat has told."""
        if boot_id != self.boot_id:
            self._ahead_s = None
        self.boot_id, self._t_s, self._heard_at_s = boot_id, t_s, self._clock()

    def answered(self, boot_id: str, t_s: float, asked_s: float) -> None:
        """Take the mat's time in an answer to what was asked at `asked_s` on our clock.

        It was read after the question was sent, so the mat's clock is no further ahead of ours.
        The tightest answer counts: a slow way can only make frames look older than they are.
        """
        ahead_s = t_s - asked_s
        if boot_id == self.boot_id and (self._ahead_s is None or ahead_s <= self._bound_s()):
            self._ahead_s, self._ahead_at_s = ahead_s, self._clock()

    def latest_s(self) -> float | None:
        """Seconds since the mat's boot, at most; None before the first answer."""
        return None if self._ahead_s is None else self._clock() + self._bound_s()

    def _bound_s(self) -> float:
        # Two quartz clocks drift apart: an old answer is trusted a little less each second.
        assert self._ahead_s is not None  # noqa: S101 - both callers have looked
        return self._ahead_s + (self._clock() - self._ahead_at_s) * DRIFT

    def now_s(self) -> float:
        """Seconds since the mat's boot; earlier than its clock by the way of that message."""
        return self._t_s + self._clock() - self._heard_at_s


Tell = Callable[[wire.Reply | None], None]
"""Takes the answer to a command; None: none came."""


@dataclass(frozen=True)
class _Asked:
    asker: Asker | None
    late_s: float
    tell: Tell


class CommandDesk:
    """Sends commands under ids of its own, and knows who asked.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    new_id : callable
        Makes an id that nobody can guess: another's reply must not reach this viewer.
    send : callable
        Takes a command to publish; False when it cannot be.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        send: Callable[[wire.Command], bool],
    ) -> None:
        self._clock, self._new_id, self._send = clock, new_id, send
        self.mat_clock = MatClock(clock)
        self._asked: dict[str, _Asked] = {}
        self._lease_refused = False

    def rates(self) -> dict[str, Bucket]:
        """Buckets for a new viewer."""
        return {verb: Bucket(*rate, clock=self._clock) for verb, rate in RATES.items()}

    def watch(self, lease_s: float) -> bool:
        """Ask for `live`; False when that cannot be sent now."""
        asked_s = self._clock()
        return self._ask("watch", {"lease_s": lease_s}, lambda reply: self._leased(reply, asked_s))

    def request(self, verb: str, args: dict[str, Any]) -> asyncio.Future[wire.Reply | None] | None:
        """Ask for something of the dashboard's own that the mat answers once its card has it.

        Returns
        -------
        Future or None
            Its result is the reply, or None when none came; None: it cannot be sent now.
        """
        future = asyncio.get_running_loop().create_future()

        def tell(reply: wire.Reply | None) -> None:
            if not future.done():
                future.set_result(reply)

        return future if self._ask(verb, args, tell, within_s=KEPT_WITHIN_S) else None

    def ask(self, asker: Asker, command: CommandIn, *, online: bool) -> None:
        """Send somebody's command; what cannot be sent is answered at once."""
        error = self._refusal(asker, command, online=online)
        if error is not None:
            asker.reply(to_text(ReplyOut(command.id, ok=False, error=error)))

    def answered(self, reply: wire.Reply) -> None:
        """Take a reply of the mat to whoever asked; one that nobody here asked for is dropped."""
        asked = self._asked.pop(reply.id, None)
        if asked is not None:
            asked.tell(reply)

    def _take_time(self, result: object, asked_s: float) -> None:
        # A mat of an older version tells no time: then the age of its frames is not known.
        with contextlib.suppress(msgspec.ValidationError):
            told = msgspec.convert(result, wire.MatTime)
            self.mat_clock.answered(told.boot_id, told.t_s, asked_s)

    def expire(self) -> None:
        """Tell those whose command got no answer."""
        now_s = self._clock()
        late = [id_ for id_, asked in self._asked.items() if asked.late_s <= now_s]
        for id_ in late:
            self._asked.pop(id_).tell(None)

    def forget(self, asker: Asker) -> None:
        """Drop what somebody who has gone asked for."""
        gone = [id_ for id_, asked in self._asked.items() if asked.asker is asker]
        for id_ in gone:
            del self._asked[id_]

    def _refusal(self, asker: Asker, command: CommandIn, *, online: bool) -> str | None:
        try:
            args = check_args(command)
        except MessageError as error:
            return str(error)
        if not may_send(asker.role, command.verb):
            return f"{command.verb}: not for the role {asker.role}"
        if not asker.may(command.verb):
            return "too many at once; wait a moment"

        def tell(reply: wire.Reply | None) -> None:
            if reply is None:
                asker.reply(to_text(ReplyOut(command.id, ok=False, error=NO_ANSWER)))
            else:
                said = ReplyOut(command.id, reply.ok, reply.error, reply.result)
                asker.reply(to_text(said))

        within_s = KEPT_WITHIN_S if command.verb in KEPT_VERBS else ANSWER_WITHIN_S
        if not online or not self._ask(command.verb, args, tell, asker, within_s):
            return "the mat cannot be reached"
        return None

    def _ask(
        self,
        verb: str,
        args: dict[str, Any],
        tell: Tell,
        asker: Asker | None = None,
        within_s: float = ANSWER_WITHIN_S,
    ) -> bool:
        boot_id = self.mat_clock.boot_id
        if boot_id is None:
            return False
        until_t_s = self.mat_clock.now_s() + GOOD_FOR_S
        command = wire.Command(self._new_id(), verb, boot_id, until_t_s, args)
        if not self._send(command):
            return False
        self._asked[command.id] = _Asked(asker, self._clock() + within_s, tell)
        return True

    def _leased(self, reply: wire.Reply | None, asked_s: float) -> None:
        refused = reply is None or not reply.ok
        if reply is not None and reply.ok:
            self._take_time(reply.result, asked_s)
        elif not self._lease_refused:
            error = reply.error if reply else NO_ANSWER
            _log.warning("the mat does not send live values: %s", error)
        self._lease_refused = refused
