"""Who may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

_COLUMNS = "id, login, name, role, person, password, made_s, disabled_s"


class Account(msgspec.Struct, frozen=True):
    """Somebody who may sign in.

    Attributes
    ----------
    id : str
        Random.
    login : str
        What is typed to sign in, folded (`dashboard.accounts.logins`).
    name : str
        For people.
    role : str
        A row of `dashboard.accounts.roles`.
    person : str or None
        Who on the mats this is.
    password : str or None
        The argon2id hash; None: no sign-in with a password.
    made_s : float
        s since 1970.
    disabled_s : float or None
        Since when it may not sign in.
    """

    id: str
    login: str
    name: str
    role: str
    person: str | None
    password: str | None
    made_s: float
    disabled_s: float | None = None


class Accounts:
    """Rows of accounts.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, account: Account) -> None:
        """Add one.

        Raises
        ------
        ValueError
            If that login is somebody's, or that person has an account.
        """
        with self._db.transaction():
            if self.by_login(account.login):
                raise ValueError(f"{account.login}: somebody signs in with that already")
            if account.person is not None and self.of_person(account.person):
                raise ValueError("that person has an account already")
            self._db.execute(
                f"INSERT INTO account ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                *msgspec.structs.astuple(account),
            )

    def get(self, account: str) -> Account | None:
        """Find one by its id."""
        return self._find("id", account)

    def by_login(self, login: str) -> Account | None:
        """Find one by what is typed, folded."""
        return self._find("login", login)

    def of_person(self, person: str) -> Account | None:
        """Find the account of somebody on a mat."""
        return self._find("person", person)

    def all(self) -> list[Account]:
        """List them, by name."""
        rows = self._db.rows(f"SELECT {_COLUMNS} FROM account ORDER BY name, login")  # noqa: S608
        return [Account(*row) for row in rows]

    def n_owners(self) -> int:
        """Count the owners that may sign in."""
        row = self._db.one(
            "SELECT COUNT(*) FROM account WHERE role = 'owner' AND disabled_s IS NULL"
        )
        return int(row[0]) if row else 0

    def set_password(self, account: str, hashed: str | None) -> None:
        """Give it another password, or none."""
        self._db.execute("UPDATE account SET password = ? WHERE id = ?", hashed, account)

    def set_role(self, account: str, role: str) -> None:
        """Give it another role."""
        self._db.execute("UPDATE account SET role = ? WHERE id = ?", role, account)

    def set_disabled(self, account: str, since_s: float | None) -> None:
        """Let it no longer sign in; None: let it again."""
        self._db.execute("UPDATE account SET disabled_s = ? WHERE id = ?", since_s, account)

    def remove(self, account: str) -> None:
        """Delete one with its sign-ins, and what others share with it."""
        self._db.execute("DELETE FROM account WHERE id = ?", account)

    def _find(self, column: str, wanted: str) -> Account | None:
        row = self._db.one(f"SELECT {_COLUMNS} FROM account WHERE {column} = ?", wanted)  # noqa: S608
        return Account(*row) if row else None
