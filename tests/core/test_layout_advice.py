"""What `layout check` warns of, with the line; what it refuses stands in test_layout."""

from __future__ import annotations

import pytest

from core.layout import load_layout, parse_layout, shipped_text
from core.layout_advice import advice_on
from tests.core.test_layout import at_line, line_of, refused, with_pins

Pins = list[tuple[int | None, int | None]]


def advice(text: str) -> list[tuple[int, str]]:
    text = text.replace("max_load_n = 1000", "max_load_n = 490")
    return [(a.line, a.text) for a in advice_on(parse_layout(text, "x"), text)]


def lines_at(text: str, *starts: tuple[str, int]) -> list[int]:
    return [line_of(text, start, nth) for start, nth in starts]


def test_a_quiet_layout_has_none() -> None:
    assert advice(with_pins([(16, 5), (19, 5), (20, 6)])) == []


@pytest.mark.parametrize(
    ("pins", "at", "words"),
    [
        ([(16, 4), (19, 12), (20, 13)], ("sck", 2), "GPIO 12, 13 as sck: low at boot"),
        ([(16, 2), (19, 5), (20, 6)], ("sck", 1), "GPIO 2 are the I2C pins"),
        ([(16, 4), (7, 5), (11, 5)], ("dout", 2), "GPIO 7, 11 are the SPI pins"),
        ([(16, 4), (19, 8), (20, 8)], ("sck", 2), "GPIO 8 are the SPI pins"),
        ([(16, 4), (15, 5), (14, 6)], ("dout", 2), "GPIO 14, 15 are the serial port"),
    ],
)
def test_pins_that_are_worth_a_word(pins: Pins, at: tuple[str, int], words: str) -> None:
    text = with_pins(pins)
    ((line, said),) = advice(text)
    assert line == line_of(text, *at)
    assert said.startswith(words)


def test_cells_without_pins_among_wired_ones() -> None:
    text = with_pins([(16, 4), (None, None), (19, 5)])
    assert advice(text) == [
        (line_of(text, "[[cell]]", 2) + 1, "no pins for cell 2: give dout and sck to each")
    ]
    assert advice(with_pins([(None, None)] * 3)) == []


def test_a_person_on_one_leg_heavier_than_the_cells_carry() -> None:
    text = with_pins([(16, 4), (19, 4), (20, 4)]).replace("max_load_n = 1000", "max_load_n = 980")
    ((line, said),) = advice(text)
    assert line == line_of(text, "max_load_n")
    assert "the cells under the right foot carry 490 N together, max_load_n is 980" in said
    assert advice(text.replace("max_load_n = 980", "max_load_n = 490")) == []


def test_a_limit_beyond_the_cells_of_a_zone() -> None:
    # 400 kPa x 17.3 cm2 x 0.7 / 2.1 is 230.67 N on the second plate.
    text = with_pins([(16, 4), (19, 4), (20, 4)])
    parts = text.split("[[cell]]")
    for capacity_n, warned in ((230, True), (231, False)):
        parts[2] = f'\nzone = "l_heel"\ncapacity_n = {capacity_n}\ndout = 19\nsck = 4\n'
        found = advice("[[cell]]".join(parts).replace("max_load_n = 1000", "max_load_n = 1"))
        assert bool(found) == warned
        if warned:
            ((line, said),) = found
            assert line == line_of(text, "[[zone]]", 2) + 1
            assert said.startswith(
                "l_heel: an estimated peak of 400 kPa takes up to 231 N, the cells carry 230: "
            )


def test_what_is_known_of_the_shipped_layouts() -> None:
    kinds = {
        name: [a.text.split(":")[0] for a in advice_on(load_layout(name), shipped_text(name))]
        for name in ("starter8", "full16", "insole16")
    }
    spi = "GPIO 7, 8, 9, 10, 11 are the SPI pins"
    serial = "GPIO 14, 15 are the serial port"
    assert kinds["starter8"] == ["GPIO 9, 10, 11, 12, 13 as sck", spi, serial, "l_ball, r_ball"]
    assert kinds["full16"] == [spi, serial]
    assert kinds["insole16"] == []


def test_refusals_say_what_to_do() -> None:
    taken = with_pins([(5, 6), (5, 7), (11, 7)])
    at_line(taken, line_of(taken, "[[cell]]", 2), "dout = 5 is used by cell 1 (dout) already")
    assert "; free: 2, 4, 8, 9, 10, 12, " in refused(taken)
    ids = with_pins([(5, 6), (0, 7), (11, 7)])
    assert "dout = 0: GPIO 0 and 1 are reserved for the ID memory of add-on boards" in refused(ids)
    beyond = with_pins([(5, 6), (28, 7), (11, 7)])
    assert "no such pin on the header, which has GPIO 2 to 27; free: " in refused(beyond)


def test_a_pin_with_every_other_one_taken() -> None:
    free = [pin for pin in range(2, 28) if pin not in (3, 17, 18, 22, 27)]
    text = with_pins([(pin, free[0]) for pin in [*free[1:-1], 17]])
    assert "no other pin is free" not in refused(text)
    text = with_pins([(pin, free[0]) for pin in [*free[1:-1], 17]]).replace(
        f"dout = {free[1]}\n", f"dout = {free[-1]}\n", 1
    )
    assert f"free: {free[1]}" in refused(text)


@pytest.mark.parametrize(
    ("indicators", "n_shared", "n_own", "fits"),
    [
        (True, 2, 9, True),  # 11 data and 10 clocks: 21 pins, as many as there are
        (True, 2, 10, False),
        (True, 4, 8, True),
        (True, 5, 8, False),
        (False, 3, 11, True),  # 14 and 12: 26
        (False, 3, 12, False),
        (False, 4, 11, False),
    ],
)
def test_mixed_clocks_fit_by_the_pins_they_use(
    indicators: bool, n_shared: int, n_own: int, fits: bool
) -> None:
    free = [p for p in range(2, 28) if not (indicators and p in (3, 17, 18, 22, 27))]
    free += [-1] * 20
    shared: Pins = [(pin, free[0]) for pin in free[1 : n_shared + 1]]
    rest = free[n_shared + 1 :]
    own: Pins = list(zip(rest[0 : 2 * n_own : 2], rest[1 : 2 * n_own : 2], strict=True))
    if fits:
        text = with_pins(shared + own, indicators=indicators)
        assert len(parse_layout(text, "x").spec.cell) == n_shared + n_own
        return
    # More clock lines than pins: told by number, whatever pins they claim.
    own = [(5, 100 + k) for k in range(n_own)]
    text = with_pins(shared + own, indicators=indicators)
    at_line(text, line_of(text, "[[cell]]", n_shared + n_own), "pins;", "let cells share an sck")
    assert ("indicators = false" in refused(text)) == indicators


def test_a_number_of_cells_that_just_fits_is_not_refused_for_its_number() -> None:
    # 20 data pins and one clock: all 21; the last one is then given twice.
    free = [pin for pin in range(2, 28) if pin not in (3, 17, 18, 22, 27)]
    pins: Pins = [(pin, free[0]) for pin in free[1:]]
    pins[-1] = (free[1], free[0])
    assert f"dout = {free[1]} is used by cell 1 (dout) already; free: {free[-1]}" in refused(
        with_pins(pins)
    )
