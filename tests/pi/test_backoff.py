from __future__ import annotations

from pi.backoff import Backoff


def test_waits_double_up_to_the_bound() -> None:
    backoff = Backoff(0.2, 5.0)
    assert [round(backoff.next_s(), 1) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_success_that_lasted_begins_anew() -> None:
    backoff = Backoff(0.5, 30.0)
    waits = [backoff.next_s(), backoff.next_s(), backoff.next_s(30.1), backoff.next_s(29.9)]
    assert waits == [0.5, 1.0, 0.5, 1.0]


def test_the_spread_only_shortens() -> None:
    spread = iter([0.0, 1.0])
    backoff = Backoff(1.0, 8.0, lambda: next(spread))
    assert [backoff.next_s(), backoff.next_s()] == [1.0, 1.5]
