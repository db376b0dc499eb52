"""The link's end of the hand-over: what the sampler sends, and what it is told."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pi.handover import ACK, ALIVE, DROPPABLE, Message, put, take

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

END_TIMEOUT_S = 2.0
"""Time that a link has to say `offline` after the sampler has ended."""

ALIVE_EVERY_S = 5.0
_DATAGRAMS_A_TURN = 1024
_BURST = 4


class SamplerEnd:
    """Speaks with the sampler until it has ended.

    Parameters
    ----------
    end : socket
    now_s : callable
        Monotonic seconds.

    Attributes
    ----------
    end_s : float or None
        When to be done, once the sampler has ended.
    """

    def __init__(self, end: socket.socket, now_s: Callable[[], float]) -> None:
        self._end, self._now_s = end, now_s
        self._upward: deque[Message] = deque()
        self._alive_s = now_s() - ALIVE_EVERY_S
        self.end_s: float | None = None

    def fileno(self) -> int:
        """Let `select` wait for it."""
        return self._end.fileno()

    @property
    def behind(self) -> bool:
        """Whether something waits for the sampler to read."""
        return bool(self._upward)

    @property
    def out_of_time(self) -> bool:
        """Whether the sampler has ended, and the time after it too."""
        return self.end_s is not None and self._now_s() >= self.end_s

    def read(self) -> list[Message]:
        """Take what the sampler has sent, and notice its end."""
        messages: list[Message] = []
        try:
            while len(messages) < _DATAGRAMS_A_TURN and (message := take(self._end)):
                messages.append(message)
        except EOFError:
            self.end_s = self._now_s() + END_TIMEOUT_S
        return without_stale(messages)

    def waiting(self, topic: str) -> int:
        """Count what of a topic waits for the sampler."""
        return sum(message.topic == topic for message in self._upward)

    def tell(self, *messages: Message) -> None:
        """Tell the sampler something, at the end of the turn."""
        self._upward += messages

    def confirm(self, message: Message) -> None:
        """Tell the sampler that a message needs it no more."""
        self._upward.append(Message(ACK, number=message.number))

    def flush(self) -> None:
        """Say what waits, as far as it goes, and now and then that the link lives."""
        if self.end_s is not None:
            self._upward.clear()
            return
        if self._now_s() - self._alive_s >= ALIVE_EVERY_S:
            self._alive_s = self._now_s()
            self._upward.append(Message(ALIVE))
        while self._upward and put(self._end, self._upward[0]):
            self._upward.popleft()

    def close(self) -> None:
        """Let go of it."""
        self._end.close()


def without_stale(messages: Iterable[Message]) -> list[Message]:
    """Leave out old `live` and `state` messages that piled up while this process stood still.

    Returns
    -------
    list of Message
        In order: everything that must not be lost, and the newest few of the others.
    """
    left = dict.fromkeys(DROPPABLE, _BURST)
    kept = []
    for message in reversed(list(messages)):
        if message.topic in left:
            left[message.topic] -= 1
        if left.get(message.topic, 0) >= 0:
            kept.append(message)
    return kept[::-1]
