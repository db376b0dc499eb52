"""The ten checks of a reading (research/hx711.md section 5), each with a name of its own.

A bank takes the set of checks that it makes, so that a test can leave one out and show what then
goes wrong; docs/hx711.md says which test guards which check.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from core.datasheet import COUNTS_MAX, COUNTS_MIN
from core.frames import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Check(Enum):
    """What is looked at before a reading is passed on."""

    READY = "DOUT falls before the first pulse, and again after the last; not in time: TIMEOUT"
    SLOW_SCK = "no pulse of the clock longer than 50 us"
    EXTRA_BITS = "every bit from the 25th on is 1"
    HIGH_AFTER = "DOUT is high after the last pulse, unless an update is due"
    SATURATED = "the code is not the first or last one"
    SETTLING = "four conversions have passed since a reset or change of gain"
    INTERVAL = "the interval since the last update is one period; more: MISSED, less: DESYNC"
    STUCK = "not the same code eight times"
    COLLISION = "no update could fall into the word"
    GLITCH = "no step that no foot makes, no doubled or halved code"


ALL_CHECKS = frozenset(Check)

STUCK_CODES = 8
SLEW_COUNTS_PER_S = 80 * 2**21
"""Faster than any foot: a quarter of full scale, about the whole capacity of a cell of 1 mV/V, in
12.5 ms. A heel strike loads a cell in 20 to 50 ms."""

RUN_MASK = 2**10 - 1
"""A contact that opens or shorts in the middle of a word and is back behind it leaves a run of
ones or zeros at its end; one sound code in 512 ends in ten alike."""

DOUBLED_WITHIN_COUNTS = 512
DOUBLED_FROM_COUNTS = 16 * DOUBLED_WITHIN_COUNTS
"""Small codes are half or double each other all the time."""


class Seen(NamedTuple):
    """What is known of one cell's word when it is judged.

    Attributes
    ----------
    counts : int
    slow : bool
        The clock was high for too long somewhere in the word.
    extra_bits : bool
        All bits from the 25th on were 1.
    high_after : bool
        DOUT was high after the last pulse, or went low when it may.
    may_update : bool
        An update could have fallen into the word.
    settling : bool
    lost : int
        Conversions between this one and the one before.
    same_codes : int
        How often this code has come in a row.
    known_counts : tuple of int
        The code before and the last good one; empty after a reset.
    step_counts : float
        Largest step that a foot makes.
    """

    counts: int
    slow: bool
    extra_bits: bool
    high_after: bool
    may_update: bool
    settling: bool = False
    lost: int = 0
    same_codes: int = 1
    known_counts: tuple[int, ...] = ()
    step_counts: float = math.inf


Rule = tuple[int, "Callable[[Seen], bool]"]
"""Status bit, and whether a word deserves it."""


def rules_of(checks: frozenset[Check]) -> tuple[Rule, ...]:
    """Pick the rules of some checks."""
    # Whole numbers: flags of an enum cost ten times as much, for every cell of every frame.
    return tuple((int(status), fails) for check, status, fails in _RULES if check in checks)


def judge(seen: Seen, rules: tuple[Rule, ...]) -> int:
    """Judge a word: the status bits of every rule that it breaks."""
    found = 0
    for status, fails in rules:
        if fails(seen):
            found |= status
    return found


def is_glitch(counts: int, known: Sequence[int], step_counts: float) -> bool:
    """Whether a code can follow none of those known, or ends in a run of one bit.

    Parameters
    ----------
    counts : int
    known : sequence of int
        The code before and the last good one; empty after a reset.
    step_counts : float
        Largest step that a foot makes.
    """
    # The ends of the range are load, and never demoted to a fault of the sensor.
    if counts in (COUNTS_MIN, COUNTS_MAX):
        return False
    if counts & RUN_MASK in (0, RUN_MASK):
        return True
    return bool(known) and all(_cannot_follow(counts, each, step_counts) for each in known)


def _cannot_follow(counts: int, before: int, step_counts: float) -> bool:
    if abs(counts - before) > step_counts:
        return True
    if min(abs(counts), abs(before)) < DOUBLED_FROM_COUNTS:
        return False
    apart = min(abs(counts - 2 * before), abs(2 * counts - before))
    return apart <= 2 * DOUBLED_WITHIN_COUNTS


_RULES: tuple[tuple[Check, Status, Callable[[Seen], bool]], ...] = (
    (Check.SLOW_SCK, Status.SLOW_SCK, lambda seen: seen.slow),
    (Check.EXTRA_BITS, Status.DESYNC, lambda seen: not seen.extra_bits),
    (
        Check.HIGH_AFTER,
        Status.DESYNC,
        lambda seen: not seen.high_after and not seen.may_update,
    ),
    (Check.SATURATED, Status.SATURATED, lambda seen: seen.counts in (COUNTS_MIN, COUNTS_MAX)),
    (Check.SETTLING, Status.SETTLING, lambda seen: seen.settling),
    (Check.INTERVAL, Status.MISSED, lambda seen: seen.lost > 0),
    # The end of the range is load, never a sensor fault, however long it lasts.
    (
        Check.STUCK,
        Status.STUCK,
        lambda seen: seen.same_codes >= STUCK_CODES and seen.counts not in (COUNTS_MIN, COUNTS_MAX),
    ),
    (Check.COLLISION, Status.COLLISION, lambda seen: seen.may_update),
    (
        Check.GLITCH,
        Status.GLITCH,
        lambda seen: is_glitch(seen.counts, seen.known_counts, seen.step_counts),
    ),
)
