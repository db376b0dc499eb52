"""Bounds of a converter's updates hold, whatever its oscillator does and however it was seen."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.updates import FASTEST, JITTER, SLOWEST, UpdateClock

if TYPE_CHECKING:
    from collections.abc import Iterator

NOMINAL_S = 0.0125
ROUNDING_S = 1e-9
"""Of times since boot, as floating point numbers: far less than any bound."""


@dataclass(frozen=True)
class Look:
    """An edge as a reader sees it: the update after `updates` more, and what was missed."""

    updates: int
    before: float
    after: float


@dataclass(frozen=True)
class Converter:
    """The truth: when it updates."""

    period_s: float
    updates_s: tuple[float, ...]

    def last_by(self, t_s: float) -> int:
        return bisect_right(self.updates_s, t_s) - 1

    def any_in(self, begin_s: float, end_s: float) -> bool:
        return self.last_by(end_s - ROUNDING_S) > self.last_by(begin_s + ROUNDING_S)

    def edges(self, looks: list[Look]) -> Iterator[tuple[float, float]]:
        """Brackets that do contain the last update at their end; they never overlap."""
        seen, at_s = 0, 0.0
        for look in looks:
            seen += look.updates
            if seen >= len(self.updates_s) - 50:
                return
            update_s = self.updates_s[seen]
            begin_s = max(at_s, update_s - look.before * self.period_s)
            at_s = update_s + look.after * self.period_s
            yield begin_s, at_s
            seen = self.last_by(at_s)


@st.composite
def converters(draw: st.DrawFn, n_updates: int = 400) -> Converter:
    period_s = NOMINAL_S * draw(st.floats(FASTEST, SLOWEST))
    phase_s = draw(st.floats(1.0, 1e6))
    jitter_s = NOMINAL_S * JITTER / 2
    # Few numbers drawn, long lists made: extremes are what bounds are about.
    pattern = draw(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=12))
    return Converter(
        period_s,
        tuple(
            phase_s + n * period_s + jitter_s * pattern[n % len(pattern)] for n in range(n_updates)
        ),
    )


TIGHT = st.builds(Look, st.just(1), st.floats(1e-4, 0.02), st.floats(0.0, 0.02))
LOOSE = st.builds(Look, st.integers(1, 6), st.floats(1e-4, 0.9), st.floats(0.0, 2.5))
AFTER_A_GAP = st.builds(Look, st.integers(7, 90), st.floats(1e-4, 0.3), st.floats(0.0, 0.3))
LOOKS = st.lists(st.one_of(TIGHT, TIGHT, LOOSE, AFTER_A_GAP), min_size=1, max_size=25)
PERIODS = st.floats(0.0, 5.0)


def shortest_s(clock: UpdateClock) -> float:
    return 2 * clock.period_s - clock.longest_s


class TestWhatIsBoundAlwaysHolds:
    @given(converters(), LOOKS, PERIODS, st.floats(0.001, 1.2), st.booleans())
    def test_no_update_is_ever_ruled_out(
        self, chip: Converter, looks: list[Look], wait: float, length: float, advance: bool
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for begin_s, end_s in chip.edges(looks):
            clock.saw_update(begin_s, end_s)
            from_s = end_s + wait * chip.period_s
            to_s = from_s + length * chip.period_s
            if advance:
                clock.advance_to(from_s)
            assert clock.may_update(from_s, to_s) or not chip.any_in(from_s, to_s)

    @given(converters(), LOOKS)
    def test_nor_the_very_moment_of_the_next_updates(
        self, chip: Converter, looks: list[Look]
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for begin_s, end_s in chip.edges(looks):
            clock.saw_update(begin_s, end_s)
            for update_s in chip.updates_s[chip.last_by(end_s) + 1 :][:4]:
                assert clock.may_update(update_s, update_s)

    @given(converters(), LOOKS, PERIODS, st.floats(0.001, 0.9))
    def test_what_is_called_clear_is_clear(
        self, chip: Converter, looks: list[Look], wait: float, length: float
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for begin_s, end_s in chip.edges(looks):
            clock.saw_update(begin_s, end_s)
            from_s = end_s + wait * chip.period_s
            clear_s = clock.clear_from(from_s, length * chip.period_s)
            assert clear_s >= from_s
            assert not chip.any_in(clear_s, clear_s + length * chip.period_s)
            assert clear_s == from_s or clock.may_update(from_s, from_s + length * chip.period_s)

    @given(converters(), LOOKS, PERIODS)
    def test_the_period_lies_between_its_bounds(
        self, chip: Converter, looks: list[Look], wait: float
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for begin_s, end_s in chip.edges(looks):
            clock.saw_update(begin_s, end_s)
            clock.advance_to(end_s + wait * chip.period_s)
            assert shortest_s(clock) - ROUNDING_S <= chip.period_s <= clock.longest_s + ROUNDING_S

    @given(converters(), LOOKS)
    def test_an_update_that_was_is_never_refused(self, chip: Converter, looks: list[Look]) -> None:
        clock = UpdateClock(NOMINAL_S)
        assert all(clock.saw_update(*edge) for edge in chip.edges(looks))

    @given(converters(), LOOKS, st.floats(0.0, 40.0))
    def test_the_next_comes_no_earlier_than_told(
        self, chip: Converter, looks: list[Look], wait: float
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for begin_s, end_s in chip.edges(looks):
            clock.saw_update(begin_s, end_s)
            at_s = end_s + wait * chip.period_s
            clock.advance_to(at_s)
            next_s = clock.next_s
            assert next_s is not None
            assert next_s <= chip.updates_s[chip.last_by(at_s) + 1] + NOMINAL_S * JITTER

    def test_the_latest_of_the_slowest_is_not_counted_before_it_came(self) -> None:
        slack_s = NOMINAL_S * JITTER
        clock = UpdateClock(NOMINAL_S)
        clock.saw_update(1.0, 1.0)
        latest_s = 1.0 + NOMINAL_S * SLOWEST + slack_s
        clock.advance_to(latest_s - slack_s / 2)
        assert clock.index == 0
        assert clock.may_update(latest_s, latest_s)
        clock.advance_to(latest_s + 1e-6)
        assert clock.index == 1


class TestWhatIsLearnt:
    @given(converters(), st.floats(0.0, 20.0))
    def test_a_known_clock_finds_a_clear_time_within_two_windows(
        self, chip: Converter, wait: float
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for edge in chip.edges([Look(1, 0.01, 0.001)] * 200):
            clock.saw_update(*edge)
        begin_s, end_s = clock.last_s, chip.updates_s[199] + 0.001 * chip.period_s
        assert begin_s is not None
        assert not clock.may_update(end_s, begin_s + 0.9 * chip.period_s)
        from_s = end_s + wait * chip.period_s
        assert clock.clear_from(from_s, 0.2 * chip.period_s) < from_s + 0.5 * chip.period_s

    @given(converters(), st.lists(TIGHT, min_size=200, max_size=200))
    def test_200_tight_edges_tell_the_period_to_a_thousandth(
        self, chip: Converter, looks: list[Look]
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for edge in chip.edges(looks):
            clock.saw_update(*edge)
        assert clock.index == 199
        assert clock.learnt
        assert clock.longest_s - shortest_s(clock) < 1e-3 * chip.period_s
        assert abs(clock.period_s - chip.period_s) < 5e-4 * chip.period_s

    @given(converters(), st.lists(st.integers(1, 3), min_size=8, max_size=40))
    def test_updates_that_were_not_seen_are_counted(
        self, chip: Converter, steps: list[int]
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        looks = [Look(step, 0.01, 0.0) for step in steps]
        for edge in chip.edges(looks):
            clock.saw_update(*edge)
        assert clock.index == sum(steps[1:])

    @given(converters(), st.integers(5, 60))
    def test_a_known_clock_counts_what_passes_unseen(self, chip: Converter, gap: int) -> None:
        clock = UpdateClock(NOMINAL_S)
        for edge in chip.edges([Look(1, 0.01, 0.001)] * 200):
            clock.saw_update(*edge)
        clock.advance_to(chip.updates_s[199 + gap] + 0.3 * chip.period_s)
        assert clock.index == 199 + gap - 1
        assert clock.last_s == pytest.approx(chip.updates_s[199 + gap], abs=0.1 * chip.period_s)

    @given(converters())
    def test_a_reset_forgets_the_phase_but_not_the_period(self, chip: Converter) -> None:
        clock = UpdateClock(NOMINAL_S)
        for edge in chip.edges([Look(1, 0.01, 0.001)] * 100):
            clock.saw_update(*edge)
        before_s = clock.period_s, clock.longest_s
        clock.forget_phase()
        assert (clock.period_s, clock.longest_s) == before_s
        assert clock.next_s == float("-inf")
        assert clock.last_s is None
        assert clock.index == 0
        assert clock.may_update(0.0, 1e-6)
        assert clock.clear_from(0.0, 1e-6) == float("inf")


class TestWhatCannotBe:
    @given(converters(), st.integers(2, 60), st.floats(0.1, 0.45), st.floats(0.0, 0.4))
    def test_an_edge_between_two_updates_is_refused(
        self, chip: Converter, n_edges: int, at: float, width: float
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        for edge in chip.edges([Look(1, 0.01, 0.001)] * n_edges):
            clock.saw_update(*edge)
        begin_s = chip.updates_s[n_edges - 1] + at * chip.period_s
        assert not clock.saw_update(begin_s, begin_s + width * chip.period_s)

    @given(st.floats(0.0, 0.7), st.floats(0.0, 0.05))
    def test_right_after_the_first_it_is_refused_for_the_fastest_chip_too(
        self, at: float, width: float
    ) -> None:
        clock = UpdateClock(NOMINAL_S)
        assert clock.saw_update(0.999_9, 1.0)
        begin_s = 1.0 + at * NOMINAL_S
        assert not clock.saw_update(begin_s, begin_s + width * NOMINAL_S)

    @given(st.floats(1.15, 1.35))
    def test_an_edge_too_late_for_one_and_too_early_for_two_is_refused(self, at: float) -> None:
        clock = UpdateClock(NOMINAL_S)
        clock.saw_update(0.999_9, 1.0)
        begin_s = 1.0 + at * NOMINAL_S
        assert not clock.saw_update(begin_s, begin_s + 0.01 * NOMINAL_S)

    def test_after_a_refusal_it_learns_anew(self) -> None:
        clock = UpdateClock(NOMINAL_S)
        for n in range(100):
            clock.saw_update(1.0 + n * NOMINAL_S - 1e-5, 1.0 + n * NOMINAL_S)
        assert clock.longest_s < 1.01 * NOMINAL_S
        assert not clock.saw_update(1.0 + 99.5 * NOMINAL_S - 1e-5, 1.0 + 99.5 * NOMINAL_S)
        assert shortest_s(clock) == pytest.approx(NOMINAL_S * FASTEST)
        assert clock.longest_s == pytest.approx(NOMINAL_S * SLOWEST)
