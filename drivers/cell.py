"""One cell as its reader sees it: where it stands, what it delivered, what is due.

=========  ==============================================  =========  ============================
state      meaning                                         reported   leaves it by
=========  ==============================================  =========  ============================
GAIN       was reset; its first word sends the gain        SETTLING   a word -> SETTLING
SETTLING   its conversions are not settled yet             SETTLING   a settled word -> LIVE
LIVE       its readings count                              as judged  no update -> LOST, bad -> ...
LOST       no update came in time                          TIMEOUT,   an edge, or a retry
                                                           DESYNC
DEAD       was bad three times                             DESYNC     a retry after 10 s
=========  ==============================================  =========  ============================
"""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import NamedTuple

from core.datasheet import FAST_RATE_HZ, SETTLING_CONVERSIONS, SLOW_RATE_HZ
from core.frames import VOID, Status
from drivers.checks import ALL_CHECKS, SLEW_COUNTS_PER_S, Check, Seen, judge, rules_of
from drivers.updates import FASTEST, SLOWEST, UpdateClock

OVERDUE_PERIODS = 2.4
"""A cell without an update for so long is lost: told within 2.5 periods, a look included."""

_VOID, _STUCK, _GLITCH = int(VOID), int(Status.STUCK), int(Status.GLITCH)
_COLLISION, _SETTLING = int(Status.COLLISION), int(Status.SETTLING)

STALE_PERIODS = 4.0
"""A value older than this is not kept: held for one period, missed for 2.5 at most."""

MAX_STRIKES = 3
RETRY_S = 10.0
PROBATION_WORDS = 8
CLEAN_WORDS = SETTLING_CONVERSIONS + 1
"""Words in a row without a flaw but that they settle: the first sends the gain once more."""

RATES_HZ = tuple((rate_hz / SLOWEST, rate_hz / FASTEST) for rate_hz in (SLOW_RATE_HZ, FAST_RATE_HZ))
"""Between which paces a converter can run at all."""

SOON_PERIODS = 1.2
"""The next update comes within a period of any moment."""


class CellState(Enum):
    """Where a cell stands."""

    GAIN = auto()
    SETTLING = auto()
    LIVE = auto()
    LOST = auto()
    DEAD = auto()


AWAITED = frozenset({CellState.GAIN, CellState.SETTLING, CellState.LIVE})
"""A clock group is read when each of its cells in one of these is ready."""


class Delivery(NamedTuple):
    """One word of a cell, judged.

    Attributes
    ----------
    counts : int
    status : int
        Bits of `Status`.
    at_s : float
        When its conversion ended, at the earliest.
    lost : int
        Conversions lost before it.
    """

    counts: int
    status: int
    at_s: float
    lost: int


class Cell:
    """One cell.

    Parameters
    ----------
    nominal_s : float
        Period by the RATE pin.
    checks : frozenset of Check
    gain : int
        128, 64 or 32.
    """

    def __init__(
        self, nominal_s: float, checks: frozenset[Check] = ALL_CHECKS, gain: int = 128
    ) -> None:
        # A chip that restarts has gain 128: any other must be sent again, and settle again.
        restarts = 1 if gain == 128 else 2
        self._distrust_periods = restarts * (SETTLING_CONVERSIONS + 1) - 1
        self.updates = UpdateClock(nominal_s)
        self._may_be_overdue = Check.READY in checks
        self._judges_interval = Check.INTERVAL in checks
        self._judges_settling = Check.SETTLING in checks
        self._rules = rules_of(checks)
        self.state = CellState.LOST
        self.cause = Status.TIMEOUT
        self.ready = False
        self.on_probation = False
        self.strikes = 0
        self.retry_s = math.inf
        self._same_codes = 0
        self._code_before: int | None = None
        self._good_code: int | None = None
        self.start_hz: float | None = None
        self._reset_s = -math.inf
        self._step_counts = SLEW_COUNTS_PER_S * nominal_s
        self.pending: list[Delivery] = []
        self._held: Delivery | None = None
        self._dropped = 0
        self.last: Delivery | None = None
        self._deadline_s = math.inf
        self._settled_s = math.inf
        self._clean_words, self._needed_words = 0, CLEAN_WORDS
        self._fresh = False
        self._since_s = -math.inf
        self._read_index: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether its readings count."""
        return self.state is CellState.LIVE

    @property
    def awaited(self) -> bool:
        """Whether its group waits for it."""
        return self.state in AWAITED and not self.on_probation

    @property
    def next_edge_s(self) -> float:
        """Earliest time of an edge that is waited for; infinite if none is."""
        if self.ready or self.state is CellState.DEAD:
            return math.inf
        return self.updates.next_s

    @property
    def wakes_s(self) -> float:
        """When something may be due without an edge: it is overdue, or tried again."""
        if self.state in AWAITED:
            return math.inf if self.ready else self._deadline_s
        return self.retry_s

    @property
    def pace_hz(self) -> float | None:
        """Conversions per second, as learnt, or as it started at another rate; None if unknown."""
        if self.updates.learnt:
            return 1.0 / self.updates.period_s
        at = self.start_hz
        known = at is not None and any(low <= at <= high for low, high in RATES_HZ)
        return at if known else None

    def begin_reset(self, now_s: float) -> None:
        """Its clock line has just fallen from a reset."""
        self.state, self.ready, self.on_probation = CellState.GAIN, False, False
        self._forget()
        self._since_s = self._reset_s = now_s
        self._expect(now_s, SETTLING_CONVERSIONS)

    def begin_probation(self, now_s: float) -> None:
        """Watch it for a while, clocked along with the others but not awaited."""
        self.state, self.on_probation = CellState.SETTLING, True
        # The edge that gave it away may have been none: look for the next ones afresh.
        self._forget()
        self.ready = False
        self._clean_words, self._needed_words = 0, PROBATION_WORDS
        self._settled_s = now_s + 2 * (SETTLING_CONVERSIONS + 1) * self.updates.longest_s
        self._expect(now_s, 2 * SETTLING_CONVERSIONS)

    def give_up(self, state: CellState, cause: Status, now_s: float) -> None:
        """Go on without it, for now."""
        self.state, self.cause, self.on_probation = state, cause, False
        self.retry_s = now_s + RETRY_S
        self._forget()

    def is_overdue(self, now_s: float) -> bool:
        """Whether an update should have come."""
        waits = self.state in AWAITED and not self.ready
        return waits and self._may_be_overdue and now_s >= self._deadline_s

    def saw_start(self, end_s: float) -> None:
        """Take note of the first edge after a reset, which comes with the first settled word.

        A RATE pin that is set otherwise shows here, where nothing else is learnt of the pace.
        """
        if self._reset_s > -math.inf:
            self.start_hz = SETTLING_CONVERSIONS / max(end_s - self._reset_s, 1e-6)
            self._reset_s = -math.inf

    def saw_edge(self, begin_s: float, end_s: float) -> bool:
        """DOUT was high at `begin_s` and low at `end_s`; False if that cannot be."""
        plausible = (
            self.updates.saw_update(begin_s, end_s, fresh=self._fresh) or not self._judges_interval
        )
        self.ready, self._fresh = True, False
        self.saw_start(end_s)
        self._deadline_s = end_s + OVERDUE_PERIODS * self.updates.period_s
        if plausible:
            self._release(end_s)
        return plausible

    def take(self, seen: Seen, end_s: float) -> int:
        """Take a word that was clocked out while it was ready; move on.

        Parameters
        ----------
        seen : Seen
            What the cell knows itself is filled in here.
        end_s : float
            When its last pulse was over.

        Returns
        -------
        int
            Bits of `Status`.
        """
        at_s = max(self.updates.earliest_s, self._since_s)
        lost = 0 if self._read_index is None else max(self.updates.index - self._read_index - 1, 0)
        self._read_index = self.updates.index
        unsettled = self.updates.earliest_s <= self._settled_s
        settling = unsettled and self.state is not CellState.LIVE
        counts = seen.counts
        self.ready = False
        self._same_codes = self._same_codes + 1 if counts == self._code_before else 1
        known = seen._replace(
            settling=settling,
            lost=lost,
            same_codes=self._same_codes,
            known_counts=tuple(c for c in (self._code_before, self._good_code) if c is not None),
            step_counts=self._step_counts,
        )
        status = judge(known, self._rules)
        self._remember(counts, status)
        lost, self._dropped = lost + self._dropped, 0
        self._held = Delivery(counts, status, at_s, lost if self.is_live else 0)
        if status & _VOID or not self._may_be_overdue:
            self._release(end_s)
        self._fresh = not status & _COLLISION
        # It may have waited long for others on its clock line; its own next update is due now.
        self._deadline_s = max(self._deadline_s, end_s + SOON_PERIODS * self.updates.longest_s)
        self._move_on(status, end_s)
        return status

    def _release(self, now_s: float) -> None:
        """Pass on the word that was held.

        A wire that breaks in the middle of a word reads 1 from there on, as the bits behind a
        whole word do. So a word counts when its line has fallen again, a period later.
        """
        held, self._held = self._held, None
        if held is None:
            return
        if now_s - held.at_s > STALE_PERIODS * self.updates.longest_s:
            # Whoever was away comes back to a word of long ago: it is no reading of now.
            self._dropped = held.lost + 1
            return
        self.last = held
        self.pending.append(held)

    def _move_on(self, status: int, end_s: float) -> None:
        if self.state is CellState.GAIN:
            self.state = CellState.SETTLING
            # The gain may have changed: then conversions begin anew, at another phase.
            self.updates.forget_phase()
            self._read_index = None
            self._settled_s = end_s + SETTLING_CONVERSIONS * self.updates.longest_s
            self._clean_words, self._needed_words = 0, CLEAN_WORDS
            if not self._judges_settling:
                self._settled_s, self._needed_words = -math.inf, 1
            self._expect(end_s, SETTLING_CONVERSIONS)
            return
        clean = not status & _VOID
        self._clean_words = self._clean_words + 1 if not status & _VOID & ~_SETTLING else 0
        if self.is_live and status & _COLLISION:
            self._distrust(end_s)
        elif self.is_live and clean:
            self.strikes = 0
        elif clean and self._clean_words >= self._needed_words:
            self.state, self.on_probation = CellState.LIVE, False

    def _distrust(self, end_s: float) -> None:
        """Let it settle anew: unseen, it may have started anew or changed its gain."""
        self.state, self._clean_words = CellState.SETTLING, 0
        self._needed_words = CLEAN_WORDS
        self._settled_s = end_s + self._distrust_periods * self.updates.longest_s

    def _remember(self, counts: int, status: int) -> None:
        if not status & _VOID & ~_STUCK:
            self._code_before = counts
            if not status & _GLITCH:
                self._good_code = counts

    def _expect(self, now_s: float, silent_periods: int) -> None:
        periods = silent_periods + OVERDUE_PERIODS
        self._deadline_s = now_s + periods * self.updates.longest_s

    def _forget(self) -> None:
        self.updates.forget_phase()
        self._code_before = self._good_code = self._read_index = self._held = None
        self._same_codes = self._dropped = 0
        self._fresh = False
