"""Links that make an account once; of a link only its digest is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

_COLUMNS = "id, name, role, person, consent, account, made_by, made_s, until_s"


class Invitation(msgspec.Struct, frozen=True):
    """A link that makes one account, or gives one a new password.

    Attributes
    ----------
    id : str
        To speak of it; lets nobody in.
    name, role : str
        Of the account that it makes.
    person : str or None
        Whose account it makes, or whom that account may see.
    consent : str or None
        How that person agreed to be seen; None: it is their own account, or there is nobody.
    account : str or None
        An account that is there, for which it sets a new password.
    made_by : str or None
        Account; None: a command of the operator.
    made_s, until_s : float
        s since 1970.
    """

    id: str
    name: str
    role: str
    person: str | None
    consent: str | None
    account: str | None
    made_by: str | None
    made_s: float
    until_s: float


class Invitations:
    """Rows of invitations; a row goes when its link has been used.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, digest: bytes, invitation: Invitation) -> None:
        """Add one; those that have run out by then are removed."""
        self._db.execute("DELETE FROM invitation WHERE until_s <= ?", invitation.made_s)
        self._db.execute(
            f"INSERT INTO invitation (digest, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            digest,
            *msgspec.structs.astuple(invitation),
        )

    def get(self, digest: bytes, now_s: float) -> Invitation | None:
        """Find one that holds."""
        row = self._db.one(
            f"SELECT {_COLUMNS} FROM invitation WHERE digest = ? AND until_s > ?",  # noqa: S608
            digest, now_s,
        )  # fmt: skip
        return Invitation(*row) if row else None

    def open(self, now_s: float) -> list[Invitation]:
        """List those that hold, the newest first."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM invitation WHERE until_s > ? ORDER BY made_s DESC, id",  # noqa: S608
            now_s,
        )
        return [Invitation(*row) for row in rows]

    def remove_all(self) -> None:
        """Remove all of them."""
        self._db.execute("DELETE FROM invitation")

    def remove(self, invitation: str) -> bool:
        """Remove one, used or withdrawn; False: it is gone already."""
        return bool(self._db.execute("DELETE FROM invitation WHERE id = ?", invitation))
