"""The HX711 on paper against its data sheet, pulse by pulse, on raw SCK and DOUT."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasheet import COUNTS_MAX, COUNTS_MIN
from drivers.chip import BLIP_NS, Chip, ChipFault, ChipTraits, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD_NS = 12_500_000
SETTLED_NS = 4 * PERIOD_NS
US = 1_000
WORDS = (0, 1, 123_456, 0x7FFFFE, -1, -123_456, -0x800000)


def constant(counts: float) -> Callable[[int, int], float]:
    return lambda _t_ns, _gain: counts


@dataclass
class Probe:
    """Hands on the two lines of one chip."""

    chip: Chip
    t_ns: int = 0
    step_ns: int = 1 * US

    def at(self, t_ns: int) -> Probe:
        assert t_ns >= self.t_ns
        self.t_ns = t_ns
        return self

    def pulse(self) -> int:
        """One clock pulse, and the level after it."""
        for level in (1, 0):
            self.chip.set_sck(level, self.t_ns)
            self.t_ns += self.step_ns
        level = self.chip.dout(self.t_ns)
        self.t_ns += self.step_ns
        return level

    def bits(self, n: int) -> list[int]:
        return [self.pulse() for _ in range(n)]

    def word(self, pulses: int = 25) -> int:
        """A whole word, as a driver decodes it."""
        bits = self.bits(pulses)
        assert set(bits[24:]) == {1}
        return signed(bits[:24])

    def high_for(self, high_ns: int) -> Probe:
        self.chip.set_sck(1, self.t_ns)
        self.t_ns += high_ns
        self.chip.set_sck(0, self.t_ns)
        return self

    def settle(self) -> Probe:
        """Wait for settled data after a start, a reset or a change of gain at this time."""
        return self.at(self.t_ns + SETTLED_NS + PERIOD_NS // 4)

    @property
    def level(self) -> int:
        return self.chip.dout(self.t_ns)


def signed(bits: list[int]) -> int:
    word = int("".join(map(str, bits)), 2)
    return word - (1 << 24) if word >> 23 else word


def probe(counts: float = 0.0, faults: tuple[ChipFault, ...] = (), **traits: Any) -> Probe:  # noqa: ANN401 - checked by ChipTraits
    return Probe(Chip(constant(counts), ChipTraits(**traits), faults))


def bits_of(counts: int) -> list[int]:
    return [counts >> (23 - n) & 1 for n in range(24)]


class TestWord:
    @pytest.mark.parametrize("counts", WORDS)
    def test_comes_out_exactly_most_significant_bit_first(self, counts: int) -> None:
        p = probe(counts).settle()
        assert p.bits(25) == [*bits_of(counts), 1]

    @pytest.mark.parametrize("pulses", [25, 26, 27])
    def test_every_bit_from_the_25th_on_is_one(self, pulses: int) -> None:
        p = probe(0).settle()
        assert p.bits(pulses) == [0] * 24 + [1] * (pulses - 24)

    @given(st.integers(COUNTS_MIN, COUNTS_MAX), st.integers(2, 30))
    def test_any_value_survives_calls_of_any_length(self, counts: int, call_us: int) -> None:
        p = probe(counts)
        p.step_ns = call_us * US
        assert p.settle().word() == counts

    @pytest.mark.parametrize(
        ("ideal", "counts"), [(9e6, COUNTS_MAX), (-9e6, COUNTS_MIN), (8_388_607.4, COUNTS_MAX)]
    )
    def test_saturates_both_ways(self, ideal: float, counts: int) -> None:
        assert probe(ideal).settle().word() == counts

    def test_dout_is_low_only_while_a_word_waits(self) -> None:
        p = probe(5)
        assert p.at(SETTLED_NS - 1).level == 1
        assert p.at(SETTLED_NS).level == 0
        p.word()
        assert p.level == 1
        assert p.at(SETTLED_NS + PERIOD_NS - 1).level == 1
        assert p.at(SETTLED_NS + PERIOD_NS).level == 0

    def test_a_word_may_be_left_waiting_half_read(self) -> None:
        p = probe(-2, mid_read="hold").settle()
        first = p.bits(10)
        p.at(p.t_ns + 3 * PERIOD_NS)
        assert signed(first + p.bits(14)) == -2

    def test_an_unread_word_gives_way_to_the_next_and_is_counted(self) -> None:
        p = Probe(Chip(lambda t_ns, _: t_ns // PERIOD_NS))
        p.at(SETTLED_NS + 5 * PERIOD_NS + US)
        assert p.word() == 9
        assert p.chip.tally.lost == 5
        assert p.chip.tally.conversions == 9
        assert [each.counts for each in p.chip.history] == [4, 5, 6, 7, 8, 9]

    def test_an_unread_chip_lifts_dout_for_75_us_before_each_update(self) -> None:
        p = probe(0)
        update_ns = SETTLED_NS + 3 * PERIOD_NS
        levels = [
            p.at(update_ns + off).level for off in (-BLIP_NS - US, -BLIP_NS, -BLIP_NS + 1, -1, 0)
        ]
        assert levels == [0, 0, 1, 1, 0]
        assert BLIP_NS == 75 * US


class TestGain:
    @staticmethod
    def inputs(_t_ns: int, gain: int) -> float:
        return {128: 128_000, 64: 64_000, 32: -32}[gain]

    @pytest.mark.parametrize(("pulses", "counts"), [(25, 128_000), (26, -32), (27, 64_000)])
    def test_pulses_choose_input_and_gain_of_the_next_word(self, pulses: int, counts: int) -> None:
        p = Probe(Chip(self.inputs)).settle()
        assert p.word(pulses) == 128_000
        assert p.settle().word(pulses) == counts
        assert p.at(p.t_ns + PERIOD_NS).word(pulses) == counts

    def test_a_change_settles_for_four_conversions_from_the_last_pulse(self) -> None:
        p = Probe(Chip(self.inputs)).settle()
        p.word(27)
        # Last pulse: three steps back, at its rising edge.
        changed_ns = p.t_ns - 3 * p.step_ns
        assert p.at(changed_ns + SETTLED_NS - 1).level == 1
        assert p.at(changed_ns + SETTLED_NS).level == 0
        assert p.word(27) == 64_000

    def test_the_same_gain_again_does_not_settle(self) -> None:
        p = probe(7).settle()
        p.word()
        assert p.at(SETTLED_NS + PERIOD_NS).word() == 7

    @pytest.mark.parametrize("pulses", [28, 30])
    def test_surplus_pulses_are_told_and_give_ones(self, pulses: int) -> None:
        p = probe(0).settle()
        assert p.bits(pulses)[24:] == [1] * (pulses - 24)
        assert p.chip.tally.surplus_pulses == pulses - 27

    def test_pulses_between_words_are_told_and_harmless(self) -> None:
        p = probe(77).settle()
        p.word()
        later = p.at(SETTLED_NS + PERIOD_NS).word()
        busy = probe(77).at(PERIOD_NS)
        assert busy.bits(3) == [1, 1, 1]
        assert busy.chip.tally.stray_pulses == 3
        assert busy.settle().word() == later == 77


class TestPowerDown:
    @pytest.mark.parametrize(("high_us", "down"), [(59, 0), (60, 0), (61, 1), (120, 1)])
    def test_longer_than_60_us_high(self, high_us: int, down: int) -> None:
        p = probe(3).settle()
        p.high_for(high_us * US)
        assert p.chip.tally.power_downs == down
        assert p.level == (1 if down else bits_of(3)[0])

    def test_the_limit_is_exact(self) -> None:
        for high_ns, down in ((60 * US, 0), (60 * US + 1, 1)):
            p = probe(3).settle()
            p.high_for(high_ns)
            assert p.chip.tally.power_downs == down

    def test_in_mid_word_the_word_is_gone(self) -> None:
        p = probe(0).settle()
        assert p.bits(8) == [0] * 8
        p.high_for(61 * US)
        assert p.bits(17) == [1] * 17
        assert p.settle().word() == 0

    def test_its_fall_resets_and_four_conversions_settle(self) -> None:
        p = probe(11).settle()
        p.high_for(100 * US)
        fall_ns = p.t_ns
        assert p.at(fall_ns + SETTLED_NS - 1).level == 1
        assert p.at(fall_ns + SETTLED_NS).level == 0

    def test_it_sleeps_for_as_long_as_the_clock_is_high(self) -> None:
        p = probe(11).settle()
        p.chip.set_sck(1, p.t_ns)
        converted = p.chip.tally.conversions
        assert p.at(p.t_ns + 100 * PERIOD_NS).level == 1
        assert p.chip.tally.conversions == converted

    @pytest.mark.parametrize(("after", "counts"), [("reset", 128_000), ("restore", 64_000)])
    def test_comes_back_with_gain_128_or_the_one_that_was_set(
        self, after: Literal["reset", "restore"], counts: int
    ) -> None:
        p = Probe(Chip(TestGain.inputs, ChipTraits(after_power_down=after))).settle()
        p.word(27)
        assert p.settle().word(27) == 64_000
        p.high_for(100 * US)
        assert p.settle().word(27) == counts


class TestSettling:
    def test_silent_shows_nothing_of_the_first_three(self) -> None:
        p = probe(1000)
        for n in (1, 2, 3):
            assert p.at(n * PERIOD_NS + US).level == 1
        assert p.at(4 * PERIOD_NS + US).word() == 1000

    def test_garbage_delivers_three_wrong_words_first(self) -> None:
        p = probe(1000, settling="garbage")
        words = [p.at(n * PERIOD_NS + US).word() for n in range(1, 6)]
        assert words[3:] == [1000, 1000]
        assert len(set(words[:3])) == 3
        assert 1000 not in words[:3]
        assert [each.counts for each in p.chip.history] == [1000, 1000]


class TestUpdateInMidRead:
    """0x555555 gives way to 0xAAAAAA after ten bits."""

    OLD, NEW = 0x555555, 0xAAAAAA - (1 << 24)

    def read_across(self, mid_read: Literal["mix", "hold", "restart"]) -> tuple[Probe, list[int]]:
        def signal(t_ns: int, _gain: int) -> float:
            return self.OLD if t_ns <= SETTLED_NS else self.NEW

        p = Probe(Chip(signal, ChipTraits(mid_read=mid_read)))
        bits = p.at(SETTLED_NS + PERIOD_NS // 2).bits(10)
        bits += p.at(SETTLED_NS + PERIOD_NS).bits(15)
        assert p.chip.tally.mid_read == 1
        return p, bits

    def test_mix_goes_on_with_the_new_ones_bits(self) -> None:
        _, bits = self.read_across("mix")
        assert bits == [*bits_of(self.OLD)[:10], *bits_of(self.NEW)[10:], 1]

    def test_hold_goes_on_with_the_old_ones(self) -> None:
        p, bits = self.read_across("hold")
        assert bits == [*bits_of(self.OLD), 1]
        assert p.level == 1

    def test_restart_begins_the_new_word(self) -> None:
        p, bits = self.read_across("restart")
        assert bits == [*bits_of(self.OLD)[:10], *bits_of(self.NEW)[:15]]
        assert p.bits(10) == [*bits_of(self.NEW)[15:], 1]

    @pytest.mark.parametrize("pulses", [0, 25])
    def test_before_the_first_and_after_the_last_pulse_nothing_mixes(self, pulses: int) -> None:
        p = probe(6, mid_read="mix").at(SETTLED_NS)
        p.bits(pulses)
        p.at(SETTLED_NS + PERIOD_NS)
        assert p.word() == 6
        assert p.chip.tally.mid_read == 0


class TestOscillator:
    @pytest.mark.parametrize("rate_hz", [10.0, 11.7, 80.0, 93.0])
    @pytest.mark.parametrize("ppm", [-30_000.0, 0.0, 30_000.0])
    def test_runs_at_its_rate_with_its_error(self, rate_hz: float, ppm: float) -> None:
        p = probe(rate_hz=rate_hz, ppm=ppm)
        p.chip.advance(100 * 10**9)
        expected = 100 * rate_hz / (1 + ppm * 1e-6)
        assert p.chip.tally.conversions == int(expected + 1e-6)
        assert p.chip.period_ns == pytest.approx(1e9 / rate_hz * (1 + ppm * 1e-6))

    def test_rounding_to_nanoseconds_does_not_add_up(self) -> None:
        p = probe(rate_hz=93.0)
        p.chip.advance(40 * 10**9)
        last = p.chip.history[-1].end_ns
        n = p.chip.tally.conversions
        assert abs(last - n * 1e9 / 93.0) <= 1

    def test_jitter_is_of_each_conversion_and_does_not_wander(self) -> None:
        p = probe(jitter_ns=5_000.0, seed=3)
        p.chip.advance(40 * 10**9)
        ends = np.array([each.end_ns for each in p.chip.history], float)
        off = ends - PERIOD_NS * np.arange(4, 4 + len(ends))
        assert 4_500 < off.std() < 5_500
        assert abs(off.mean()) < 500
        assert (np.diff(ends) > 0).all()

    def test_noise_has_the_size_it_was_given_and_follows_the_seed(self) -> None:
        runs = []
        for seed in (1, 1, 2):
            p = probe(1000.0, noise_counts=300.0, seed=seed)
            p.chip.advance(20 * 10**9)
            runs.append([each.counts for each in p.chip.history])
        assert runs[0] == runs[1] != runs[2]
        assert 280 < float(np.std(runs[0])) < 320
        assert 960 < float(np.mean(runs[0])) < 1040

    def test_how_often_it_is_looked_at_changes_nothing(self) -> None:
        one = probe(noise_counts=300.0, jitter_ns=4_000.0)
        other = probe(noise_counts=300.0, jitter_ns=4_000.0)
        one.chip.advance(10**9)
        for t_ns in range(0, 10**9 + 1, 700_000):
            other.chip.dout(t_ns)
        other.chip.advance(10**9)
        assert list(one.chip.history) == list(other.chip.history)

    def test_asked_for_the_last_ones_it_lists_them_newest_first(self) -> None:
        p = Probe(Chip(lambda t_ns, _: t_ns // PERIOD_NS))
        p.chip.advance(20 * PERIOD_NS)
        assert [c.counts for c in p.chip.converted_by(10 * PERIOD_NS, 3)] == [10, 9, 8]
        assert all(a.end_ns > b.end_ns for a, b in pairwise(p.chip.converted_by(10**12, 99)))


class TestFaults:
    BEGIN, END = 10 * PERIOD_NS, 20 * PERIOD_NS

    def with_fault(self, kind: FaultKind, counts: float = 0.0, **traits: Any) -> Probe:  # noqa: ANN401
        return probe(counts, (ChipFault(kind, self.BEGIN, self.END),), **traits)

    @pytest.mark.parametrize(("kind", "level"), [("open", 1), ("stuck_high", 1), ("stuck_low", 0)])
    def test_a_line_fault_holds_the_line_from_begin_to_end(
        self, kind: FaultKind, level: int
    ) -> None:
        p = self.with_fault(kind, 0x555555)
        assert p.at(self.BEGIN - PERIOD_NS).word() == 0x555555
        p.at(self.BEGIN)
        assert {p.level, *p.bits(30)} == {level}
        assert p.at(self.END - 1).level == level
        assert p.at(self.END + PERIOD_NS).level == 0
        assert p.bits(25) == [*bits_of(0x555555), 1]

    def test_a_cut_wire_does_not_stop_the_chip(self) -> None:
        p = self.with_fault("open")
        p.at(self.END)
        assert p.level == 0
        assert p.chip.tally.conversions == 20

    def test_a_brown_out_is_a_start_like_the_first(self) -> None:
        p = Probe(
            Chip(
                TestGain.inputs,
                ChipTraits(after_power_down="restore"),
                (ChipFault("brown_out", self.BEGIN, self.END),),
            )
        ).settle()
        p.word(27)
        p.at(self.BEGIN)
        assert {p.level, *p.bits(25)} == {1}
        assert p.at(self.END - 1).level == 1
        assert p.at(self.END + SETTLED_NS - 1).level == 1
        assert p.at(self.END + SETTLED_NS + 1).word() == 128_000

    def test_supply_that_comes_back_while_the_clock_is_high_waits_for_its_fall(self) -> None:
        p = self.with_fault("brown_out", 9).at(self.BEGIN + PERIOD_NS)
        p.chip.set_sck(1, p.t_ns)
        assert p.at(self.END + 8 * PERIOD_NS).level == 1
        p.chip.set_sck(0, p.t_ns)
        assert p.level == 1
        assert p.settle().word() == 9

    def test_dead_is_for_good_and_no_reset_helps(self) -> None:
        p = self.with_fault("dead", 9).at(self.BEGIN)
        for _ in range(3):
            p.high_for(200 * US)
            p.at(p.t_ns + 10 * PERIOD_NS)
            assert p.level == 1
        assert p.chip.tally.conversions == 10

    def test_noise_is_a_burst_only(self) -> None:
        p = self.with_fault("noise", 1000.0)
        p.chip.advance(30 * PERIOD_NS)
        for each in p.chip.history:
            assert (each.counts == 1000) is not (self.BEGIN <= each.end_ns < self.END)
        assert len(p.chip.history) == 27

    def test_a_ghost_pulse_swallows_a_bit(self) -> None:
        at_ns = SETTLED_NS + PERIOD_NS // 2
        p = probe(0b0101_1100_1010, (ChipFault("ghost_pulse", at_ns),))
        p.at(at_ns + US)
        # Bit 24 came before anybody read, so all are one early, and a one follows.
        assert p.bits(24) == [*bits_of(0b0101_1100_1010)[1:], 1]

    def test_a_ghost_pulse_in_mid_word_too(self) -> None:
        at_ns = SETTLED_NS + PERIOD_NS // 2
        p = probe(0x123456, (ChipFault("ghost_pulse", at_ns),)).at(at_ns - 8 * 3 * US)
        bits = p.bits(24)
        assert bits == [*bits_of(0x123456)[:8], *bits_of(0x123456)[9:], 1]

    def test_a_ghost_pulse_after_the_word_changes_the_gain(self) -> None:
        p = Probe(Chip(TestGain.inputs, faults=(ChipFault("ghost_pulse", SETTLED_NS + 10**6),)))
        p.at(SETTLED_NS + US).word()
        p.at(SETTLED_NS + 10**6)
        assert p.settle().word() == -32
