"""Everything of a person deleted: for ever, whatever comes late."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.store.repository import Store


def forget_person(store: Store, person: str, now_s: float) -> int:
    """Delete a person, their profiles, and all of their sessions with frames, events and figures.

    Returns
    -------
    int
        How many sessions there were.
    """
    with store.transaction():
        sessions = store.sessions.of_person(person)
        for boot, session_id in sessions:
            store.sessions.forget(boot, session_id)
        store.people.forget(person, now_s)
    store.shrink()
    return len(sessions)
