"""Faults of cells: raised, graver with contact, cleared; and each from statuses of cells."""

from __future__ import annotations

import numpy as np
import pytest

from core.engine import Engine
from core.frames import CellFrames, CellView, Status
from core.profiles import Profile
from tests.core.play import HEEL, RIGHT, TOES, Play
from tests.core.support import S, calibrated, force_frames, named, small_layout

FAULTS = ("cell_timeout", "cell_noisy", "cell_desync", "cell_stuck", "cell_saturated_negative")
DRIFT = "zero_drift"


def faulty(name: str, zone: int = TOES) -> Play:
    """A fault since 1 s, raised then."""
    mat = Play()
    mat.until(1)
    mat.faults = {(name, zone)}
    mat.frames(1)
    assert mat.said(name, zone) == [(1, "raised", "low")]
    return mat


@pytest.mark.parametrize("name", [*FAULTS, DRIFT])
@pytest.mark.parametrize(
    ("zone", "touched", "priority"),
    [
        (TOES, None, "low"),
        (TOES, TOES, "medium"),
        (TOES, HEEL, "medium"),
        (TOES, RIGHT, "low"),
        (RIGHT, RIGHT, "medium"),
        (RIGHT, HEEL, "low"),
    ],
)
def test_it_is_medium_while_that_foot_is_in_contact(
    name: str, zone: int, touched: int | None, priority: str
) -> None:
    mat = Play()
    if touched is not None:
        mat.press(720, touched)
    mat.frames(2)
    mat.faults = {(name, zone)}
    mat.frames(10)
    assert mat.said(name, zone) == [(0.5, "raised", priority)]
    event = mat.full[-1]
    assert (event.kind, event.value, event.limit) == ("fault", None, None)


@pytest.mark.parametrize("name", FAULTS)
def test_it_clears_when_it_is_gone_for_its_time(name: str) -> None:
    """Two seconds; `cell_desync` at once, whose condition contains its ten."""
    mat = faulty(name)
    mat.until(5)
    mat.faults = set()
    clear_s = 5 if name == "cell_desync" else 7
    mat.until(clear_s)
    assert mat.said(name) == []
    mat.frames(1)
    assert mat.said(name) == [(clear_s, "cleared", "low")]
    mat.until(20)
    assert mat.events == []


def test_a_drifted_zero_is_cleared_by_a_tare_alone() -> None:
    mat = faulty(DRIFT)
    mat.faults = set()
    mat.until(60)
    assert mat.said(DRIFT) == []
    events = mat.engine._safety.clear_fault(DRIFT, 60 * S)
    assert [(e.rule, e.state, e.zone, e.t_us) for e in events] == [(DRIFT, "cleared", 0, 60 * S)]
    assert mat.engine._safety.clear_fault(DRIFT, 61 * S) == []


def test_only_the_kind_that_is_asked_for_is_cleared() -> None:
    mat = Play()
    mat.faults = {(DRIFT, RIGHT), (DRIFT, TOES), ("cell_stuck", TOES)}
    mat.frames(1)
    cleared = mat.engine._safety.clear_fault(DRIFT, S)
    assert [(e.zone, e.rule) for e in cleared] == [(TOES, DRIFT), (RIGHT, DRIFT)]
    mat.faults = set()
    mat.until(2.5)
    assert mat.said("cell_stuck") == [(0, "raised", "low"), (2.25, "cleared", "low")]


def test_a_frame_with_it_begins_the_two_seconds_anew() -> None:
    mat = faulty("cell_stuck")
    mat.faults = set()
    mat.until(3)
    mat.faults = {("cell_stuck", TOES)}
    mat.frames(1)
    mat.faults = set()
    mat.until(5.25)
    assert mat.said("cell_stuck") == []
    mat.frames(1)
    assert mat.said("cell_stuck") == [(5.25, "cleared", "low")]


@pytest.mark.parametrize(("gap_us", "clear_s"), [(500_000, 3.25), (500_001, 3.75)])
def test_a_gap_is_no_calm(gap_us: int, clear_s: float) -> None:
    mat = faulty("cell_stuck")
    mat.faults = set()
    mat.frames(1)  # 1.25 s
    mat.t_us = 1_250_000 + gap_us
    mat.wait(3)
    assert [each[0] for each in mat.said("cell_stuck")] == [pytest.approx(clear_s, abs=1e-4)]


@pytest.mark.parametrize("name", [*FAULTS, DRIFT])
@pytest.mark.parametrize("holds", [True, False])
def test_it_grows_when_contact_of_that_foot_begins_and_never_falls(
    name: str, *, holds: bool
) -> None:
    mat = faulty(name)
    mat.press(720, RIGHT)
    mat.until(3)
    mat.ack("l_toes")
    assert mat.said(name) == [(3, "acknowledged", "low")]
    mat.faults = {(name, TOES)} if holds or name == "cell_desync" else set()
    mat.press(720, HEEL)
    mat.frames(1)
    assert mat.said(name) == [(3, "raised", "medium")]
    mat.press(0, HEEL)
    mat.frames(4)
    assert mat.said(name) == []
    assert mat.ack("l_toes", name) == 1


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("beside", [True, False])
def test_acknowledged_it_is_silent_for_two_minutes(name: str, *, beside: bool) -> None:
    mat = faulty(name)
    mat.until(10)
    assert mat.ack("l_toes", name, beside=beside) == 1
    mat.said(name)
    mat.until(130)
    assert mat.said(name) == []
    mat.frames(1)
    assert mat.said(name) == [(130, "raised", "low")]


@pytest.mark.parametrize("name", ["cell_stuck", "stale", "zone_lost", "indicator"])
def test_calm_begins_anew_with_a_new_profile(name: str) -> None:
    """Of faults too, whose conditions have nothing to do with any limit."""
    mat = Play()
    zone = None if name == "indicator" else TOES
    if name == "zone_lost":
        mat.press(8000)
    mat.frames(8)
    mat.good[TOES] = name not in ("stale", "zone_lost")
    mat.faults = {(name, TOES)} if name == "cell_stuck" else set()
    mat.engine.report("indicator", holds=name == "indicator")
    mat.until(3)
    assert [each[1] for each in mat.said(name, zone)] == ["raised"]
    mat.press(0)
    mat.good[TOES] = True
    mat.faults = set()
    mat.engine.report("indicator", holds=False)
    mat.until(5)
    mat.engine.set_profile(Profile(version=2))
    mat.until(7)
    assert mat.said(name, zone) == []
    mat.frames(1)
    assert [each[:2] for each in mat.said(name, zone)] == [(7, "cleared")]


def test_no_fault_waits_for_anybody() -> None:
    mat = faulty("cell_timeout")
    mat.ack(beside=False)
    mat.faults = set()
    mat.until(3.5)
    assert mat.states() == {}


def test_several_stand_side_by_side_in_order() -> None:
    mat = Play()
    mat.faults = {(name, zone) for name in FAULTS for zone in (RIGHT, TOES)}
    mat.frames(1)
    order = [(zone, name) for zone in (TOES, RIGHT) for name in sorted(FAULTS)]
    assert [e[1:3] for e in mat.events] == order


def test_one_that_came_and_went_within_a_batch_is_told() -> None:
    held = np.zeros((20, 3), bool)
    held[3, TOES] = True
    view = CellView(np.zeros((20, 3), int), np.zeros(3, int), {"cell_stuck": held})
    frames = force_frames([k * 250_000 for k in range(20)], [[0, 0, 0]] * 20)
    events = Engine(small_layout(), Profile()).feed_forces(frames, view).events
    assert named(events) == [(0.75, "cell_stuck", "raised"), (3.0, "cell_stuck", "cleared")]


# From the statuses of cells.

LAYOUT = small_layout()
ZERO = 1000


def run(
    n: int,
    status: dict[int, int] | None = None,
    counts: np.ndarray | None = None,
    touched: int | None = None,
) -> list[tuple[float, str, str]]:
    """Ten frames a second; statuses of the first cell by frame."""
    engine = Engine(LAYOUT, Profile(), calibrated(LAYOUT, [4096.0] * 3, zero=ZERO))
    seen = np.zeros((n, 3), np.uint16)
    for at, bits in (status or {}).items():
        seen[at, 0] = bits
    values = np.array([[ZERO, ZERO + 10, ZERO + 20]] * n, np.int32)
    if counts is not None:
        values[:, 0] += counts
    if touched is not None:
        values[:, touched] += 50 * 4096
    t_s = np.round(np.arange(n, dtype=np.float64) / 10, 6)
    frames = CellFrames(np.arange(n), t_s, values, seen,
                        np.zeros((n, 3), np.float32), np.zeros((n, 3), np.int32))  # fmt: skip
    events = [e for e in engine.feed(frames).events if e.rule.startswith("cell_")]
    assert {e.priority for e in events} <= {"low" if touched in (None, RIGHT) else "medium"}
    return named(events, TOES)


@pytest.mark.parametrize("touched", [None, HEEL, RIGHT])
def test_cell_stuck_from_the_first_frame_with_it(touched: int | None) -> None:
    stuck = dict.fromkeys(range(10, 20), int(Status.STUCK))
    assert run(60, stuck, touched=touched) == [
        (1.0, "cell_stuck", "raised"), (4.0, "cell_stuck", "cleared"),
    ]  # fmt: skip


@pytest.mark.parametrize(("last", "raised"), [(109, True), (110, False)])
def test_cell_desync_at_the_third_in_ten_seconds(last: int, *, raised: bool) -> None:
    """The first at 1.0 s: the third at 10.9 s is within, at 11.0 s it is not."""
    found = run(230, dict.fromkeys((10, 50, last), int(Status.DESYNC)))
    told = [(10.9, "cell_desync", "raised"), (20.9, "cell_desync", "cleared")]
    assert found == (told if raised else [])


@pytest.mark.parametrize(("silent", "raised"), [(2, False), (3, True)])
def test_cell_timeout_after_two_and_a_half_periods(silent: int, *, raised: bool) -> None:
    """0.2 s without a value is two periods; 0.3 s is three."""
    found = run(70, dict.fromkeys(range(25, 25 + silent), int(Status.TIMEOUT)))
    told = [(2.7, "cell_timeout", "raised"), (4.8, "cell_timeout", "cleared")]
    assert found == (told if raised else [])


@pytest.mark.parametrize(("jump", "raised"), [(295, False), (297, True)])
@pytest.mark.parametrize(("seconds", "long_enough"), [(6, False), (6.1, True)])
def test_cell_noisy_after_five_noisy_seconds(
    jump: int, seconds: float, *, raised: bool, long_enough: bool
) -> None:
    """Eight times 39 counts, of ten differences; the first second is cut off, five more count."""
    n = round(seconds * 10)
    found = run(n, counts=np.arange(n) % 2 * jump)
    assert found == ([(6.0, "cell_noisy", "raised")] if raised and long_enough else [])
