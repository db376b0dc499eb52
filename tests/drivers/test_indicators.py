"""Light, buzzer and button on mock pins: what is written, and what happens when a part is gone."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from gpiozero import GPIOPinInUse, InputDevice

from core.signals import DARK, Colour, Signal
from drivers.indicators import RETRY_S, Indicators
from drivers.parts import COLOURS, RAMP_HZ, Buzzer, Wiring
from tests.drivers.gpio import BLUE, BUTTON, BUZZER, GREEN, RED, Board, LocalFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

WIRING = Wiring(RED, GREEN, BLUE, BUZZER, BUTTON)


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board()
    yield board
    board.close()


@pytest.mark.parametrize("common_anode", [False, True])
@pytest.mark.parametrize("colour", COLOURS)
def test_each_colour(board: Board, colour: Colour, common_anode: bool) -> None:
    wiring = Wiring(RED, GREEN, BLUE, BUZZER, BUTTON, common_anode=common_anode)
    indicators = Indicators(wiring, board.factory)
    indicators.show(Signal(colour, float(colour != "dark"), None), 0.0)
    expected = [abs(part - common_anode) for part in COLOURS[colour]]
    assert list(board.rgb()) == expected
    assert board.frequencies() == {None}
    indicators.close()


def test_amber_is_red_and_green_and_cyan_has_no_red() -> None:
    assert (COLOURS["amber"], COLOURS["cyan"]) == ((1, 1, 0), (0, 1, 1))


def test_only_ramps_use_pwm(board: Board) -> None:
    indicators = Indicators(WIRING, board.factory)
    for level, frequency in ((0.0, None), (0.25, RAMP_HZ), (1.0, None), (0.75, RAMP_HZ)):
        indicators.show(Signal("white", level, None), 0.0)
        assert board.rgb() == (level, level, level)
        assert board.frequencies() == {frequency}
    indicators.show(Signal("red", 1.0, None), 0.0)
    assert board.rgb() == (1.0, 0.0, 0.0)
    assert board.frequencies() == {None}
    indicators.close()


def test_a_hard_pulse_uses_none(board: Board) -> None:
    wiring = Wiring(RED, GREEN, BLUE, BUZZER, BUTTON, soft_pulse=False)
    indicators = Indicators(wiring, board.factory)
    for level, shown in ((0.25, 0.0), (0.5, 1.0), (0.75, 1.0), (0.25, 0.0)):
        indicators.show(Signal("white", level, None), 0.0)
        assert board.rgb() == (shown, shown, shown)
        assert board.frequencies() == {None}
    indicators.close()


def test_only_changes_are_written_and_nobody_else_writes(board: Board) -> None:
    threads = threading.active_count()
    indicators = Indicators(WIRING, board.factory)
    indicators.show(Signal("red", 1.0, 440), 0.0)
    before = [board.pin(n).n_writes for n in (RED, GREEN, BLUE, BUZZER)]
    for at in range(100):
        indicators.show(Signal("red", 1.0, 440), at / 10)
        indicators.is_down(at / 10)
    assert [board.pin(n).n_writes for n in (RED, GREEN, BLUE, BUZZER)] == before
    assert threading.active_count() == threads
    indicators.close()


@pytest.mark.parametrize("tone_hz", [300, 550, 800])
def test_a_tone_sounds_and_ends_low(board: Board, tone_hz: int) -> None:
    indicators = Indicators(WIRING, board.factory)
    indicators.show(Signal("dark", 0.0, tone_hz), 0.0)
    assert board.tone_hz() == tone_hz
    indicators.show(DARK, 0.0)
    assert board.tone_hz() is None
    assert board.pin(BUZZER).level == 0.0
    indicators.close()


@pytest.mark.parametrize("tone_hz", [299, 801])
def test_other_tones_are_refused(board: Board, tone_hz: int) -> None:
    buzzer = Buzzer(WIRING, board.factory)
    with pytest.raises(ValueError, match="300 to 800"):
        buzzer.play(tone_hz)
    assert board.tone_hz() is None
    buzzer.close()


def test_the_button_is_down_when_its_line_is_low(board: Board) -> None:
    indicators = Indicators(WIRING, board.factory)
    assert indicators.is_down(0.0) is False
    board.press(down=True)
    assert indicators.is_down(0.0) is True
    # Nothing listens: no callback, so no thread.
    assert board.pin(BUTTON).when_changed is None
    indicators.close()


def test_closing_leaves_everything_dark_silent_and_free(board: Board) -> None:
    indicators = Indicators(WIRING, board.factory)
    indicators.show(Signal("white", 1.0, 500), 0.0)
    indicators.close()
    assert {board.pin(n).function for n in (RED, GREEN, BLUE, BUZZER)} == {"input"}
    assert board.rgb() == (0.0, 0.0, 0.0)
    again = Indicators(WIRING, board.factory)
    again.show(Signal("red", 1.0, None), 0.0)
    assert again.missing == {}
    again.close()


@pytest.mark.parametrize(
    ("number", "name"), [(GREEN, "light"), (BUZZER, "buzzer"), (BUTTON, "button")]
)
def test_a_pin_in_use_is_a_missing_part_and_the_others_work(
    board: Board, number: int, name: str
) -> None:
    other = board.occupy(number)
    indicators = Indicators(WIRING, board.factory)
    indicators.show(Signal("red", 1.0, 500), 0.0)
    indicators.is_down(0.0)
    board.press(down=True)
    down = indicators.is_down(0.0)
    assert list(indicators.missing) == [name]
    assert "in use" in indicators.missing[name]
    assert (name == "light") or board.rgb() == (1.0, 0.0, 0.0)
    assert (name == "buzzer") or board.tone_hz() == 500
    assert down is (None if name == "button" else True)
    # It is free again: found at the next try, not before.
    other.close()
    indicators.show(Signal("red", 1.0, 500), RETRY_S - 0.1)
    indicators.is_down(RETRY_S - 0.1)
    assert list(indicators.missing) == [name]
    indicators.show(Signal("red", 1.0, 500), RETRY_S)
    indicators.is_down(RETRY_S)
    assert indicators.missing == {}
    assert (board.rgb(), board.tone_hz()) == ((1.0, 0.0, 0.0), 500)
    indicators.close()


@pytest.mark.parametrize(("number", "name"), [(BLUE, "light"), (BUZZER, "buzzer")])
def test_a_cable_that_is_pulled_later_is_a_missing_part_too(
    board: Board, number: int, name: str
) -> None:
    indicators = Indicators(WIRING, board.factory)
    indicators.show(DARK, 0.0)
    board.pin(number).broken = True
    indicators.show(Signal("red", 1.0, 500), 1.0)
    assert indicators.missing == {name: "OSError: no such line"}
    assert (name == "light") or board.rgb() == (1.0, 0.0, 0.0)
    board.pin(number).broken = False
    indicators.show(Signal("red", 1.0, 500), 1.0 + RETRY_S)
    assert indicators.missing == {}
    assert (board.rgb(), board.tone_hz()) == ((1.0, 0.0, 0.0), 500)
    indicators.close()


def test_a_button_that_cannot_be_read_is_not_a_button_that_is_up(board: Board) -> None:
    indicators = Indicators(WIRING, board.factory)
    assert indicators.is_down(0.0) is False
    board.pin(BUTTON).broken = True
    assert indicators.is_down(1.0) is None
    assert list(indicators.missing) == ["button"]
    board.pin(BUTTON).broken = False
    assert indicators.is_down(1.0 + RETRY_S) is False
    indicators.close()


def test_closing_the_factory_of_the_cells_does_not_put_out_an_alarm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    chips: list[int | None] = []

    def open_factory(chip: int | None) -> tuple[LocalFactory, None]:
        chips.append(chip)
        return LocalFactory(), None

    monkeypatch.setattr("drivers.gpio.open_factory", open_factory)
    indicators = Indicators(WIRING, chip=4)
    red = Signal("red", 1.0, 750)
    indicators.show(red, 0.0)
    indicators.is_down(0.0)
    # One for all parts, on the chip of the cells.
    assert chips == [4]
    factory: Any = indicators._factory
    pins = [factory.pin(number) for number in (RED, BUZZER)]
    of_the_cells: Any = LocalFactory()
    assert of_the_cells.pins is not factory.pins
    of_the_cells.close()
    assert [pin.function for pin in pins] == ["output", "output"]
    indicators.show(red, 0.1)
    assert (pins[0].level, indicators.missing) == (1.0, {})
    # A pin in use is refused all the same.
    with pytest.raises(GPIOPinInUse):
        InputDevice(RED, pin_factory=of_the_cells)
    indicators.close()


def test_a_machine_without_pins_has_no_part_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-of-these")
    indicators = Indicators(WIRING)
    indicators.show(Signal("red", 1.0, 500), 0.0)
    assert indicators.is_down(0.0) is None
    assert list(indicators.missing) == ["light", "buzzer", "button"]
    assert {reason.startswith("no GPIO on this machine") for reason in indicators.missing.values()}
    indicators.close()


def test_without_the_library_the_modules_load_and_the_parts_are_missing() -> None:
    code = (
        "import sys; sys.modules['gpiozero'] = None\n"
        "from drivers.indicators import Indicators\n"
        "from drivers.parts import Wiring\n"
        "from core.signals import Signal\n"
        "parts = Indicators(Wiring(17, 27, 22, 18, 3))\n"
        "parts.show(Signal('red', 1.0, None), 0.0)\n"
        "print(parts.missing['light'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'reflexmat[pi]'" in done.stdout
