"""The wiring picture: it is the layout's, it is XML whatever the names, and no file is lost."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.layout import load_layout, parse_layout
from core.wiring import Wiring, wiring_of
from pi.command_line import FAILED, WRONG_USE, main
from pi.drawing import SURFACE
from pi.wiring_parts import CELL_COLOURS
from pi.wiring_svg import draw_wiring
from tests.core.test_layout import with_pins

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
SHIPPED = ["starter8", "full16"]


def drawn(wiring: Wiring) -> ET.Element:
    return ET.fromstring(draw_wiring(wiring))  # noqa: S314 - our own text


def groups(root: ET.Element, key: str) -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if key in group.attrib]


def words(element: ET.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def check_pins(wiring: Wiring) -> None:
    """Every pin in the drawing is the layout's, in its data and in the words a person reads."""
    root = drawn(wiring)
    cells, pins = groups(root, "data-cell"), groups(root, "data-pin")
    assert [int(pin.attrib["data-pin"]) for pin in pins] == list(range(1, 41))
    by_gpio = {pin.get("data-gpio"): pin for pin in pins if pin.get("data-gpio")}
    assert sorted(int(group.attrib["data-cell"]) for group in cells) == [
        cell.number for cell in wiring.cells
    ]
    places = {int(group.attrib["data-place"]) for group in groups(root, "data-place")}
    assert places == {cell.number for cell in wiring.cells}
    for group in cells:
        number = int(group.attrib["data-cell"])
        spec = wiring.layout.spec.cell[number - 1]
        assert group.attrib["data-zone"] == spec.zone
        assert group.attrib["data-dout-gpio"] == str(spec.dout)
        assert group.attrib["data-sck-gpio"] == str(spec.sck)
        for role, gpio in (("dout", spec.dout), ("sck", spec.sck)):
            pin = by_gpio[str(gpio)]
            assert pin.attrib["data-role"] == role
            assert str(number) in pin.attrib["data-cells"].split()
            assert group.attrib[f"data-{role}-pin"] == pin.attrib["data-pin"]
            assert {f"GPIO {gpio}", f"pin {pin.attrib['data-pin']}"} <= set(words(group))
            assert {f"GPIO {gpio}", pin.attrib["data-pin"]} <= set(words(pin))
            assert any(role.upper() in word for word in words(pin))
        assert str(number) in words(group)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_cell_is_drawn_on_its_pins(name: str) -> None:
    check_pins(wiring_of(load_layout(name)))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_pictures_in_the_docs_are_what_is_drawn_today(name: str) -> None:
    picture = (DOCS / f"wiring-{name}.svg").read_text("utf-8")
    assert picture == draw_wiring(wiring_of(load_layout(name))), (
        f"reflexmat layout wiring {name} --svg docs/wiring-{name}.svg"
    )


def test_pins_lie_as_on_the_board() -> None:
    # Two columns of twenty: odd pins on the left, even ones on the right, pin 1 on top and square.
    places, corners = {}, {}
    for group in groups(drawn(wiring_of(load_layout("full16"))), "data-pin"):
        pad = next(r for r in group.iter(f"{SVG}rect") if r.get("width") == "34")
        places[int(group.attrib["data-pin"])] = (float(pad.attrib["x"]), float(pad.attrib["y"]))
        corners[int(group.attrib["data-pin"])] = pad.attrib["rx"]
    left, right = places[1][0], places[2][0]
    assert left < right
    for number, (x, y) in places.items():
        assert x == (left if number % 2 else right)
        assert y == places[1][1] + (number - 1) // 2 * (places[3][1] - places[1][1])
    assert places[3][1] > places[1][1]
    assert [number for number, corner in corners.items() if corner == "4"] == [1]


def test_a_clock_line_names_its_cells_where_there_is_room() -> None:
    wiring = wiring_of(load_layout("full16"))
    (pin,) = (g for g in groups(drawn(wiring), "data-pin") if g.get("data-role") == "sck")
    assert "SCK 1 to 16" in words(pin)
    scattered: list[tuple[int | None, int | None]] = [
        (pin, 4 + index % 2) for index, pin in enumerate((6, 7, 8, 9, 10, 11, 12, 13, 14))
    ]
    found = words(drawn(wiring_of(parse_layout(with_pins(scattered), "x"))))
    assert {"SCK, 5 cells", "SCK 2, 4, 6, 8"} <= set(found)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_print_can_be_matched_with_its_file(name: str) -> None:
    layout = load_layout(name)
    root = drawn(wiring_of(layout))
    assert (root.attrib["data-layout"], root.attrib["data-hash"]) == (name, layout.hash)
    assert {f"layout {name}", f"hash {layout.hash}"} <= set(words(root))


@pytest.mark.parametrize("indicators", [True, False])
@pytest.mark.parametrize("n_clocks", [1, 2, 3, 5])
def test_as_many_cells_as_fit_and_mixed_clocks(indicators: bool, n_clocks: int) -> None:
    free = [p for p in range(2, 28) if not (indicators and p in (3, 17, 18, 22, 27))]
    clocks, data = free[:n_clocks], free[n_clocks:]
    pins: list[tuple[int | None, int | None]] = [
        (pin, clocks[index % n_clocks]) for index, pin in enumerate(data)
    ]
    layout = parse_layout(with_pins(pins, indicators=indicators), "x")
    check_pins(wiring_of(layout))


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ([(5, 4), (6, 7), (8, 9)], "its own DOUT and SCK"),
        ([(5, 4), (6, 4), (8, 4)], "its own DOUT and the same SCK"),
        ([(5, 4), (6, 4), (8, 9)], "the DOUT and SCK shown above"),
    ],
)
def test_what_is_said_of_the_other_converters(
    pins: list[tuple[int | None, int | None]], said: str
) -> None:
    found = words(drawn(wiring_of(parse_layout(with_pins(pins), "x"))))
    assert f"Every other one is wired the same way, with {said}." in found


def bus_places(pins: list[tuple[int | None, int | None]]) -> list[tuple[str, float, float]]:
    root = drawn(wiring_of(parse_layout(with_pins(pins), "x")))
    (converters,) = (group for group in root.iter(f"{SVG}g") if group.get("id") == "converters")
    found = [path for path in converters.iter(f"{SVG}path") if path.get("stroke-width") == "4"]
    paths = [p.attrib["d"].removeprefix("M") for p in found if "V" in p.attrib["d"]]
    split = [(path.split()[0], *path.split()[1].split("V")) for path in paths]
    return [(x, float(top), float(bottom)) for x, top, bottom in split]


def test_clock_lines_never_lie_on_each_other() -> None:
    # Zones take turns, so cells 1, 4, 7 stand in one column with 2, 5, 8: left; 3, 6, 9 right.
    pins: list[tuple[int | None, int | None]] = [
        (pin, (2, 4, 5, 6, 7)[index % 5])
        for index, pin in enumerate((8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 23, 24, 25))
    ]
    buses = bus_places(pins)
    assert len(buses) == 10  # five lines in each of the two columns
    for index, (x, top, bottom) in enumerate(buses):
        for other_x, other_top, other_bottom in buses[index + 1 :]:
            assert x != other_x or bottom < other_top or other_bottom < top


def with_names(name: str) -> Wiring:
    text = with_pins([(5, 4), (6, 4), (8, 9)])
    for old in ('name = "Small"', 'name = "Ball, inner"'):
        assert old in text
        text = text.replace(old, f"name = {json.dumps(name)}")
    return wiring_of(parse_layout(text, "x"))


def test_names_are_text_never_markup() -> None:
    name = "<b x=\"'&>]]>"
    root = drawn(with_names(name))
    assert {tag.tag.removeprefix(SVG) for tag in root.iter()} == {
        "svg", "g", "title", "desc", "rect", "path", "circle", "text",
    }  # fmt: skip
    assert any(word.startswith(f"{name}: ") for word in words(root))
    assert name in words(groups(root, "data-cell")[1])


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_name_leaves_the_picture_xml(name: str) -> None:
    escaped = json.dumps(name).replace("\x7f", "\\u007f")
    # TOML has no surrogate pairs.
    if "\\ud" not in escaped:
        check_pins(with_names(name))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_numbers_can_be_read_on_every_colour() -> None:
    assert len(set(CELL_COLOURS)) == 10
    for colour in CELL_COLOURS:
        assert (luminance(SURFACE) + 0.05) / (luminance(colour) + 0.05) >= 4.5


def run(*arguments: str) -> int:
    return main(["layout", "wiring", *arguments])


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("starter8") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("wiring of starter8, 10 cells, hash ")
    assert "  8  GPIO 14   DOUT of cell 1, left Toes" in lines
    assert len(lines) == 2 + len(wiring_of(load_layout("starter8")).nets) + 1


def test_names_do_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.toml"
    text = with_pins([(5, 4), (6, 4), (8, 9)])
    file.write_text(text.replace('"Small"', '"\\u001b[2J"').replace('"Toes"', '"\\u001b[2J"'))
    assert run(str(file)) == 0
    assert main(["layout", "check", str(file)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count("�[2J") == 2


def test_the_table_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("full16", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["layout"] == "full16"
    (clock,) = (net for net in found["nets"] if net["role"] == "sck")
    assert (clock["pin"], clock["gpio"], clock["cells"]) == (7, 4, list(range(1, 17)))


def test_a_picture_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("starter8", "--svg", "-") == 0
    assert capsys.readouterr().out == draw_wiring(wiring_of(load_layout("starter8")))


def test_only_our_own_pictures_are_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "w.svg"
    for name in ("full16", "starter8"):
        assert run(name, "--svg", str(file)) == 0
        assert capsys.readouterr().out.startswith(f"{file}: wiring of {name}, ")
        assert f'data-layout="{name}"' in file.read_text("utf-8")
    file.write_bytes(b"")
    assert run("starter8", "--svg", str(file)) == 0
    capsys.readouterr()
    file.write_bytes(b"<svg>\xff a day's work</svg>")
    assert run("starter8", "--svg", str(file)) == FAILED
    assert file.read_bytes() == b"<svg>\xff a day's work</svg>"
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"reflexmat: {file}: not a wiring picture made here; choose another name"


def test_what_cannot_be_written_or_drawn_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, said in (
        (
            ("starter8", "--svg", str(tmp_path / "no" / "w.svg")),
            "No such file or directory; choose",
        ),
        (("starter8", "--svg", str(tmp_path)), "Is a directory; choose another name or folder"),
        (("starter8", "--svg", "/dev/full"), "No space left on device"),
        (("insole16",), "insole16: no cell has pins"),
        (("nix",), "nix: No such file or directory; give a layout file or full16"),
    ):
        assert run(*arguments) == FAILED
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
    assert list(tmp_path.iterdir()) == []
    assert run("starter8", "--svg", os.devnull) == 0


@pytest.mark.parametrize(
    "arguments", [("starter8", "--svg", ""), ("a", "--svg", "b", "--json"), ()]
)
def test_wrong_use(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == WRONG_USE
    assert "usage: reflexmat layout wiring" in capsys.readouterr().err


def test_places_that_the_layout_gives_are_said_to_be_its_own() -> None:
    text = with_pins([(5, 4), (6, 4), (8, 9)])
    for at, place in ((3, "[70, 40]"), (2, "[-90, 140]"), (1, "[-90, 240]")):
        parts = text.split("[[cell]]")
        parts[at] += f"at_mm = {place}\n"
        text = "[[cell]]".join(parts)
    found = words(drawn(wiring_of(parse_layout(text, "x"))))
    assert "Cells stand where at_mm in the layout says." in found
