"""What goes over the WebSocket between dashboard and browser (docs/protocol.md)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from core import wire  # noqa: TC001 - msgspec reads the annotations at run time
from core.errors import MessageError

MAX_TEXT_BYTES = 4096
"""Longest text message taken from a browser."""

MatLink = Literal["online", "offline", "unknown"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class InfoOut(msgspec.Struct, frozen=True, tag="info"):
    """What this mat is."""

    info: wire.Info


class StateOut(msgspec.Struct, frozen=True, tag="state"):
    """The mat, once a second."""

    state: wire.State


class LinkOut(msgspec.Struct, frozen=True, tag="link"):
    """Whether anything that is shown can still be true."""

    broker: bool
    mat: MatLink


class ReplyOut(msgspec.Struct, frozen=True, tag="reply"):
    """Answer to the viewer's command of that id; the result is of whatever form the mat gives."""

    id: str
    ok: bool
    error: str | None = None
    result: Any = None


class PongOut(msgspec.Struct, frozen=True, tag="pong"):
    """The mat's time now, at most, in answer to a ping; None while nobody knows."""

    id: str
    boot_id: str | None
    t_s: float | None


Out = InfoOut | StateOut | LinkOut | ReplyOut | PongOut


class PingIn(msgspec.Struct, frozen=True, tag="ping"):
    """A browser asks what time it is on the mat."""

    id: Name


class CommandIn(msgspec.Struct, frozen=True, tag="cmd"):
    """A command as the browser sends it."""

    id: Name
    verb: Name
    args: dict[str, Any] = {}


class AckArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `alarm.ack`; zone and rule left out: all that is raised."""

    zone: Name | None = None
    rule: Name | None = None
    beside: bool = False


class PauseArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `alarm.pause`; never `beside`: a page silences pages only."""

    seconds: Annotated[float, msgspec.Meta(gt=0, le=120)]
    zone: Name | None = None
    rule: Name | None = None


class PressArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `sim.press`."""

    zone: Name
    seconds: Annotated[float, msgspec.Meta(ge=0, le=2)]


class TareArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `tare`; confirmed: a person beside the mat says that it is empty."""

    confirmed: bool = False


class LogArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `log.level`: how much the mat writes into its own log."""

    level: Literal["debug", "info"]


class NoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of a verb that has none."""


ARGUMENTS: dict[str, type[AckArgs | PauseArgs | PressArgs | TareArgs | LogArgs | NoArgs]] = {
    "alarm.ack": AckArgs,
    "alarm.pause": PauseArgs,
    "session.start": NoArgs,
    "session.stop": NoArgs,
    "routine.next": NoArgs,
    "routine.stop": NoArgs,
    "tare": TareArgs,
    "selftest": NoArgs,
    "identify": NoArgs,
    "log.level": LogArgs,
    "sim.press": PressArgs,
}
"""The verbs that a viewer may use, if their role may (`dashboard.accounts.roles`).

Never `watch`: the lease is the dashboard's own. Nor what needs to be looked at first: a person
whom the viewer must see, a profile that must not loosen, the questions before a routine.
"""


def to_text(message: Out) -> str:
    """Encode a message for the browser."""
    return msgspec.json.encode(message).decode()


In = CommandIn | PingIn


def read_message(text: str) -> In:
    """Decode what a browser sent.

    Raises
    ------
    MessageError
        If it is too long, not JSON, or nothing that a browser may send.
    """
    payload = text.encode("utf-8", "surrogatepass")
    if len(payload) > MAX_TEXT_BYTES:
        raise MessageError(f"{len(payload)} bytes; at most {MAX_TEXT_BYTES}")
    try:
        message: In = msgspec.json.decode(payload, type=In)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error)) from None
    return message


def check_args(command: CommandIn) -> dict[str, Any]:
    """Arguments of a command, as the mat is to get them.

    Raises
    ------
    MessageError
        If a viewer may not use the verb, or the arguments do not fit it.
    """
    kind = ARGUMENTS.get(command.verb)
    if kind is None:
        raise MessageError(f"unknown verb {command.verb}")
    try:
        args: dict[str, Any] = msgspec.to_builtins(msgspec.convert(command.args, kind))
    except msgspec.ValidationError as error:
        raise MessageError(f"{command.verb}: {error}") from None
    return args
