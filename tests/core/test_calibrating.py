"""The guided calibration, played with cells on paper: what it asks, waits for and finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calibrating import LATE_AFTER_S, Calibrating
from core.calibration_fit import FitRefusedError
from core.calibration_table import TABLE, Input, Live, Phase
from core.errors import CalibrationError, MatError
from core.frames import Status
from core.units import NEWTON_PER_KGF
from tests.core.cells import Bench
from tests.core.support import calibrated, small_layout

CELLS = ("r_heel", "l_toes", "l_heel", "l_toes")
LAYOUT = small_layout(CELLS)
TRUTH = calibrated(LAYOUT, [4383.0, 4400.0, 4300.0, 4500.0])


class Maker:
    """Someone who does what is asked."""

    def __init__(self, dialogue: Calibrating, rate_hz: int = 20) -> None:
        self.dialogue = dialogue
        self.bench = Bench(TRUTH, rate_hz)
        self.leak = 0.0

    def load(self) -> np.ndarray:
        step = self.dialogue.step
        cells_n = np.zeros(4)
        cells_n[step.cells[0]] = step.mass_kg * NEWTON_PER_KGF * (1 - self.leak)
        if step.cells[0] in (1, 3):
            cells_n[4 - step.cells[0]] = step.mass_kg * NEWTON_PER_KGF * self.leak
        return cells_n

    def measure(self, load: object = None, seconds: float = 3.1, status: int = 0) -> Live:
        """Answer READY and let the mat deliver a while, in frames of a quarter of a second."""
        cells_n = self.load() if load is None else load
        self.dialogue.answer(Input.READY)
        return self.wait(cells_n, seconds, status)

    def wait(self, cells_n: object, seconds: float, status: int = 0) -> Live:
        live = Live(0, 0.0, 0.0, "")
        for _ in range(round(seconds * 4)):
            live = self.dialogue.take(self.bench.frames(0.25, cells_n, status))  # type: ignore[arg-type]
            if self.dialogue.phase is not Phase.MEASURING:
                break
        return live

    def plate(self) -> None:
        while self.dialogue.phase is Phase.WAITING:
            self.measure()


def dialogue(
    cells: tuple[int, ...] = (0, 1, 2, 3),
    masses: tuple[float, ...] = (5.0, 20.0),
    *,
    allow_reversed: bool = False,
) -> Calibrating:
    return Calibrating(LAYOUT, cells, masses, allow_reversed=allow_reversed)


def phase_of(asked: Calibrating) -> Phase:
    """Where it stands now; a call, for an attribute may not change in the eyes of mypy."""
    return asked.phase


def test_a_mat_is_calibrated_plate_by_plate() -> None:
    asked = dialogue()
    maker = Maker(asked)
    seen = []
    while asked.phase is not Phase.DONE:
        seen.append((asked.plate, asked.progress))
        maker.plate()
        assert asked.phase is Phase.REVIEW
        assert set(asked.review) == set(seen[-1][0])
        asked.answer(Input.ACCEPT)
    # Both cells of the toes together; up, down, and the empty plate around every cell.
    assert seen == [((1, 3), (0, 9)), ((2,), (0, 5)), ((0,), (0, 5))]
    assert sorted(asked.fits) == [0, 1, 2, 3]
    for cell, fit in asked.fits.items():
        assert fit.counts_per_n == pytest.approx(TRUTH.counts_per_n[cell], rel=3e-4)
        assert fit.zero_counts == pytest.approx(TRUTH.zero_counts[cell], abs=15)
        kg = [round(p.force_n / NEWTON_PER_KGF, 3) for p in fit.points]
        assert kg == [0, 5, 20, 5, 0]


def test_a_plate_that_shares_the_load_out_is_calibrated_all_the_same() -> None:
    asked = dialogue((1, 3))
    maker = Maker(asked)
    maker.leak = 0.1
    maker.plate()
    for cell, fit in asked.review.items():
        assert fit.counts_per_n == pytest.approx(TRUTH.counts_per_n[cell], rel=5e-4)


def test_repeats_put_every_mass_on_again() -> None:
    asked = Calibrating(LAYOUT, [0], [20.0, 5.0, 20.0], repeats=2)
    assert asked.progress == (0, 8)
    maker = Maker(asked)
    maker.plate()
    points = asked.review[0].points
    assert [round(p.force_n / NEWTON_PER_KGF) for p in points] == [0, 5, 20, 5, 5, 20, 5, 0]


def test_it_waits_until_the_mass_is_on_and_lies_still() -> None:
    asked = dialogue((0,))
    maker = Maker(asked)
    assert maker.dialogue.take(maker.bench.frames(0.5)).share == 0.0  # nobody is ready yet
    maker.measure()
    assert asked.step.mass_kg == 5.0
    live = maker.measure(np.zeros(4), 5.0)
    assert "moved by 0.0" in live.why
    assert "put the mass right on top of it" in live.why
    assert (live.share, asked.phase) == (1.0, Phase.MEASURING)
    live = maker.wait(lambda t_s: 49 + np.sin(8 * t_s)[:, None] * [1, 0, 0, 0], 4.0)
    assert "not steady" in live.why
    assert abs(live.moved_pct) > 1.0
    live = maker.wait(maker.load(), 4.0, int(Status.COLLISION))
    assert "a reading failed" in live.why
    maker.wait(maker.load(), 4.0)
    assert asked.step.mass_kg == 20.0
    for _ in range(2):
        maker.measure()
    assert asked.step.mass_kg == 0.0
    live = maker.measure([50, 0, 0, 0], 4.0)
    assert live.why == "cell 1: not empty; take the mass off"
    maker.wait(np.zeros(4), 4.0)
    assert asked.phase is Phase.REVIEW


def test_the_window_fills_after_the_answer_only() -> None:
    asked = dialogue((0,))
    maker = Maker(asked)
    live = maker.measure(seconds=1.5)
    assert live.share == pytest.approx(0.417, abs=0.1)
    assert live.counts == pytest.approx(TRUTH.zero_counts[0], abs=250)


def test_a_step_that_does_not_come_to_rest_is_asked_for_again() -> None:
    asked = dialogue((0,))
    maker = Maker(asked)
    maker.measure(lambda t_s: np.sin(8 * t_s)[:, None] * [1, 0, 0, 0], LATE_AFTER_S + 2)
    assert asked.phase is Phase.WAITING
    assert "cell 1: not steady" in asked.refusal
    assert asked.progress == (0, 5)
    maker.measure()
    assert (asked.progress, asked.refusal) == ((1, 5), "")


def test_a_refused_plate_is_done_again_or_not_at_all() -> None:
    asked = dialogue((0,))
    maker = Maker(asked)
    while phase_of(asked) is Phase.WAITING:  # a wrong mass: 5 kg that are 6
        load = maker.load()
        maker.measure(np.where(asked.step.mass_kg == 5.0, load * 1.2, load))
    assert phase_of(asked) is Phase.REFUSED
    assert "check the masses" in asked.refusal
    with pytest.raises(MatError, match="accept is no answer while refused"):
        asked.answer(Input.ACCEPT)
    asked.answer(Input.REPEAT)
    maker.plate()
    assert phase_of(asked) is Phase.REVIEW
    asked.answer(Input.REPEAT)
    assert (asked.phase, asked.review) == (Phase.WAITING, {})
    asked.answer(Input.ABORT)
    assert phase_of(asked) is Phase.ABORTED


def test_a_reversed_cell_needs_leave() -> None:
    truth = calibrated(LAYOUT, [-4383.0, 4400.0, 4300.0, 4500.0])
    for leave, phase in ((False, Phase.REFUSED), (True, Phase.REVIEW)):
        asked = dialogue((0,), allow_reversed=leave)
        maker = Maker(asked)
        maker.bench = Bench(truth, 20)
        maker.plate()
        assert asked.phase is phase


def test_some_cells_of_a_plate_need_the_others() -> None:
    with pytest.raises(CalibrationError, match="cell 4 lies under the same plate"):
        dialogue((1,))
    asked = Calibrating(LAYOUT, [1], [5.0, 20.0], TRUTH)
    maker = Maker(asked)
    maker.leak = 0.1
    maker.plate()
    assert asked.review[1].counts_per_n == pytest.approx(4400, rel=5e-4)


def test_what_cannot_begin() -> None:
    for cells, masses, words in (
        ((), (5.0,), "no cell to calibrate"),
        ((4,), (5.0,), "no cell 5; there are 4"),
        ((-1,), (5.0,), "no cell 0"),
        ((0,), (), "no mass given"),
        ((0,), (60.0,), "more than its capacity"),
    ):
        with pytest.raises((CalibrationError, FitRefusedError), match=words):
            dialogue(cells, masses)


@given(st.lists(st.sampled_from(list(Input)), max_size=12))
@settings(max_examples=30)
def test_only_answers_of_the_table_are_taken(answers: list[Input]) -> None:
    asked = dialogue((0,), (20.0,))
    maker = Maker(asked)
    mine = (Input.READY, Input.ACCEPT, Input.REPEAT, Input.ABORT)
    for answer in answers:
        phase = asked.phase
        if answer not in mine or (phase, answer) not in TABLE:
            continue
        asked.answer(answer)
        if asked.phase is Phase.MEASURING:
            maker.wait(maker.load(), 4.0)
        assert asked.phase in TABLE.values()
    ends = {phase for phase in Phase if not any(phase is begin for begin, _ in TABLE)}
    assert ends == {Phase.DONE, Phase.ABORTED}


def test_a_mass_partly_on_another_plate_is_said() -> None:
    asked = dialogue((0,), (20.0,))
    maker = Maker(asked)
    maker.measure()
    spread_n = np.array([0.7, 0.0, 0.3, 0.0]) * 20 * NEWTON_PER_KGF
    assert "another plate" in maker.measure(spread_n).why
    assert asked.phase is Phase.MEASURING
    assert maker.wait(maker.load(), 4.0) is not None
    assert asked.phase is not Phase.MEASURING
