"""When a converter updates: bounds that hold, from the edges that were seen.

A converter runs on an oscillator of its own and replaces its word at each of its periods, read or
not. A word that is clocked out across an update may mix two conversions, and nothing on the lines
tells. So each edge of DOUT (high at one look, low at the next) narrows an interval for the time of
the last update and one for the period; what could be is worked out with both ends, never with the
middle. It is set-membership estimation: no gain to tune, no lock to lose unnoticed.
"""

from __future__ import annotations

import math

SLOWEST, FASTEST = 1.10, 0.80
"""Bounds of a period, in nominal ones. Internal oscillators were measured 16 % fast
(research/hx711.md section 2); the data sheet's crystal is exact."""

JITTER = 2e-3
"""How far an update may be off the even grid, in nominal periods (assumed; 25 us at 80 SPS)."""

DRIFT = 2e-5
"""How much the period may change between two anchors, relative (temperature)."""

ANCHOR_UPDATES = 64


class UpdateClock:
    """The updates of one converter.

    Parameters
    ----------
    nominal_s : float
        Period by the RATE pin, seconds.
    """

    def __init__(self, nominal_s: float) -> None:
        self._bounds_s = nominal_s * FASTEST, nominal_s * SLOWEST
        self._jitter_s = nominal_s * JITTER
        self._low_s, self._high_s = self._bounds_s
        self.forget_phase()

    def forget_phase(self) -> None:
        """Start anew after a reset: the period stays, the time of the updates does not."""
        self.index = 0
        self._begin_s: float | None = None
        self._end_s = 0.0
        self._anchor = (0.0, 0.0, 0)

    @property
    def period_s(self) -> float:
        """The period as learnt so far."""
        return (self._low_s + self._high_s) / 2

    @property
    def longest_s(self) -> float:
        """Upper bound of the period."""
        return self._high_s

    @property
    def learnt(self) -> bool:
        """Whether the period is known better than to one per cent."""
        return self._high_s - self._low_s < 0.01 * self._high_s

    @property
    def last_s(self) -> float | None:
        """When it last updated, as far as was seen; None before the first edge."""
        return None if self._begin_s is None else (self._begin_s + self._end_s) / 2

    @property
    def earliest_s(self) -> float:
        """When the last update was at the earliest; minus infinity before the first edge."""
        return -math.inf if self._begin_s is None else self._begin_s

    def saw_update(self, begin_s: float, end_s: float, *, fresh: bool = False) -> bool:
        """Take note of an edge: high at `begin_s`, low at `end_s`.

        Parameters
        ----------
        begin_s, end_s : float
        fresh : bool
            The line has been high since its last word: then the next update must have shown.

        Returns
        -------
        bool
            False if no update of this converter could be then.
        """
        if self._begin_s is None:
            self._set_phase(begin_s, end_s)
            return True
        slack_s = self._jitter_s
        fewest = math.ceil((begin_s - self._end_s - slack_s) / self._high_s)
        most = math.floor((end_s - self._begin_s + slack_s) / self._low_s)
        if most < max(fewest, 1) or (fresh and fewest > 1):
            self._low_s, self._high_s = self._bounds_s
            self._set_phase(begin_s, end_s)
            return False
        if fewest != most:
            # Too long ago to say when the last of several updates was; about how many is known.
            middle_s = (self._begin_s + self._end_s) / 2
            self.index += max(fewest, int((end_s - middle_s) / self.period_s), 1)
            self._set_phase(max(begin_s, end_s - self._high_s - slack_s), end_s)
            return True
        self._narrow(most, begin_s, end_s)
        return True

    def advance_to(self, t_s: float) -> None:
        """Count the updates that must have passed by a time without being seen."""
        if self._begin_s is None:
            return
        slack_s = self._jitter_s
        passed = math.floor((t_s - self._end_s - slack_s) / self._high_s)
        if passed > 0:
            self.index += passed
            self._begin_s += passed * self._low_s - slack_s
            self._end_s += passed * self._high_s + slack_s

    @property
    def next_s(self) -> float:
        """Earliest time of the next update; minus infinity before the first edge."""
        return -math.inf if self._begin_s is None else self._begin_s + self._low_s

    def may_update(self, begin_s: float, end_s: float) -> bool:
        """Whether an update could fall between two times that come after the last one."""
        return self._clear_after(begin_s, end_s) is not None

    def clear_from(self, begin_s: float, duration_s: float) -> float:
        """Find the first time from which on no update can fall for some time.

        Returns
        -------
        float
            `begin_s` if it is clear already; infinite if no such time can be told.
        """
        # More than a few windows one after the other: they have grown together.
        for _ in range(4):
            clear_s = self._clear_after(begin_s, begin_s + duration_s)
            if clear_s is None:
                return begin_s
            begin_s = clear_s
        return math.inf

    def _clear_after(self, begin_s: float, end_s: float) -> float | None:
        """End of the window of an update that touches an interval, None if none does."""
        if self._begin_s is None:
            return math.inf
        slack_s = self._jitter_s
        n = max(1, math.ceil((begin_s - self._end_s - slack_s) / self._high_s))
        if self._begin_s + n * self._low_s - slack_s > end_s:
            return None
        return self._end_s + n * self._high_s + slack_s * 1.001

    def _set_phase(self, begin_s: float, end_s: float) -> None:
        self._begin_s, self._end_s = begin_s, end_s
        self._anchor = (begin_s, end_s, self.index)

    def _narrow(self, passed: int, begin_s: float, end_s: float) -> None:
        slack_s = self._jitter_s
        assert self._begin_s is not None  # noqa: S101 - for the type checker
        begin_s = max(begin_s, self._begin_s + passed * self._low_s - slack_s)
        end_s = min(end_s, self._end_s + passed * self._high_s + slack_s)
        self.index += passed
        self._begin_s, self._end_s = min(begin_s, end_s), max(begin_s, end_s)
        anchor_begin_s, anchor_end_s, anchor_index = self._anchor
        n = self.index - anchor_index
        self._low_s = max(self._low_s, (begin_s - anchor_end_s - slack_s) / n)
        self._high_s = min(self._high_s, (end_s - anchor_begin_s + slack_s) / n)
        if n >= ANCHOR_UPDATES:
            self._anchor = (begin_s, end_s, self.index)
            self._low_s = max(self._low_s * (1 - DRIFT), self._bounds_s[0])
            self._high_s = min(self._high_s * (1 + DRIFT), self._bounds_s[1])
        if self._low_s > self._high_s:
            self._low_s, self._high_s = self._bounds_s
