"""When sessions began, over restarts of the daemon and of the machine. Pure.

Only what is certain counts. Within one boot of the machine its own clock tells. Across boots the
wall clock does, once it is right: until then nobody knows whether a session was today or a month
ago, and a mat without a network would call each one too often. A start of which only the earliest
time is known is taken to have been then.

A daemon that ended in a session begins another at once if feet are still on the mat: that is the
same visit, and counts once.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import msgspec

from core.clock_story import Boot, anchor_of, wall_time
from core.presence import END_US
from core.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.clock_story import ClockStory

KEPT_EACH = 8
"""Newest sessions of each person: the rule asks for three."""


class Start(msgspec.Struct, frozen=True):
    """One session, as far as `too_often` is concerned.

    Attributes
    ----------
    id : str
        Of the session.
    person : str or None
        Whose it was; None: nobody known.
    machine_boot : str
        Boot of the machine whose clock the times are of; empty where it cannot tell.
    begin_us, seen_us : int
        Its first frame, and the last one that is known.
    ended : bool
        Whether it has ended, and not its daemon.
    wall_s : float or None
        Wall time, s since 1970, before which it did not begin; exact if the clock was right once in
        that boot. None: unknown.
    """

    id: str
    person: str | None
    machine_boot: str
    begin_us: int
    seen_us: int
    ended: bool = False
    wall_s: float | None = None


def dated(start: Start, machine_boot: str, story: ClockStory) -> Start:
    """Say when a session of this boot was, as well as this boot knows by now."""
    if start.machine_boot != machine_boot or not story.pairs:
        return start
    t_s = start.begin_us / US_PER_S
    boot = Boot(story.pairs, story.pairs[0].t_s, t_s, story.not_before_s)
    found = [start.wall_s, wall_time(t_s, boot).earliest_s]
    # The truth is the latest of all bounds from below: a clock that was lost again loosens none.
    newest_s = max((each for each in found if each is not None), default=None)
    return msgspec.structs.replace(start, wall_s=newest_s)


def counted(
    starts: Sequence[Start], person: str | None, machine_boot: str, story: ClockStory
) -> list[int]:
    """Say when the sessions began that count for who is on the mat.

    Parameters
    ----------
    starts : sequence of Start
        In the order in which they began.
    person : str or None
        Theirs and those of nobody known count; None: all do.
    machine_boot : str
    story : ClockStory
        Of this boot.

    Returns
    -------
    list of int
        Microseconds of this boot's clock, negative before it.
    """
    times = [
        _here_us(start, start.begin_us, machine_boot, story)
        for start, following in zip_longest(starts, starts[1:])
        if (person is None or start.person in (None, person))
        and not _goes_on(start, following, machine_boot, story)
    ]
    return [t_us for t_us in times if t_us is not None]


def newest_of_each(starts: Sequence[Start]) -> tuple[Start, ...]:
    """Keep the newest of each person, in order."""
    left: dict[str | None, int] = {}
    kept = []
    for start in reversed(starts):
        left[start.person] = left.get(start.person, KEPT_EACH) - 1
        if left[start.person] >= 0:
            kept.append(start)
    return tuple(kept[::-1])


def _goes_on(start: Start, following: Start | None, machine_boot: str, story: ClockStory) -> bool:
    """Whether a session goes on: it runs, or was cut and goes on in the one behind it."""
    if start.ended:
        return False
    if following is None:
        return True
    seen_us = _here_us(start, start.seen_us, machine_boot, story)
    begun_us = _here_us(following, following.begin_us, machine_boot, story)
    return seen_us is not None and begun_us is not None and begun_us - seen_us < END_US


def _here_us(start: Start, t_us: int, machine_boot: str, story: ClockStory) -> int | None:
    """Put a time of a session on the clock of this boot."""
    if machine_boot and start.machine_boot == machine_boot:
        return t_us
    anchor = anchor_of(story.pairs)
    if anchor is None or start.wall_s is None:
        return None
    ago_s = anchor.wall_s - start.wall_s
    return round((anchor.t_s - ago_s) * US_PER_S) + t_us - start.begin_us
