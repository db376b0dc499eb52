"""The last 15 minutes of each zone: counted, packed, and compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.load_history import SECONDS, SHORT_SECONDS, LoadHistory

ZONES = ("l_toes", "r_heel")


def pushed(n: int, *, loaded: bool = True) -> LoadHistory:
    history = LoadHistory.empty(2)
    for _ in range(n):
        history.push(np.array([loaded, False]))
    return history


def test_it_looks_15_and_5_minutes_back() -> None:
    assert (SECONDS, SHORT_SECONDS) == (900, 300)


@pytest.mark.parametrize(
    ("n", "long", "short"),
    [(0, 0, 0), (1, 1, 1), (300, 300, 300), (301, 301, 300), (900, 900, 300), (901, 900, 300)],
)
def test_seconds_are_counted_as_far_as_it_looks(n: int, long: int, short: int) -> None:
    history = pushed(n)
    assert history.long_count.tolist() == [long, 0]
    assert history.short_count.tolist() == [short, 0]


@pytest.mark.parametrize(
    ("after", "long", "short"), [(299, 1, 1), (300, 1, 0), (899, 1, 0), (900, 0, 0)]
)
def test_a_second_leaves_both_windows_in_its_time(after: int, long: int, short: int) -> None:
    history = pushed(1)
    for _ in range(after):
        history.push(np.array([False, False]))
    assert (history.long_count[0], history.short_count[0]) == (long, short)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60), st.integers(0, 1000))
def test_counts_are_those_of_plain_sums(tail: list[tuple[bool, bool]], before: int) -> None:
    history = pushed(before)
    plain = [(True, False)] * before + tail
    for pair in tail:
        history.push(np.array(pair))
    for zone in range(2):
        assert history.long_count[zone] == sum(row[zone] for row in plain[-SECONDS:])
        assert history.short_count[zone] == sum(row[zone] for row in plain[-SHORT_SECONDS:])
    padded = [(False, False)] * SECONDS + plain
    assert history.rows().tolist() == [list(row) for row in padded[-SECONDS:]]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40), st.integers(0, 950))
def test_what_is_packed_is_unpacked(tail: list[tuple[bool, bool]], before: int) -> None:
    history = pushed(before)
    for pair in tail:
        history.push(np.array(pair))
    again = LoadHistory.unpacked(history.packed(ZONES), ZONES)
    assert again.rows().tolist() == history.rows().tolist()
    assert again.long_count.tolist() == history.long_count.tolist()
    assert again.short_count.tolist() == history.short_count.tolist()


def test_a_second_is_a_bit_oldest_first() -> None:
    packed = pushed(1).packed(ZONES)
    assert packed == {"l_toes": bytes(112) + b"\x10", "r_heel": bytes(113)}


@pytest.mark.parametrize("length", [0, 1, 112])
def test_what_is_not_whole_begins_empty(length: int) -> None:
    whole = bytes([255] * 113)
    history = LoadHistory.unpacked({"l_toes": whole[:length], "r_heel": whole}, ZONES)
    assert history.long_count.tolist() == [0, 900]


def test_zones_go_by_name() -> None:
    kept = pushed(7).packed(ZONES)
    again = LoadHistory.unpacked(kept, ("r_heel", "x", "l_toes"))
    assert again.long_count.tolist() == [0, 0, 7]


def test_some_zones_are_emptied_and_others_not() -> None:
    history = LoadHistory(np.ones((SECONDS, 2), bool))
    history.empty_zones(np.array([True, False]))
    assert history.long_count.tolist() == [0, 900]
    assert history.short_count.tolist() == [0, 300]
    history.push(np.array([True, False]))
    assert history.long_count.tolist() == [1, 899]


def test_the_worse_of_two_is_chosen_zone_by_zone() -> None:
    a, b = np.zeros((SECONDS, 2), bool), np.zeros((SECONDS, 2), bool)
    a[:5, 0], b[-4:, 0] = True, True
    a[:5, 1], b[-6:, 1] = True, True
    for worst in (LoadHistory(a).worst(LoadHistory(b)), LoadHistory(b).worst(LoadHistory(a))):
        assert worst.long_count.tolist() == [5, 6]
        assert worst.short_count.tolist() == [0, 6]


def test_of_two_equally_long_the_one_at_hand_stays() -> None:
    a, b = np.zeros((SECONDS, 1), bool), np.zeros((SECONDS, 1), bool)
    a[0], b[-1] = True, True
    assert LoadHistory(a).worst(LoadHistory(b)).short_count.tolist() == [0]
