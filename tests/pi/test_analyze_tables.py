"""The tables of `reflexmat analyze`: every figure is in one of them, under a name of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.foot_figures import FootFigures
from core.sessions import Summariser
from core.sway import Sway
from core.zone_figures import ZoneFigures
from pi.figure_tables import (
    FOOT_ROWS,
    FORCE_COLUMNS,
    LOAD_COLUMNS,
    SWAY_ROWS,
    estimated,
    show,
    shown,
)
from tests.core.support import force_frames, new_engine


def test_every_figure_is_shown_once() -> None:
    assert [*FORCE_COLUMNS.values(), *LOAD_COLUMNS.values()] == list(ZoneFigures.__struct_fields__)
    assert [*FOOT_ROWS.values(), "cop"] == list(FootFigures.__struct_fields__)
    # Rate and filter stand in the title, for they are of all three columns.
    assert {*SWAY_ROWS.values(), "rate_hz", "filter"} == set(Sway.__struct_fields__)
    assert len(SWAY_ROWS) == len(set(SWAY_ROWS.values()))


@pytest.mark.parametrize(
    ("value", "text", "estimate"),
    [
        (None, "–", "–"),
        (0.0, "0.0", "0"),
        (4.67, "4.7", "4.7"),
        (99.4, "99.4", "99"),
        (418.45, "418.4", "420"),
        (1234.0, "1234.0", "1200"),
    ],
)
def test_an_estimate_has_two_digits_and_the_rest_one_decimal(
    value: float | None, text: str, estimate: str
) -> None:
    assert (shown(value), estimated(value)) == (text, estimate)


def test_what_a_mat_bore_stands_in_its_row(capsys: pytest.CaptureFixture[str]) -> None:
    engine = new_engine()
    summariser = Summariser(engine, 100.0)
    rows = [[7200, 0, 2000]] * 101
    frames = force_frames([k * 10_000 for k in range(101)], rows)
    summariser.add(engine.feed_forces(frames))
    show(summariser.result(), Path("folder/[odd] name.csv"))
    printed = capsys.readouterr().out
    table = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines()]
    assert "[odd] name.csv: 1.00 s, 101 frames, 100 Hz, formulas 1" in printed
    assert "left share 78.3 %, symmetry index -113.0 %" in printed
    for row in (
        ["l_toes", "72.0", "72.0", "20.0", "20.0", "90"],
        ["l_heel", "0.0", "–", "0.0", "–", "0"],
        ["l_toes", "72.0", "20.0", "15.3", "1.0", "1.0", "1.0", "1.0"],
        ["max force, N", "72.0", "20.0"],
        ["max contact area, cm²", "36.0", "20.0"],
        ["reliefs (120 s off)", "0", "0"],
        ["valid frames", "101", "101", "101"],
        ["path, mm", "0.0", "0.0", "0.0"],
        ["its angle from across, °", "–", "–", "–"],
    ):
        assert row in table, row
