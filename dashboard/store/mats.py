"""The mats that a dashboard knows, and those that it has only heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend

MOST_UNKNOWN = 100
"""More unknown mats are not listed: whoever makes up names fills no disk."""


class Mat(msgspec.Struct, frozen=True):
    """A mat that is recorded.

    Attributes
    ----------
    id, name : str
    added_s : float
        s since 1970.
    heard_s : float or None
        When its last record came; None: none has.
    """

    id: str
    name: str
    added_s: float
    heard_s: float | None


class UnknownMat(msgspec.Struct, frozen=True):
    """A mat that sent records and was not known; nothing of it was kept."""

    id: str
    first_s: float
    last_s: float
    n_messages: int


class Mats:
    """Rows of mats.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, mat: str, name: str, now_s: float) -> None:
        """Know a mat from now on, or again; one that is known only gets the name."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO mat (id, name, added_s) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET name = excluded.name, removed_s = NULL",
                mat, name, now_s,
            )  # fmt: skip
            self._db.execute("DELETE FROM unknown_mat WHERE id = ?", mat)

    def meet(self, mat: str, now_s: float) -> None:
        """Know a mat from now on, unless it was removed once."""
        self._db.execute(
            "INSERT INTO mat (id, name, added_s) VALUES (?, '', ?) ON CONFLICT DO NOTHING",
            mat, now_s,
        )  # fmt: skip

    def remove(self, mat: str, now_s: float) -> bool:
        """Record a mat no longer; what it said stays. False: it was not known."""
        return bool(
            self._db.execute(
                "UPDATE mat SET removed_s = ? WHERE id = ? AND removed_s IS NULL", now_s, mat
            )
        )

    def known(self) -> list[Mat]:
        """List the mats that are recorded, by id."""
        rows = self._db.rows(
            "SELECT id, name, added_s, heard_s FROM mat WHERE removed_s IS NULL ORDER BY id"
        )
        return [Mat(*row) for row in rows]

    def get(self, mat: str) -> Mat | None:
        """Find a mat that is recorded."""
        row = self._db.one(
            "SELECT id, name, added_s, heard_s FROM mat WHERE id = ? AND removed_s IS NULL", mat
        )
        return Mat(*row) if row else None

    def heard(self, mat: str, now_s: float) -> None:
        """Note that a record of a known mat came."""
        self._db.execute("UPDATE mat SET heard_s = ? WHERE id = ?", now_s, mat)

    def unknown_heard(self, mat: str, n_messages: int, now_s: float) -> None:
        """Note that a mat sends which is not known."""
        with self._db.transaction():
            row = self._db.one("SELECT count(*) FROM unknown_mat WHERE id <> ?", mat)
            if row and row[0] >= MOST_UNKNOWN:
                return
            self._db.execute(
                "INSERT INTO unknown_mat VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "last_s = excluded.last_s, n_messages = unknown_mat.n_messages + "
                "excluded.n_messages",
                mat, now_s, now_s, n_messages,
            )  # fmt: skip

    def unknown(self) -> list[UnknownMat]:
        """List the mats that were heard and are not known, the newest first."""
        rows = self._db.rows(
            "SELECT id, first_s, last_s, n_messages FROM unknown_mat ORDER BY last_s DESC, id"
        )
        return [UnknownMat(*row) for row in rows]
