"""The link: a process of its own between the sampler and the MQTT broker. No numpy here.

One thread, one select: the hand-over socket on one side, one connection at a time on the other.
What may take long has another: the card (`pi.clerk`), and opening a connection (`pi.dial`).
When the sampler ends, the link says `offline` for it and ends too.

Started by the sampler as `python -m pi.link FD SETTINGS`; SETTINGS is JSON without secrets.
"""

from __future__ import annotations

import logging
import random
import select
import signal
import socket
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from core.wire import MAX_MESSAGE_BYTES, OFFLINE, ONLINE, Reply, encode
from pi.announcer import Announcer
from pi.backoff import Backoff
from pi.connection import Connection, Handlers
from pi.dial import Dial
from pi.handover import DROPPABLE, REC, UP, Message, prepare
from pi.log_link import LogLink, open_log
from pi.logs import log_to_stderr, obey_signals, quoted
from pi.sampler_end import SamplerEnd
from pi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

RETRY_FIRST_S, RETRY_MAX_S = 0.5, 30.0
CONNECT_TIMEOUT_S = 5.0
CONFIRM_TIMEOUT_S = 30.0
"""Then a broker is left: behind what it never confirms, no event and no answer goes out."""

COMMANDS_MAX = 16
"""Commands that wait for a sampler that does not read."""

_TURN_S = 1.0

_log = logging.getLogger(__name__)


class Link:
    """Carries messages between the sampler and the broker until the sampler ends.

    Parameters
    ----------
    settings : Settings
    sampler : socket
        This side's end of the hand-over; closed at the end.
    spread : callable
        Returns 0 to 1, for the jitter of reconnects.
    now_s : callable
        Monotonic seconds.
    log : LogLink, optional
        The durable log; without one, records go nowhere.
    """

    def __init__(
        self,
        settings: Settings,
        sampler: socket.socket,
        spread: Callable[[], float],
        now_s: Callable[[], float],
        log: LogLink | None = None,
    ) -> None:
        self._settings = settings
        self._sampler = SamplerEnd(sampler, now_s)
        self._now_s = now_s
        self._log = log
        self._backoff = Backoff(RETRY_FIRST_S, RETRY_MAX_S, spread)
        self._announcer = Announcer(settings.homeassistant, spread)
        self._dial = Dial()
        self._broker: Connection | None = None
        self._opened_s = self._due_s = now_s()
        self._said: set[str] = set()
        self._retained: dict[str, Message] = {}
        self._waiting: deque[Message] = deque()
        self._in_flight: dict[int, tuple[float, Message]] = {}
        self._offline_id: int | None = None
        self._done = False

    def run(self) -> None:
        """Carry messages until the sampler has ended and `offline` is published."""
        while not (self._done or self._sampler.out_of_time):
            self._turn()
        if self._broker:
            # Only when `offline` was confirmed: without leave the broker publishes the will.
            self._broker.close(orderly=self._done)
        self._dial.close()
        if self._log:
            self._log.close()
        self._sampler.close()

    def _turn(self) -> None:
        if self._broker is None and not self._dial.busy and self._now_s() >= self._due_s:
            self._open()
        if self._sampler in self._select():
            self._read_sampler()
        self._broker = self._broker or self._dial.take()
        if self._broker:
            self._serve(self._broker)
        if self._log:
            self._serve_log(self._log)
        self._sampler.flush()

    def _select(self) -> list[Any]:
        broker = self._broker
        reads: list[Any] = [self._dial.wake] + ([] if self._sampler.end_s else [self._sampler])
        writes: list[Any] = [self._sampler] if self._sampler.behind else []
        if broker and broker.socket:
            reads.append(broker.socket)
            writes += [broker.socket] if broker.behind else []
        reads += [self._log.wake] if self._log else []
        return select.select(reads, writes, [], self._patience_s())[0]

    def _patience_s(self) -> float:
        wakes_s = [self._now_s() + _TURN_S]
        if self._broker is None:
            wakes_s += [] if self._dial.busy else [self._due_s]
        elif self._broker.fault or self._broker.unread:
            return 0.0
        elif self._broker.up and self._announcer.due_s is not None:
            wakes_s.append(self._announcer.due_s)
        if self._sampler.end_s:
            wakes_s.append(self._sampler.end_s)
        if self._log:
            wakes_s.append(self._log.wake_s())
        return max(min(wakes_s) - self._now_s(), 0.0)

    def _open(self) -> None:
        self._opened_s = self._now_s()
        _log.debug("event=connecting broker=%s", quoted(self._settings.address))
        handlers = Handlers(self._on_up, self._on_confirmed, self._on_message, self._on_refused)
        self._dial.begin(Connection(self._settings, handlers), CONNECT_TIMEOUT_S)

    def _serve(self, broker: Connection) -> None:
        if not broker.fault:
            broker.drive()
        if broker.up:
            self._send_waiting(broker)
            self._announcer.speak(broker, self._now_s())
        if broker.up and self._sampler.end_s and self._offline_id is None:
            self._offline_id = broker.publish("status", OFFLINE, qos=1, retain=True)
        oldest_s, _ = next(iter(self._in_flight.values()), (self._now_s(), None))
        if self._now_s() - oldest_s > CONFIRM_TIMEOUT_S:
            broker.fault = broker.fault or "it confirms nothing; is its store full?"
        if broker.fault:
            self._lose(broker)

    def _send_waiting(self, broker: Connection) -> None:
        while self._waiting and not broker.fault:
            message = self._waiting.popleft()
            self._in_flight[_publish(broker, message)] = (self._now_s(), message)

    def _lose(self, broker: Connection) -> None:
        """Give a connection up, keep what was not confirmed, set the time of the next try."""
        if broker.fault not in self._said:
            self._said.add(broker.fault)
            address, why = quoted(self._settings.address), quoted(broker.fault)
            _log.warning("event=down broker=%s reason=%s", address, why)
        broker.close(orderly=False)
        self._broker, self._offline_id = None, None
        if self._log:
            self._log.lost()
        self._waiting.extendleft(message for _, message in reversed(self._in_flight.values()))
        self._in_flight.clear()
        now_s = self._now_s()
        self._due_s = now_s + self._backoff.next_s(now_s - self._opened_s)

    def _on_up(self) -> None:
        broker = self._broker
        if broker is None:
            return
        if self._sampler.end_s is None:
            broker.publish("status", ONLINE, qos=1, retain=True)
        for message in self._retained.values():
            _publish(broker, message)
        broker.subscribe("status")
        if self._log:
            broker.subscribe("ack")
            self._log.connected(self._now_s())
        self._announcer.begin(broker, self._now_s())
        self._sampler.tell(Message(UP))
        again = "again" if self._said else "first"
        _log.info("event=up broker=%s time=%s", quoted(self._settings.address), again)
        self._said.clear()

    def _on_confirmed(self, message_id: int) -> None:
        if message_id == self._offline_id:
            self._done = True
        if message_id in self._in_flight:
            self._sampler.confirm(self._in_flight.pop(message_id)[1])

    def _on_message(self, name: str, payload: bytes, retained: bool) -> None:  # noqa: FBT001
        if name == "cmd":
            self._pass_command(payload, retained=retained)
        elif name == "ack" and self._log:
            self._log.hear(payload, self._now_s())
        elif name == "status":
            self._correct(payload)
        else:
            self._announcer.hear(name, payload, self._now_s())

    def _correct(self, status: bytes) -> None:
        """Contradict the will of a connection given up late, or of an earlier daemon."""
        if status != ONLINE and self._broker and self._sampler.end_s is None:
            self._broker.publish("status", ONLINE, qos=1, retain=True)

    def _on_refused(self, name: str) -> None:
        _log.error("event=refused topic=%s advice=%s", name, quoted("check the broker's ACL"))

    def _pass_command(self, payload: bytes, *, retained: bool) -> None:
        if len(payload) > MAX_MESSAGE_BYTES:
            self._refuse(f"{len(payload)} bytes; at most {MAX_MESSAGE_BYTES}")
        elif self._sampler.waiting("cmd") >= COMMANDS_MAX:
            self._refuse("the mat is busy; try again")
        else:
            self._sampler.tell(Message("cmd", payload, 1, retained))

    def _refuse(self, reason: str) -> None:
        if self._broker:
            self._broker.publish("reply", encode(Reply("", ok=False, error=reason)), qos=1)

    def _serve_log(self, log: LogLink) -> None:
        for record in log.turn(self._now_s()):
            if self._broker and self._broker.up:
                _publish(self._broker, record)
        self._sampler.tell(*log.upward)
        log.upward.clear()

    def _read_sampler(self) -> None:
        messages = self._sampler.read()
        if self._sampler.end_s:
            # With or without a broker now: there is a last word to say.
            self._due_s = self._now_s()
        for message in messages:
            self._accept(message)

    def _accept(self, message: Message) -> None:
        broker = self._broker if self._broker and self._broker.up else None
        if message.topic == REC:
            self._keep(message)
        elif message.retain:
            self._retained[message.topic] = message
            if message.topic == "info":
                self._announcer.take_info(message.payload, self._now_s())
            self._sampler.confirm(message)
            if broker:
                _publish(broker, message)
        elif message.topic not in DROPPABLE:
            self._waiting.append(message)
            if broker:
                # Now, not at the end of the turn: an event goes before the state that shows it.
                self._send_waiting(broker)
        elif broker and not broker.behind:
            # While the network is behind, frames are dropped: newer ones follow.
            _publish(broker, message)

    def _keep(self, message: Message) -> None:
        if self._log:
            self._log.store(message)
        else:
            self._sampler.confirm(message)


def _publish(broker: Connection, message: Message) -> int:
    _log.debug("event=published topic=%s bytes=%d", message.topic, len(message.payload))
    return broker.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)


def main(arguments: list[str]) -> None:
    """Run as a process.

    Parameters
    ----------
    arguments : list of str
        File descriptor of the hand-over, and `Settings` as JSON.
    """
    # It ends with the sampler, not before: both get the signal of a terminal or of systemd.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    log_to_stderr("link")
    obey_signals()
    sampler = prepare(socket.socket(fileno=int(arguments[0])))
    settings = msgspec.json.decode(arguments[1], type=Settings)
    log = open_log(settings) if settings.outbox else None
    Link(settings, sampler, random.SystemRandom().random, time.monotonic, log).run()


if __name__ == "__main__":
    main(sys.argv[1:])
