"""When the sessions of a mat were, by what is known of the wall clock in all of its starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clock_story import UNKNOWN, Boot, WallTime, anchor_of, wall_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.store.boots import BootRow
    from dashboard.store.repository import Store

_US_PER_S = 1_000_000


def stories(rows: Sequence[BootRow]) -> dict[int, Boot]:
    """Bound each start by what those before and after it tell.

    Parameters
    ----------
    rows : sequence of BootRow
        Of one mat, in order.

    Returns
    -------
    dict of int to Boot
        By key.
    """
    befores, afters = _known_before(rows), _known_after(rows)
    return {
        row.key: Boot(
            pairs=row.pairs,
            begin_t_s=_begin_s(row),
            end_t_s=_end_s(row),
            not_before_s=max(_there(row.not_before_s, before), default=None),
            not_after_s=after,
        )
        for row, before, after in zip(rows, befores, afters, strict=True)
    }


def date_sessions(store: Store, mat: str) -> None:
    """Say of each session of a mat when it began, as far as is known."""
    boots = store.boots.of(mat)
    told = stories(boots)
    keys = {row.boot_id: row.key for row in boots}
    for session in store.sessions.all(mat):
        when, begin_us = UNKNOWN, session.begin_us
        if begin_us is not None:
            when = wall_time(begin_us / _US_PER_S, told[keys[session.boot_id]])
        if when != WallTime(session.begin_earliest_s, session.begin_latest_s):
            store.sessions.date(session.key, when.earliest_s, when.latest_s)


def _known_before(rows: Sequence[BootRow]) -> list[float | None]:
    """Find the last right time that is known before each start."""
    found: list[float | None] = []
    latest_s: float | None = None
    for row in rows:
        found.append(latest_s)
        anchor = anchor_of(row.pairs)
        if anchor:
            end_s = anchor.wall_s + max(_end_s(row) - anchor.t_s, 0.0)
            latest_s = max(_there(latest_s, end_s))
    return found


def _known_after(rows: Sequence[BootRow]) -> list[float | None]:
    """Find the first right time that is known after each start."""
    found: list[float | None] = []
    first_s: float | None = None
    for row in reversed(rows):
        found.append(first_s)
        anchor = anchor_of(row.pairs)
        if anchor:
            begin_s = anchor.wall_s + min(_begin_s(row) - anchor.t_s, 0.0)
            first_s = min(_there(first_s, begin_s))
    return found[::-1]


def _begin_s(row: BootRow) -> float:
    return (row.begin_us or 0) / _US_PER_S


def _end_s(row: BootRow) -> float:
    return (row.end_us or 0) / _US_PER_S


def _there(*values: float | None) -> list[float]:
    return [value for value in values if value is not None]
