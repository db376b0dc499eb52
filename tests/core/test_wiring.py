"""The net list: the header is the board's, every line goes where the layout says."""

from __future__ import annotations

import pytest
from gpiozero.pins.mock import MockFactory

from core.errors import LayoutError
from core.header import HEADER, PIN_OF_GPIO
from core.layout import SHIPPED, MatLayout, load_layout, parse_layout
from core.wiring import SPREAD_MM, Wiring, spans, wiring_of
from tests.core.support import small_layout
from tests.core.test_layout import with_pins


def test_the_header_is_that_of_the_boards() -> None:
    # gpiozero keeps the tables of all boards; the mock factory is a Pi 3B, whose header all share.
    board = MockFactory().board_info.headers["J8"]
    assert [pin.number for pin in HEADER] == list(board.pins) == list(range(1, 41))
    for pin in HEADER:
        theirs = board.pins[pin.number]
        assert (pin.kind if pin.gpio is None else f"GPIO{pin.gpio}") == theirs.name
        assert theirs.col == (1 if pin.number % 2 else 2)
        assert theirs.row == (pin.number - 1) // 2 + 1


@pytest.mark.parametrize("revision", ["900092", "a02082", "c03111", "c04170"])
def test_every_40_pin_board_has_the_same_header(revision: str) -> None:
    # Zero, 3B, 4B, 5.
    board = MockFactory(revision=revision).board_info.headers["J8"]
    names = [pin.kind if pin.gpio is None else f"GPIO{pin.gpio}" for pin in HEADER]
    assert [pin.name for pin in board.pins.values()] == names


def test_the_table_by_gpio() -> None:
    assert sorted(PIN_OF_GPIO) == list(range(28))
    assert {n.number for n in HEADER if n.kind == "ID"} == {27, 28}
    assert [PIN_OF_GPIO[gpio].number for gpio in (0, 2, 4, 14, 21)] == [27, 3, 7, 8, 40]
    assert [pin.name for pin in HEADER[:8:2]] == ["3.3 V", "GPIO 2", "GPIO 3", "GPIO 4"]


def nets_are_those_of(layout: MatLayout, wiring: Wiring) -> None:
    by_gpio = {net.gpio: net for net in wiring.nets if net.gpio is not None}
    for number, cell in enumerate(layout.spec.cell, 1):
        assert cell.dout is not None
        assert cell.sck is not None
        data, clock = by_gpio[cell.dout], by_gpio[cell.sck]
        assert (data.role, data.cells) == ("dout", (number,))
        assert clock.role == "sck"
        assert number in clock.cells
        assert cell.zone == wiring.cells[number - 1].zone
    wired = {pin for cell in layout.spec.cell for pin in (cell.dout, cell.sck)}
    lights = {3, 17, 18, 22, 27} if layout.spec.indicators else set()
    assert set(by_gpio) == wired | lights
    pins = [net.pin for net in wiring.nets]
    assert pins == sorted(set(pins))
    for net in wiring.nets:
        assert net.name == HEADER[net.pin - 1].name


@pytest.mark.parametrize("name", ["starter8", "full16"])
def test_nets_of_the_shipped_layouts(name: str) -> None:
    layout = load_layout(name)
    nets_are_those_of(layout, wiring_of(layout))


def test_nets_of_mixed_clocks_without_indicators() -> None:
    layout = parse_layout(with_pins([(3, 6), (7, 6), (17, 9)], indicators=False), "x")
    wiring = wiring_of(layout)
    nets_are_those_of(layout, wiring)
    assert [net.goes_to for net in wiring.nets if net.role == "sck"] == [
        "SCK of cell 3",
        "SCK of cells 1 to 2",
    ]
    assert list(wiring.clock_cells.values()) == [(1, 2), (3,)]


def test_the_digital_side_gets_3_3_volts_only() -> None:
    for name in ("starter8", "full16"):
        power = {n.name: n.goes_to for n in wiring_of(load_layout(name)).nets if n.role == "power"}
        assert "VDD" in power["3.3 V"]
        assert "VDD" not in power["5 V"]


def test_cells_of_one_zone_stand_side_by_side() -> None:
    cells = wiring_of(load_layout("starter8")).cells
    assert cells[4].at_mm[0] - cells[3].at_mm[0] == pytest.approx(SPREAD_MM)
    middle = (cells[4].at_mm[0] + cells[3].at_mm[0]) / 2
    at = load_layout("starter8").at_mm[3]
    assert [middle, cells[3].at_mm[1]] == pytest.approx(at)


def test_a_place_in_the_layout_holds_and_a_zone_without_name_has_its_anatomy() -> None:
    text = with_pins([(5, 6), (7, 6), (8, 9)]) + "at_mm = [50, 10]\n"
    cells = wiring_of(parse_layout(text.replace('name = "Heel, outer"\n', ""), "x")).cells
    assert (cells[2].at_mm, cells[2].zone_name) == ((50, 10), "part")
    assert [(c.foot, c.zone_name) for c in cells[:2]] == [("left", "Toes"), ("left", "Ball, inner")]


def test_a_layout_without_pins_is_refused() -> None:
    with pytest.raises(LayoutError, match="insole16: no cell has pins, so there is nothing"):
        wiring_of(load_layout("insole16"))
    with pytest.raises(LayoutError, match="small: no cell has pins"):
        wiring_of(small_layout())
    with pytest.raises(LayoutError, match="small: cell 2 has no pins"):
        wiring_of(parse_layout(with_pins([(5, 6), (None, None), (8, 9)]), "x"))
    assert "insole16" in SHIPPED


def test_numbers_are_written_short() -> None:
    assert [spans(n) for n in ([], [3], [1, 2, 3, 7], [1, 3, 4])] == [
        "",
        "3",
        "1 to 3, 7",
        "1, 3 to 4",
    ]
