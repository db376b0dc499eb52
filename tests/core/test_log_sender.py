"""What the mat sends of its log and when again; a world that loses, repeats and forgets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.log_sender import (
    AGAIN_FIRST_S,
    AGAIN_MAX_S,
    HEAR_FIRST_S,
    WINDOW,
    LogSender,
    LogState,
)
from core.wire import Ack

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = "0123456789abcdef"


def sender(**state: int) -> LogSender:
    """A sender that has listened, and may send from 0 s on."""
    found = LogSender(LogState(LOG, **state))
    found.connected(-HEAR_FIRST_S)
    assert not found.due(-0.001)
    assert found.wake_s() == 0.0
    return found


def test_it_listens_before_it_sends_once_a_start() -> None:
    fresh = LogSender(LogState(LOG, end_seq=5))
    fresh.connected(0.0)
    assert not fresh.due(HEAR_FIRST_S - 0.001)
    assert fresh.ack(ack(0, log_id="f" * 16), 1.0) == "nothing"
    assert not fresh.due(1.0)
    assert fresh.ack(ack(0), 1.0) == "nothing"
    assert fresh.due(1.0) == range(5)
    fresh.lost()
    fresh.connected(2.0)
    assert fresh.due(2.0) == range(5)
    quiet = LogSender(LogState(LOG, end_seq=5))
    quiet.connected(0.0)
    quiet.lost()
    assert not quiet.due(100.0)


def ack(next_seq: int, want: int | None = None, *, fork: bool = False, log_id: str = LOG) -> Ack:
    return Ack(log_id, next_seq, want, fork)


def test_nothing_goes_without_a_broker() -> None:
    quiet = LogSender(LogState(LOG, end_seq=5))
    assert not quiet.due(0.0)
    assert quiet.wake_s() == float("inf")
    quiet.connected(1.0 - HEAR_FIRST_S)
    assert quiet.due(1.0) == range(5)
    quiet.lost()
    assert not quiet.due(100.0)
    quiet.connected(101.0)
    assert quiet.due(101.0) == range(5)


def test_one_window_is_under_way() -> None:
    many = sender(end_seq=100)
    assert many.due(0.0) == range(WINDOW)
    assert not many.due(1.0)
    many.stored(LogState(LOG, end_seq=100, sent_seq=WINDOW))
    assert many.ack(ack(10), 1.0) == "acknowledged"
    assert many.due(1.0) == range(WINDOW, WINDOW + 10)


def test_without_an_answer_all_goes_again_and_the_waits_grow() -> None:
    lost = sender(end_seq=40)
    lost.due(0.0)
    now_s, waits_s = 0.0, []
    for _ in range(8):
        assert not lost.due(lost.wake_s() - 0.001)
        waits_s.append(lost.wake_s() - now_s)
        now_s = lost.wake_s()
        assert lost.due(now_s) == range(WINDOW)
    assert waits_s == [10, 20, 40, 80, 160, 300, 300, 300]
    lost.stored(LogState(LOG, end_seq=40, sent_seq=WINDOW))
    lost.ack(ack(1), now_s)
    lost.due(now_s)
    assert lost.wake_s() - now_s == AGAIN_FIRST_S
    assert AGAIN_MAX_S == 300


def test_nothing_to_wait_for_when_all_is_acknowledged() -> None:
    done = sender(end_seq=3)
    done.due(0.0)
    done.stored(LogState(LOG, end_seq=3, sent_seq=3))
    done.ack(ack(3), 0.5)
    assert done.wake_s() == float("inf")
    assert not done.due(1e6)
    done.stored(LogState(LOG, end_seq=4, sent_seq=3))
    assert done.due(2e6) == range(3, 4)
    assert done.wake_s() == 2e6 + AGAIN_FIRST_S


def test_what_was_given_up_is_not_sent() -> None:
    trimmed = sender(end_seq=50)
    trimmed.stored(LogState(LOG, first_seq=20, end_seq=50))
    assert trimmed.due(0.0) == range(20, 50)


TABLE = [
    (ack(7), "acknowledged", 7),
    (ack(5), "nothing", 5),
    (ack(4), "nothing", 5),
    (ack(20, log_id="f" * 16), "nothing", 5),
    (ack(7, fork=True, log_id="f" * 16), "nothing", 5),
    (ack(5, fork=True), "new_log", 5),
    (ack(10), "acknowledged", 10),
    (ack(11), "new_log", 5),
    (ack(5, want=3), "rewound", 3),
    (ack(5, want=1), "rewound", 2),
    (ack(7, want=6), "acknowledged", 7),
    (ack(5, want=5), "nothing", 5),
    (ack(5, want=3, fork=True), "new_log", 3),
    (ack(11, want=4), "new_log", 4),
]


@pytest.mark.parametrize(("said", "answer", "next_seq"), TABLE)
def test_what_an_ack_means(said: Ack, answer: str, next_seq: int) -> None:
    hears = sender(first_seq=2, end_seq=15, next_seq=5, sent_seq=10)
    assert hears.ack(said, 0.0) == answer
    assert hears.next_seq == next_seq


def test_a_wish_is_obeyed_once_until_another_word_and_what_follows_counts_again() -> None:
    hears = sender(end_seq=40, next_seq=30, sent_seq=40)
    assert hears.ack(ack(12, want=12), 0.0) == "rewound"
    assert hears.due(0.0) == range(12, 40)
    assert hears.ack(ack(12, want=12), 0.2) == "nothing"
    assert hears.ack(ack(20), 0.5) == "acknowledged"
    assert hears.ack(ack(12, want=12), 1.0) == "rewound"
    assert hears.next_seq == 12
    assert hears.ack(ack(11, want=11), 1.0) == "rewound"
    assert hears.next_seq == 11


def test_a_card_that_was_put_back_is_found_out_though_it_has_gone_on() -> None:
    """The recorder has 150; this card knew 100 and has written on to 170 without a network."""
    old = sender(end_seq=170, next_seq=90, sent_seq=100)
    assert old.ack(ack(150), 0.0) == "new_log"
    young = sender(end_seq=170, next_seq=90, sent_seq=160)
    assert young.ack(ack(150), 0.0) == "acknowledged"


class World:
    """A mat, a recorder, and a way between them that loses what it likes."""

    def __init__(self) -> None:
        self.state, self.mat = LogState(LOG), sender()
        self.has: set[int] = set()
        self.now_s = 0.0

    @property
    def missing(self) -> int:
        return next(seq for seq in range(len(self.has) + 1) if seq not in self.has)

    def store(self, number: int) -> None:
        self.state = replace(self.state, end_seq=self.state.end_seq + number)
        self.mat.stored(self.state)

    def late(self, _number: int) -> range:
        due = self.mat.due(self.now_s)
        if due:
            self.state = replace(self.state, sent_seq=max(self.state.sent_seq, due.stop))
            self.mat.stored(self.state)
        return due

    def ack(self, number: int) -> None:
        self.has.update(self.late(number))
        self.mat.ack(ack(self.missing), self.now_s)

    def cut(self, _number: int) -> None:
        self.mat.lost()
        self.mat.connected(self.now_s)

    def wait(self, number: int) -> None:
        self.now_s += 10 * number

    def forget(self, number: int) -> None:
        self.has = {seq for seq in self.has if seq < number}
        self.mat.ack(ack(self.missing, want=self.missing), self.now_s)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from([World.store, World.ack, World.late, World.cut, World.wait, World.forget]),
        st.integers(0, 60),
    ),
    max_size=60,
)


@given(EVENTS)
def test_in_the_end_the_recorder_has_everything(
    events: list[tuple[Callable[[World, int], object], int]],
) -> None:
    """Whatever is lost on the way: a recorder that answers in the end gets every number."""
    world = World()
    for act, number in events:
        act(world, number)
        assert world.mat.next_seq <= world.state.end_seq
    for _ in range(100):
        world.now_s = max(world.now_s, min(world.mat.wake_s(), world.now_s + AGAIN_MAX_S))
        world.ack(0)
    assert world.has >= set(range(world.state.end_seq))
