"""The durable log in the link: from the sampler to the card, from the card to the recorder.

One job is with the clerk at a time; what comes meanwhile waits for the next.
"""

from __future__ import annotations

import functools
import logging
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.errors import MessageError
from core.log_record import KINDS
from core.log_sender import LogSender
from core.rules import NOT_RECORDED
from core.wire import Ack, decode
from pi.clerk import Clerk, Done, Job, Trouble
from pi.handover import ACK, FAULT, Fault, Message
from pi.logs import quoted
from pi.outbox import Entry, Outbox
from pi.outbox_room import Room

if TYPE_CHECKING:
    import socket

    from core.log_sender import LogState
    from pi.settings import Settings

END_TIMEOUT_S = 1.0
"""How long a card may take at the end, twice."""

NEW_LOG_EVERY_S = 60.0
"""A recorder that wants another log sooner is not heard: each moves all that waits on the card."""

_log = logging.getLogger(__name__)


class LogLink:
    """Passes records on.

    Parameters
    ----------
    clerk : Clerk

    Attributes
    ----------
    upward : list of Message
        For the sampler; whoever reads it empties it.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._sender: LogSender | None = None
        self._waiting: list[Entry] = []
        self._acknowledge: int | None = None
        self._new_log, self._new_log_s = False, float("-inf")
        self._up = False
        self._fault: bool | None = None
        self.upward: list[Message] = []
        self._given: Job | None = Job()
        clerk.ask(self._given)

    @property
    def wake(self) -> socket.socket:
        """Readable when `turn` has something to do."""
        return self._clerk.wake

    def wake_s(self) -> float:
        """When `turn` is due if nothing happens; while the clerk is at work, its answer does."""
        return self._sender.wake_s() if self._sender and not self._given else float("inf")

    def store(self, message: Message) -> None:
        """Take a `rec` message of the sampler."""
        kind = KINDS[message.payload[0]]
        self._waiting.append(Entry(message.number, kind, message.payload[1:]))

    def connected(self, now_s: float) -> None:
        """Hear that there is a broker."""
        self._up = True
        if self._sender:
            self._sender.connected(now_s)

    def lost(self) -> None:
        """Hear that there is none."""
        self._up = False
        if self._sender:
            self._sender.lost()

    def hear(self, payload: bytes, now_s: float) -> None:
        """Take an ack of the recorder."""
        try:
            ack = decode(payload, Ack)
        except MessageError as error:
            _log.warning("event=ack_refused reason=%s", quoted(error))
            return
        if self._sender is None or self._new_log or (self._given and self._given.new_log):
            return
        answer = self._sender.ack(ack, now_s)
        if answer != "nothing":
            self._acknowledge = self._sender.next_seq
        if answer == "new_log":
            if now_s - self._new_log_s < NEW_LOG_EVERY_S:
                return
            self._new_log, self._new_log_s = True, now_s
        if answer in ("rewound", "new_log"):
            _log.warning("event=%s log=%s next=%d", answer, ack.log_id, ack.next)

    def turn(self, now_s: float) -> list[Message]:
        """Hear what the clerk has done, and give it more; return what is to be published."""
        records: list[Message] = []
        for answer in self._clerk.take():
            if isinstance(answer, Trouble):
                self._tell(answer)
            else:
                records += self._learn(answer, now_s)
        if self._given is None:
            self._give(now_s)
        return records

    def close(self) -> None:
        """Store what there is, and end."""
        if self._waiting:
            self._clerk.ask(Job(store=tuple(self._waiting)))
        self._clerk.close(END_TIMEOUT_S)

    def _learn(self, done: Done, now_s: float) -> list[Message]:
        self._given = None
        if self._sender is None:
            # The link before may have said that there is a fault, and may not have lived to end it.
            self._report(holds=False)
        if self._sender is None or self._sender.log_id != done.state.log_id:
            self._sender = self._begin(done.state, now_s)
        self._sender.stored(done.state)
        self.upward += [Message(ACK, number=number) for number in done.stored]
        return [Message("rec", record, qos=1) for record in done.records]

    def _begin(self, state: LogState, now_s: float) -> LogSender:
        """Go on with another log: what was heard of the one before is not true of it."""
        self._acknowledge, self._new_log = None, False
        sender = LogSender(state)
        if self._up:
            sender.connected(now_s)
        return sender

    def _give(self, now_s: float) -> None:
        due = self._sender.due(now_s) if self._sender and not self._new_log else range(0)
        job = Job(self._acknowledge, self._new_log, tuple(self._waiting), due)
        if job == Job():
            return
        self._acknowledge, self._new_log = None, False
        self._waiting.clear()
        self._given = job
        self._clerk.ask(job)

    def _tell(self, trouble: Trouble) -> None:
        """Say once what is wrong, and once that it is well again."""
        if trouble.aside:
            where = quoted(trouble.aside)
            _log.error("event=log_damaged reason=%s kept_as=%s", quoted(trouble.reason), where)
        elif trouble.reason:
            advice = quoted("make room on the card, or replace it")
            _log.error("event=log_failed reason=%s advice=%s", quoted(trouble.reason), advice)
        else:
            _log.info("event=log_works")
        self._report(holds=bool(trouble.reason) and not trouble.aside)

    def _report(self, *, holds: bool) -> None:
        """Tell the sampler, unless it knows from this link."""
        if holds is self._fault:
            return
        self._fault = holds
        fault = Fault(NOT_RECORDED, holds=holds)
        self.upward.append(Message(FAULT, msgspec.json.encode(fault)))


def open_log(settings: Settings) -> LogLink:
    """Begin to work on the durable log of a mat."""
    path = Path(settings.outbox)
    room = Room(path.parent, settings.outbox_bytes, settings.free_bytes)
    open_outbox = functools.partial(Outbox, path, room, functools.partial(secrets.token_hex, 8))
    return LogLink(Clerk(path, open_outbox, settings.boot_id, time.time))
