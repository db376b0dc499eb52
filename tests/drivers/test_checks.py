"""Each check has a case that only it catches: with it no wrong value passes, without it one does.

docs/hx711.md lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.frames import VOID, Status
from drivers.checks import (
    ALL_CHECKS,
    DOUBLED_FROM_COUNTS,
    SLEW_COUNTS_PER_S,
    Check,
    Seen,
    is_glitch,
    judge,
    rules_of,
)
from drivers.chip import NS_PER_S
from tests.drivers.hx711_rig import Mat

if TYPE_CHECKING:
    from collections.abc import Callable

START_NS = 10**12
BROKEN_NS = START_NS + NS_PER_S
STEP = SLEW_COUNTS_PER_S // 80


def run(mat: Mat, seconds: float) -> tuple[int, Status, int]:
    """Count readings passed as good that are wrong; collect all bits; count missing alarms."""
    wrong, seen, stale = 0, Status.OK, 0
    with mat.bank as bank:
        end_s = mat.clock.now_s() + seconds
        while mat.clock.now_s() < end_s:
            frames = bank.read(0.05)
            wrong += len(mat.wrong(frames))
            for status in frames.status.ravel().tolist():
                seen |= Status(status)
            good = frames.status & int(VOID) == 0
            stale += int((good & (frames.age_s > 0.05)).sum())
    return wrong, seen, stale


def stalls(length_ns: int, every: int = 499) -> Callable[[int], int]:
    return lambda call: length_ns if call % every == 0 else 0


def slow_clock(mat: Mat) -> None:
    mat.clock.stall = stalls(150_000)


def nothing(_: Mat) -> None:
    """Leave the mat alone."""


def jump(mat: Mat) -> None:
    """Let the first cell's codes leap, once, further than any foot moves them."""
    plain = mat.chips[0]._signal
    leap_ns = START_NS + NS_PER_S

    def signal(t_ns: int, gain: int) -> float:
        leap = 2.0 * STEP if leap_ns <= t_ns < leap_ns + 12 * 10**6 else 0.0
        return plain(t_ns, gain) + leap

    mat.chips[0]._signal = signal


def freeze(mat: Mat) -> None:
    mat.chips[0]._signal = lambda _t, _g: 12_345.0


def overload(mat: Mat) -> None:
    mat.chips[0]._signal = lambda _t, _g: 9e6


def drag_low(mat: Mat) -> None:
    """Let the line read low through the end of each word, and right itself behind it."""
    chip = mat.chips[0]
    plain = chip.dout

    def dout(t_ns: int) -> int:
        dragged = t_ns > BROKEN_NS and 18 < chip._pulses <= 25 and t_ns - chip._rise_ns < 5_000
        return 0 if dragged else plain(t_ns)

    chip.dout = dout  # type: ignore[method-assign]


def break_in_mid_word(mat: Mat) -> None:
    """Break the data wire behind the eighteenth bit of a word, for good."""
    chip = mat.chips[0]
    plain = chip.dout
    broken: list[bool] = []

    def dout(t_ns: int) -> int:
        if t_ns > BROKEN_NS and chip._pulses == 19:
            broken.append(True)
        return 1 if broken else plain(t_ns)

    chip.dout = dout  # type: ignore[method-assign]


WRONG: dict[Check, tuple[dict[str, Any], Callable[[Mat], None], float]] = {
    Check.READY: ({"n_cells": 2}, break_in_mid_word, 1.5),
    Check.SLOW_SCK: ({"n_cells": 2, "traits": {"settling": "garbage"}}, slow_clock, 5.0),
    Check.EXTRA_BITS: ({"n_cells": 1}, drag_low, 1.2),
    Check.SETTLING: ({"n_cells": 2, "traits": {"settling": "garbage"}}, nothing, 0.5),
    Check.COLLISION: ({"n_cells": 8, "shared": True, "seed": 3}, nothing, 10.0),
}
"""Checks without which a wrong value passes as good: the mat, what befalls it, for how long."""


@pytest.mark.unmeasured
@pytest.mark.parametrize("check", WRONG)
def test_without_it_a_wrong_value_passes(check: Check) -> None:
    options, befall, seconds = WRONG[check]
    found = {}
    # The interval tells of most collisions too, a period later: without either.
    others = ALL_CHECKS - ({Check.INTERVAL} if check is Check.COLLISION else set())
    for checks in (others, others - {check}):
        mat = Mat(**options, checks=checks)
        befall(mat)
        found[checks] = run(mat, seconds)[0]
    assert found[others] == 0
    assert found[others - {check}] > 0


SILENT: dict[Check, tuple[dict[str, Any], Callable[[Mat], None], Status]] = {
    Check.SATURATED: ({"n_cells": 1}, overload, Status.SATURATED),
    Check.STUCK: ({"n_cells": 1, "traits": {"noise_counts": 0.0}}, freeze, Status.STUCK),
    Check.GLITCH: ({"n_cells": 1}, jump, Status.GLITCH),
}
"""Checks without which something goes unsaid: the mat, what befalls it, what must be said."""


@pytest.mark.parametrize("check", SILENT)
def test_without_it_something_goes_unsaid(check: Check) -> None:
    options, befall, status = SILENT[check]
    said = {}
    for checks in (ALL_CHECKS, ALL_CHECKS - {check}):
        mat = Mat(**options, checks=checks)
        befall(mat)
        said[checks] = bool(run(mat, 3.0)[1] & status)
    assert said == {ALL_CHECKS: True, ALL_CHECKS - {check}: False}


@pytest.mark.parametrize("checks", [ALL_CHECKS, ALL_CHECKS - {Check.INTERVAL}])
def test_without_the_interval_no_loss_is_told(checks: frozenset[Check]) -> None:
    mat = Mat(n_cells=2, ppm=(0.0, 30_000.0), shared=True, checks=checks)
    with mat.bank as bank:
        told = [bank.read(0.05) for _ in range(300)]
    lost = [f for f in told if f.lost.any() and not (f.status & int(VOID)).any()]
    assert lost
    assert all((f.status[f.lost > 0] & int(Status.MISSED)).all() for f in lost) is (
        checks == ALL_CHECKS
    )


SOUND = Seen(
    counts=100_000,
    slow=False,
    extra_bits=True,
    high_after=True,
    may_update=False,
    known_counts=(100_000, 100_000),
    step_counts=STEP,
)

ONE_FLAW = {
    Check.SLOW_SCK: (SOUND._replace(slow=True), Status.SLOW_SCK),
    Check.EXTRA_BITS: (SOUND._replace(extra_bits=False), Status.DESYNC),
    Check.HIGH_AFTER: (SOUND._replace(high_after=False), Status.DESYNC),
    Check.SATURATED: (SOUND._replace(counts=0x7FFFFF), Status.SATURATED),
    Check.SETTLING: (SOUND._replace(settling=True), Status.SETTLING),
    Check.INTERVAL: (SOUND._replace(lost=1), Status.MISSED),
    Check.STUCK: (SOUND._replace(same_codes=8), Status.STUCK),
    Check.COLLISION: (SOUND._replace(may_update=True), Status.COLLISION),
    Check.GLITCH: (SOUND._replace(counts=200_001), Status.GLITCH),
}


@pytest.mark.parametrize("check", ONE_FLAW)
def test_each_flaw_sets_its_bit_and_only_that(check: Check) -> None:
    seen, status = ONE_FLAW[check]
    assert judge(SOUND, rules_of(ALL_CHECKS)) == Status.OK
    assert judge(seen, rules_of(ALL_CHECKS)) == status
    without = judge(seen, rules_of(ALL_CHECKS - {check}))
    assert not without & status & ~Status.GLITCH


def test_an_end_of_the_range_is_load_however_long_it_lasts() -> None:
    mat = Mat(n_cells=1)
    overload(mat)
    with mat.bank as bank:
        frames = [bank.read(0.05) for _ in range(200)][-1]
    assert frames.status[-1, 0] & Status.SATURATED
    assert not frames.status[-1, 0] & int(VOID)
    assert frames.counts[-1, 0] == 0x7FFFFF


@pytest.mark.parametrize(
    ("counts", "known", "glitch"),
    [
        (100, (), False),
        (STEP + 2, (0, 0), True),
        (STEP - 2, (0, 0), False),
        (-STEP - 2, (0, 0), True),
        # The second reading at a new level confirms it.
        (3_000_000, (3_000_100, 0), False),
        # Back from a leap: not near the code before, but near the last good one.
        (10, (3_000_000, 0), False),
        (200_001, (100_000, 100_000), True),
        (50_000, (100_001, 100_001), True),
        (2 * DOUBLED_FROM_COUNTS - 10, (DOUBLED_FROM_COUNTS - 5,), False),
        (250_000, (100_000, 100_000), False),
        # A contact that opened, or shorted, in the middle of a word.
        (0x12FFFF, (), True),
        (0x12FC00, (0x12FC01,), True),
        (-1, (), True),
        # The end of the range is load.
        (0x7FFFFF, (0, 0), False),
        (-0x800000, (0, 0), False),
    ],
)
def test_glitches(counts: int, known: tuple[int, ...], *, glitch: bool) -> None:
    assert is_glitch(counts, known, STEP) is glitch
