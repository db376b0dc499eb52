"""Which records of the log to send, and when again: the mat's side, which touches nothing.

| an ack of this log says                     | then                                             |
|---------------------------------------------|--------------------------------------------------|
| `fork`                                      | `new_log`: two histories under one name          |
| `next` beyond all that was sent             | `new_log`: this card is, or was, an old copy     |
| `want` below what it has acknowledged       | `rewound`: the recorder has lost what it had     |
| `next` higher than before                   | `acknowledged`                                   |
| anything else, or another log               | `nothing`                                        |

What was sent once is marked on the card before it goes. So a card that was put back to an older
state is found out even when it has gone on since, and has records under the numbers in question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.wire import Ack

WINDOW = 32
"""Records that may be under way without an answer."""

HEAR_FIRST_S = 2.0
"""A mat that has just started listens so long for what the recorder says, before it sends.

An old copy of a card is known by an ack beyond all that it has sent: so it must not have sent yet.
"""

AGAIN_FIRST_S, AGAIN_MAX_S = 10.0, 300.0
"""Wait for an answer before all is sent again, and the longest that it grows to."""

Answer = Literal["nothing", "acknowledged", "rewound", "new_log"]


@dataclass(frozen=True)
class LogState:
    """How a log stands on the card.

    Attributes
    ----------
    log_id : str
    first_seq : int
        Oldest record that is there.
    end_seq : int
        One behind the newest.
    next_seq : int
        All below is acknowledged.
    sent_seq : int
        One behind the newest that was ever sent.
    """

    log_id: str
    first_seq: int = 0
    end_seq: int = 0
    next_seq: int = 0
    sent_seq: int = 0


class LogSender:
    """Decides what to send of one log.

    Parameters
    ----------
    state : LogState

    Attributes
    ----------
    log_id : str
    next_seq : int
        All below is acknowledged.
    """

    def __init__(self, state: LogState) -> None:
        self.log_id, self.next_seq = state.log_id, state.next_seq
        self._first_seq, self._end_seq = state.first_seq, state.end_seq
        self._sent_seq = state.sent_seq
        self._up = self._heard = False
        self._send_from_s = float("inf")
        self._obeyed: Ack | None = None
        self._at_seq = max(state.next_seq, state.first_seq)
        self._wait_s, self._again_s = AGAIN_FIRST_S, float("-inf")

    def stored(self, state: LogState) -> None:
        """Hear how the card has it: records were added, given up, or marked as sent."""
        self._first_seq, self._end_seq = state.first_seq, state.end_seq
        self._sent_seq = state.sent_seq
        self._at_seq = max(self._at_seq, state.first_seq)

    def connected(self, now_s: float) -> None:
        """Begin again at the oldest: what was under way may be lost."""
        self._up = True
        self._send_from_s = now_s + HEAR_FIRST_S
        self._restart(now_s)

    def lost(self) -> None:
        """Send nothing while there is no broker."""
        self._up, self._send_from_s = False, float("inf")

    def due(self, now_s: float) -> range:
        """Say which records to send now; empty when there is nothing to do.

        The caller marks them as sent on the card, sends all of them, and asks again.
        """
        self._heard |= now_s >= self._send_from_s
        if not (self._up and self._heard):
            return range(0)
        oldest = max(self.next_seq, self._first_seq)
        if self._at_seq > oldest and now_s >= self._again_s:
            self._wait_s = min(2 * self._wait_s, AGAIN_MAX_S)
            self._at_seq, self._again_s = oldest, now_s + self._wait_s
        start, stop = self._at_seq, min(oldest + WINDOW, self._end_seq)
        if stop <= start:
            return range(0)
        if start == oldest:
            self._again_s = now_s + self._wait_s
        self._at_seq = stop
        return range(start, stop)

    def wake_s(self) -> float:
        """When to ask `due` again if nothing else happens."""
        if not self._up:
            return float("inf")
        if not self._heard:
            return self._send_from_s
        waits = self._at_seq > max(self.next_seq, self._first_seq)
        return self._again_s if waits else float("inf")

    def ack(self, ack: Ack, now_s: float) -> Answer:
        """Hear what the recorder says of the log."""
        if ack.log_id != self.log_id:
            return "nothing"
        self._heard = True
        if ack != self._obeyed:
            # Another word in between: the same one again is a new one, not the broker's copy.
            self._obeyed = None
        goes_back = ack.want is not None and ack.want < self.next_seq and self._obeyed is None
        if ack.want is not None and goes_back:
            self._obeyed = ack
            self.next_seq = max(ack.want, self._first_seq)
            self._restart(now_s)
        # After going back: what is wanted moves to the new log, too.
        if ack.fork or ack.next > self._sent_seq:
            return "new_log"
        if goes_back:
            return "rewound"
        if ack.next <= self.next_seq:
            return "nothing"
        self.next_seq = ack.next
        self._at_seq = max(self._at_seq, ack.next)
        self._wait_s = AGAIN_FIRST_S
        self._again_s = now_s + self._wait_s
        return "acknowledged"

    def _restart(self, now_s: float) -> None:
        self._at_seq = max(self.next_seq, self._first_seq)
        self._wait_s = AGAIN_FIRST_S
        self._again_s = now_s + self._wait_s
