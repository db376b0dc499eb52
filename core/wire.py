"""What the mat says and hears over MQTT: JSON structs and packed messages (docs/protocol.md).

Everything here is pure: structs and arrays in, bytes out, and back. Unknown JSON fields are
ignored, so that an older reader understands a newer mat.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from core.adherence import Adherence  # noqa: TC001 - msgspec reads the annotation at run time
from core.coach_state import CoachState  # noqa: TC001 - msgspec reads the annotation at run time
from core.errors import MessageError

ROOT = "reflexmat/v1"
MAT_ID = re.compile(r"[a-z0-9-]{1,32}")
MAX_MESSAGE_BYTES = 64 * 1024

ONLINE, OFFLINE = b"online", b"offline"

Topic = Literal["status", "info", "state", "event", "live", "rec", "ack", "cmd", "reply"]
Priority = Literal["low", "medium", "high"]
AlarmState = Literal["raised", "acknowledged", "paused", "cleared"]
Level = Literal["no_contact", "ok", "advisory", "warning", "limit", "excluded", "unknown"]
Point = tuple[float, float]


def topic(mat: str, name: Topic) -> str:
    """Name of a topic of one mat.

    Raises
    ------
    MessageError
        If `mat` is not 1 to 32 of a-z, 0-9 and -.
    """
    if not MAT_ID.fullmatch(mat):
        raise MessageError(f"mat id {mat!r}: 1 to 32 of a-z, 0-9 and - are allowed")
    return f"{ROOT}/{mat}/{name}"


class ZoneInfo(msgspec.Struct, frozen=True):
    """A zone as a page needs it to draw and to name it."""

    id: str
    foot: Literal["left", "right"]
    name: str
    anatomy: str
    reflex: tuple[str, ...]
    polygon_mm: tuple[Point, ...]
    label_mm: Point
    peaks: tuple[tuple[float, float, float], ...]
    mean_kpa_per_n: float
    peak_kpa_per_n: float


class LayoutInfo(msgspec.Struct, frozen=True):
    """The layout of a mat, with the areas of the person on it."""

    id: str
    name: str
    hash: str
    foot_mm: tuple[float, float]
    zones: tuple[ZoneInfo, ...]


class WallPair(msgspec.Struct, frozen=True):
    """One look at the wall clock: the mat's own time, s since 1970, whether that was right."""

    t_s: float
    wall_s: float
    synchronised: bool


class Info(msgspec.Struct, frozen=True):
    """Retained: what this mat is. Never a name or a class of a person."""

    mat: str
    software: str
    boot_id: str
    rate_hz: float
    source: str
    mode: Literal["seated", "standing"]
    clock_synchronised: bool
    calibrated_on: str
    calibration_id: str
    profile_version: int
    verbs: tuple[str, ...]
    layout: LayoutInfo
    wall: tuple[WallPair, ...] = ()
    wall_not_before_s: float | None = None


class ZoneState(msgspec.Struct, frozen=True):
    """One zone in `state`; every number is None while the zone is unknown."""

    level: Level
    force_n: float | None
    pressure_kpa: float | None
    peak_est_kpa: float | None
    max_peak_est_kpa: float | None
    warning_kpa: float | None
    limit_kpa: float | None


class Alarm(msgspec.Struct, frozen=True):
    """An alarm (of use) or a fault (technical) that is raised, acknowledged or paused."""

    rule: str
    zone: str | None
    kind: Literal["alarm", "fault"]
    priority: Priority
    state: AlarmState
    t_s: float
    value_kpa: float | None
    limit_kpa: float | None
    over: bool
    instruction: str
    reason: str


class Event(msgspec.Struct, frozen=True):
    """One change of one alarm, for people's own automations."""

    boot_id: str
    profile_version: int
    rule: str
    zone: str | None
    kind: Literal["alarm", "fault"]
    priority: Priority
    state: AlarmState
    t_s: float
    value_kpa: float | None
    limit_kpa: float | None
    instruction: str
    reason: str


class State(msgspec.Struct, frozen=True):
    """The mat once a second, in words and numbers that need no other message.

    `session` is the id of the one that runs, `step` where its newest routine stands.
    """

    boot_id: str
    t_s: float
    seq: int
    rate_hz: float
    lost: int
    total_n: float | None
    left_share_pct: float | None
    cop_mm: Point | None
    zones: dict[str, ZoneState]
    alarms: tuple[Alarm, ...]
    session: str | None = None
    step: CoachState | None = None


class Command(msgspec.Struct, frozen=True):
    """Something a viewer asks of the mat, good until `until_t_s` on the mat's own clock."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    verb: Annotated[str, msgspec.Meta(max_length=64)]
    boot_id: Annotated[str, msgspec.Meta(max_length=64)]
    until_t_s: float
    args: dict[str, Any] = {}


class Reply(msgspec.Struct, frozen=True):
    """The mat's answer to one command."""

    id: str
    ok: bool
    result: Any = None
    error: str | None = None


class MatTime(msgspec.Struct, frozen=True):
    """Result of `watch`: what time it was on the mat when it took the command."""

    boot_id: str
    t_s: float


class ClockRecord(msgspec.Struct, frozen=True):
    """Body of a log record of kind `clock`: the wall clock beside the time of a boot, as `info`."""

    boot_id: str
    wall: tuple[WallPair, ...]
    wall_not_before_s: float | None


BegunBy = Literal["contact", "command", "button"]
EndedBy = Literal["away", "command", "button", "aborted"]
"""`away`: 180 s without contact. `aborted`: the daemon ended, of itself or not."""

Micros = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class SessionRecord(msgspec.Struct, frozen=True):
    """Body of a log record of kind `session`. Times are of the clock of its boot id.

    Attributes
    ----------
    id : str
        32 hex digits.
    boot_id : str
    person : str or None
        Who was on the mat when it began, else who was said to be first while it ran.
    begun_by : str
    begin_us : int
    seen_us : int
        The last frame of it that is known; its end, once it has ended.
    ended_by : str or None
        None while it runs.
    routines : tuple of Adherence
        What was done of the newest routines in it that are over.
    """

    id: str
    boot_id: str
    person: str | None
    begun_by: BegunBy
    begin_us: Micros
    seen_us: Micros
    ended_by: EndedBy | None = None
    routines: tuple[Adherence, ...] = ()


class Ack(msgspec.Struct, frozen=True):
    """Retained, from the one recorder of a mat: what of its log is safe.

    Attributes
    ----------
    log_id : str
    next : int
        All below is committed, or recorded as lost.
    want : int or None
        Send again from here: what was committed is gone.
    fork : bool
        Two histories under one log: the mat is to begin another.
    """

    log_id: str
    next: Annotated[int, msgspec.Meta(ge=0)]
    want: Annotated[int, msgspec.Meta(ge=0)] | None = None
    fork: bool = False


S = TypeVar("S", bound=msgspec.Struct)


def encode(message: msgspec.Struct) -> bytes:
    """Encode a struct of this module as JSON."""
    return msgspec.json.encode(message)


def decode(payload: bytes, kind: type[S]) -> S:
    """Decode JSON into a struct of this module.

    Raises
    ------
    MessageError
        If it is too long, not JSON, or not of that shape.
    """
    if len(payload) > MAX_MESSAGE_BYTES:
        raise MessageError(f"{kind.__name__}: {len(payload)} bytes; at most {MAX_MESSAGE_BYTES}")
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"{kind.__name__}: {error}") from None
