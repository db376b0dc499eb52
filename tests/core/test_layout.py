"""Layouts: the shipped ones are what they should be, and what cannot be used is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LayoutError
from core.geometry import area_mm2, centroid_mm
from core.layout import SHIPPED, load_layout, parse_layout, to_foot_fraction
from tests.core.support import small_layout, small_toml

if TYPE_CHECKING:
    from pathlib import Path

INSOLE_CM2 = (29.1, 15.7, 24.9, 22.9, 31.1, 31.2, 25.7, 24.2)
FULL_CM2 = (36, 13, 15, 14, 4, 23, 17, 20)
PEAK_RATIOS = (4.5, 2.0, 1.7, 2.2, 2.7, 2.3, 2.1, 2.2)
ZONES = ("toes", "mth1", "mth23", "mth45", "arch_med", "arch_lat", "heel_med", "heel_lat")


@pytest.mark.parametrize(
    ("name", "zones", "cells", "pins"),
    [("full16", 16, 16, 17), ("starter8", 8, 10, 20), ("insole16", 16, 16, 0)],
)
def test_shipped_layouts_load(name: str, zones: int, cells: int, pins: int) -> None:
    layout = load_layout(name)
    assert layout.spec.id == name
    assert (len(layout.zone_ids), len(layout.spec.cell)) == (zones, cells)
    used = {pin for cell in layout.spec.cell for pin in (cell.dout, cell.sck) if pin is not None}
    assert len(used) == pins
    assert layout.is_right.sum() == zones // 2
    assert layout.spec.foot_mm == (260.0, 98.0)


def test_shipped_figures_are_those_of_the_text() -> None:
    full, insole = load_layout("full16"), load_layout("insole16")
    for layout, areas in ((full, FULL_CM2), (insole, INSOLE_CM2)):
        assert layout.zone_ids == tuple(f"{side}_{zone}" for side in "lr" for zone in ZONES)
        assert layout.area_cm2.tolist() == [*areas, *areas]
        assert layout.peak_ratio.tolist() == [*PEAK_RATIOS, *PEAK_RATIOS]
    assert set(insole.capacity_n) == {1000.0}
    assert not insole.spec.scale_areas
    assert full.spec.scale_areas
    assert [z.polygon_mm for z in full.spec.zone] == [z.polygon_mm for z in insole.spec.zone]


@pytest.mark.parametrize("name", ["full16", "starter8"])
def test_shipped_layouts_are_as_drawn(shared: Path, name: str) -> None:
    drawn: dict[str, Any] = json.loads((shared / "design" / "zones.json").read_text("utf-8"))
    assert drawn["foot_mm"] == [260, 98]
    (layout,) = (one for one in drawn["layouts"] if one["id"] == name)
    zones = load_layout(name).spec.zone
    assert [zone.id for zone in zones] == [zone["id"] for zone in layout["zones"]]
    for zone, other in zip(zones, layout["zones"], strict=True):
        for key in ("foot", "anatomy", "area_cm2", "peak_ratio", "name"):
            assert getattr(zone, key) == other[key], (zone.id, key)
        for key in ("polygon_mm", "peaks"):
            assert [list(p) for p in getattr(zone, key)] == other[key], (zone.id, key)
        assert list(zone.label_mm or ()) == other["label_mm"]
        assert list(zone.reflex) == other["reflex"]


def test_no_such_layout() -> None:
    with pytest.raises(LayoutError, match="no layout named 'sixteen'; shipped are full16"):
        load_layout("sixteen")


def test_where_the_force_acts() -> None:
    text = small_toml(("l_toes", "l_heel", "r_heel", "r_heel"))
    lines = text.splitlines()
    assert parse_layout(text, "x").at_mm[2] == pytest.approx([70, 40])
    lines[-1] += "\nat_mm = [50, 10]"
    assert parse_layout("\n".join(lines), "x").at_mm[2].tolist() == [50, 10]
    # Two cells with places: between them.
    lines[-1] = lines[-1].replace("at_mm", "dout = 5\nsck = 6\nat_mm")
    text = "\n".join(lines).replace(
        'zone = "r_heel"\ncapacity_n = 490',
        'zone = "r_heel"\nat_mm = [70, 30]\ncapacity_n = 490',
        1,
    )
    assert parse_layout(text, "x").at_mm[2].tolist() == [60, 20]


def test_area_defaults_to_the_polygon() -> None:
    layout = parse_layout(small_toml().replace("area_cm2 = 36.0\n", ""), "x")
    assert layout.area_cm2.tolist() == [64.0, 17.3, 20.0]
    assert layout.contact_fraction.tolist() == [1.0, 0.7, 1.0]


def test_hash_changes_with_anything() -> None:
    first = small_layout().hash
    assert len(first) == 16
    assert small_layout().hash == first
    for old, new in (("490", "491"), ("36.0", "36.5"), ("part", "port")):
        assert parse_layout(small_toml().replace(old, new, 1), "x").hash != first


def test_foot_fractions_run_from_heel_and_from_the_inner_edge() -> None:
    foot = (260.0, 98.0)
    assert to_foot_fraction("right", (30.0, 0.0), foot) == (0.0, 0.0)
    assert to_foot_fraction("left", (-30.0, 260.0), foot) == (0.0, 1.0)
    assert to_foot_fraction("left", (-128.0, 130.0), foot) == (1.0, 0.5)


def line_of(text: str, wanted: str, nth: int = 1) -> int:
    found = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith(wanted)]
    return found[nth - 1]


def refused(text: str) -> str:
    with pytest.raises(LayoutError) as caught:
        parse_layout(text, "mat.toml")
    message = str(caught.value)
    assert message.startswith("mat.toml: ")
    assert "\n" not in message
    return message


def at_line(text: str, line: int, *words: str) -> None:
    message = refused(text)
    assert message.startswith(f"mat.toml: line {line}: "), message
    for word in words:
        assert word in message


BASE = small_toml()


def zone_head(nth: int) -> int:
    return line_of(BASE, "[[zone]]", nth)


def test_overlapping_zones() -> None:
    moved = BASE.replace("180.0", "203.0")
    assert moved != BASE
    at_line(moved, zone_head(2), "'l_heel' overlaps zone 'l_toes'")


def test_zones_that_touch_do_not_overlap() -> None:
    parse_layout(BASE.replace("180.0", "200.0"), "x")


def test_unknown_and_duplicate_zones() -> None:
    cell = BASE.replace('[[cell]]\nzone = "l_heel"', '[[cell]]\nzone = "l_nose"')
    at_line(cell, line_of(BASE, "[[cell]]", 2), "no zone named 'l_nose'", "l_heel, l_toes, r_heel")
    twice = BASE.replace('id = "l_heel"', 'id = "l_toes"')
    at_line(twice, zone_head(2), "'l_toes' stands twice")
    without = small_toml(("l_toes", "r_heel"))
    at_line(without, zone_head(2), "'l_heel' has no cell")


@pytest.mark.parametrize("area", ["0.99", "0.001"])
def test_too_small_an_area(area: str) -> None:
    at_line(BASE.replace("area_cm2 = 17.3", f"area_cm2 = {area}"), zone_head(2), "at least 1")
    parse_layout(BASE.replace("area_cm2 = 17.3", "area_cm2 = 1.0"), "x")


def test_too_small_a_polygon() -> None:
    old = "polygon_mm = [[30.0, 0.0], [110.0, 0.0], [110.0, 80.0], [30.0, 80.0]]"
    assert old in BASE
    tiny = BASE.replace(old, "polygon_mm = [[30, 0], [39, 0], [39, 9], [30, 9]]")
    at_line(tiny, zone_head(3), "at least 1")


def with_pins(pins: list[tuple[int | None, int | None]], *, indicators: bool = True) -> str:
    text = f"indicators = {str(indicators).lower()}\n" + small_toml(())
    for index, (dout, sck) in enumerate(pins):
        zone = ("l_toes", "l_heel", "r_heel")[index % 3]
        text += f'[[cell]]\nzone = "{zone}"\ncapacity_n = 490\n'
        text += f"dout = {dout}\n" if dout is not None else ""
        text += f"sck = {sck}\n" if sck is not None else ""
    return text


FREE = [pin for pin in range(2, 28) if pin not in (3, 17, 18, 22, 27)]


def test_pins() -> None:
    good: list[tuple[int | None, int | None]] = [(5, 6), (7, 6), (8, 9)]
    parse_layout(with_pins(good), "x")

    def bad(at: int, dout: int | None, sck: int | None, *words: str) -> None:
        pins = [*good]
        pins[at] = (dout, sck)
        text = with_pins(pins)
        at_line(text, line_of(text, "[[cell]]", at + 1), *words)

    bad(1, 5, 6, "dout = 5", "cell 1 (dout)")
    bad(2, 6, 9, "dout = 6", "cell 1 (sck)")
    bad(2, 8, 5, "sck = 5", "cell 1 (dout)")
    bad(0, 6, 6, "sck = 6", "cell 1 (dout)")
    bad(2, 28, 9, "dout = 28", "GPIO 2 to 27")
    bad(2, 8, 1, "sck = 1", "reserved")
    bad(2, -1, 9, "GPIO 2 to 27")
    bad(1, None, 6, "go together")
    bad(1, 7, None, "go together")
    for pin, what in ((3, "button"), (17, "red"), (18, "buzzer"), (22, "blue"), (27, "green")):
        bad(2, pin, 9, what)
        parse_layout(with_pins([(5, 6), (7, 6), (pin, 9)], indicators=False), "x")


MakePins = Callable[[int, list[int]], list[tuple[int | None, int | None]]]


def own(n: int, free: list[int]) -> list[tuple[int | None, int | None]]:
    return [(free[(2 * k) % len(free)], free[(2 * k + 1) % len(free)]) for k in range(n)]


def shared_clock(n: int, free: list[int]) -> list[tuple[int | None, int | None]]:
    return [(free[1 + k % (len(free) - 1)], free[0]) for k in range(n)]


@pytest.mark.parametrize(
    ("pins", "indicators", "most"),
    [(own, True, 10), (own, False, 13), (shared_clock, True, 20), (shared_clock, False, 25)],
)
def test_as_many_cells_as_the_pins_carry(pins: MakePins, indicators: bool, most: int) -> None:
    free = FREE if indicators else list(range(2, 28))
    assert len(parse_layout(with_pins(pins(most, free), indicators=indicators), "x").spec.cell)
    text = with_pins(pins(most + 1, free), indicators=indicators)
    at_line(text, line_of(text, "[[cell]]", most + 1))


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('name = "Small"', "name = 3", 2, "Expected `str`"),
        ("foot_mm = [260, 98]", "foot_mm = [260]", 3, "foot_mm"),
        ("foot_mm = [260, 98]", "foot_mm = [260, -98]", 3, "foot_mm"),
        ("foot_mm = [260, 98]\n", "", 1, "foot_mm"),
        ("max_load_n = 1000", 'max_load_n = "much"', 4, "max_load_n"),
        ("scale_areas = false", "scale_areas = false\nscale = 1", 1, "scale"),
        ('foot = "left"', 'foot = "port"', 8, "zone[0].foot"),
        ('id = "l_toes"', 'id = "L toes"', 7, "zone[0].id"),
        ("peak_ratio = 4.5", "peak_ratio = 0.9", 13, "peak_ratio"),
        ("peak_ratio = 4.5\n", "", 6, "peak_ratio"),
        ("contact_fraction = 1.0", "contact_fraction = 1.1", 12, "contact_fraction"),
        ("contact_fraction = 1.0", "contact_fraction = 0", 12, "contact_fraction"),
        ("area_cm2 = 36.0", "area_cm2 = nan", 11, "area_cm2"),
        ("area_cm2 = 36.0", "area_cm2 = -1", 11, "area_cm2"),
        ("area_cm2 = 36.0", "colour = 1", 6, "colour"),
        ('id = "small"', "zone = 3", 1, "zone"),
        ('id = "small"', "id = ", 1, "not TOML"),
    ],
)  # fmt: skip
def test_wrong_fields_are_refused_with_their_line(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in BASE
    text = BASE.replace(old, new, 1)
    if "not TOML" in words or words == "zone":
        assert words in refused(text if words != "zone" else "zone = 3\n")
    else:
        at_line(text, line, words)


def test_inline_tables_have_no_heading_of_their_own() -> None:
    assert "mat.toml: line 1:" in refused(
        'id = "a"\nname = "A"\nfoot_mm = [260, 98]\nmax_load_n = 1\nzone = [{id = "a"}]\ncell = []'
    )


@pytest.mark.parametrize("text", ["", "x", "a = [", "\0", "id = 1979-99-99", "[[zone]]\n" * 70])
def test_text_that_is_no_layout(text: str) -> None:
    refused(text)


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(LayoutError):
        parse_layout(text, "x")


@given(st.data())
def test_no_damage_raises_anything_else(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(BASE)))
    length = data.draw(st.integers(0, 40))
    junk = data.draw(st.one_of(st.text(max_size=8), st.sampled_from(["-", "9", "[[zone]]\n", "]"])))
    try:
        layout = parse_layout(BASE[:at] + junk + BASE[at + length :], "x")
    except LayoutError:
        return
    assert (layout.area_cm2 >= 1).all()


@pytest.mark.parametrize("name", SHIPPED)
def test_centroids_lie_in_the_boxes_of_their_zones(name: str) -> None:
    layout = load_layout(name)
    for zone in layout.spec.zone:
        x, y = centroid_mm(zone.polygon_mm)
        assert min(p[0] for p in zone.polygon_mm) < x < max(p[0] for p in zone.polygon_mm)
        assert min(p[1] for p in zone.polygon_mm) < y < max(p[1] for p in zone.polygon_mm)
        assert area_mm2(zone.polygon_mm) > 100
        assert (x > 0) == (zone.foot == "right")
