"""Presses by command: extended, let go, forgotten; pure in time."""

from __future__ import annotations

import numpy as np
import pytest

from core.layout import load_layout
from drivers.presses import Presses

LAYOUT = load_layout("starter8")
HEEL = LAYOUT.zone_ids.index("l_heel")


def pressed_n(presses: Presses, *t_s: float) -> list[float]:
    nothing = np.zeros((len(t_s), len(LAYOUT.zone_ids)))
    added = presses.on_top_of(nothing, np.array(t_s))
    assert not nothing.any()
    assert not np.delete(added, HEEL, axis=1).any()
    return [float(value) for value in added[:, HEEL].round(9)]


def test_grows_from_60_n_to_most_of_both_cells() -> None:
    presses = Presses(LAYOUT)
    presses.press(HEEL, 10.0, 100.0)
    most_n = 0.95 * LAYOUT.capacity_n[LAYOUT.cell_zone == HEEL].sum()
    assert pressed_n(presses, 10.0, 10.0000001, 11.0, 60.0) == [
        0.0,
        pytest.approx(60.0, abs=1e-4),
        140.0,
        pytest.approx(most_n),
    ]


def test_goes_on_with_a_running_press_and_never_shortens_it() -> None:
    presses = Presses(LAYOUT)
    presses.press(HEEL, 0.0, 2.0)
    presses.press(HEEL, 1.0, 2.0)
    presses.press(HEEL, 1.5, 0.5)
    assert pressed_n(presses, 2.5, 3.0, 3.05, 3.1) == [260.0, 300.0, 150.0, 0.0]


def test_zero_seconds_let_go_now() -> None:
    presses = Presses(LAYOUT)
    presses.press(HEEL, 0.0, 0.0)
    assert pressed_n(presses, 0.0, 0.1) == [0.0, 0.0]
    presses.press(HEEL, 0.0, 5.0)
    presses.press(HEEL, 1.0, 0.0)
    assert pressed_n(presses, 1.0, 1.05, 1.2) == [140.0, 70.0, 0.0]
    presses.press(HEEL, 2.0, 1.0)
    assert pressed_n(presses, 2.0, 2.5) == [0.0, 100.0]


def test_adds_to_the_foot_and_leaves_an_overload_of_the_foot_alone() -> None:
    presses = Presses(LAYOUT)
    presses.press(HEEL, 0.0, 100.0)
    foot_n = np.zeros((1, len(LAYOUT.zone_ids)))
    foot_n[0, HEEL] = 100.0
    assert presses.on_top_of(foot_n, np.array([1.0]))[0, HEEL] == 240.0
    foot_n[0, HEEL] = 5000.0
    assert presses.on_top_of(foot_n, np.array([1.0]))[0, HEEL] == 5000.0


def test_forgets_old_presses() -> None:
    presses = Presses(LAYOUT)
    for t in range(1000):
        presses.press(HEEL, float(t), 0.5)
    assert len(presses._presses) < 100
