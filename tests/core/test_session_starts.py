"""Which sessions count for `too_often`, over restarts and with a clock that may be wrong."""

from __future__ import annotations

import pytest

from core.clock_story import ClockStory
from core.presence import END_US
from core.session_starts import KEPT_EACH, Start, counted, dated, newest_of_each
from core.wire import WallPair

S = 1_000_000
RIGHT = ClockStory((WallPair(100.0, 5000.0, synchronised=True),), synchronised=True)
WRONG = ClockStory((WallPair(100.0, 3.0, synchronised=False),), not_before_s=4000.0)


def start(
    begin_s: int,
    person: str | None = None,
    boot: str = "now",
    *,
    seen_s: int | None = None,
    ended: bool = True,
    wall_s: float | None = None,
) -> Start:
    seen_us = (begin_s + 60 if seen_s is None else seen_s) * S
    return Start(f"{boot}{begin_s}", person, boot, begin_s * S, seen_us, ended, wall_s)


def test_within_a_boot_of_the_machine_no_wall_clock_is_needed() -> None:
    starts = [start(10), start(500)]
    for story in (ClockStory(), WRONG, RIGHT):
        assert counted(starts, None, "now", story) == [10 * S, 500 * S]
    # A machine that cannot tell its boots tells none from another.
    assert counted([start(10, boot="")], None, "", WRONG) == []


def test_over_a_boot_it_counts_from_when_both_times_are_known() -> None:
    before = start(10, boot="before", wall_s=4900.0)
    assert counted([before], None, "now", WRONG) == []
    # 5000 is 100 s of this boot.
    assert counted([before], None, "now", RIGHT) == [0]
    assert counted([start(10, boot="before")], None, "now", RIGHT) == []


def test_a_session_is_dated_by_its_own_boot_as_well_as_that_knows() -> None:
    mine = start(130)
    assert dated(mine, "now", ClockStory()).wall_s is None
    # The last right time before this boot, and the 30 s that have passed in it.
    early = dated(mine, "now", WRONG)
    assert early.wall_s == 4030.0
    exact = dated(early, "now", RIGHT)
    assert exact.wall_s == 5030.0
    assert dated(exact, "now", WRONG) == exact
    assert dated(mine, "later", RIGHT) == mine
    nothing = ClockStory((WallPair(100.0, 3.0, synchronised=False),))
    assert dated(mine, "now", nothing).wall_s is None


@pytest.mark.parametrize(
    ("person", "whose"), [("ann", [1, 2]), ("bob", [2, 3]), ("eve", [2]), (None, [1, 2, 3])]
)
def test_theirs_and_those_of_nobody_known_count(person: str | None, whose: list[int]) -> None:
    starts = [start(1, "ann"), start(2), start(3, "bob")]
    assert counted(starts, person, "now", WRONG) == [second * S for second in whose]


END_S = END_US // S


@pytest.mark.parametrize(
    ("starts", "count"),
    [
        # It runs.
        ([start(10, ended=False)], 0),
        # Cut, and gone on with; and once more.
        ([start(10, seen_s=70, ended=False), start(70 + END_S - 1)], 1),
        ([start(10, seen_s=70, ended=False), start(80, seen_s=90, ended=False), start(95)], 1),
        # Cut, and another visit.
        ([start(10, seen_s=70, ended=False), start(70 + END_S)], 2),
        # Ended in order, and begun again.
        ([start(10, seen_s=70), start(71)], 2),
        # The plug was pulled; here are 100 s between them.
        ([start(10, boot="before", seen_s=70, ended=False, wall_s=4840.0), start(100)], 1),
        # It was pulled, and nobody knows for how long: that one is not counted anyway.
        ([start(10, boot="before", seen_s=70, ended=False), start(100)], 1),
    ],
)
def test_a_visit_that_a_restart_cut_counts_once(starts: list[Start], count: int) -> None:
    assert len(counted(starts, None, "now", RIGHT)) == count


def test_the_newest_of_each_are_kept_in_order() -> None:
    starts = [start(n, "ann" if n % 3 else None) for n in range(60)]
    kept = newest_of_each(starts)
    assert [each.begin_us for each in kept] == sorted(each.begin_us for each in kept)
    for person in ("ann", None):
        mine = [each for each in starts if each.person == person]
        assert [each for each in kept if each.person == person] == mine[-KEPT_EACH:]
