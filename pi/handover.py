"""Messages between the sampler and its link: datagrams on a socketpair, never waited for.

Each message is one datagram. `live` and `state` may be dropped and are counted: a newer one
follows. Everything else is kept until the link says that the broker has it, and handed over
again to a new link.
"""

from __future__ import annotations

import contextlib
import socket
from collections import OrderedDict, deque

import msgspec

from core.errors import MessageError

DROPPABLE = frozenset({"live", "state"})
"""Topics whose messages are worth nothing once they are late."""

WINDOW = 64
"""Kept messages that the link may hold at one time."""

QUEUE_MAX = 256
"""Kept messages that wait behind those; then the oldest is dropped and counted."""

ALIVE, UP, ACK = "alive", "up", "ack"
"""From the link: that it runs; that the broker hears it; that it has message `number`."""

PAYLOAD_MAX_BYTES = 128 * 1024
"""Longest message that the embedded broker takes."""

_BUFFER_BYTES = 1 << 20
_DATAGRAM_MAX_BYTES = 1 << 19


class Message(msgspec.Struct, frozen=True, array_like=True):
    """One datagram.

    Attributes
    ----------
    topic : str
        Last part of the MQTT topic, or `ALIVE`, `UP` or `ACK`.
    payload : bytes
    qos : int
    retain : bool
    number : int
        Of a kept message; 0 for others.
    """

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    number: int = 0


def make_pair() -> tuple[socket.socket, socket.socket]:
    """Make the two ends, both non-blocking; the end of one process is seen by the other."""
    # SEQPACKET, since a pair of DGRAM sockets does not tell when the other side is gone.
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        prepare(end)
    return ends


def prepare(end: socket.socket) -> socket.socket:
    """Set an end up as `make_pair` does, for the process that inherited it."""
    end.settimeout(0)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
    return end


def put(end: socket.socket, message: Message) -> bool:
    """Send one message at once, or not at all.

    Returns
    -------
    bool
        False when the buffer is full, the message too long, or the other side gone.
    """
    try:
        end.send(msgspec.msgpack.encode(message))
    except OSError:
        return False
    return True


def take(end: socket.socket) -> Message | None:
    """Take one message.

    Returns
    -------
    Message or None
        None when there is none now.

    Raises
    ------
    EOFError
        If the other side is gone.
    """
    try:
        datagram = end.recv(_DATAGRAM_MAX_BYTES)
    except BlockingIOError:
        return None
    except ConnectionResetError:
        # Said once when the other side ended with something unread; what it sent still stands.
        return take(end)
    except OSError as error:
        raise EOFError(str(error)) from error
    if not datagram:
        raise EOFError("the other side has ended")
    return msgspec.msgpack.decode(datagram, type=Message)


class Post:
    """The sampler's end: hands messages over, and keeps those that must not be lost.

    Attributes
    ----------
    dropped : int
        `live` and `state` messages dropped so far.
    lost : int
        Kept messages that had to give way to newer ones.
    """

    def __init__(self) -> None:
        self._end: socket.socket | None = None
        self._number = 0
        self._retained: dict[str, Message] = {}
        self._sent: OrderedDict[int, Message] = OrderedDict()
        self._queue: deque[Message] = deque()
        self.dropped = 0
        self.lost = 0

    @property
    def idle(self) -> bool:
        """Whether the broker has everything that was kept."""
        return not (self._queue or self._sent)

    def attach(self, end: socket.socket) -> None:
        """Hand over to a new link: first what is retained, then what was never confirmed."""
        self.detach()
        self._end = end
        again = [message for message in self._sent.values() if not message.retain]
        self._sent.clear()
        self._queue = deque(m for m in self._queue if not m.retain)
        self._queue.extendleft(reversed(again))
        self._queue.extendleft(self._retained.values())
        self.flush()

    def finish(self) -> None:
        """Tell the link that nothing more will come; it ends."""
        self.flush()
        if self._end:
            # Not close: what the link still says must find an open end.
            with contextlib.suppress(OSError):
                self._end.shutdown(socket.SHUT_WR)

    def detach(self) -> None:
        """Let go of a link that is gone."""
        if self._end:
            self._end.close()
        self._end = None

    def send(self, message: Message) -> None:
        """Hand a message over, now or later; never waits.

        Raises
        ------
        MessageError
            If it is longer than brokers take.
        """
        if len(message.payload) > PAYLOAD_MAX_BYTES:
            raise MessageError(f"{message.topic}: {len(message.payload)} bytes are too many")
        if message.topic in DROPPABLE:
            self._send_now(message)
        else:
            self._keep(message)
            self.flush()
            self._trim()

    def flush(self) -> None:
        """Hand over what waits, in order, as far as it goes."""
        while self._end and self._queue and len(self._sent) < WINDOW:
            message = self._queue[0]
            if not put(self._end, message):
                return
            self._sent[message.number] = self._queue.popleft()

    def receive(self, limit: int) -> list[Message]:
        """Take what the link has sent; acknowledgements are dealt with here.

        Parameters
        ----------
        limit : int
            Most messages to return; the rest waits in the socket.

        Raises
        ------
        EOFError
            If the link is gone.
        """
        found: list[Message] = []
        while self._end and len(found) < limit and (message := take(self._end)):
            if message.topic == ACK:
                self._sent.pop(message.number, None)
            else:
                found.append(message)
        self.flush()
        return found

    def _keep(self, message: Message) -> None:
        self._number += 1
        numbered = msgspec.structs.replace(message, number=self._number)
        if message.retain:
            self._retained[message.topic] = numbered
            self._queue = deque(m for m in self._queue if not _replaces(message, m))
        self._queue.append(numbered)

    def _send_now(self, message: Message) -> None:
        if not (self._end and put(self._end, message)):
            self.dropped += 1

    def _trim(self) -> None:
        while len(self._queue) > QUEUE_MAX:
            oldest = next(at for at, message in enumerate(self._queue) if not message.retain)
            del self._queue[oldest]
            self.lost += 1


def _replaces(message: Message, other: Message) -> bool:
    return other.retain and other.topic == message.topic
