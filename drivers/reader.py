"""Looks at the data lines, clocks out what is ready, and helps cells that fail.

A look costs one call. Whatever happens to the reader between two of its calls, the stamps around
them bound when a line fell and for how long a clock was high; nothing is taken from a plan.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.frames import Status
from drivers.cell import MAX_STRIKES, Cell, CellState
from drivers.checks import ALL_CHECKS, Check, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.base import Clock
    from drivers.lines import Lines, Wiring
    from drivers.word import Clocker, Word

LOOK_EVERY_S = 200e-6
RESET_HIGH_S = 120e-6
"""Twice what powers a chip down."""

WORD_PULSES = 26
"""Of the estimate: 25, and the look after them."""

MARGIN_S = 50e-6
"""Kept free before the next update, beside the length of a word."""

WORD_DECAY, WORD_GROWTH = 0.98, 1.5
GUARD_ROUNDS = 20
_DESYNC = int(Status.DESYNC)


class Reader:
    """All cells of a mat on their lines.

    Parameters
    ----------
    wiring : Wiring
    lines : Lines
        Open; whoever opened them closes them.
    clock : Clock
    clocker : Clocker
        Clocks words out on these lines.
    cells : list of Cell
        In the order of the wiring; they live through what the reader finds.
    checks : frozenset of Check
        All, but in tests that show what a check is for.
    """

    def __init__(
        self,
        wiring: Wiring,
        lines: Lines,
        clock: Clock,
        clocker: Clocker,
        cells: list[Cell],
        checks: frozenset[Check] = ALL_CHECKS,
    ) -> None:
        self._wiring, self._lines, self._clock = wiring, lines, clock
        self._clocker, self._checks = clocker, checks
        self._all = (1 << len(wiring.dout)) - 1
        self._levels = 0
        self._look_s = self._word_s = 0.0
        self._bad: set[int] = set()
        self.cells = cells
        self._members = [[self.cells[n] for n in _bits(mask)] for mask in wiring.cells]
        self.lost_now = self.delivered = False
        # What is looked up at every look, kept by `_refresh`; the cells know it first.
        self._ready = self._awaited = self._probation = 0
        self._edge_s = [math.inf] * len(self.cells)
        self._wake_s = [math.inf] * len(self.cells)

    def measure_word_s(self) -> float:
        """Estimate how long a word takes, without an edge on any line."""
        every, now_s = (1 << len(self._wiring.sck)) - 1, self._clock.now_s
        # The quickest: a machine that is busy just now is not slow.
        write_s = _quickest(lambda: self._lines.write(every, 0), now_s)
        read_s = _quickest(self._lines.read, now_s)
        self._word_s = WORD_PULSES * (2 * write_s + read_s)
        if Check.SLOW_SCK in self._checks:
            self._clocker.allow(write_s)
        return self._word_s

    def reset(self, groups: int) -> None:
        """Power-cycle the cells of a mask of groups."""
        now_s, lines = self._clock.now_s, self._lines
        lines.write(groups, 1)
        self._clock.wait_until(now_s() + RESET_HIGH_S)
        # A chip without power keeps its line high: low here is a wire, never a ready chip.
        asleep = lines.read()
        lines.write(groups, 0)
        end_s = now_s()
        cells = self._cells_of(groups)
        # What the other cells did meanwhile shows at the next look.
        self._levels = self._levels & ~cells | asleep & cells
        for cell in _bits(cells):
            self.cells[cell].begin_reset(end_s)
            self._refresh(cell)

    def step(self) -> float:
        """Look once, clock out what is ready, give up on what is overdue.

        Returns
        -------
        float
            When to look again.
        """
        self.lost_now = self.delivered = False
        before_s, self._look_s = self._look_s, self._clock.now_s()
        levels = self._lines.read()
        now_s = self._clock.now_s()
        self._note(levels, self._all, before_s, now_s)
        if now_s >= min(self._wake_s):
            self._tend(now_s)
        groups, wake_s = self._clockable(now_s)
        if groups:
            now_s = wake_s = self._clock_out(groups)
        self._strike_bad(now_s)
        self._take_in_orphans()
        return wake_s if groups else self._next_look(now_s, wake_s)

    def _next_look(self, now_s: float, wake_s: float) -> float:
        edge_s = min(self._edge_s) - LOOK_EVERY_S
        return max(min(wake_s, edge_s, *self._wake_s), now_s + LOOK_EVERY_S)

    # Edges.

    def _note(self, levels: int, cells: int, before_s: float, end_s: float) -> None:
        """Take note of the lines of some cells that have changed since a look at `before_s`."""
        fell, rose = self._levels & ~levels & cells, levels & ~self._levels & cells
        self._levels = self._levels & ~cells | levels & cells
        for number in _bits(rose):
            self.cells[number].ready = False
            self._refresh(number)
        for number in _bits(fell):
            self._take_edge(number, before_s, end_s)
            self._refresh(number)

    def _take_edge(self, number: int, before_s: float, end_s: float) -> None:
        cell = self.cells[number]
        if cell.state is CellState.LOST:
            cell.saw_start(end_s)
            self._revive(number, end_s)
        elif cell.state is not CellState.DEAD and not cell.saw_edge(before_s, end_s):
            self._bad.add(number)
        self.delivered = True

    # Words.

    def _clockable(self, now_s: float) -> tuple[int, float]:
        """Find the groups that can be clocked now, and when to look again if there is none."""
        groups, wake_s = 0, math.inf
        ready, awaited = self._ready, self._awaited
        for group, cells in enumerate(self._wiring.cells):
            waits_for = cells & awaited
            if not waits_for or waits_for & ~ready:
                continue
            members = self._members[group]
            clear_s = self._clear_s(members, now_s)
            if clear_s > self._look_s:
                wake_s = min(wake_s, clear_s)
            elif self._clocker.alone or any(cell.state is CellState.GAIN for cell in members):
                # Alone, so that a data line that hears another group's clock is found out.
                return 1 << group, now_s
            else:
                groups |= 1 << group
        return groups, wake_s

    def _clear_s(self, members: list[Cell], now_s: float) -> float:
        """When the cells of a group, which are ready, can be clocked with no update under way."""
        awaited = [cell for cell in members if cell.awaited]
        if Check.COLLISION not in self._checks:
            return self._look_s
        # From the look on: that is where the word begins when it is judged.
        clear_s, takes_s = self._look_s, now_s - self._look_s + self._word_s + MARGIN_S
        for _ in range(GUARD_ROUNDS):
            after_s = max(cell.updates.clear_from(clear_s, takes_s) for cell in awaited)
            if after_s == clear_s:
                return clear_s
            if after_s == math.inf:
                break
            clear_s = after_s
        # No gap is to be found: read it now, and judge it by what may have happened.
        return self._look_s

    def _clock_out(self, groups: int) -> float:
        """Clock a word out of some groups; return when it was over."""
        begin_s, now_s = self._look_s, self._clock.now_s
        cells = self._cells_of(groups)
        ready = list(_bits(cells & self._ready))
        word = self._clocker.clock(groups, cells)
        if word is None:
            return now_s()
        check_s = now_s()
        after = self._lines.read()
        end_s = now_s()
        self._judge(ready, word, after, (begin_s, end_s))
        if word.slow:
            self.reset(groups)
            return now_s()
        # A stall is no longer word: the guard would look for a gap that is not there.
        took_s = min(end_s - begin_s, WORD_GROWTH * self._word_s)
        self._word_s = max(self._word_s * WORD_DECAY, took_s)
        self._note(after, self._all & ~cells, begin_s, end_s)
        self._levels = self._levels & ~cells | word.last & cells
        self._note(after, cells, word.last_begin_s, end_s)
        self._look_s = check_s
        return end_s

    def _judge(self, ready: list[int], word: Word, after: int, span_s: tuple[float, float]) -> None:
        begin_s, end_s = span_s
        for number in ready:
            cell = self.cells[number]
            cell.updates.advance_to(begin_s)
            seen = Seen(
                counts=word.counts[number],
                slow=word.slow,
                # A word that was cut off proves nothing but that.
                extra_bits=word.slow or bool(word.extra >> number & 1),
                # An update right behind the word is no fault.
                high_after=word.slow
                or bool(after >> number & 1)
                or cell.updates.may_update(word.last_begin_s, end_s),
                may_update=cell.updates.may_update(begin_s, word.last_begin_s),
            )
            if cell.take(seen, word.last_begin_s) & _DESYNC:
                self._bad.add(number)
            self._refresh(number)
        self.delivered = True

    # Recovery.

    def _tend(self, now_s: float) -> None:
        """Give up on what is overdue, try again what is due for it."""
        for number, cell in enumerate(self.cells):
            if cell.is_overdue(now_s):
                self.lost_now |= cell.is_live
                low = not self._levels >> number & 1
                cell.give_up(CellState.LOST, Status.DESYNC if low else Status.TIMEOUT, now_s)
            elif not cell.awaited and now_s >= cell.retry_s:
                cell.retry_s = math.inf
                self._revive(number, now_s)
            self._refresh(number)

    def _strike_bad(self, now_s: float) -> None:
        bad, self._bad = sorted(self._bad), set()
        for number in bad:
            cell = self.cells[number]
            cell.strikes += 1
            if cell.strikes >= MAX_STRIKES:
                self.lost_now |= cell.is_live
                cell.give_up(CellState.DEAD, Status.DESYNC, now_s)
            else:
                self._revive(number, now_s)
            self._refresh(number)

    def _take_in_orphans(self) -> None:
        """Reset a group whose cells all wait to be watched along with others: there are none."""
        for group, cells in enumerate(self._wiring.cells):
            if cells & self._probation and not cells & self._awaited:
                self.reset(1 << group)

    def _revive(self, number: int, now_s: float) -> None:
        """Reset a cell's group; where others of it are awaited, watch the cell instead."""
        group = self._wiring.group_of[number]
        others = (cell for cell in self._members[group] if cell is not self.cells[number])
        if any(cell.awaited for cell in others):
            self.cells[number].begin_probation(now_s)
        else:
            self.reset(1 << group)

    def _refresh(self, number: int) -> None:
        """Look up anew what is kept of a cell: something about it has changed."""
        cell, bit = self.cells[number], 1 << number
        self._ready = self._ready | bit if cell.ready else self._ready & ~bit
        self._awaited = self._awaited | bit if cell.awaited else self._awaited & ~bit
        watched = cell.on_probation
        self._probation = self._probation | bit if watched else self._probation & ~bit
        self._edge_s[number], self._wake_s[number] = cell.next_edge_s, cell.wakes_s

    def _cells_of(self, groups: int) -> int:
        cells = 0
        for group in _bits(groups):
            cells |= self._wiring.cells[group]
        return cells


def _quickest(call: Callable[[], object], now_s: Callable[[], float]) -> float:
    took_s = []
    for _ in range(8):
        begin_s = now_s()
        call()
        took_s.append(now_s() - begin_s)
    return min(took_s)


def _bits(mask: int) -> Iterator[int]:
    """Numbers of the bits that are set, rising."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
