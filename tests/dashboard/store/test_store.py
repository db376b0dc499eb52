"""What holds for every subject: transactions, and that nothing is half done."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dashboard.store.repository import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.store.repository import Store


def test_room_that_is_no_longer_needed_goes_back_to_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(open_store(path)) as opened:
        opened.mats.add("hall", "", 1.0)
        with opened.transaction():
            for number in range(200):
                opened.logs.damage("hall", number, bytes(20_000), "", 1.0)
    full = path.stat().st_size
    with closing(open_store(path)) as opened:
        opened._backend.execute("DELETE FROM damaged")
        opened.shrink()
    assert full > 4_000_000
    assert path.stat().st_size < 400_000


def test_all_of_a_transaction_or_nothing(store: Store) -> None:
    def add_two_and_fail() -> None:
        with store.transaction():
            store.mats.add("hall", "", 1.0)
            with store.transaction():
                store.mats.add("attic", "", 1.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_two_and_fail()
    assert store.mats.known() == []
    with store.transaction():
        store.mats.add("hall", "", 1.0)
    assert [mat.id for mat in store.mats.known()] == ["hall"]
