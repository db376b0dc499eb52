"""Messages between the sampler and its link: datagrams on a socketpair, never waited for.

Each message is one datagram. `live` and `state` may be dropped and are counted: a newer one
follows. Everything else is kept until the link says that the broker has it, or, for records of
the durable log, that the card has it; and handed over again to a new link. Records have a lane of
their own: a card that takes nothing holds up no event and no answer.
"""

from __future__ import annotations

import contextlib
import socket
from collections import OrderedDict, deque

import msgspec

from core.errors import MessageError
from core.log_record import KINDS

DROPPABLE = frozenset({"live", "state"})
"""Topics whose messages are worth nothing once they are late."""

WINDOW = 64
"""Kept messages that the link may hold at one time."""

QUEUE_MAX = 256
"""Kept messages that wait behind those; then the oldest is dropped and counted, of the records a
chunk of frames before anything else."""

ALIVE, UP, ACK, FAULT = "alive", "up", "ack", "fault"
"""From the link: that it runs; that the broker hears it; that it has message `number`; that
something of the mat is wrong or well again."""

REC = "rec"
"""Records of the durable log: kind and body."""

_CHUNK = bytes([KINDS.index("chunk")])

PAYLOAD_MAX_BYTES = 128 * 1024
"""Longest message that the embedded broker takes."""

_BUFFER_BYTES = 1 << 20
_DATAGRAM_MAX_BYTES = 1 << 19


class Message(msgspec.Struct, frozen=True, array_like=True):
    """One datagram.

    Attributes
    ----------
    topic : str
        Last part of the MQTT topic, or `ALIVE`, `UP`, `ACK` or `FAULT`.
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


class Fault(msgspec.Struct, frozen=True):
    """Body of a `FAULT` message: a rule of the whole mat, and whether there is cause for it."""

    rule: str
    holds: bool


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


class _Lane:
    """Messages that are kept until the link has confirmed them, in order."""

    def __init__(self) -> None:
        self._retained: dict[str, Message] = {}
        self._sent: OrderedDict[int, Message] = OrderedDict()
        self._queue: deque[Message] = deque()
        self.lost = 0

    @property
    def idle(self) -> bool:
        return not (self._queue or self._sent)

    def again(self) -> None:
        """Begin anew: first what is retained, then what was never confirmed."""
        again = [message for message in self._sent.values() if not message.retain]
        self._sent.clear()
        self._queue = deque(m for m in self._queue if not m.retain)
        self._queue.extendleft(reversed(again))
        self._queue.extendleft(self._retained.values())

    def keep(self, message: Message) -> None:
        if message.retain:
            self._retained[message.topic] = message
            self._queue = deque(m for m in self._queue if not _replaces(message, m))
        self._queue.append(message)

    def flush(self, end: socket.socket) -> None:
        while self._queue and len(self._sent) < WINDOW and put(end, self._queue[0]):
            message = self._queue.popleft()
            self._sent[message.number] = message

    def confirm(self, number: int) -> None:
        self._sent.pop(number, None)

    def trim(self) -> None:
        while len(self._queue) > QUEUE_MAX:
            del self._queue[self._least_needed()]
            self.lost += 1

    def _least_needed(self) -> int:
        """Find the oldest chunk of frames; else the oldest of all."""
        places = [at for at, message in enumerate(self._queue) if not message.retain]
        return next((at for at in places if _is_chunk(self._queue[at])), places[0])


class Post:
    """The sampler's end: hands messages over, and keeps those that must not be lost.

    Attributes
    ----------
    dropped : int
        `live` and `state` messages dropped so far.
    """

    def __init__(self) -> None:
        self._end: socket.socket | None = None
        self._number = 0
        self._messages, self._records = _Lane(), _Lane()
        self._lanes = (self._messages, self._records)
        self.dropped = 0

    @property
    def lost(self) -> int:
        """Kept messages that had to give way to newer ones."""
        return sum(lane.lost for lane in self._lanes)

    @property
    def idle(self) -> bool:
        """Whether everything that was kept has arrived."""
        return all(lane.idle for lane in self._lanes)

    def attach(self, end: socket.socket) -> None:
        """Hand over to a new link: first what is retained, then what was never confirmed."""
        self.detach()
        self._end = end
        for lane in self._lanes:
            lane.again()
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
            return
        self._number += 1
        lane = self._records if message.topic == REC else self._messages
        lane.keep(msgspec.structs.replace(message, number=self._number))
        self.flush()
        lane.trim()

    def flush(self) -> None:
        """Hand over what waits, in order, as far as it goes."""
        for lane in self._lanes:
            if self._end:
                lane.flush(self._end)

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
                for lane in self._lanes:
                    lane.confirm(message.number)
            else:
                found.append(message)
        self.flush()
        return found

    def _send_now(self, message: Message) -> None:
        if not (self._end and put(self._end, message)):
            self.dropped += 1


def _is_chunk(message: Message) -> bool:
    return message.topic == REC and message.payload[:1] == _CHUNK


def _replaces(message: Message, other: Message) -> bool:
    return other.retain and other.topic == message.topic
