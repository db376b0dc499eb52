"""The repository: everything that is stored, by subject, over one database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dashboard.store.accounts import Accounts
from dashboard.store.audit import Audit
from dashboard.store.backend import StoreError
from dashboard.store.boots import Boots
from dashboard.store.events import Events
from dashboard.store.figures import FigureRows
from dashboard.store.frames import Frames
from dashboard.store.invitations import Invitations
from dashboard.store.layouts import Layouts
from dashboard.store.logs import Logs
from dashboard.store.mats import Mats
from dashboard.store.migrating import bring_up_to_date
from dashboard.store.people import People
from dashboard.store.sessions import Sessions
from dashboard.store.shares import Shares
from dashboard.store.sign_ins import SignIns
from dashboard.store.sqlite import SqliteBackend

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dashboard.store.backend import Backend


class Store:
    """Everything that is stored. Not for several threads at once: see `dashboard.store.desk`.

    Parameters
    ----------
    backend : Backend
        Its schema is the newest.

    Attributes
    ----------
    mats : Mats
    people : People
    logs : Logs
    boots : Boots
    sessions : Sessions
    frames : Frames
    events : Events
    layouts : Layouts
    figures : FigureRows
    accounts : Accounts
    sign_ins : SignIns
    invitations : Invitations
    shares : Shares
    audit : Audit
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.mats = Mats(backend)
        self.people = People(backend)
        self.logs = Logs(backend)
        self.boots = Boots(backend)
        self.sessions = Sessions(backend)
        self.frames = Frames(backend)
        self.events = Events(backend)
        self.layouts = Layouts(backend)
        self.figures = FigureRows(backend)
        self.accounts = Accounts(backend)
        self.sign_ins = SignIns(backend)
        self.invitations = Invitations(backend)
        self.shares = Shares(backend)
        self.audit = Audit(backend)

    def transaction(self) -> AbstractContextManager[None]:
        """All that is done within, safe on the disk at its end; or nothing of it."""
        return self._backend.transaction()

    def shrink(self) -> None:
        """Give room back to the disk that is no longer needed."""
        self._backend.shrink()

    def copy_to(self, path: Path) -> None:
        """Write a copy of everything into a new file, while others go on working."""
        self._backend.copy_to(path)

    def close(self) -> None:
        """Let go of the database."""
        self._backend.close()


def open_store(path: Path, *, query_only: bool = False, now_s: float | None = None) -> Store:
    """Open the store in a file of SQLite, and bring its schema up to date.

    Parameters
    ----------
    path : Path
        Made if it is not there, with its folder; nobody else on this computer may read it.
    query_only : bool
        Only read; the schema must be the newest already.
    now_s : float, optional
        s since 1970, for the notes on migrations; the clock's unless given.

    Raises
    ------
    StoreError
        If it cannot be opened, or was made by a newer dashboard.
    """
    if not query_only:
        _make_private(path)
    backend = SqliteBackend(path, query_only=query_only)
    try:
        if not query_only:
            bring_up_to_date(backend, str(path), time.time() if now_s is None else now_s)
    except BaseException:
        backend.close()
        raise
    return Store(backend)


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; see [store] path") from None
