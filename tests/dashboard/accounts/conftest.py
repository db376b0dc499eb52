"""A store with an owner, three carers and two people who use mats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.accounts.deeds import Doer
from dashboard.store.accounts import Account
from dashboard.store.people import Person
from dashboard.store.repository import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNER = Account("a-owner", "olga", "Olga", "owner", None, "hash", 1.0)
CLINICIAN = Account("a-clinician", "cleo", "Dr Cleo", "clinician", None, "hash", 1.0)
CAREGIVER = Account("a-caregiver", "carl", "Carl", "caregiver", None, "hash", 1.0)
PERSON = Account("a-person", "paul", "Paul", "person", "p-paul", "hash", 1.0)
ACCOUNTS = (OWNER, CLINICIAN, CAREGIVER, PERSON)
DOER = Doer(1000.0, "a-owner", "192.0.2.1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a store with people in it."""
    opened = open_store(tmp_path / "s.db", now_s=1.0)
    for person in (Person("p-paul", "Paul", 1.0), Person("p-rosa", "Rosa", 1.0)):
        opened.people.add(person)
    for account in ACCOUNTS:
        opened.accounts.add(account)
    yield opened
    opened.close()


def deeds(store: Store) -> list[str]:
    """What the audit log tells, the oldest first."""
    return [entry.did for _, entry in reversed(store.audit.page(None, 100))]
