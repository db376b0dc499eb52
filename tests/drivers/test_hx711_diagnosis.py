"""What `diagnose` says of converters on paper that the real driver reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from core.diagnosis import Asked, Diagnosis, diagnose
from core.frames import join_cell_frames
from drivers.chip import NS_PER_S, ChipFault
from tests.drivers.hx711_rig import Mat

if TYPE_CHECKING:
    from collections.abc import Callable

START_NS = 10**12


def steady(counts: float) -> Callable[[int, int], float]:
    return lambda _t, _g: counts


def diagnosed(
    seconds: float = 6.0,
    *,
    swapped: bool = False,
    **options: Any,  # noqa: ANN401 - as `Mat` takes them
) -> tuple[Diagnosis, Mat]:
    mat = Mat(**{"traits": {"noise_counts": 39.0}, **options})
    for number, chip in enumerate(mat.chips):
        chip._signal = steady(30_000.0 + 1_000 * number)
    if swapped:
        mat.board.swap(mat.wiring.dout[0], mat.wiring.dout[1])
    with mat.bank as bank:
        frames, end_s = [], mat.clock.now_s() + seconds
        while mat.clock.now_s() < end_s:
            frames.append(bank.read(0.25))
        asked = Asked(bank.rate_hz, options.get("gain", 128), None, bank.clock_figures())
        return diagnose(join_cell_frames(frames), bank.layout, asked), mat


@pytest.mark.parametrize(
    "options",
    [
        {"n_cells": 6},
        {"n_cells": 8, "shared": True},
        {"n_cells": 3, "traits": {"rate_hz": 93.0, "noise_counts": 39.0}},
        {"n_cells": 3, "rate_hz": 10.0, "traits": {"noise_counts": 21.0}},
        {"n_cells": 2, "kind": "adafruit"},
    ],
)
def test_whole_cells_are_good_and_their_figures_true(options: dict[str, Any]) -> None:
    found, mat = diagnosed(seconds=10.0, **options)
    assert [cell.verdict for cell in found.cells] == ["good"] * mat.n_cells
    true_hz = np.array([NS_PER_S / chip.period_ns for chip in mat.chips])
    learnt_hz = [cell.learnt_rate_hz for cell in found.cells]
    np.testing.assert_allclose(np.array(learnt_hz, float), true_hz, rtol=2e-3)
    noise = [cell.figures.noise_counts_rms or 0.0 for cell in found.cells]
    # A frame with two conversions has less.
    np.testing.assert_allclose(noise, mat.chips[0].traits.noise_counts, rtol=0.25)
    assert all(0 < (cell.clock_high_us_p999 or 0) <= 8 for cell in found.cells)


def test_each_broken_cell_is_told_from_the_others() -> None:
    faults = {
        1: (ChipFault("open", START_NS),),
        2: (ChipFault("stuck_low", START_NS + 2 * NS_PER_S),),
    }
    found, _ = diagnosed(n_cells=4, faults=faults)
    assert [cell.rule for cell in found.cells] == ["", "open_wire", "dout_stuck", ""]


def test_swapped_plugs_are_called_so() -> None:
    found, _ = diagnosed(n_cells=4, swapped=True)
    assert [cell.rule for cell in found.cells][2:] == ["", ""]
    assert {cell.verdict for cell in found.cells[:2]} == {"bad"}
    assert found.cells[0].rule == "swapped_wires"


RATE_PINS = [(80.0, 10.0), (80.0, 11.7), (10.0, 93.0)]


@pytest.mark.parametrize(("set_hz", "true_hz"), RATE_PINS)
def test_a_rate_pin_that_is_set_otherwise_is_called_so(set_hz: float, true_hz: float) -> None:
    traits = {"rate_hz": true_hz, "noise_counts": 39.0}
    found, _ = diagnosed(n_cells=3, rate_hz=set_hz, traits=traits)
    assert {cell.rule for cell in found.cells} == {"rate_off"}
    assert all("RATE pin" in cell.advice for cell in found.cells)


@pytest.mark.parametrize(("set_hz", "true_hz"), RATE_PINS)
def test_on_a_shared_clock_the_first_cell_to_answer_says_so(set_hz: float, true_hz: float) -> None:
    """It makes the group start anew, before the others have answered."""
    traits = {"rate_hz": true_hz, "noise_counts": 39.0}
    found, _ = diagnosed(n_cells=3, shared=True, rate_hz=set_hz, traits=traits)
    assert {cell.verdict for cell in found.cells} == {"bad"}
    assert "rate_off" in {cell.rule for cell in found.cells}
