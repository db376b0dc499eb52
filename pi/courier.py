"""The sampler's messenger: hands messages to the link process and keeps that process going."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import msgspec

from core.rules import NOT_RECORDED
from pi.backoff import Backoff
from pi.handover import ALIVE, FAULT, Fault, Message, Post, make_pair
from pi.logs import SIGNALS, level_now, quoted

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pi.logs import Level
    from pi.settings import Settings

RESTART_FIRST_S, RESTART_MAX_S = 0.2, 5.0
SILENT_MAX_S = 60.0
"""A link that has not said that it lives for so long hangs, and is replaced."""

LASTS_S = 10.0
"""A link that has lived for so long, and spoke of late, is well."""

UNWELL_MAX_S = 60.0
"""Longest time without one before that is told as a fault: one that dies at each start may say that
it lives, but what is handed to it may come to no card and to no broker."""

END_TIMEOUT_S = 8.0
"""Longest wait for a link that was asked to end: it has 2 s for its last word, and as long again
for a card that fails; systemd waits for 10 s."""

_log = logging.getLogger(__name__)


class LinkProcess(Protocol):
    """What is needed of `subprocess.Popen`."""

    def poll(self) -> int | None:
        """Exit code, None while it runs."""

    def kill(self) -> None:
        """End it at once."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""


def start_link(settings: Settings, end: socket.socket) -> LinkProcess:
    """Start `python -m pi.link`.

    Parameters
    ----------
    settings : Settings
    end : socket
        The link's end of the hand-over.

    Raises
    ------
    OSError
        If it cannot be started.
    """
    options = msgspec.json.encode(settings).decode()
    return subprocess.Popen(
        [sys.executable, "-m", "pi.link", str(end.fileno()), options],
        pass_fds=[end.fileno()],
        stdin=subprocess.DEVNULL,
        # What kills the sampler's group must leave the link alive: it has to say `offline`.
        start_new_session=True,
    )


class Courier:
    """Carries messages to and from a link that may die; never waits for it.

    Parameters
    ----------
    start : callable
        Starts a link process on its end of the hand-over; OSError if it cannot.
    """

    def __init__(self, start: Callable[[socket.socket], LinkProcess]) -> None:
        self._start = start
        self._post = Post()
        self._backoff = Backoff(RESTART_FIRST_S, RESTART_MAX_S)
        self._link: LinkProcess | None = None
        self._ending: list[LinkProcess] = []
        self._due_s = self._begun_s = self._heard_s = float("-inf")
        self._well_s: float | None = None
        self._unwell = False
        self._said_by_link = Message(FAULT, _fault(holds=False))
        self._down = self._alive = False
        self._level: Level = "info"
        self._told_lost = 0

    @property
    def dropped(self) -> int:
        """`live` and `state` messages that the link could not take."""
        return self._post.dropped

    def send(self, message: Message) -> None:
        """Hand a message over, now or later.

        Raises
        ------
        MessageError
            If it is too long.
        """
        self._post.send(message)

    def poll(self, now_s: float, limit: int) -> list[Message]:
        """Look after the link and take the commands that it brought.

        Parameters
        ----------
        now_s : float
            Monotonic seconds.
        limit : int
            Most commands to take now.
        """
        return [*self._messages(now_s, limit), *self._judge(now_s)]

    def _messages(self, now_s: float, limit: int) -> list[Message]:
        self._ending = [process for process in self._ending if process.poll() is None]
        if self._link is None and now_s >= self._due_s:
            self._begin(now_s)
        if self._link is None:
            return []
        try:
            messages = self._post.receive(limit)
        except EOFError as error:
            self._lose(now_s, str(error))
            return []
        self._tell_lost()
        self._tell_level()
        if any(message.topic == ALIVE for message in messages):
            self._hear(now_s)
        elif now_s - self._heard_s > SILENT_MAX_S:
            self._lose(now_s, f"not a word for {SILENT_MAX_S:.0f} s")
        return [message for message in messages if self._passes(message)]

    def _passes(self, message: Message) -> bool:
        """Whether the sampler is to have it; of the log it hears only by a link that is well."""
        if message.topic == FAULT:
            self._said_by_link = message
        return message.topic != ALIVE and not (message.topic == FAULT and self._unwell)

    def _judge(self, now_s: float) -> list[Message]:
        """Say that no link is well, and that one is again."""
        lasts = self._link and self._alive and now_s - self._begun_s >= LASTS_S
        if self._well_s is None or (lasts and now_s - self._heard_s < LASTS_S):
            self._well_s = now_s
        unwell = now_s - self._well_s > UNWELL_MAX_S
        if unwell is self._unwell:
            return []
        self._unwell = unwell
        if unwell:
            advice = quoted("look for event=link_lost and what the link said before it")
            _log.error("event=link_unwell advice=%s", advice)
        return [Message(FAULT, _fault(holds=True)) if unwell else self._said_by_link]

    def close(self) -> None:
        """End the link in order, so that it says `offline`."""
        self._post.finish()
        if self._link:
            try:
                self._link.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._link.kill()
                self._link.wait()
        self._post.detach()

    def _begin(self, now_s: float) -> None:
        self._begun_s = self._heard_s = now_s
        self._alive, self._level = False, "info"
        ours, theirs = make_pair()
        with theirs:
            try:
                self._link = self._start(theirs)
            except OSError as error:
                ours.close()
                self._lose(now_s, str(error))
                return
        self._post.attach(ours)

    def _hear(self, now_s: float) -> None:
        self._heard_s, self._alive = now_s, True
        if self._down:
            self._down = False
            _log.info("event=link_back")

    def _tell_level(self) -> None:
        """Let the link log as much as this process, once it lives: earlier it would die of it."""
        if self._link and self._alive and self._level != level_now():
            self._level = level_now()
            self._link.send_signal(SIGNALS[self._level])

    def _tell_lost(self) -> None:
        """Say what an outage has cost, once it is over."""
        if self._post.idle and self._post.lost > self._told_lost:
            _log.error("event=messages_lost number=%d", self._post.lost - self._told_lost)
            self._told_lost = self._post.lost

    def _lose(self, now_s: float, reason: str) -> None:
        self._post.detach()
        if self._link:
            self._link.kill()
            self._ending.append(self._link)
        self._link = None
        self._due_s = now_s + self._backoff.next_s(now_s - self._begun_s)
        if not self._down:
            self._down = True
            _log.warning("event=link_lost reason=%s", quoted(reason))


def _fault(*, holds: bool) -> bytes:
    return msgspec.json.encode(Fault(NOT_RECORDED, holds=holds))
