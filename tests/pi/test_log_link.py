"""The durable log from the sampler's hand to a recorder, over real brokers that come and go."""

from __future__ import annotations

import itertools
import select
import socket
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from core.log_record import KINDS, Record, unpack_record
from core.wire import Ack
from pi.broker_config import HOST
from pi.clerk import Clerk
from pi.handover import FAULT, REC, Fault, Message, Post, make_pair
from pi.link import Link
from pi.log_link import NEW_LOG_EVERY_S, LogLink, open_log
from pi.log_rows import DamagedError
from pi.outbox import Outbox
from pi.outbox_room import Room
from pi.sampler_end import END_TIMEOUT_S
from pi.settings import Settings
from tests.pi.mqtt import DEADLINE_S, MAT, settings_for
from tests.pi.scribe import Scribe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from tests.pi.mqtt import AnyBroker

BOOT = "b" * 16
EVENT = bytes([KINDS.index("event")])


class Hand:
    """The sampler's side of a link with a log, in a thread of the test."""

    def __init__(self, broker: AnyBroker, folder: Path, outbox: Path, boot_id: str = BOOT) -> None:
        settings = msgspec.structs.replace(
            settings_for(broker, folder), outbox=str(outbox), free_bytes=0, boot_id=boot_id
        )
        self.post, self.faults = Post(), list[Fault]()
        self.topics: list[str] = []
        ours, theirs = make_pair()
        self.post.attach(ours)
        link = Link(settings, theirs, lambda: 0.0, time.monotonic, open_log(settings))
        self.thread = threading.Thread(target=link.run)
        self.thread.start()

    def store(self, *bodies: bytes) -> None:
        for body in bodies:
            self.post.send(Message(REC, EVENT + body))

    def until(self, fits: Callable[[], bool]) -> None:
        give_up_s = time.monotonic() + DEADLINE_S
        while not fits():
            assert time.monotonic() < give_up_s
            for message in self.post.receive(16):
                self.topics.append(message.topic)
                if message.topic == FAULT:
                    self.faults.append(msgspec.json.decode(message.payload, type=Fault))
            threading.Event().wait(0.005)

    def end(self) -> None:
        self.post.finish()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()
        self.post.detach()


@contextmanager
def hand(
    broker: AnyBroker, folder: Path, outbox: Path | None = None, boot_id: str = BOOT
) -> Iterator[Hand]:
    found = Hand(broker, folder, outbox or folder / "outbox.db", boot_id)
    try:
        yield found
    finally:
        found.end()


def numbered(start: int, stop: int) -> list[bytes]:
    return [f"{n}".encode() for n in range(start, stop)]


def test_what_is_handed_over_arrives_once_and_is_acknowledged(
    broker: AnyBroker, tmp_path: Path
) -> None:
    with Scribe(broker) as scribe, hand(broker, tmp_path) as mat:
        mat.store(*numbered(0, 100))
        mat.until(lambda: mat.post.idle)
        scribe.until_bodies(*numbered(0, 100))
    assert [record.seq for record in scribe.ledger.kept] == list(range(100))


def test_what_was_stored_without_a_broker_goes_out_later(broker: AnyBroker, tmp_path: Path) -> None:
    broker.stop()
    with hand(broker, tmp_path) as mat:
        mat.store(*numbered(0, 50))
        mat.until(lambda: mat.post.idle)
    broker.start()
    with Scribe(broker) as scribe, hand(broker, tmp_path, boot_id="c" * 16) as mat:
        mat.store(b"new")
        scribe.until_bodies(*numbered(0, 50), b"new")


def test_a_broker_that_forgets_loses_nothing(broker: AnyBroker, tmp_path: Path) -> None:
    with Scribe(broker) as scribe, hand(broker, tmp_path) as mat:
        mat.store(*numbered(0, 10))
        scribe.until_bodies(*numbered(0, 10))
        broker.restart()
        mat.store(*numbered(10, 60))
        scribe.until_bodies(*numbered(0, 60))


def test_a_recorder_that_was_put_back_gets_it_all_again(broker: AnyBroker, tmp_path: Path) -> None:
    with hand(broker, tmp_path) as mat:
        with Scribe(broker) as scribe:
            mat.store(*numbered(0, 10))
            scribe.until_bodies(*numbered(0, 10))
            backup = scribe.ledger.backup()
            mat.store(*numbered(10, 30))
            scribe.until_bodies(*numbered(0, 30))
            mat.until(lambda: mat.post.idle)
        with Scribe(broker, backup, acknowledges=False) as scribe:
            backup.put_back()
            said = backup.ack()
            assert said
            scribe.say(said)
            scribe.until_bodies(*numbered(0, 30))


def test_two_histories_become_two_logs_and_nothing_is_doubled(
    broker: AnyBroker, tmp_path: Path
) -> None:
    """The recorder holds other records under the same numbers, of a card that was put back."""
    with Scribe(broker) as scribe, hand(broker, tmp_path) as mat:
        mat.store(b"first")
        scribe.until_bodies(b"first")
        (log_id,) = scribe.ledger.logs
        log = scribe.ledger.logs[log_id]
        log.records[1] = replace(log.records[0], seq=1, body=b"another history")
        mat.store(b"second", b"third")
        scribe.until(lambda ledger: len(ledger.logs) == 2)
        scribe.until(
            lambda ledger: (
                {b"second", b"third"} <= {record.body for record in (*ledger.kept, *ledger.beside)}
            )
        )
        mat.store(b"fourth")
        scribe.until(lambda ledger: ledger.kept[-1].body == b"fourth")
    found = [record.body for record in (*scribe.ledger.kept, *scribe.ledger.beside)]
    assert sorted(found) == [b"first", b"fourth", b"second", b"third"]


def test_a_damaged_log_is_set_aside_and_another_begins(
    broker: AnyBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "outbox.db").write_bytes(b"not a database, but something of somebody" * 100)
    with Scribe(broker) as scribe, hand(broker, tmp_path) as mat:
        mat.store(b"after")
        scribe.until_bodies(b"after")
    assert (tmp_path / "damaged-1-outbox.db").read_bytes().startswith(b"not a database")
    (told,) = [line for line in caplog.messages if "log_damaged" in line]
    assert "damaged-1-outbox.db" in told


def test_a_card_that_takes_nothing_is_a_fault_until_it_does(
    broker: AnyBroker, tmp_path: Path
) -> None:
    card = tmp_path / "card"
    with Scribe(broker) as scribe, hand(broker, tmp_path, card / "outbox.db") as mat:
        mat.store(b"kept in mind")
        mat.until(lambda: bool(mat.faults))
        assert mat.faults == [Fault("not_recorded", holds=True)]
        mat.post.send(Message("event", b"{}", 1))
        mat.until(lambda: mat.post._messages.idle)
        card.mkdir()
        scribe.until_bodies(b"kept in mind")
        mat.until(lambda: len(mat.faults) == 2)
        assert mat.faults[1] == Fault("not_recorded", holds=False)


class Desk:
    """A log link without a broker to speak of, on a clock of its own; its card fails as told."""

    def __init__(self, folder: Path, *failures: Exception | threading.Event) -> None:
        failing = iter(failures)

        class Failing(Outbox):
            def acknowledge(self, next_seq: int) -> None:
                failure = next(failing, None)
                if isinstance(failure, threading.Event):
                    failure.wait(DEADLINE_S)
                elif failure:
                    raise failure
                super().acknowledge(next_seq)

        path, names = folder / "outbox.db", (f"{n:016x}" for n in itertools.count(1))
        open_outbox = partial(Failing, path, Room(folder, 10**9, 0), partial(next, names))
        self.clerk = Clerk(path, open_outbox, BOOT, lambda: 1.7e9)
        self.log, self.now_s, self.sent = LogLink(self.clerk), 0.0, list[Record]()
        self.faults: list[bool] = []
        self.until(lambda: self.log._given is None)
        self.log.connected(self.now_s)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.close()

    def turn(self) -> None:
        self.sent += [unpack_record(m.payload) for m in self.log.turn(self.now_s)]
        told = [m.payload for m in self.log.upward if m.topic == FAULT]
        self.faults += [msgspec.json.decode(payload, type=Fault).holds for payload in told]
        self.log.upward.clear()

    def until(self, fits: Callable[[], bool]) -> None:
        self.turn()
        while not fits():
            if self.log.wake_s() < float("inf"):
                # It listens, before it sends for the first time.
                self.now_s = max(self.now_s, self.log.wake_s())
            else:
                assert select.select([self.log.wake], [], [], DEADLINE_S)[0]
            self.turn()

    def store(self, first: int, *bodies: bytes) -> None:
        """Hand over, from this number on, and wait until all is sent."""
        for number, body in enumerate(bodies, first):
            self.log.store(Message(REC, EVENT + body, number=number))
        self.until(lambda: self.sent[-1:] != [] and self.sent[-1].body == bodies[-1])

    def acknowledge(self, ack: Ack) -> None:
        self.log.hear(msgspec.json.encode(ack), self.now_s)


def test_damage_found_while_it_runs_costs_nothing_that_comes_after(tmp_path: Path) -> None:
    """The ack that was under way was one of the old log, and the numbers begin anew."""
    with Desk(tmp_path, DamagedError("page 7")) as desk:
        desk.store(1, *numbered(0, 20))
        desk.acknowledge(Ack(desk.sent[0].log_id, 20))
        desk.store(21, b"after")
        assert (desk.sent[-1].seq, desk.sent[-1].log_id) == (0, f"{2:016x}")
        desk.acknowledge(Ack(desk.sent[-1].log_id, 1))
        desk.store(22, b"later")
        assert desk.log._sender
        assert desk.log._sender.next_seq == 1
    assert desk.faults == [False]
    assert (tmp_path / "damaged-1-outbox.db").exists()


def test_any_failure_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pi.clerk.RETRY_S", 0.0)
    with Desk(tmp_path, OSError(5, "Input/output error"), ValueError()) as desk:
        desk.store(1, b"one")
        desk.acknowledge(Ack(desk.sent[0].log_id, 1))
        desk.store(2, b"two")
    assert desk.faults == [False, True, False]


def test_a_move_that_the_card_has_no_room_for_holds_up_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Outbox) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("pi.clerk.RETRY_S", 0.0)
    monkeypatch.setattr(Outbox, "begin_new_log", full)
    with Desk(tmp_path) as desk:
        desk.store(1, b"one")
        desk.acknowledge(Ack(desk.sent[0].log_id, 0, fork=True))
        desk.store(2, b"two")
    assert desk.faults == [False, True, False]


def test_the_link_sleeps_while_the_card_is_slow(tmp_path: Path) -> None:
    slow = threading.Event()
    with Desk(tmp_path, slow) as desk:
        desk.store(1, b"one", b"two")
        desk.acknowledge(Ack(desk.sent[0].log_id, 1))
        desk.turn()
        desk.now_s = 1000.0
        desk.turn()
        assert desk.log.wake_s() == float("inf")
        slow.set()


def test_a_recorder_that_always_wants_another_log_does_not_wear_the_card(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        desk.store(1, b"one")
        desk.acknowledge(Ack(desk.sent[-1].log_id, 0, fork=True))
        desk.until(lambda: desk.sent[-1].log_id == f"{2:016x}")
        for _ in range(5):
            desk.acknowledge(Ack(desk.sent[-1].log_id, 0, fork=True))
            desk.turn()
            desk.until(lambda: desk.log._given is None)
        assert {record.log_id for record in desk.sent} == {f"{1:016x}", f"{2:016x}"}
        desk.now_s += NEW_LOG_EVERY_S
        desk.acknowledge(Ack(desk.sent[-1].log_id, 0, fork=True))
        desk.until(lambda: desk.sent[-1].log_id == f"{3:016x}")


def test_acks_that_make_no_sense_change_nothing(broker: AnyBroker, tmp_path: Path) -> None:
    with Scribe(broker, acknowledges=False) as scribe, hand(broker, tmp_path) as mat:
        mat.store(b"one")
        scribe.until_bodies(b"one")
        (log_id,) = scribe.ledger.logs
        for payload in (b"", b"{}", b"[]", b'{"log_id":"x","next":-1}', b"\xff" * 1000):
            scribe._client.publish("reflexmat/v1/demo/ack", payload, 1)
        scribe.say(Ack("f" * 16, 9, fork=True))
        mat.store(b"two")
        scribe.until_bodies(b"one", b"two")
        assert list(scribe.ledger.logs) == [log_id]
    assert (scribe.ledger.damaged, scribe.ledger.beside) == ([], [])


class Silent:
    """A machine that takes connections and says nothing: who opens TLS with it waits for 5 s."""

    def __init__(self, folder: Path) -> None:
        self.server = socket.create_server((HOST, 0))
        self.settings = Settings(
            MAT,
            HOST,
            self.server.getsockname()[1],
            tls=True,
            outbox=str(folder / "outbox.db"),
            free_bytes=0,
            boot_id=BOOT,
        )


def test_the_card_does_not_wait_for_a_broker_that_never_answers(tmp_path: Path) -> None:
    silent, ahead_s = Silent(tmp_path), 0.0
    ours, theirs = make_pair()
    post = Post()
    post.attach(ours)
    log = open_log(silent.settings)
    link = Link(silent.settings, theirs, lambda: 0.0, lambda: time.monotonic() + ahead_s, log)
    try:
        link._turn()
        called, _ = silent.server.accept()
        post.send(Message(REC, EVENT + b"x"))
        until(link, lambda: received(post).idle)
        # The broker was not given up meanwhile.
        assert link._dial.busy
        # Nor does the end wait for it, once the time for a last word is over.
        post.finish()
        until(link, lambda: link._sampler.end_s is not None)
        ahead_s = END_TIMEOUT_S
        link.run()
        assert link._dial._open is None
    finally:
        called.close()
        silent.server.close()
        post.detach()
    with sqlite3.connect(tmp_path / "outbox.db") as file:
        assert file.execute("SELECT count(*) FROM record").fetchone() == (1,)
    file.close()


def received(post: Post) -> Post:
    post.receive(16)
    return post


def until(link: Link, fits: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + DEADLINE_S
    while not fits():
        assert time.monotonic() < give_up_s
        link._turn()
