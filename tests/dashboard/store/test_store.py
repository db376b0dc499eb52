"""What holds for every subject: transactions, and that nothing is half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dashboard.store.repository import Store


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
