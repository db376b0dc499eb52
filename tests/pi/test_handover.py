"""The hand-over: nothing waits, `live` may be dropped, events and info may not."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from core.errors import MessageError
from core.log_record import KINDS
from pi.handover import (
    ACK,
    PAYLOAD_MAX_BYTES,
    QUEUE_MAX,
    REC,
    WINDOW,
    Message,
    Post,
    make_pair,
    put,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    pair = make_pair()
    with pair[0], pair[1]:
        yield pair


Ends = tuple[socket.socket, socket.socket]


def drain(end: socket.socket) -> list[Message]:
    found = []
    while message := take(end):
        found.append(message)
    return found


def event(number: int) -> Message:
    return Message("event", b"%d" % number, 1)


def payloads(messages: list[Message], topic: str = "event") -> list[bytes]:
    return [message.payload for message in messages if message.topic == topic]


def test_messages_arrive_whole_and_in_order(ends: Ends) -> None:
    post = Post()
    post.attach(ends[0])
    for message in (Message("live", b"\x00" * 50_000), event(1), Message("state", b"{}")):
        post.send(message)
    assert [m.topic for m in drain(ends[1])] == ["live", "event", "state"]


def test_a_full_buffer_drops_live_and_keeps_events_in_order(ends: Ends) -> None:
    post = Post()
    post.attach(ends[0])
    frame = Message("live", b"\x00" * 20_000)
    while post.dropped == 0:
        post.send(frame)
    for number in range(3):
        post.send(event(number))
    post.send(frame)
    assert post.dropped == 2
    first = drain(ends[1])
    assert payloads(first, "live") == [frame.payload] * len(first)
    post.flush()
    assert payloads(drain(ends[1])) == [b"0", b"1", b"2"]
    assert post.lost == 0


def test_at_most_a_window_is_handed_over_before_it_is_confirmed(ends: Ends) -> None:
    post = Post()
    post.attach(ends[0])
    for number in range(WINDOW + 2):
        post.send(event(number))
    given = drain(ends[1])
    assert len(given) == WINDOW
    put(ends[1], Message(ACK, number=given[0].number))
    put(ends[1], Message("cmd", b"x"))
    assert [m.topic for m in post.receive(16)] == ["cmd"]
    assert payloads(drain(ends[1])) == [b"%d" % WINDOW]


def test_beyond_the_queue_the_oldest_event_goes_and_is_counted(ends: Ends) -> None:
    post = Post()
    post.send(Message("info", b"i", 1, True))
    for number in range(QUEUE_MAX + 10):
        post.send(event(number))
    assert post.lost == 11
    assert not post.idle
    post.attach(ends[0])
    given = drain(ends[1])
    assert given[0].topic == "info"
    assert payloads(given)[0] == b"11"


def test_a_new_link_gets_info_first_and_what_was_not_confirmed_again(ends: Ends) -> None:
    post = Post()
    old = make_pair()
    post.attach(old[0])
    post.send(Message("info", b"old", 1, True))
    for number in range(3):
        post.send(event(number))
    post.send(Message("info", b"new", 1, True))
    given = drain(old[1])
    put(old[1], Message(ACK, number=given[1].number))
    post.receive(16)
    old[1].close()
    with pytest.raises(EOFError):
        post.receive(16)
    post.attach(ends[0])
    again = drain(ends[1])
    assert [(m.topic, m.payload) for m in again] == [
        ("info", b"new"),
        ("event", b"1"),
        ("event", b"2"),
    ]
    assert [m.number for m in again[1:]] == [m.number for m in given[2:4]]


def test_without_a_link_nothing_waits_and_nothing_is_received() -> None:
    post = Post()
    post.send(Message("live", b"x"))
    post.send(event(1))
    assert (post.dropped, post.lost, post.receive(16)) == (1, 0, [])


def test_only_newer_info_waits(ends: Ends) -> None:
    post = Post()
    for text in (b"1", b"2"):
        post.send(Message("info", text, 1, True))
    post.attach(ends[0])
    assert [m.payload for m in drain(ends[1])] == [b"2"]


def test_what_a_dying_sampler_sent_is_read_before_its_end(ends: Ends) -> None:
    put(ends[1], Message("cmd", b"never read"))
    put(ends[0], event(1))
    ends[0].close()
    assert payloads([take(ends[1]) or event(0)]) == [b"1"]
    with pytest.raises(EOFError):
        take(ends[1])


def test_finish_lets_the_link_still_answer(ends: Ends) -> None:
    post = Post()
    post.attach(ends[0])
    post.send(event(1))
    post.finish()
    assert payloads([take(ends[1]) or event(0)]) == [b"1"]
    with pytest.raises(EOFError):
        take(ends[1])
    assert put(ends[1], Message(ACK, number=1))
    post.receive(1)
    assert post.idle


def test_a_message_too_long_for_brokers_is_refused() -> None:
    with pytest.raises(MessageError, match="too many"):
        Post().send(Message("info", b"x" * (PAYLOAD_MAX_BYTES + 1), 1))


def test_while_no_card_takes_records_frames_go_before_alarms(ends: Ends) -> None:
    post = Post()
    chunk, alarm = bytes([KINDS.index("chunk")]), bytes([KINDS.index("event")])
    for number in range(QUEUE_MAX):
        post.send(Message(REC, (chunk if number % 4 else alarm) + b"%d" % number))
    for _ in range(QUEUE_MAX // 2):
        post.send(Message(REC, chunk + b"later"))
    assert post.lost == QUEUE_MAX // 2
    post.attach(ends[0])
    found = drain(ends[1])
    while not post.idle:
        for message in found:
            put(ends[1], Message(ACK, number=message.number))
        post.receive(16)
        found += drain(ends[1])
    kept = [message.payload for message in found if message.payload[:1] == alarm]
    assert kept == [alarm + b"%d" % number for number in range(0, QUEUE_MAX, 4)]
