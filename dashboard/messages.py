"""What goes over the WebSocket between dashboard and browser (docs/protocol.md)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from core import wire
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
    """Answer to the viewer's command of that id."""

    id: str
    ok: bool
    error: str | None = None


Out = InfoOut | StateOut | LinkOut | ReplyOut


class CommandIn(msgspec.Struct, frozen=True, tag="cmd"):
    """A command as the browser sends it."""

    id: Name
    verb: Name
    args: dict[str, Any] = {}


class AckArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `alarm.ack`; both left out: all that is raised."""

    zone: Name | None = None
    rule: Name | None = None


class PressArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `sim.press`."""

    zone: Name
    seconds: Annotated[float, msgspec.Meta(ge=0, le=2)]


ARGUMENTS: dict[str, type[AckArgs | PressArgs]] = {"alarm.ack": AckArgs, "sim.press": PressArgs}
"""The verbs that a viewer may use. Never `watch`: the lease is the dashboard's own."""


def to_text(message: Out) -> str:
    """Encode a message for the browser."""
    return msgspec.json.encode(message).decode()


def read_command(text: str) -> CommandIn:
    """Decode what a browser sent.

    Raises
    ------
    MessageError
        If it is too long, not JSON, or not a command.
    """
    payload = text.encode("utf-8", "surrogatepass")
    if len(payload) > MAX_TEXT_BYTES:
        raise MessageError(f"{len(payload)} bytes; at most {MAX_TEXT_BYTES}")
    return wire.decode(payload, CommandIn)


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
