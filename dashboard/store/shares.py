"""Who lets which account see what is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

_COLUMNS = "id, person, account, consent, given_by, given_s, ended_s, ended_by"


class Share(msgspec.Struct, frozen=True):
    """Somebody lets an account see what is theirs.

    Attributes
    ----------
    id : str
    person, account : str
    consent : str
        How the person agreed, in words.
    given_by : str or None
        Account that noted it; None: a command of the operator.
    given_s : float
        s since 1970.
    ended_s : float or None
        When it was revoked; None: it holds.
    ended_by : str or None
    """

    id: str
    person: str
    account: str
    consent: str
    given_by: str | None
    given_s: float
    ended_s: float | None = None
    ended_by: str | None = None


class Shares:
    """Rows of shares; those that ended stay, as what was agreed and when.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, share: Share) -> bool:
        """Add one; False: such a one holds already."""
        return bool(
            self._db.execute(
                f"INSERT INTO share ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
                "ON CONFLICT DO NOTHING",
                *msgspec.structs.astuple(share),
            )
        )

    def get(self, share: str) -> Share | None:
        """Find one."""
        row = self._db.one(f"SELECT {_COLUMNS} FROM share WHERE id = ?", share)  # noqa: S608
        return Share(*row) if row else None

    def end(self, share: str, by: str | None, now_s: float) -> bool:
        """Revoke one; False: it does not hold."""
        return bool(
            self._db.execute(
                "UPDATE share SET ended_s = ?, ended_by = ? WHERE id = ? AND ended_s IS NULL",
                now_s, by, share,
            )
        )  # fmt: skip

    def of(self, person: str) -> list[Share]:
        """List all of somebody, those that hold first, then the newest."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM share WHERE person = ? "  # noqa: S608
            "ORDER BY ended_s IS NOT NULL, given_s DESC, id",
            person,
        )
        return [Share(*row) for row in rows]

    def people_of(self, account: str) -> frozenset[str]:
        """Find whom an account may see."""
        rows = self._db.rows(
            "SELECT person FROM share WHERE account = ? AND ended_s IS NULL", account
        )
        return frozenset(str(row[0]) for row in rows)
