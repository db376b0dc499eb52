"""The pictures of feet in docs/: as drawn today, nothing outside a foot, nothing over another."""

from __future__ import annotations

import base64
import math
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.geometry import edge_distance_mm, inside
from core.layout import load_layout
from core.maps import outline
from core.profiles import Profile
from core.zone_limits import limits_for
from scripts.feet_drawing import FOOT_MM, on_the_mat, point
from scripts.map_picture import CIVIDIS, STAND_KPA
from scripts.pictures import DOCS, pictures, write
from scripts.png import png
from scripts.reflex_picture import ReflexPoint, reflex_points

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [
    "lights-card.svg",
    "routine-card.svg",
    "map-full16.svg",
    "zones-full16.svg",
    "zones-starter8.svg",
    "reflex-points.svg",
]
PAGES = ("indicators.md", "layouts.md", "maps.md")
BADGE_MM = 16 / 3.6
"""Radius of a point's number."""


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return pictures()


def tree(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 - our own text


def words(root: ET.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", NAMES)
def test_the_pictures_in_the_docs_are_what_is_drawn_today(drawn: dict[str, str], name: str) -> None:
    assert sorted(drawn) == sorted(NAMES)
    assert (DOCS / name).read_text("utf-8") == drawn[name], "make pictures"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_the_docs_shows_it(name: str) -> None:
    pages = [(DOCS / page).read_text("utf-8") for page in PAGES]
    assert any(f"]({name})" in page for page in pages)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_xml_in_letters_of_18_px_and_more(drawn: dict[str, str], name: str) -> None:
    root = tree(drawn[name])
    assert min(int(text.attrib["font-size"]) for text in root.iter(f"{SVG}text")) >= 18
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r"url\(#([\w-]+)\)", drawn[name])) == set(ids)


@pytest.mark.parametrize("name", ["full16", "starter8"])
def test_each_zone_has_its_name_and_area(drawn: dict[str, str], name: str) -> None:
    layout = load_layout(name)
    root = tree(drawn[f"zones-{name}.svg"])
    plates = [group.attrib["data-zone"] for group in root.iter(f"{SVG}g")]
    assert plates == list(layout.zone_ids)
    said = " ".join(words(root))
    for zone, area in zip(layout.spec.zone, layout.area_cm2, strict=True):
        assert f"{zone.name} {area:g} cm²" in said


def depth_mm(x: float, y: float) -> float:
    """How far inside the outline a place is, foot fractions."""
    length, width = FOOT_MM
    at = np.array(x * width), np.array(y * length)
    parts = [[(px * width, py * length) for px, py in part] for part in outline().values()]
    return max(float(edge_distance_mm(p, *at)) if inside(p, *at) else -math.inf for p in parts)


@pytest.mark.parametrize("each", reflex_points(), ids=lambda each: each.name)
def test_a_reflex_point_stands_inside_the_outline_where_charts_have_it(
    each: ReflexPoint,
) -> None:
    assert depth_mm(*each.at) >= BADGE_MM
    for at, (low, high) in zip(each.at, (each.x, each.y), strict=True):
        # The outer edge of the foot lies outside what touches the ground.
        beside = 0.08 if each.name == "hip, knee, leg" else 0.005
        assert low - beside <= at <= high + beside


def test_no_number_lies_on_another() -> None:
    places = [on_the_mat("left", [each.at])[0] for each in reflex_points()]
    assert min(math.dist(a, b) for a, b in combinations(places, 2)) > 2 * BADGE_MM


def test_the_points_are_on_both_feet_and_called_traditional(drawn: dict[str, str]) -> None:
    root = tree(drawn["reflex-points.svg"])
    names = [each.name for each in reflex_points()]
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert titles[0] == "Traditional reflex points"
    assert titles[1:] == 2 * [f"traditional: {name}" for name in names]
    assert set(names) <= set(words(root))
    groups = [group for group in root.iter(f"{SVG}g") if "data-point" in group.attrib]
    across = [float(group[1].attrib["cx"]) for group in groups]
    middle = point((0.0, 0.0))[0]
    for left, right in zip(across[: len(names)], across[len(names) :], strict=True):
        assert left < middle < right
        assert middle - left == pytest.approx(right - middle, abs=0.2)


def test_the_stand_weighs_what_it_says() -> None:
    layout = load_layout("full16")
    scale = limits_for(layout, Profile(foot_mm=FOOT_MM)).scale
    peak_kpa = np.array([STAND_KPA.get(zone, 0) for zone in layout.zone_ids])
    force_n = peak_kpa / scale.peak_kpa_per_n
    assert force_n.sum() / 9.81 == pytest.approx(72, rel=0.05)
    assert 0.5 < force_n[~layout.is_right].sum() / force_n.sum() < 0.6


def test_the_map_shows_the_numbers_and_says_where_nothing_touches(drawn: dict[str, str]) -> None:
    said = words(tree(drawn["map-full16.svg"]))
    assert [word for word in said if word.isdigit()] == [str(kpa) for kpa in STAND_KPA.values()]
    assert said.count("contact") == 2
    assert said[-4:] == ["0 kPa", "100 advisory", "150 warning", "200 limit"]


def test_the_map_is_drawn_in_the_colours_of_the_page(drawn: dict[str, str]) -> None:
    images = re.findall(r"base64,([\w+/=]+)", drawn["map-full16.svg"])
    assert len(images) == 3
    palette = base64.b64decode(images[2])[41 : 41 + 768]
    assert (palette[:3].hex(), palette[-3:].hex()) == ("00224e", "fee838")
    script = (DOCS.parent / "dashboard/static/cividis.js").read_text("utf-8")
    assert {int(c, 16) for c in re.findall(r"0x([0-9a-f]{6})", script)} == set(CIVIDIS)


@pytest.mark.parametrize("columns", [3, 70_000])
def test_png_bytes_hold_the_pixels(columns: int) -> None:
    pixels = (np.arange(2 * columns) % 3).astype(np.uint8).reshape(2, columns)
    data = png(pixels, [(0, 0, 0), (9, 8, 7), (255, 255, 255)])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,), kind = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        chunks[kind] = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", data, at + 8 + length)
        assert crc == zlib.crc32(kind + chunks[kind])
        at += 12 + length
    assert struct.unpack_from(">II", chunks[b"IHDR"]) == (columns, 2)
    assert chunks[b"PLTE"] == bytes([0, 0, 0, 9, 8, 7, 255, 255, 255])
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(2, columns + 1)
    assert (lines[:, 1:] == pixels).all()
    assert (lines[:, 0] == 0).all()


def test_the_command_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
    assert len(capsys.readouterr().out.splitlines()) == len(NAMES)
