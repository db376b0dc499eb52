"""Makes the figures of a session that is whole, and its frames small."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from core.chunk import pack_chunk, unpack_chunk
from core.errors import MatError, MessageError
from core.profiles import Profile
from core.sessions import FORMULAS
from dashboard.finishing.compact import compacted
from dashboard.finishing.figures import figures_of
from dashboard.finishing.layouts import layout_by_hash
from dashboard.store.frames import ChunkRow

if TYPE_CHECKING:
    from core.chunk import Chunk
    from core.layout import MatLayout
    from dashboard.store.figures import Figures
    from dashboard.store.repository import Store
    from dashboard.store.sessions import SessionRow

_log = logging.getLogger(__name__)


class Stored(NamedTuple):
    """A chunk that could be read, and the key of its row."""

    key: int
    chunk: Chunk


def finish_all(store: Store) -> int:
    """Finish every session that is due; return how many were."""
    store.sessions.try_again(FORMULAS)
    keys = store.sessions.due()
    for key in keys:
        try:
            finish(store, key)
        except MatError as error:
            _log.warning("no figures of session %d: %s", key, error)
            store.sessions.spoil(key)
        except Exception:  # noqa: BLE001 - whatever it is must not keep the others waiting
            _log.exception("no figures of session %d", key)
            store.sessions.spoil(key)
    return len(keys)


def finish(store: Store, key: int) -> None:
    """Make the figures of one session, again if need be, and its frames small.

    Raises
    ------
    MatError
        If no figures can be made of what is here.
    """
    while not _finish(store, key):
        continue


def _finish(store: Store, key: int) -> bool:
    """Work on what is here now; return False if something came meanwhile."""
    store.events.assign(key)
    row, there, stored = store.sessions.get(key), store.frames.keys(key), stored_chunks(store, key)
    if row is None:
        return True
    if not stored:
        raise MatError("no frames of it are here")
    figures = _figures(store, row, [each.chunk for each in stored])
    small = compacted(each.chunk for each in stored)
    with store.transaction():
        if store.frames.keys(key) != there or store.sessions.get(key) != row:
            return False
        store.figures.put(key, figures)
        if len(small) < len(stored):
            boot = store.boots.key(row.mat, row.boot_id)
            rows = [_row(boot, key, chunk) for chunk in small]
            store.frames.replace([each.key for each in stored], rows)
    return True


def stored_chunks(store: Store, key: int) -> list[Stored]:
    """Read the frames that are here; what cannot be read, or does not fit, stays as it is."""
    found: list[Stored] = []
    for row, body in store.frames.of(key):
        try:
            chunk = unpack_chunk(body)
        except MessageError as error:
            _log.warning("chunk %d of session %d: %s", row, key, error)
            continue
        if not found or _fits(found[-1].chunk, chunk):
            found.append(Stored(row, chunk))
    return found


def _fits(before: Chunk, chunk: Chunk) -> bool:
    """Whether a chunk lies behind another, on the same zones."""
    same = before.head.layout_hash == chunk.head.layout_hash
    return same and bool(chunk.t_us[0] > before.t_us[-1])


def _figures(store: Store, row: SessionRow, chunks: list[Chunk]) -> Figures:
    layout_hash = chunks[0].head.layout_hash
    layout = layout_by_hash(layout_hash, store.layouts.get(layout_hash))
    if layout is None:
        raise MatError(f"nobody knows its layout {layout_hash}")
    version = max(chunk.head.profile_version for chunk in chunks)
    begin_us = int(chunks[0].t_us[0]) if row.begin_us is None else row.begin_us
    end_us = int(chunks[-1].t_us[-1]) if row.end_us is None else row.end_us
    events = store.events.of(row.key)
    profile = _profile(store, row.person, version, layout)
    return figures_of(chunks, layout, profile, events, (begin_us, end_us))


def _profile(store: Store, person: str | None, version: int, layout: MatLayout) -> Profile:
    """Find the profile that held; one that nobody has, or of another mat, is the default."""
    body = store.people.profile(person, version) if person else None
    if body is None:
        return Profile()
    try:
        profile = msgspec.json.decode(body.body, type=Profile)
        profile.check(layout.zone_ids)
    except (msgspec.DecodeError, MatError) as error:
        _log.warning("profile %d of %s: %s", version, person, error)
        return Profile()
    return profile


def _row(boot: int, session: int, chunk: Chunk) -> ChunkRow:
    return ChunkRow(boot, session, int(chunk.t_us[0]), len(chunk.t_us), pack_chunk(chunk))
