"""The mat's own time and the wall clock. Pure.

A mat counts its own seconds, `t_s`, which never jump. The wall clock enters as pairs of both, each
with a flag whether something kept the wall clock right just then. The first pair of a boot that
has the flag fixes the true time of everything in that boot, also of what came before; no other
pair moves it. Without one there are only bounds: the last right time that was known before the
boot began, and the first that was known after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.wire import WallPair


@dataclass(frozen=True)
class ClockStory:
    """What one boot knows of the wall clock so far; goes into `info` and into the log.

    Attributes
    ----------
    pairs : tuple of WallPair
        The first look at the clock, and the first at which it was right: at most two.
    synchronised : bool
        Whether it was right at the last look.
    not_before_s : float or None
        Last right wall time known before this boot, s since 1970; None: none.
    """

    pairs: tuple[WallPair, ...] = ()
    synchronised: bool = False
    not_before_s: float | None = None

    def heard(self, pair: WallPair) -> ClockStory:
        """Take another look at the clock into account."""
        tells = not self.pairs or (pair.synchronised and anchor_of(self.pairs) is None)
        pairs = (*self.pairs, pair) if tells else self.pairs
        return replace(self, pairs=pairs, synchronised=pair.synchronised)


@dataclass(frozen=True)
class Boot:
    """What a reader knows of one boot.

    Attributes
    ----------
    pairs : tuple of WallPair
        In any order.
    begin_t_s, end_t_s : float
        First and last of its times that are known.
    not_before_s, not_after_s : float or None
        Last right wall time known before it began, first known after it ended, s since 1970.
    """

    pairs: tuple[WallPair, ...]
    begin_t_s: float
    end_t_s: float
    not_before_s: float | None = None
    not_after_s: float | None = None


@dataclass(frozen=True)
class WallTime:
    """When something was, s since 1970; None on a side where nothing is known.

    Attributes
    ----------
    earliest_s, latest_s : float or None
        The same where it is known exactly.
    """

    earliest_s: float | None
    latest_s: float | None

    @property
    def exact_s(self) -> float | None:
        """The time, if it is known; else None."""
        return self.earliest_s if self.earliest_s == self.latest_s else None


UNKNOWN = WallTime(None, None)


def anchor_of(pairs: Iterable[WallPair]) -> WallPair | None:
    """Find the pair that fixes the time of a boot: the first at which the wall clock was right."""
    return min((each for each in pairs if each.synchronised), key=lambda p: p.t_s, default=None)


def wall_time(t_s: float, boot: Boot) -> WallTime:
    """Say when a mat's time was.

    Parameters
    ----------
    t_s : float
        The mat's own seconds, within the boot.
    boot : Boot

    Returns
    -------
    WallTime
        Exact where the wall clock was right once in that boot; else between bounds, which are
        unknown if they contradict each other (a clock that was called right was not).
    """
    anchor = anchor_of(boot.pairs)
    if anchor:
        exact_s = anchor.wall_s + (t_s - anchor.t_s)
        return WallTime(exact_s, exact_s)
    after, before = boot.not_before_s, boot.not_after_s
    earliest_s = None if after is None else after + max(t_s - boot.begin_t_s, 0.0)
    latest_s = None if before is None else before - max(boot.end_t_s - t_s, 0.0)
    if earliest_s is not None and latest_s is not None and earliest_s > latest_s:
        return UNKNOWN
    return WallTime(earliest_s, latest_s)
