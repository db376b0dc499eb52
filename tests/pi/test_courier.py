"""The courier: a link that dies or hangs is replaced, and the sampler never waits for it."""

from __future__ import annotations

import logging
import signal
import subprocess
from typing import TYPE_CHECKING

import msgspec
import pytest

from pi.courier import (
    END_TIMEOUT_S,
    LASTS_S,
    RESTART_MAX_S,
    SILENT_MAX_S,
    UNWELL_MAX_S,
    Courier,
)
from pi.handover import ALIVE, FAULT, QUEUE_MAX, WINDOW, Fault, Message, put, take
from pi.log_link import END_TIMEOUT_S as LOG_END_TIMEOUT_S
from pi.logs import set_level
from pi.sampler_end import END_TIMEOUT_S as OFFLINE_TIMEOUT_S

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator


class FakeLink:
    """A link process that does what the test says."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end.dup()
        self.end.settimeout(0)
        self.code: int | None = None
        self.ends_by_itself = True
        self.signals: list[int] = []

    def send_signal(self, sig: int) -> None:
        self.signals.append(sig)

    def poll(self) -> int | None:
        return self.code

    def kill(self) -> None:
        self.code = -9
        self.end.close()

    def wait(self, timeout: float | None = None) -> int:
        if self.code is None and not self.ends_by_itself:
            raise subprocess.TimeoutExpired("link", timeout or 0.0)
        self.end.close()
        self.code = self.code or 0
        return self.code

    def drain(self) -> list[Message]:
        found = []
        while message := take(self.end):
            found.append(message)
        return found


class Yard:
    def __init__(self) -> None:
        self.links: list[FakeLink] = []
        self.broken = False
        self.now_s = 0.0
        self.courier = Courier(self.start)

    def start(self, end: socket.socket) -> FakeLink:
        if self.broken:
            raise OSError("out of memory")
        self.links.append(FakeLink(end))
        return self.links[-1]


@pytest.fixture
def debug() -> Iterator[None]:
    """The sampler tells everything."""
    before = logging.getLogger().level
    set_level("debug")
    yield
    logging.getLogger().setLevel(before)


@pytest.fixture
def yard() -> Iterator[Yard]:
    made = Yard()
    yield made
    made.courier.close()
    for link in made.links:
        link.end.close()


def test_messages_go_down_and_commands_come_up(yard: Yard) -> None:
    yard.courier.send(Message("event", b"early", 1))
    assert yard.courier.poll(0.0, 16) == []
    yard.courier.send(Message("live", b"x"))
    assert [m.topic for m in yard.links[0].drain()] == ["event", "live"]
    put(yard.links[0].end, Message(ALIVE))
    put(yard.links[0].end, Message("cmd", b"1"))
    put(yard.links[0].end, Message("cmd", b"2"))
    assert [m.payload for m in yard.courier.poll(0.1, 2)] == [b"1"]
    assert [m.payload for m in yard.courier.poll(0.2, 2)] == [b"2"]
    assert yard.courier.dropped == 0


def test_a_dead_link_is_replaced_with_growing_waits_and_told_once(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    yard.courier.poll(0.0, 16)
    yard.courier.send(Message("event", b"e", 1))
    for now_s, due_s in ((1.0, 1.21), (1.3, 1.71)):
        yard.links[-1].kill()
        n_links = len(yard.links)
        yard.courier.poll(now_s, 16)
        yard.courier.poll(due_s - 0.02, 16)
        assert len(yard.links) == n_links
        yard.courier.poll(due_s, 16)
        assert len(yard.links) == n_links + 1
    assert [m.payload for m in yard.links[-1].drain()] == [b"e"]
    put(yard.links[-1].end, Message(ALIVE))
    yard.courier.poll(2.0, 16)
    events = [record.message.split()[0] for record in caplog.records]
    assert events == ["event=link_lost", "event=link_back"]


def test_a_link_that_cannot_be_started_is_tried_again(yard: Yard) -> None:
    yard.broken = True
    assert yard.courier.poll(0.0, 16) == []
    yard.broken = False
    yard.courier.poll(0.1, 16)
    assert yard.links == []
    yard.courier.poll(0.3, 16)
    assert len(yard.links) == 1


def test_a_link_that_hangs_is_killed(yard: Yard) -> None:
    yard.courier.poll(0.0, 16)
    yard.courier.poll(SILENT_MAX_S, 16)
    assert yard.links[0].code is None
    yard.courier.poll(SILENT_MAX_S + 0.1, 16)
    assert yard.links[0].code == -9


def faults(messages: list[Message]) -> list[bool]:
    found = [message.payload for message in messages if message.topic == FAULT]
    return [msgspec.json.decode(payload, type=Fault).holds for payload in found]


def live_until(yard: Yard, end_s: float, *, dies: bool) -> tuple[list[bool], float]:
    """Poll each second; a link says that it lives, and may die of that. Give faults, and when."""
    told: list[bool] = []
    at_s = 0.0
    for now_s in range(int(yard.now_s), int(end_s)):
        found = faults(yard.courier.poll(float(now_s), 16))
        at_s = now_s if found else at_s
        told += found
        link = yard.links[-1]
        if link.code is None:
            put(link.end, Message(ALIVE))
            told += faults(yard.courier.poll(now_s + 0.5, 16))
            if dies:
                link.kill()
    yard.now_s = end_s
    return told, at_s


def test_links_that_die_at_each_start_are_a_fault_until_one_lasts(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    told, at_s = live_until(yard, 100.0, dies=True)
    assert (told, at_s) == ([True], UNWELL_MAX_S + 1)
    assert caplog.text.count("link_unwell") == 1
    told, at_s = live_until(yard, 130.0, dies=False)
    assert told == [False]
    assert 100 + LASTS_S <= at_s < 100 + LASTS_S + RESTART_MAX_S + 2


def test_what_a_link_said_of_its_card_stands_when_it_is_well_again(yard: Yard) -> None:
    live_until(yard, 100.0, dies=True)
    live_until(yard, 107.0, dies=False)
    put(yard.links[-1].end, Message(FAULT, msgspec.json.encode(Fault("not_recorded", holds=True))))
    told, _ = live_until(yard, 130.0, dies=False)
    assert told == [True]
    # From now on it speaks for itself.
    put(yard.links[-1].end, Message(FAULT, msgspec.json.encode(Fault("not_recorded", holds=False))))
    assert live_until(yard, 140.0, dies=False)[0] == [False]


def test_a_link_that_dies_now_and_then_is_no_fault(yard: Yard) -> None:
    told = []
    for begin_s in range(0, 300, 50):
        told += live_until(yard, begin_s + 49.0, dies=False)[0]
        told += live_until(yard, begin_s + 50.0, dies=True)[0]
    assert told == []


def test_lost_messages_are_told_once_it_is_over(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(QUEUE_MAX + 5):
        yard.courier.send(Message("event", b"%d" % number, 1))
    for now_s in range(QUEUE_MAX // WINDOW + 2):
        yard.courier.poll(float(now_s), 16)
        for message in yard.links[0].drain():
            put(yard.links[0].end, Message("ack", number=message.number))
    yard.courier.poll(9.0, 16)
    yard.courier.poll(9.1, 16)
    assert [record.message for record in caplog.records] == ["event=messages_lost number=5"]


def test_closing_kills_a_link_that_does_not_end(yard: Yard) -> None:
    yard.courier.poll(0.0, 16)
    yard.links[0].ends_by_itself = False
    yard.courier.close()
    assert yard.links[0].code == -9


def test_a_link_logs_as_much_as_the_sampler_once_it_lives(yard: Yard, debug: None) -> None:
    yard.courier.poll(0.0, 16)
    yard.courier.poll(0.1, 16)
    assert yard.links[0].signals == []
    put(yard.links[0].end, Message(ALIVE))
    for now_s in (0.2, 0.3, 0.4):
        yard.courier.poll(now_s, 16)
    assert yard.links[0].signals == [signal.SIGUSR1]
    set_level("info")
    yard.courier.poll(0.5, 16)
    assert yard.links[0].signals == [signal.SIGUSR1, signal.SIGUSR2]


def test_a_new_link_is_told_again(yard: Yard, debug: None) -> None:
    for now_s in (0.0, 10.0):
        yard.courier.poll(now_s, 16)
        put(yard.links[-1].end, Message(ALIVE))
        yard.courier.poll(now_s + 0.1, 16)
        yard.courier.poll(now_s + 0.2, 16)
        assert yard.links[-1].signals == [signal.SIGUSR1]
        yard.links[-1].kill()
        yard.courier.poll(now_s + 0.3, 16)
    assert len(yard.links) == 2


def test_a_link_has_time_to_store_what_it_was_handed_before_it_is_ended() -> None:
    """Its last word may find no broker, and only then it stores; no connect holds it up."""
    assert OFFLINE_TIMEOUT_S + 2 * LOG_END_TIMEOUT_S < END_TIMEOUT_S < 10.0
