"""What the body of a record becomes: rows of the kind that it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from core import wire
from core.chunk_head import NO_SESSION, unpack_place
from core.errors import MessageError
from dashboard.recording.judge import gap_of
from dashboard.store.events import EventRow
from dashboard.store.frames import ChunkRow
from dashboard.store.sessions import Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.log_record import Kind, Record
    from dashboard.store.repository import Store

_BOOT_ID, _SESSION_ID = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{32}")
_US_PER_S = 1_000_000
"""Not from core.units: that loads numpy."""

_MOST = 2**62
"""Beyond what a database holds, and any mat counts to."""


def store_content(store: Store, mat: str, record: Record) -> None:
    """Put the content of a record where its kind belongs; called once for each record.

    Raises
    ------
    MessageError
        If it is not what the protocol says; nothing of it is stored then.
    """
    _KINDS[record.kind](store, mat, record)


def _chunk(store: Store, mat: str, record: Record) -> None:
    place = unpack_place(record.body)
    _check(abs(place.t_us) < _MOST, "chunk: its time is none")
    boot, head = store.boots.key(mat, place.head.boot_id), place.head
    store.boots.reach(boot, place.t_us, place.t_us)
    session = None
    if head.session != NO_SESSION:
        session = store.sessions.key(boot, head.session)
        if session is None:
            return
        store.sessions.touch(session)
    store.frames.add(ChunkRow(boot, session, place.t_us, place.n_frames, record.body))


def _event(store: Store, mat: str, record: Record) -> None:
    told = wire.decode(record.body, wire.Event)
    _check(abs(told.t_s) < _MOST / _US_PER_S, "event: its time is none")
    _check(0 <= told.profile_version < _MOST, "event: its profile version is none")
    boot, t_us = _boot(store, mat, told.boot_id), round(told.t_s * _US_PER_S)
    if store.sessions.is_deleted_at(boot, t_us):
        return
    store.events.add(
        boot,
        EventRow(
            t_us=t_us,
            kind=told.kind,
            rule=told.rule,
            zone=told.zone,
            priority=told.priority,
            state=told.state,
            value_kpa=told.value_kpa,
            limit_kpa=told.limit_kpa,
            profile_version=told.profile_version,
            instruction=told.instruction,
            reason=told.reason,
        ),
    )
    store.sessions.touch_at(boot, t_us)


def _session(store: Store, mat: str, record: Record) -> None:
    told = wire.decode(record.body, wire.SessionRecord)
    _check(bool(_SESSION_ID.fullmatch(told.id)), f"session: {told.id[:40]!r} is no id")
    boot = _boot(store, mat, told.boot_id)
    if told.person is not None and store.people.is_deleted(told.person):
        until_us = None if told.ended_by is None else told.seen_us
        store.sessions.forget(boot, told.id, (told.begin_us, until_us))
        return
    key = store.sessions.key(boot, told.id)
    if key is not None:
        routines = msgspec.json.encode(told.routines).decode()
        by = (told.begun_by, told.ended_by)
        place = (store.logs.key(mat, record.log_id), record.seq)
        times = (told.begin_us, told.seen_us)
        store.sessions.tell(key, Told(told.person, *by, *times, routines, *place))
        store.boots.reach(boot, told.begin_us, told.seen_us)


def _clock(store: Store, mat: str, record: Record) -> None:
    told = wire.decode(record.body, wire.ClockRecord)
    store.boots.clock(_boot(store, mat, told.boot_id), told)


def _gap(_store: Store, _mat: str, record: Record) -> None:
    """Check it; what it stands for is among the lost."""
    gap_of(record)


_KINDS: dict[Kind, Callable[[Store, str, Record], None]] = {
    "chunk": _chunk,
    "event": _event,
    "session": _session,
    "clock": _clock,
    "gap": _gap,
}


def _boot(store: Store, mat: str, boot_id: str) -> int:
    _check(bool(_BOOT_ID.fullmatch(boot_id)), f"{boot_id[:40]!r} is no boot id")
    return store.boots.key(mat, boot_id)


def _check(right: bool, words: str) -> None:  # noqa: FBT001 - the condition is the subject
    if not right:
        raise MessageError(words)
