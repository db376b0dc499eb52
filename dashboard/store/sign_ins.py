"""Browsers that are signed in; of a secret only its digest is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

_COLUMNS = "id, account, begun_s, used_s, idle_s, until_s, address, browser"
_HOLDS = "until_s > ? AND used_s + idle_s > ?"


class SignIn(msgspec.Struct, frozen=True):
    """A browser that is signed in.

    Attributes
    ----------
    id : str
        To speak of it; lets nobody in.
    account : str
    begun_s, used_s : float
        s since 1970; `used_s` is late by up to some minutes.
    idle_s : float
        It ends when unused for so long,
    until_s : float
        and then whatever is done.
    address, browser : str
        From where it began, as far as that is known.
    """

    id: str
    account: str
    begun_s: float
    used_s: float
    idle_s: float
    until_s: float
    address: str
    browser: str


class SignIns:
    """Rows of sign-ins.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, digest: bytes, sign_in: SignIn) -> None:
        """Begin one; those that have ended by then are removed."""
        now_s = sign_in.begun_s
        self._db.execute(f"DELETE FROM sign_in WHERE NOT ({_HOLDS})", now_s, now_s)  # noqa: S608
        self._db.execute(
            f"INSERT INTO sign_in (digest, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            digest,
            *msgspec.structs.astuple(sign_in),
        )

    def get(self, digest: bytes, now_s: float) -> SignIn | None:
        """Find one that holds."""
        row = self._db.one(
            f"SELECT {_COLUMNS} FROM sign_in WHERE digest = ? AND {_HOLDS}",  # noqa: S608
            digest, now_s, now_s,
        )  # fmt: skip
        return SignIn(*row) if row else None

    def of(self, account: str, now_s: float) -> list[SignIn]:
        """List those of an account that hold, the newest use first."""
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM sign_in WHERE account = ? AND {_HOLDS} "  # noqa: S608
            "ORDER BY used_s DESC, begun_s DESC, id",
            account, now_s, now_s,
        )  # fmt: skip
        return [SignIn(*row) for row in rows]

    def use(self, sign_in: str, now_s: float) -> None:
        """Note that it was used."""
        self._db.execute("UPDATE sign_in SET used_s = ? WHERE id = ?", now_s, sign_in)

    def end(self, account: str, sign_in: str) -> bool:
        """End one of an account; False: it has none of that id."""
        return bool(
            self._db.execute("DELETE FROM sign_in WHERE account = ? AND id = ?", account, sign_in)
        )

    def end_everywhere(self) -> None:
        """End all of all accounts."""
        self._db.execute("DELETE FROM sign_in")

    def end_all(self, account: str, but: str = "") -> int:
        """End all of an account, but perhaps one; return how many."""
        return self._db.execute("DELETE FROM sign_in WHERE account = ? AND id <> ?", account, but)
