"""The packed message and the map operator, read by the page as docs/protocol.md packs them."""
# ruff: noqa: E501 -- pieces of JavaScript and packed expectations read better on one line

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.dashboard.browser import fake_mat

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., Any]

DECODE = """
  try { return JSON.parse(JSON.stringify(m.decodeLive(bytes(arg)), (key, value) =>
    ArrayBuffer.isView(value) ? Array.from(value) : value)); }
  catch (error) { return `${error instanceof m.BadMessage}: ${error.message}`; }
"""


def test_message_is_read_field_by_field(run: Run) -> None:
    forces = [[-5, 0, 7, 2_000_000, 1, 2, 3, 4], [10, 20, 30, 40, 50, 60, 70, 80]]
    flags = [[1, 3, 4, 3, 3, 3, 3, 3], [3, 35, 51, 4, 3, 3, 3, 3]]
    frames = [(12_500, forces[0], flags[0]), (0, forces[1], flags[1])]
    packed = fake_mat.pack(4_294_967_295, 2**45 + 1, frames, total_cn=-12, left_pct=54.5)
    read = run(DECODE, list(packed))
    assert read["bootId"] == fake_mat.BOOT
    assert (read["seq"], read["lost"], read["tUs"]) == (4_294_967_295, 3, 2**45 + 1)
    assert (read["profileVersion"], read["totalN"], read["leftSharePct"]) == (7, -0.12, 54.5)
    assert read["copMm"] == [-6, 104]
    assert read["limitCn"][0] == 16_000
    assert read["warningCn"][0] == 12_000
    assert read["maxCn"] == list(range(11, 19))
    assert [frame["ageUs"] for frame in read["frames"]] == [12_500, 0]
    assert [frame["forceCn"] for frame in read["frames"]] == forces
    assert [frame["status"] for frame in read["frames"]] == flags


def test_undefined_numbers_are_null(run: Run) -> None:
    frames = [(0, [0] * 8, [4] * 8)]
    nan = float("nan")
    read = run(DECODE, list(fake_mat.pack(1, 1, frames, left_pct=nan, cop=(nan, 3.0))))
    assert read["leftSharePct"] is None
    assert read["copMm"] is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: b"", "header"),
        (lambda raw: raw[:51], "header"),
        (lambda raw: b"XL" + raw[2:], "not a live message"),
        (lambda raw: raw[:2] + b"\x02" + raw[3:], "version 2"),
        (lambda raw: raw[:-1], "bytes"),
        (lambda raw: raw + b"\0", "bytes"),
        (lambda raw: raw[:3] + b"\0" + raw[4:], "without a frame"),
        (lambda raw: raw[:4] + b"\0\0" + raw[6:], "without a frame"),
    ],
)
def test_message_that_does_not_fit_is_refused(
    run: Run, change: Callable[[bytes], bytes], said: str
) -> None:
    refused = run(DECODE, list(change(fake_mat.live(1, 1))))
    assert refused.startswith("true: ")
    assert said in refused


def test_field_is_the_product_that_numpy_makes(run: Run) -> None:
    share = np.random.default_rng(2).random(8) * 1.4
    share[3] = 0.0
    drawn = run(
        "const share = arg[1]; return m.parseMap(bytes(arg[0])).map((map) => "
        "[map.foot, map.rows, map.columns, Array.from(m.field(map, share))]);",
        [list(fake_mat.map_bin()), share.tolist()],
    )
    for (_, rows, columns, cells), operator, own in zip(
        drawn, fake_mat.weights(), (share[:4], share[4:]), strict=True
    ):
        expected = operator / 65535 @ own
        assert (rows, columns) == expected.shape
        np.testing.assert_allclose(np.array(cells).reshape(rows, columns), expected, atol=2e-6)
    assert [foot[0] for foot in drawn] == ["left", "right"]


def test_coverage_is_the_part_of_the_group(run: Run) -> None:
    cells = run(
        "return Array.from(m.coverage(m.parseMap(bytes(arg))[1], (zone) => zone === 5 || zone === 6));",
        list(fake_mat.map_bin()),
    )
    operator = fake_mat.weights()[1].astype(float)
    total = operator.sum(axis=2)
    expected = np.divide(
        operator[:, :, 1:3].sum(axis=2), total, out=np.zeros_like(total), where=total > 0
    )
    np.testing.assert_allclose(np.array(cells).reshape(expected.shape), expected, atol=1e-6)


def test_drawing_goes_on_outside_the_outline(run: Run) -> None:
    corner, inside = run(
        "const map = m.parseMap(bytes(arg))[0]; const cells = m.field(map, [1, 1, 1, 1, 0, 0, 0, 0]);"
        "const all = m.extended(map, cells); return [all[0], cells.some((v) => v === all[0] && v > 0)];",
        list(fake_mat.map_bin()),
    )
    assert corner > 0.9
    assert inside


def test_map_with_too_few_bytes_is_refused(run: Run) -> None:
    refuses = "try { m.parseMap(bytes(arg)); return false; } catch (error) { return error instanceof RangeError; }"
    assert run(refuses, list(fake_mat.map_bin()[:-2]))
    assert run(refuses, [*fake_mat.map_bin(), 0, 0])
    assert run(refuses, list(struct.pack("<4H", 64, 24, 4, 0)))


def test_contour_closes_round_a_peak_where_the_value_is(run: Run) -> None:
    """A cone of radius 10 cells: its contour at half height is a circle of radius 5."""
    points = run(
        """const fine = { rows: 41, columns: 41, cells: Float32Array.from({ length: 41 * 41 }, (_, at) =>
             Math.max(0, 1 - Math.hypot(at % 41 - 20, Math.floor(at / 41) - 20) / 10)) };
           const path = m.isoline(fine, 0.5, (x, y) => [x - 20, y - 20]);
           return [path, path.match(/Q[^Q]+/g).map((part) => part.slice(1).split(' ').slice(0, 2).map(Number))];"""
    )
    path, corners = points
    assert path.count("M") == 1
    assert path.endswith("Z")
    radii = np.hypot(*np.array(corners).T)
    assert 4.7 < radii.min() <= radii.max() < 5.3


def test_ramp_runs_from_dark_blue_to_yellow_and_stays_there(run: Run) -> None:
    colors = run("return [-1, 0, 0.5, 1, 9].map(m.cividis);")
    assert colors == [
        "rgb(0 34 78)",
        "rgb(0 34 78)",
        colors[2],
        "rgb(254 232 56)",
        "rgb(254 232 56)",
    ]
    assert colors[2] in ("rgb(125 124 120)", "rgb(126 124 120)")
