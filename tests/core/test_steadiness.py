"""When a window of counts may become a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.frames import BAD, Status, join_cell_frames
from core.steadiness import MIN_READINGS, Recent, UnsteadyError, name_cells, take_reading
from tests.core.cells import Bench
from tests.core.support import calibrated, small_layout

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUT = small_layout()
CALIBRATION = calibrated(LAYOUT, [4383.0, 4400.0, 4300.0])
ALL = (0, 1, 2)


@pytest.mark.parametrize("rate_hz", [10, 80])
def test_a_still_window_is_its_mean(rate_hz: int) -> None:
    frames = Bench(CALIBRATION, rate_hz).frames(3.0, [0.0, 10.0, 20.0])
    reading = take_reading(frames, ALL)
    expected = CALIBRATION.counts(np.array([[0.0, 10.0, 20.0]]))[0]
    assert np.abs(reading.mean_counts - expected).max() < 5 * 39 / len(frames) ** 0.5
    assert reading.sd_counts == pytest.approx([39] * 3, rel=0.4)
    assert reading.mean_sd_counts == pytest.approx(reading.sd_counts / len(frames) ** 0.5)


@pytest.mark.parametrize("status", list(Status))
def test_a_single_bad_or_saturated_reading_refuses(status: Status) -> None:
    frames = Bench(CALIBRATION).frames(3.0)
    frames.status[100, 1] = int(status)
    if status & (BAD | Status.SATURATED):
        with pytest.raises(UnsteadyError, match=r"^cell 2: "):
            take_reading(frames, ALL)
        take_reading(frames, (0, 2))  # nobody asked for the second cell
    else:
        take_reading(frames, ALL)


def test_what_moves_refuses_whether_it_shakes_or_drifts() -> None:
    moves: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
        lambda t_s: 0.1 * np.sin(9 * t_s)[:, None] * [1, 0, 1],
        lambda t_s: 0.02 * t_s[:, None] * [1, 0, 1],
        lambda t_s: np.where(t_s > 2.5, 0.2, 0.0)[:, None] * [1, 0, 1],
    )
    for move in moves:
        frames = Bench(CALIBRATION).frames(3.0, move)
        with pytest.raises(UnsteadyError, match=r"^cells 1, 3: not steady"):
            take_reading(frames, ALL)


def test_too_few_readings_refuse() -> None:
    frames = Bench(CALIBRATION, 10).frames((MIN_READINGS - 1) / 10)
    with pytest.raises(UnsteadyError, match="only 19 readings"):
        take_reading(frames, ALL)


@pytest.mark.parametrize("batch", [1, 7, 240, 1000])
def test_the_recent_window_is_the_last_seconds(batch: int) -> None:
    frames = Bench(CALIBRATION).frames(12.5)
    recent = Recent(3.0)
    assert recent.window() is None
    for start in range(0, len(frames), batch):
        recent.add(frames[start : start + batch])
        if start + batch < 200:
            assert recent.window() is None
    window = recent.window()
    assert window is not None
    assert window.seq.tolist() == list(range(1000 - 240, 1000))
    recent.clear()
    assert recent.window() is None


def test_joined_frames_are_the_whole() -> None:
    frames = Bench(CALIBRATION).frames(1.0)
    joined = join_cell_frames([frames[:30], frames[30:]])
    assert joined.counts.tobytes() == frames.counts.tobytes()
    assert joined.t_s.tolist() == frames.t_s.tolist()


def test_names() -> None:
    assert name_cells([3]) == "cell 3"
    assert name_cells([1, 4]) == "cells 1, 4"
