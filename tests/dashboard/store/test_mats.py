from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.store.mats import MOST_UNKNOWN, Mat, UnknownMat

if TYPE_CHECKING:
    from dashboard.store.repository import Store


def test_a_mat_is_known_until_it_is_removed_and_again_when_it_is_added(store: Store) -> None:
    store.mats.add("hall", "Hall", 10.0)
    store.mats.add("attic", "", 11.0)
    assert store.mats.known() == [Mat("attic", "", 11.0, None), Mat("hall", "Hall", 10.0, None)]
    assert store.mats.remove("hall", 12.0)
    assert not store.mats.remove("hall", 13.0)
    assert store.mats.get("hall") is None
    store.mats.add("hall", "Big hall", 14.0)
    assert store.mats.get("hall") == Mat("hall", "Big hall", 10.0, None)


def test_it_says_when_it_was_heard(store: Store) -> None:
    store.mats.add("hall", "", 10.0)
    store.mats.heard("hall", 20.0)
    assert store.mats.known() == [Mat("hall", "", 10.0, 20.0)]


def test_unknown_mats_are_listed_until_they_are_added(store: Store) -> None:
    store.mats.unknown_heard("hall", 3, 10.0)
    store.mats.unknown_heard("attic", 1, 11.0)
    store.mats.unknown_heard("hall", 4, 12.0)
    assert store.mats.unknown() == [
        UnknownMat("hall", 10.0, 12.0, 7),
        UnknownMat("attic", 11.0, 11.0, 1),
    ]
    store.mats.add("hall", "", 13.0)
    assert [each.id for each in store.mats.unknown()] == ["attic"]


def test_names_made_up_fill_no_disk(store: Store) -> None:
    for number in range(MOST_UNKNOWN + 5):
        store.mats.unknown_heard(f"mat-{number}", 1, float(number))
    assert len(store.mats.unknown()) == MOST_UNKNOWN
    store.mats.unknown_heard("mat-0", 1, 1000.0)
    assert store.mats.unknown()[0] == UnknownMat("mat-0", 0.0, 1000.0, 2)
