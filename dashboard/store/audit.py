"""Who read what is somebody else's, and who changed accounts, roles, shares and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

FORGOTTEN = "(deleted)"
"""Stands for an address of somebody who was deleted."""

_COLUMNS = "at_s, account, did, about_account, person, mat, detail, address"


class Entry(msgspec.Struct, frozen=True):
    """One line of the audit log; it holds ids, so that a deleted name is gone from it.

    Attributes
    ----------
    at_s : float
        s since 1970.
    account : str or None
        Who; None: a command of the operator, or nobody who was signed in.
    did : str
        A key of `dashboard.accounts.deeds`.
    about_account, person, mat : str or None
        To whom or what.
    detail : str
        Plain words; no secret, nothing measured.
    address : str
        From where; empty: a command of the operator.
    """

    at_s: float
    account: str | None
    did: str
    about_account: str | None = None
    person: str | None = None
    mat: str | None = None
    detail: str = ""
    address: str = ""


class Audit:
    """Lines of the audit log; they are added, and only changed to forget somebody.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, entry: Entry) -> None:
        """Add a line."""
        self._db.execute(
            f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            *msgspec.structs.astuple(entry),
        )

    def page(self, before: int | None, n: int) -> list[tuple[int, Entry]]:
        """List the newest lines with their numbers, or the newest of those before one."""
        rows = self._db.rows(
            f"SELECT key, {_COLUMNS} FROM audit WHERE key < ? ORDER BY key DESC LIMIT ?",  # noqa: S608
            2**62 if before is None else before, n,
        )  # fmt: skip
        return [(int(row[0]), Entry(*row[1:])) for row in rows]

    def forget_person(self, person: str) -> None:
        """Take the words out of all lines about somebody."""
        self._db.execute("UPDATE audit SET detail = '' WHERE person = ?", person)

    def forget_account(self, account: str) -> None:
        """Take words and addresses out of all lines by and about an account."""
        self._db.execute(
            "UPDATE audit SET detail = '', address = ? WHERE account = ? OR about_account = ?",
            FORGOTTEN, account, account,
        )  # fmt: skip

    def of_person(self, person: str, n: int) -> list[Entry]:
        """List the newest lines about somebody."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM audit WHERE person = ? ORDER BY key DESC LIMIT ?",  # noqa: S608
            person, n,
        )  # fmt: skip
        return [Entry(*row) for row in rows]
