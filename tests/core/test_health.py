"""Faults of cells: each figure on both sides, and all of it said again in plain loops."""

from __future__ import annotations

import itertools
import math
import statistics
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import fit_to
from core.frames import BAD, VOID, CellFrames, Status, join_cell_frames
from core.health import CellHealth
from core.layout import load_layout
from core.units import to_us
from drivers.base import VirtualClock
from drivers.cell_faults import CellFault
from drivers.chip import NS_PER_S, ChipFault
from drivers.conditions import Conditions
from drivers.person import Person
from drivers.simulator import Simulator
from tests.core.support import S, calibrated, small_layout
from tests.drivers.hx711_rig import Mat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.calibration import Calibration
    from core.layout import MatLayout
    from drivers.base import CellBank
    from drivers.chip_board import CallClock

CELLS = ("r_heel", "l_toes", "l_heel", "l_toes")
CALIBRATION = calibrated(small_layout(CELLS), [4096.0, -4096.0, 2048.0, 4096.0])
"""Of powers of two: the limit of noise is 8 x 39 counts, exactly."""

ONE_EACH = calibrated(small_layout(), [4096.0, 4096.0, -4096.0])
LIMIT_COUNTS = 312
FAULTS = ("cell_timeout", "cell_noisy", "cell_desync", "cell_stuck", "cell_saturated_negative")

TIMEOUT, DESYNC, SATURATED, SETTLING, MISSED, STUCK, GLITCH = (
    int(status)
    for status in (Status.TIMEOUT, Status.DESYNC, Status.SATURATED, Status.SETTLING,
                   Status.MISSED, Status.STUCK, Status.GLITCH)
)  # fmt: skip

Found = dict[str, list[list[bool]]]


class Read(NamedTuple):
    """What a health check is fed with."""

    t_us: np.ndarray
    frames: CellFrames
    contact: np.ndarray

    def part(self, which: slice) -> Read:
        return Read(self.t_us[which], self.frames[which], self.contact[which])


def read(
    t_us: Sequence[int],
    status: object = 0,
    counts: object = 0,
    age_s: object = 0.0,
    contact: object = False,
    calibration: Calibration = CALIBRATION,
) -> Read:
    """Frames of all cells; whatever is given is spread over them, `None` ages are none."""
    n, n_cells = len(t_us), len(calibration.spec.cells)
    shape = (n, n_cells)
    times = np.array(t_us, np.int64)
    frames = CellFrames(
        np.arange(n),
        times / S,
        np.broadcast_to(np.asarray(counts, np.int32), shape).copy(),
        np.broadcast_to(np.asarray(status, np.uint16), shape).copy(),
        np.broadcast_to(np.asarray(age_s, np.float32), shape).copy(),
        np.zeros(shape, np.int32),
    )
    zones = (n, len(calibration.layout.zone_ids))
    return Read(times, frames, np.broadcast_to(np.asarray(contact, bool), zones).copy())


def found_in(calibration: Calibration, parts: Iterable[Read]) -> Found:
    """Feed parts one after the other; a fault that is not named holds nowhere."""
    health = CellHealth(calibration)
    whole: Found = {name: [] for name in FAULTS}
    for part in parts:
        found = health.feed(*part)
        assert set(found) <= set(FAULTS)
        for name in FAULTS:
            rows = found.get(name, np.zeros(part.contact.shape, bool))
            assert rows.shape == part.contact.shape
            assert rows.dtype == bool
            assert rows.any() == (name in found)
            whole[name] += rows.tolist()
    return whole


# Said again.


class Slowly:
    """The rules, frame by frame and cell by cell, with nothing carried but lists."""

    def __init__(self, calibration: Calibration, fed: Read) -> None:
        self.calibration = calibration
        self.t_us: list[int] = fed.t_us.tolist()
        self.counts: list[list[int]] = fed.frames.counts.tolist()
        self.status: list[list[int]] = fed.frames.status.tolist()
        self.age_s: list[list[float]] = fed.frames.age_s.tolist()
        self.contact: list[list[bool]] = fed.contact.tolist()
        self.zone_of: list[int] = calibration.layout.cell_zone.tolist()
        self.n_cells = len(self.zone_of)
        self.of_second: dict[int, list[int]] = {}
        for k, t_us in enumerate(self.t_us):
            self.of_second.setdefault(t_us // S, []).append(k)

    def found(self) -> Found:
        cells = {name: [[False] * self.n_cells for _ in self.t_us] for name in FAULTS}
        for cell in range(self.n_cells):
            self.timeout(cell, cells["cell_timeout"])
            self.desync(cell, cells["cell_desync"])
            for k, t_us in enumerate(self.t_us):
                status, counts = self.status[k][cell], self.counts[k][cell]
                cells["cell_noisy"][k][cell] = all(
                    self.noisy(t_us // S - back, cell) for back in range(1, 6)
                )
                cells["cell_stuck"][k][cell] = bool(status & STUCK)
                slope = self.calibration.counts_per_n[cell]
                cells["cell_saturated_negative"][k][cell] = bool(
                    status & SATURATED and not status & int(VOID) and counts * slope < 0
                )
        zones = range(len(self.calibration.layout.zone_ids))
        return {
            name: [
                [any(row[c] for c in range(self.n_cells) if self.zone_of[c] == z) for z in zones]
                for row in rows
            ]
            for name, rows in cells.items()
        }

    def is_value(self, k: int, cell: int) -> bool:
        status, age_s = self.status[k][cell], self.age_s[k][cell]
        return status == 0 or (math.isfinite(age_s) and not status & TIMEOUT)

    def whole(self, second: int) -> bool:
        return second in self.of_second and second - 1 in self.of_second

    def period_us(self, k: int) -> int | None:
        """As learnt before the second of a frame."""
        for second in sorted(self.of_second, reverse=True):
            inside = self.of_second[second]
            paced = all(any(self.is_value(j, c) for c in range(self.n_cells)) for j in inside)
            if second < self.t_us[k] // S and self.whole(second) and paced:
                intervals = [self.t_us[j] - self.t_us[j - 1] for j in inside]
                return math.floor(statistics.median(intervals))
        return None

    def timeout(self, cell: int, rows: list[list[bool]]) -> None:
        brought, converted = self.t_us[0], None
        for k, t_us in enumerate(self.t_us):
            status, age_s = self.status[k][cell], self.age_s[k][cell]
            if self.is_value(k, cell):
                then = t_us - round((age_s if math.isfinite(age_s) else 0.0) * 1e6)
                if not status & MISSED or converted is None or then - converted > 10:
                    brought = t_us
                converted = then
            kept = self.is_value(k, cell)
            age_us = t_us - (brought if kept or converted is None else converted)
            period = self.period_us(k)
            if period is None:
                rows[k][cell] = bool(status & TIMEOUT) and age_us > 250_000
            else:
                rows[k][cell] = 2 * age_us > 5 * period

    def desync(self, cell: int, rows: list[list[bool]]) -> None:
        times: list[int] = []
        holds = False
        for k, t_us in enumerate(self.t_us):
            if self.status[k][cell] & DESYNC:
                times.append(t_us)
                recent = [each for each in times if each > t_us - 10 * S]
                holds = holds or len(recent) >= 3
            elif not any(each > t_us - 10 * S for each in times):
                holds = False
            rows[k][cell] = holds

    def noisy(self, second: int, cell: int) -> bool:
        if not self.whole(second):
            return False
        inside = self.of_second[second]
        if any(self.contact[k][self.zone_of[cell]] for k in inside):
            return False
        good = [self.counts[k][cell] for k in inside if not self.status[k][cell] & int(BAD)]
        steps = [b - a for a, b in itertools.pairwise(good)]
        if len(steps) < 5:
            return False
        mean = Fraction(sum(steps), len(steps))
        squares = sum((step - mean) ** 2 for step in steps)
        return squares > LIMIT_COUNTS**2 * (len(steps) - 1)


KINDS = ("well", "well", "noisy", "near", "dead", "settling", "held", "lossy", "desync", "any")
ODD = [0, MISSED, GLITCH, SATURATED, SATURATED | MISSED, SATURATED | GLITCH, STUCK | MISSED,
       TIMEOUT | MISSED, *(int(one) for one in VOID)]  # fmt: skip


def spoil(kind: str, fed: Read, cell: int, rows: slice, rng: np.random.Generator) -> None:
    frames = fed.frames
    status, age_s = frames.status[rows, cell], frames.age_s[rows, cell]
    counts, n = frames.counts[rows, cell], len(status)
    if kind in ("noisy", "near"):
        sd = 3000.0 if kind == "noisy" else LIMIT_COUNTS / math.sqrt(2)
        counts[:] = np.rint(rng.normal(0, sd, n))
    elif kind == "dead":
        status[:], age_s[:] = TIMEOUT, np.inf
    elif kind == "settling":
        status[:], age_s[:] = SETTLING, rng.choice([0.0, np.inf], n)
    elif kind == "held":
        status[1:] = MISSED
        age_s[:] = (fed.t_us[rows] - fed.t_us[rows][:1]) / S + 0.03
    elif kind == "lossy":
        status[:] = rng.choice([0, MISSED], n)
        age_s[:] = rng.choice([0.01, 0.02], n)
    elif kind == "desync":
        status[rng.random(n) < 0.1] = DESYNC
    elif kind == "any":
        status[:] = rng.choice(ODD, n)
        age_s[:] = rng.choice([0.0, 0.1, np.inf], n)
        counts[rng.random(n) < 0.2] = 2**23 - 1
        counts[rng.random(n) < 0.2] = -(2**23)


@st.composite
def signals(draw: st.DrawFn) -> tuple[Calibration, Read]:
    """Some seconds of cells of which each is well or not, a stretch at a time."""
    calibration = draw(st.sampled_from([CALIBRATION, ONE_EACH]))
    n_cells = len(calibration.spec.cells)
    rate_hz, seconds = draw(st.integers(3, 14)), draw(st.integers(1, 14))
    n = rate_hz * seconds
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = rng.integers(900_000 // rate_hz, 1_000_000 // rate_hz + 1, n)
    gaps = draw(st.dictionaries(st.integers(0, n - 1), st.sampled_from([S // 5, S, 11 * S])))
    steps[list(gaps)] += np.array(list(gaps.values()), np.int64)
    fed = read(np.cumsum(steps).tolist(), calibration=calibration)
    fed.frames.counts[:] = rng.normal(0, 39, (n, n_cells))
    whole = draw(st.booleans())
    for cell in range(n_cells):
        start = 0
        while start < n:
            stop = n if whole else start + draw(st.integers(1, n))
            spoil(draw(st.sampled_from(KINDS)), fed, cell, slice(start, stop), rng)
            start = stop
    fed.contact[:] = rng.random(fed.contact.shape) < draw(st.sampled_from([0.0, 0.0, 0.02]))
    quiet = rng.random(n) < draw(st.sampled_from([0.0, 0.0, 0.5]))
    fed.frames.status[quiet] = 0
    return calibration, fed


@pytest.mark.unmeasured
@given(signals())
def test_as_said_again_in_plain_loops(case: tuple[Calibration, Read]) -> None:
    calibration, fed = case
    assert found_in(calibration, [fed]) == Slowly(calibration, fed).found()


@given(signals(), st.lists(st.integers(1, 200), max_size=6))
def test_cut_anywhere_it_is_the_same(case: tuple[Calibration, Read], places: list[int]) -> None:
    calibration, fed = case
    n = len(fed.t_us)
    whole = found_in(calibration, [fed])
    at = [0, *sorted({place for place in places if place < n}), n]
    parts = [fed.part(slice(i, j)) for i, j in itertools.pairwise(at)]
    assert found_in(calibration, parts) == whole
    assert found_in(calibration, singly(fed)) == whole


# cell_timeout.

TENTH_US = 100_000
LEARNT = list(range(0, 2 * S + 1, TENTH_US))
"""A period of 100 ms is known from the frame at 2 s on."""


def holds(fault: str, fed: Read, calibration: Calibration = CALIBRATION) -> list[int]:
    """Frames at which zone 0 (of cells 1 and 3) has it; no other zone may."""
    found = found_in(calibration, [fed])
    others = [row for name in FAULTS for row in found[name] if any(row[1:])]
    assert others == []
    return [k for k, row in enumerate(found[fault]) if row[0]]


@pytest.mark.parametrize(("more_us", "silent"), [(0, []), (1, [21])])
@pytest.mark.parametrize("gone", [TIMEOUT, SETTLING, DESYNC, TIMEOUT | MISSED])
def test_no_new_value_for_two_and_a_half_periods(
    gone: int, more_us: int, silent: list[int]
) -> None:
    """From the conversion of the last one, 60 ms before its frame."""
    fed = read([*LEARNT, 2 * S + 190_000 + more_us])
    fed.frames.age_s[-2, 1] = 0.06
    fed.frames.status[-1, 1], fed.frames.age_s[-1, 1] = gone, np.inf
    assert holds("cell_timeout", fed) == silent


@pytest.mark.parametrize(("more_us", "silent"), [(0, []), (1, [23])])
def test_a_value_that_is_kept_is_no_new_one(more_us: int, silent: list[int]) -> None:
    """However old it was when it came: 60 ms here, as words are held."""
    after_us = [120_000, 240_000, 250_000 + more_us]
    fed = read([*LEARNT, *(2 * S + each for each in after_us)], age_s=0.06)
    fed.frames.status[21:, 1] = MISSED
    fed.frames.age_s[21:, 1] = 0.06 + np.array(after_us) / S
    assert holds("cell_timeout", fed) == silent


@pytest.mark.parametrize(("newer_us", "silent"), [(10, True), (20, False)])
def test_a_new_value_may_be_missed_ones_after(newer_us: int, *, silent: bool) -> None:
    """MISSED says that conversions were lost, or that none came; its age says which."""
    fed = read([*LEARNT, 2 * S + 200_000, 2 * S + 300_000])
    fed.frames.status[21:, 1] = MISSED
    fed.frames.age_s[21:, 1] = [0.2 - newer_us / S, 0.3]
    assert bool(holds("cell_timeout", fed)) is silent


def test_a_cell_is_well_again_with_its_first_value() -> None:
    """A wrong one too: it is not silent then."""
    fed = read(range(0, 4 * S, TENTH_US))
    fed.frames.status[22:30, 1], fed.frames.age_s[22:30, 1] = TIMEOUT, np.inf
    fed.frames.status[30, 1] = GLITCH
    assert holds("cell_timeout", fed) == list(range(24, 30))


def test_the_period_is_that_of_the_last_whole_second() -> None:
    """At 40 frames a second, then 10: the first of these seconds is judged by the old period."""
    fast, slow = range(0, 2 * S, 25_000), range(2 * S, 4 * S, TENTH_US)
    fed = read([*fast, *slow])
    fed.frames.status[:, 1] = MISSED
    fed.frames.status[::2, 1] = 0
    fed.frames.age_s[1::2, 1] = (np.diff(fed.t_us) / S)[::2]
    late = holds("cell_timeout", fed)
    assert late == [k for k in range(80, 100) if k % 2 and fed.t_us[k] < 3 * S]


@pytest.mark.parametrize(
    ("intervals_us", "limit_us"),
    [([300_000, 200_000, 400_000], 750_000), ([250_001, 200_000, 300_000, 150_000], 562_500)],
)
@pytest.mark.parametrize(("more_us", "silent"), [(0, []), (1, [-1])])
def test_the_median_of_its_intervals(
    intervals_us: list[int], limit_us: int, more_us: int, silent: list[int]
) -> None:
    """Odd or even in number, the first from the frame before it."""
    inside = (900_000 + np.cumsum(intervals_us)).tolist()
    fed = read([0, 900_000, *inside, 2 * S, 2 * S + limit_us + more_us])
    fed.frames.status[-1, 1], fed.frames.age_s[-1, 1] = SETTLING, np.inf
    assert [k - len(fed.t_us) for k in holds("cell_timeout", fed)] == silent


@pytest.mark.parametrize("delivers", [False, True])
def test_a_second_with_a_frame_of_nothing_teaches_no_period(*, delivers: bool) -> None:
    """One cell that delivers is enough: it sets the pace, half a second here."""
    fed = read([*range(0, 2 * S + 1, 500_000), 2 * S + 260_000])
    fed.frames.status[3], fed.frames.age_s[3] = TIMEOUT, np.inf
    if delivers:
        fed.frames.status[3, 0], fed.frames.age_s[3, 0] = 0, 0.0
    fed.frames.status[-1, 1], fed.frames.age_s[-1, 1] = TIMEOUT, np.inf
    assert found_in(CALIBRATION, [fed])["cell_timeout"][-1] == [not delivers, False, False]


@pytest.mark.parametrize(("more_us", "silent"), [(0, []), (1, [2])])
def test_before_a_period_is_known_the_slowest_counts(more_us: int, silent: list[int]) -> None:
    fed = read([7, 100_007, 250_007 + more_us])
    fed.frames.status[:, 1], fed.frames.age_s[:, 1] = TIMEOUT, np.inf
    assert holds("cell_timeout", fed) == silent


@pytest.mark.parametrize(("status", "silent"), [(SETTLING, [7]), (TIMEOUT, list(range(1, 8)))])
def test_before_a_period_is_known_only_timeout_counts(status: int, silent: list[int]) -> None:
    fed = read([*range(0, 2 * S, 333_333), 2 * S])
    fed.frames.status[:, 1], fed.frames.age_s[:, 1] = status, np.inf
    assert holds("cell_timeout", fed) == silent


# cell_noisy.

AT_LIMIT = (0, 468, 0, 468, 0, 0, 0, 0, 0, 0, 0)
"""Ten differences, of squares 4 x 468^2 = 9 x 312^2 in all: the deviation is 312."""

ABOVE = (0, 469, 0, 468, 0, 0, 0, 0, 0, 0, 0)
STEADY = (0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0)
FRAMES_A_SECOND = len(AT_LIMIT)


def seconds(*patterns: Sequence[int], first: int = 0) -> Read:
    """A second of each pattern of counts of cell 1; its length is the rate."""
    t_us = [
        (first + second) * S + at * S // len(pattern)
        for second, pattern in enumerate(patterns)
        for at in range(len(pattern))
    ]
    fed = read(t_us)
    fed.frames.counts[:, 1] = 200_000 + np.concatenate(patterns)
    return fed


def singly(fed: Read) -> list[Read]:
    return [fed.part(slice(k, k + 1)) for k in range(len(fed.t_us))]


def noisy_seconds(fed: Read) -> list[int]:
    """In which seconds it holds; from the first to the last frame of each."""
    rows = set(holds("cell_noisy", fed))
    each = {int(second): set(np.flatnonzero(fed.t_us // S == second)) for second in fed.t_us // S}
    assert rows == set().union(*(each[s] for s in each if each[s] & rows))
    return sorted(second for second in each if each[second] & rows)


@pytest.mark.parametrize(("pattern", "noisy"), [(AT_LIMIT, []), (ABOVE, [6, 7, 8])])
def test_noise_is_above_eight_times_zero_noise(pattern: Sequence[int], noisy: list[int]) -> None:
    """The first second is cut off; the sixth whole one goes on, the first steady one ends it."""
    fed = seconds(STEADY, *[pattern] * 7, STEADY, STEADY)
    assert noisy_seconds(fed) == noisy


def test_the_noise_that_was_measured_counts() -> None:
    assert CALIBRATION.noise_n[1] * 4096 * 8 == LIMIT_COUNTS


@pytest.mark.parametrize("between", ["steady", "nothing", "contact"])
def test_five_seconds_in_a_row(between: str) -> None:
    """A steady second, one without frames or one in contact begins anew; frames again, cut off."""
    middle = STEADY if between == "steady" else ABOVE
    fed = seconds(ABOVE, *[ABOVE] * 4, middle, *[ABOVE] * 5, ABOVE)
    seconds_of = fed.t_us // S
    if between == "nothing":
        kept = seconds_of != 5
        fed = Read(
            fed.t_us[kept],
            CellFrames(*(array[kept] for array in vars(fed.frames).values())),
            fed.contact[kept],
        )
    elif between == "contact":
        fed.contact[np.flatnonzero(seconds_of == 5)[-1], 0] = True
    assert noisy_seconds(fed) == ([] if between == "nothing" else [11])


def test_noise_of_a_zone_in_contact_is_a_load() -> None:
    fed = seconds(*[ABOVE] * 10)
    fed.contact[:, 0] = True
    assert noisy_seconds(fed) == []
    fed.contact[:, 0], fed.contact[:, 1] = False, True
    assert noisy_seconds(fed) == [6, 7, 8, 9]


def test_a_gap_ends_it() -> None:
    fed = seconds(*[ABOVE] * 8)
    later = seconds(*[ABOVE] * 3, first=9)
    found = found_in(CALIBRATION, [fed, later])["cell_noisy"]
    assert [row[0] for row in found[-4 * FRAMES_A_SECOND :]] == (
        [True] * FRAMES_A_SECOND + [False] * 3 * FRAMES_A_SECOND
    )


@pytest.mark.parametrize(("n_differences", "noisy"), [(4, []), (5, [6, 7])])
def test_five_differences_at_least(n_differences: int, noisy: list[int]) -> None:
    assert noisy_seconds(seconds(*[[0, 9000, 0, 9000, 0, 9000][: n_differences + 1]] * 8)) == noisy


@pytest.mark.parametrize(("status", "noisy"), [(GLITCH, []), (STUCK, []), (MISSED, [6, 7])])
@pytest.mark.parametrize("at", [0, 3, 7])
def test_only_good_readings_count(at: int, status: int, noisy: list[int]) -> None:
    """The only wild one of each second is good or not; nothing is taken across it."""
    pattern = [1] * 8
    pattern[at] = 9000
    fed = seconds(*[pattern] * 8)
    fed.frames.status[:, 3] = MISSED
    fed.frames.status[at::8, 1] = status
    for parts in ([fed], singly(fed)):
        found = np.array(found_in(CALIBRATION, parts)["cell_noisy"])
        assert sorted(set((fed.t_us[found[:, 0]] // S).tolist())) == noisy


def test_full_scale_noise_is_not_too_large_to_square() -> None:
    fed = seconds(*[range(1000)] * 7)
    fed.frames.counts[::2, 1], fed.frames.counts[1::2, 1] = 2**23 - 1, -(2**23)
    assert noisy_seconds(fed) == [6]


def test_a_steady_rise_is_no_noise() -> None:
    """However frames come: their mean is taken off all differences of the second."""
    fed = seconds(*[[k * 400 for k in range(30)]] * 8)
    assert noisy_seconds(fed) == []
    assert not any(map(any, found_in(CALIBRATION, singly(fed))["cell_noisy"]))


def test_a_touch_at_the_beginning_of_a_second_counts_for_all_of_it() -> None:
    fed = seconds(*[ABOVE] * 8)
    fed.contact[::FRAMES_A_SECOND, 0] = True
    assert noisy_seconds(fed) == []
    assert not any(map(any, found_in(CALIBRATION, singly(fed))["cell_noisy"]))


# cell_desync.


def desyncs(*at_us: int, every_us: int = 500_000, until_us: int = 30 * S) -> list[int]:
    """Times at which it holds, of frames at a steady pace and those of DESYNC."""
    t_us = sorted({*range(0, until_us, every_us), *at_us})
    fed = read(t_us)
    fed.frames.status[:, 3] = [DESYNC * (t in at_us) for t in t_us]
    return [t_us[k] for k in holds("cell_desync", fed)]


def test_the_third_in_ten_seconds() -> None:
    assert desyncs(2 * S, 7 * S) == []
    assert desyncs(2 * S, 7 * S, 12 * S) == []
    assert desyncs(2 * S, 7 * S, 12 * S - 1)[0] == 12 * S - 1


def test_it_holds_until_there_is_none_in_ten_seconds() -> None:
    held = desyncs(2 * S, 3 * S, 4 * S)
    assert (held[0], held[-1]) == (4 * S, 13_500_000)
    assert held == list(range(4 * S, 14 * S, 500_000))
    held = desyncs(2 * S, 3 * S, 4 * S, 14 * S - 1)
    assert held[-1] == 23_500_000
    assert desyncs(2 * S, 3 * S, 4 * S, 14 * S + 1)[-1] == 13_500_000


def test_one_more_where_no_frame_saw_the_end_goes_on() -> None:
    """Rules are evaluated at frames: there was none at which ten seconds were clear."""
    late = [2 * S, 3 * S, 4 * S, 15 * S]
    assert desyncs(*late, every_us=30 * S, until_us=1) == [4 * S, 15 * S]


def test_desync_of_two_cells_does_not_add_up() -> None:
    fed = read(range(0, 4 * S, S))
    fed.frames.status[:2, 1], fed.frames.status[2:, 3] = DESYNC, DESYNC
    assert holds("cell_desync", fed) == []


# cell_stuck and cell_saturated_negative.


def test_stuck_holds_where_it_is_said() -> None:
    fed = read(range(0, S, TENTH_US))
    fed.frames.status[3:6, 3] = [STUCK, STUCK | MISSED, STUCK | GLITCH]
    assert holds("cell_stuck", fed) == [3, 4, 5]


@pytest.mark.parametrize("cell", [1, 3])
def test_saturated_against_the_direction_of_load(cell: int) -> None:
    """Cell 1 is wired the other way."""
    sign = 1 if CALIBRATION.counts_per_n[cell] > 0 else -1
    load = sign * (2**23 - 1)
    fed = read(range(0, S, TENTH_US))
    fed.frames.counts[:6, cell] = [load, -load, -load, -load, -load, 0]
    more = [SATURATED, SATURATED, SATURATED | MISSED, SATURATED | SETTLING, 0, SATURATED]
    fed.frames.status[:6, cell] = more
    assert holds("cell_saturated_negative", fed) == [1, 2]


# What banks deliver.


def from_bank(bank: CellBank, clock: VirtualClock | CallClock, seconds: float) -> Read:
    bank.start()
    end_s, parts = clock.now_s() + seconds, []
    while clock.now_s() < end_s:
        parts.append(bank.read(0.5))
    frames = join_cell_frames(parts)
    zones = (len(frames), len(bank.layout.zone_ids))
    return Read(to_us(frames.t_s), frames, np.zeros(zones, bool))


def health_of(layout: MatLayout, fed: Read) -> Found:
    calibration = calibrated(layout, [4000.0] * len(layout.spec.cell))
    fed.contact[:] = True
    return found_in(calibration, [fed])


@pytest.mark.unmeasured
@pytest.mark.parametrize(("rate_hz", "seconds"), [(80.0, 5.0), (10.0, 15.0)])
@pytest.mark.parametrize("shared", [False, True])
def test_well_cells_have_no_fault(rate_hz: float, seconds: float, *, shared: bool) -> None:
    """On a shared clock line most seconds hold a MISSED, and values grow three periods old."""
    mat = Mat(n_cells=8, shared=shared, rate_hz=rate_hz, seed=3)
    fed = from_bank(mat.bank, mat.clock, seconds)
    missed = (fed.frames.status & (MISSED | SETTLING) == MISSED).any(axis=1)
    per_second = [missed[fed.t_us // S == k].any() for k in np.unique(fed.t_us // S)[1:-1]]
    assert np.mean(per_second) >= 0.5 if shared else not any(per_second)
    found = health_of(mat.layout, fed)
    assert not any(any(row) for rows in found.values() for row in rows)


@pytest.mark.parametrize("shared", [False, True])
def test_a_dead_converter_times_out_as_soon_as_it_is_told(*, shared: bool) -> None:
    start_ns = 10**12
    dead = ChipFault("dead", start_ns + 3 * NS_PER_S, start_ns + 9 * NS_PER_S)
    mat = Mat(n_cells=4, shared=shared, faults={2: (dead,)}, start_ns=start_ns)
    fed = from_bank(mat.bank, mat.clock, 4.0)
    rows = np.array(health_of(mat.layout, fed)["cell_timeout"])
    assert not rows[:, [0, 1, 3]].any()
    told = int(np.argmax((fed.frames.status[:, 2] & TIMEOUT != 0) & (fed.t_us > 1003 * S)))
    assert np.flatnonzero(rows[:, 2]).tolist() == list(range(told, len(rows)))


def test_an_unplugged_cell_of_the_simulator_times_out() -> None:
    layout = load_layout("full16")
    fault = CellFault("open_wire", 3, 2.5, 3.5)
    clock = VirtualClock(100.0)
    bank = Simulator(layout, Person(layout, 70.0), clock, conditions=Conditions(faults=(fault,)))
    fed = from_bank(bank, clock, 5.0)
    calibration = fit_to(bank.calibration_spec("2026-01-01"), layout)
    rows = np.array(found_in(calibration, [fed])["cell_timeout"])
    held_us = fed.t_us[rows[:, 3]]
    # The last value is of a period before the first TIMEOUT; the third without one is too many.
    assert held_us[0] == pytest.approx(102_500_000 + 2 * 12_500, abs=1)
    assert held_us[-1] == pytest.approx(103_500_000 - 12_500, abs=1)
    assert not rows[:, [z for z in range(16) if z != 3]].any()
