"""Chips on gpiozero's mock pins: a call costs time, acts within itself, and may be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gpiozero import InputDevice, OutputDevice
from hypothesis import given
from hypothesis import strategies as st

from drivers.chip import Chip
from drivers.chip_board import Board, BoardFactory, CallClock
from tests.drivers.hx711_rig import Mat

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.lines import Lines

SETTLED_NS = 60_000_000
SCK, DOUT = 4, (5, 6)
COUNTS = (123_456, -123_456)


def board_of(clock: CallClock) -> Board:
    def constant(counts: int) -> Callable[[int, int], float]:
        return lambda _t_ns, _gain: counts

    chips = {pin: Chip(constant(counts)) for pin, counts in zip(DOUT, COUNTS, strict=True)}
    return Board(clock, chips, {SCK: DOUT})


def read_words(board: Board) -> list[int]:
    """Clock a word out of both chips by gpiozero's own devices."""
    factory = BoardFactory(board)
    words = [0, 0]
    with (
        OutputDevice(SCK, pin_factory=factory) as sck,
        InputDevice(DOUT[0], pull_up=False, pin_factory=factory) as one,
        InputDevice(DOUT[1], pull_up=False, pin_factory=factory) as other,
    ):
        board.clock.t_ns += SETTLED_NS
        for _ in range(24):
            sck.on()
            sck.off()
            words = [words[n] << 1 | int(pin.value) for n, pin in enumerate((one, other))]
        sck.on()
        sck.off()
    return [word - (1 << 24) if word >> 23 else word for word in words]


class TestPins:
    def test_gpiozero_devices_read_the_chips(self) -> None:
        assert read_words(board_of(CallClock())) == list(COUNTS)

    def test_swapped_data_wires_swap_the_words(self) -> None:
        board = board_of(CallClock())
        board.swap(*DOUT)
        assert read_words(board) == list(reversed(COUNTS))

    def test_a_swap_leaves_the_clock_where_it_is_soldered(self) -> None:
        board = Board(CallClock(), board_of(CallClock()).chips, {4: (5,), 7: (6,)})
        first, second = board.chips[5], board.chips[6]
        board.swap(5, 6)
        board.drive(4, 1, 1)
        assert (first._sck, second._sck) == (1, 0)

    def test_other_pins_of_the_factory_are_plain(self) -> None:
        board = board_of(CallClock())
        with OutputDevice(17, pin_factory=BoardFactory(board)) as light:
            calls = board.clock.calls
            light.on()
            assert light.value == 1
        assert board.clock.calls == calls

    def test_pins_keep_no_history(self) -> None:
        board = board_of(CallClock())
        factory = BoardFactory(board)
        with OutputDevice(SCK, pin_factory=factory) as sck:
            for _ in range(100):
                sck.toggle()
            assert len(sck.pin.states) == 1


class TestCallClock:
    @given(st.integers(0, 50_000), st.integers(0, 50_000), st.integers(0, 9))
    def test_a_call_takes_effect_within_itself(self, low: int, more: int, seed: int) -> None:
        clock = CallClock((low, low + more), seed=seed)
        for _ in range(20):
            begin_ns = clock.t_ns
            effect_ns = clock.call()
            assert begin_ns <= effect_ns <= clock.t_ns
            assert low <= clock.t_ns - begin_ns <= low + more
        assert clock.calls == 20

    def test_every_gpio_call_costs(self) -> None:
        board = board_of(CallClock((3_000, 3_000)))
        factory = BoardFactory(board)
        with OutputDevice(SCK, pin_factory=factory) as sck:
            before = board.clock.calls, board.clock.t_ns
            sck.on()
            sck.off()
            assert board.clock.calls == before[0] + 2
            assert board.clock.t_ns == before[1] + 6_000

    def test_a_stall_comes_after_the_call_has_taken_effect(self) -> None:
        clock = CallClock((2_000, 2_000), stall=lambda call: 100_000 if call == 2 else 0)
        assert [clock.call(), clock.t_ns] == [1_000, 2_000]
        assert [clock.call(), clock.t_ns] == [3_000, 104_000]
        assert [clock.call(), clock.t_ns] == [105_000, 106_000]

    def test_a_stall_while_the_clock_is_high_powers_the_chips_down(self) -> None:
        board = board_of(CallClock())
        factory = BoardFactory(board)
        with OutputDevice(SCK, pin_factory=factory) as sck:
            board.clock.t_ns += SETTLED_NS
            board.clock.stall = lambda _call: 120_000
            sck.on()
            sck.off()
        assert [chip.tally.power_downs for chip in board.chips.values()] == [1, 1]

    def test_time_never_goes_back_and_a_sleep_may_be_late(self) -> None:
        clock = CallClock(oversleep_ns=60_000, start_ns=10**9)
        clock.wait_until(0.5)
        assert clock.now_s() == 1.0
        for n in range(1, 50):
            clock.wait_until(1.0 + n)
            assert 1.0 + n <= clock.now_s() <= 1.0 + n + 60e-6

    def test_the_same_seed_gives_the_same_calls(self) -> None:
        clocks = [CallClock((1_000, 9_000), seed=seed) for seed in (1, 1, 2)]
        times = [[clock.call() for _ in range(20)] for clock in clocks]
        assert times[0] == times[1] != times[2]


class TestBackEndsAgree:
    @pytest.mark.parametrize("shared", [False, True])
    def test_both_read_the_same_levels_at_the_same_times(self, shared: bool) -> None:
        """Calls that take no time, so that both see a chip at the very same nanosecond."""
        seen = []
        for back_end in ("lgpio", "gpiozero"):
            mat = Mat(n_cells=4, shared=shared, call_ns=(0, 0), back_end=back_end)
            seen.append(self.levels(mat, mat.open_lines(mat.wiring)))
        assert seen[0] == seen[1]
        assert len(set(seen[0])) > 4

    def levels(self, mat: Mat, lines: Lines) -> list[int]:
        levels = []
        every = (1 << len(mat.wiring.sck)) - 1
        for at in range(40):
            mat.clock.t_ns += 7_000_000
            levels.append(lines.read())
            for _ in range(at % 27):
                lines.write(every >> at % 2, 1)
                mat.clock.t_ns += 5_000
                lines.write(every, 0)
                levels.append(lines.read())
        lines.close()
        return levels

    def test_a_group_call_is_one_call_and_gpiozero_takes_one_for_each_pin(self) -> None:
        calls = {}
        for back_end in ("lgpio", "gpiozero"):
            mat = Mat(n_cells=4, back_end=back_end)
            lines = mat.open_lines(mat.wiring)
            before = mat.clock.calls
            lines.write(0b1111, 1)
            lines.read()
            calls[back_end] = mat.clock.calls - before
        assert calls == {"lgpio": 2, "gpiozero": 8}
