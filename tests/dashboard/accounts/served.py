"""A served dashboard with people of every role who have signed in."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any, TypeVar

from dashboard.accounts.deeds import Doer
from dashboard.accounts.passwords import Hasher
from dashboard.accounts.roles import ROLES
from dashboard.accounts.secret import digest
from dashboard.accounts.sharing import give
from dashboard.store.accounts import Account
from dashboard.store.people import Person
from dashboard.store.repository import Store, open_store
from dashboard.store.sign_ins import SignIn
from tests.dashboard.support import MAT, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from dashboard.services import World
    from tests.dashboard.support import Site

T = TypeVar("T")
PASSWORD = "cold feet warm heart"
HASHED = Hasher().hash_now(PASSWORD)
LOGINS = {"owner": "olga", "clinician": "cleo", "caregiver": "carl", "person": "paul"}
LONG_S = 1e6


def cookie(role: str) -> str:
    """What the browser of somebody of a role keeps."""
    return f"secret-of-the-{role}"


def store_path(folder: Path) -> Path:
    return folder / "data" / "reflexmat.db"


def populate(folder: Path) -> None:
    """Put people into the store: Paul has an account, Rosa shares with the carers, Zoe does not."""
    store = open_store(store_path(folder))
    now_s = time.time()
    for name in ("paul", "rosa", "zoe"):
        store.people.add(Person(f"p-{name}", name.title(), now_s))
    for role in ROLES:
        _add(store, role, now_s)
    store.mats.add(MAT, "Demo mat", now_s)
    for carer in ("a-clinician", "a-caregiver"):
        give(store, Doer(now_s, "a-owner"), "p-rosa", carer, "said so")
    store.close()


def _add(store: Store, role: str, now_s: float) -> None:
    person = "p-paul" if role == "person" else None
    login = LOGINS[role]
    store.accounts.add(Account(f"a-{role}", login, login.title(), role, person, HASHED, now_s))
    row = SignIn(f"s-{role}", f"a-{role}", now_s, now_s, LONG_S, now_s + LONG_S, "::1", "Firefox")
    store.sign_ins.add(digest(cookie(role)), row)


def played(
    folder: Path,
    scenario: Callable[[Site], Awaitable[None]],
    world: World | None = None,
    **web: Any,  # noqa: ANN401 - other fields of `[web]`
) -> None:
    """Serve that dashboard for a scenario."""
    populate(folder)

    async def run() -> None:
        async with serving(folder, world=world, demo=False, **web) as site:
            await scenario(site)

    asyncio.run(run())


def look(folder: Path, at: Callable[[Store], T]) -> T:
    """Look into the store of a dashboard, which may be running."""
    store = open_store(store_path(folder), query_only=True)
    try:
        return at(store)
    finally:
        store.close()


def link_in(text: str) -> str:
    """Path of the link that a page shows."""
    found = re.search(r'value="http://[^/"]+(/invitation\?token=[^"]+)"', text)
    assert found, text
    return found[1]
