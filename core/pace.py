"""How often something is done, as far as frames can tell."""

from __future__ import annotations

from typing import NamedTuple


class Pace(NamedTuple):
    """A range of times from one repetition to the next, both ends included."""

    shortest_us: int
    longest_us: int

    def fits(self, interval_us: int, frame_us: int) -> bool:
        """Tell whether an interval between two frames may be one of this pace.

        What a frame shows happened within the time since the frame before: the true interval is
        known to less than `frame_us` either way, and has the benefit of the doubt.
        """
        return (
            interval_us + frame_us > self.shortest_us and interval_us - frame_us < self.longest_us
        )
