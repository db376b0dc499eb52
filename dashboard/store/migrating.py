"""Migrations: SQL files in order, forward only, each in a transaction with the note that it ran."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from dashboard.store.backend import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.store.backend import Backend

_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


class Migration(NamedTuple):
    """One step of the schema.

    Attributes
    ----------
    number : int
    name : str
    script : str
        Statements of SQL; no transaction of its own.
    """

    number: int
    name: str
    script: str


def shipped() -> tuple[Migration, ...]:
    """Read the migrations in `dashboard/store/sql`, in order."""
    found = (
        Migration(int(match[1]), match[2], file.read_text("utf-8"))
        for file in resources.files("dashboard.store.sql").iterdir()
        if (match := _NAME.fullmatch(file.name))
    )
    return tuple(sorted(found))


def bring_up_to_date(
    backend: Backend, where: str, now_s: float, migrations: Sequence[Migration] | None = None
) -> None:
    """Carry out what a database lacks.

    Parameters
    ----------
    backend : Backend
    where : str
        Its name in an error text.
    now_s : float
        s since 1970, for the notes.
    migrations : sequence of Migration, optional
        Others than those shipped.

    Raises
    ------
    StoreError
        If a newer dashboard has been at work on it.
    """
    known = shipped() if migrations is None else migrations
    done = backend.migrated()
    newer = sorted(set(done) - {each.number for each in known})
    if newer:
        raise StoreError(
            f"{where}: made by a newer dashboard (step {newer[-1]}, {done[newer[-1]]}); install it"
        )
    for migration in known:
        if migration.number not in done:
            backend.migrate(migration.name, migration.script, migration.number, now_s)
