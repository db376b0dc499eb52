"""Commands from outside: which are run, and an answer to each (docs/protocol.md).

Whatever is sent, an answer comes back and nothing is raised; time is passed in. What must outlive
the mat is answered when the card has it (`OnceKept`), and nothing waits for that meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from concurrent.futures import Future  # noqa: TC003 - read at run time by dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from core.errors import MatError, MessageError
from core.wire import MAX_MESSAGE_BYTES, Command, Reply, decode
from pi.logs import Level  # noqa: TC001 - msgspec reads the annotation at run time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REMEMBERED = 256
"""Ids that are answered again without running."""

RATE_MAX = 10
"""Commands that run in a second, except those never refused for rate."""

ERROR_MAX_CHARS = 500
"""Longest error text in a reply: some sentences for a person."""

KEPT_WITHIN_S = 5.0
"""So long a card may take before the answer is that it has not."""

LEASE_MAX_S = 30.0
PAUSE_MAX_S = 120.0
PRESS_MAX_S = 2.0

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class RefusedError(MatError):
    """A command that is not run; the message goes into the reply."""


class WatchArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`watch`: how long `live` is wanted, seconds."""

    lease_s: Annotated[float, msgspec.Meta(gt=0, le=LEASE_MAX_S)]


class AckArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`alarm.ack`: which alarms; zone and rule left out: all that are raised.

    Only somebody beside the mat takes the sound of the mat itself.
    """

    zone: Name | None = None
    rule: Name | None = None
    beside: bool = False


class PauseArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`alarm.pause`: which alarms, and for how many seconds; once for each alarm."""

    seconds: Annotated[float, msgspec.Meta(gt=0, le=PAUSE_MAX_S)] = PAUSE_MAX_S
    zone: Name | None = None
    rule: Name | None = None
    beside: bool = False


class PressArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sim.press`: a zone, and for how many seconds; 0 lets go."""

    zone: Name
    seconds: Annotated[float, msgspec.Meta(ge=0, le=PRESS_MAX_S)]


class NoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of a verb that takes none."""


class LogArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`log.level`: whether the log of the mat tells everything, or what matters."""

    level: Level


@dataclass(frozen=True)
class Verb:
    """What a verb does.

    Attributes
    ----------
    args : type
        Struct of its arguments. An unknown one is refused: a mistyped `zone` must not
        acknowledge everything.
    run : callable
        Takes the arguments and the time in seconds; returns the result for the reply, or it as
        `OnceKept`.
    always : bool
        Never refused for rate.
    """

    args: type[msgspec.Struct]
    run: Callable[[Any, float], Any]
    always: bool = False


@dataclass(frozen=True)
class OnceKept:
    """What a verb returns that is true only once the card has it.

    Attributes
    ----------
    result : object
        For the reply.
    written : Future
        Done when the card has it, or has refused it.
    """

    result: object
    written: Future[None]

    def reply(self, command_id: str, waited_s: float) -> Reply | None:
        """Say how it ended; None while nobody knows."""
        if not self.written.done():
            late = f"it has not answered for {KEPT_WITHIN_S:.0f} s"
            return _not_kept(command_id, late) if waited_s >= KEPT_WITHIN_S else None
        error = self.written.exception()
        if error:
            return _not_kept(command_id, str(error))
        return Reply(command_id, ok=True, result=self.result)


@dataclass(frozen=True)
class _Waiting:
    """A command whose answer waits for the card."""

    asked: object
    since_s: float
    kept: OnceKept


class Commands:
    """Runs the commands of one boot of the mat.

    Parameters
    ----------
    boot_id : str
        Commands of another boot are refused.
    verbs : mapping of str to Verb
    """

    def __init__(self, boot_id: str, verbs: Mapping[str, Verb]) -> None:
        self._boot_id = boot_id
        self._verbs = verbs
        self._answered: OrderedDict[str, tuple[object, Reply]] = OrderedDict()
        self._ran_s: deque[float] = deque(maxlen=RATE_MAX)
        # No more than may run in `KEPT_WITHIN_S`.
        self._waiting: dict[str, _Waiting] = {}

    def handle(self, payload: bytes, now_s: float, *, retained: bool) -> Reply | None:
        """Run a command, or refuse it.

        Parameters
        ----------
        payload : bytes
            As it came from the broker.
        now_s : float
            The mat's clock, seconds.
        retained : bool
            Whether the broker had kept it.

        Returns
        -------
        Reply or None
            With an empty id when there was none to be read. None: `settled` will give it.
        """
        try:
            command = decode(payload, Command)
        except MessageError as error:
            return _refusal(_read_id(payload), error)
        try:
            return self._answer(command, now_s, retained=retained)
        except MatError as error:
            return _refusal(command.id, error)

    def settled(self, now_s: float) -> list[Reply]:
        """Give the answers that waited for the card, now that it has or has not taken it."""
        replies = []
        for command_id, waiting in list(self._waiting.items()):
            reply = waiting.kept.reply(command_id, now_s - waiting.since_s)
            if reply:
                del self._waiting[command_id]
                self._remember(waiting.asked, reply)
                replies.append(reply)
        return replies

    def _answer(self, command: Command, now_s: float, *, retained: bool) -> Reply | None:
        if retained:
            raise RefusedError("retained commands are refused")
        if command.boot_id != self._boot_id:
            raise RefusedError(f"the mat has started anew: its boot id is {self._boot_id}")
        asked = (command.verb, command.args)
        if command.id in self._answered or command.id in self._waiting:
            return self._again(command.id, asked)
        verb, args = self._check(command, now_s)
        found = self._run(command.id, verb, args, now_s)
        if isinstance(found, OnceKept):
            self._waiting[command.id] = _Waiting(asked, now_s, found)
            return None
        self._remember(asked, found)
        return found

    def _again(self, command_id: str, asked: object) -> Reply | None:
        waiting = self._waiting.get(command_id)
        before, reply = (waiting.asked, None) if waiting else self._answered[command_id]
        # "Done" in answer to something that was never done would be the worst of answers.
        if before != asked:
            raise RefusedError(f"id {command_id!r} was used for another command")
        return reply

    def _check(self, command: Command, now_s: float) -> tuple[Verb, msgspec.Struct]:
        verb = self._verbs.get(command.verb)
        if verb is None:
            known = ", ".join(sorted(self._verbs))
            raise RefusedError(f"unknown verb {command.verb!r}; known are {known}")
        if not command.until_t_s > now_s:
            raise RefusedError(f"too late: it was good until {command.until_t_s:.3f} s")
        try:
            args = msgspec.convert(command.args, verb.args)
        except msgspec.ValidationError as error:
            raise RefusedError(f"{command.verb}: {error}") from None
        self._check_rate(now_s, always=verb.always)
        return verb, args

    def _check_rate(self, now_s: float, *, always: bool) -> None:
        if always:
            return
        if len(self._ran_s) == RATE_MAX and now_s - self._ran_s[0] < 1.0:
            raise RefusedError(f"too many commands: at most {RATE_MAX} a second")
        self._ran_s.append(now_s)

    def _run(
        self, command_id: str, verb: Verb, args: msgspec.Struct, now_s: float
    ) -> Reply | OnceKept:
        try:
            found = verb.run(args, now_s)
        except MatError as error:
            return _refusal(command_id, error)
        return found if isinstance(found, OnceKept) else Reply(command_id, ok=True, result=found)

    def _remember(self, asked: object, reply: Reply) -> None:
        self._answered[reply.id] = (asked, reply)
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)


def _refusal(command_id: str, error: MatError) -> Reply:
    # The text may quote what was sent, and that may be 64 KB.
    return Reply(command_id, ok=False, error=str(error)[:ERROR_MAX_CHARS])


def _not_kept(command_id: str, reason: str) -> Reply:
    lost = "it holds now, but is lost when the mat starts anew, for the card has not taken it"
    text = f"{lost}: {reason}"
    return Reply(command_id, ok=False, error=text[:ERROR_MAX_CHARS])


class _OnlyId(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(max_length=64)]


def _read_id(payload: bytes) -> str:
    """Id of something that is no command, if it has one."""
    if len(payload) > MAX_MESSAGE_BYTES:
        return ""
    try:
        return msgspec.json.decode(payload, type=_OnlyId).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
